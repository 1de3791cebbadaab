// The types of one heap: by name, defined together so that they may refer to each other.
//
// How defineTypes works: all new names get empty records; their fields are laid out (what is embedded by value first);
// only when nothing can fail any more but the core itself are the types told to the core and their names taken. An
// error leaves the heap as it was.
//
// inv.js.types: a name has one record, and the core's number of a record is its own.
// Doors: Heap.defineTypes, newobject, newarray.

import type { Address } from './abi.js';
import { copyValue } from './bulk.js';
import type { Codec } from './codec.js';
import type { Core } from './core.js';
import { cursorMaker, Cursors } from './cursor.js';
import type { Cycle } from './cycle.js';
import { defineInCore, type FieldDefinition } from './definition.js';
import { asFresh, drafted } from './draft.js';
import { located, problem, refused, show } from './errors.js';
import { Handle, type AnyType, type FieldInfo } from './handle.js';
import { literals, type Literals } from './literal.js';
import { Layouts, plainField, type CodecRooms, type PlainField, type Targets } from './layout.js';
import { faces } from './present.js';
import { plainShape, shaped } from './shape.js';
import { targetOf } from './target.js';
import { Type } from './type.js';
import type { TypeRecord } from './type-record.js';
import { partPrototypeOf, prototypeOf, viewMaker, type Place } from './view.js';

type Written = readonly (readonly [string, PlainField])[];

/** A definition under way. */
interface Draft {
  readonly record: TypeRecord;
  readonly fields: Written;
  state: 'new' | 'open' | 'done';
}

const kUnnamed = { name: '', fields: [] } as const;

export class Types implements Targets {
  declare readonly stringShape;
  declare readonly layouts: Layouts;
  readonly #core: Core;
  readonly #rooms: CodecRooms;
  readonly #cycle: Cycle;
  readonly #cursors: Cursors;
  readonly #assignLiteral: Literals;
  readonly #records = new Map<string, TypeRecord>();
  readonly #elementTypes = new Map<string, number>();
  #drafts = new Map<string, Draft>();
  #lastId: number;

  constructor(rooms: CodecRooms, cycle: Cycle) {
    const { core, roots, allocator } = rooms;
    this.#core = core;
    this.#rooms = rooms;
    this.#cycle = cycle;
    this.stringShape = plainShape(core, null);
    this.#assignLiteral = literals(core, (owner, record, source, done) =>
      this.#copyFields(owner, 0, record, source, done),
    );
    this.layouts = new Layouts(rooms, this.stringShape, this);
    const pair = [core.description.get('prog.POINTERS'), 2];
    const [size, align] = [2 * core.wordBytes, core.wordBytes];
    this.#lastId = defineInCore(core, { ...kUnnamed, size, align, pointers: pair, hosts: null });
    allocator.register(this.#lastId, size, true);
    this.#cursors = new Cursors(core, allocator, roots, this.#lastId);
  }

  /** The types of a schema, in its order. */
  define(schema: unknown): Record<string, Type> {
    if (typeof schema !== 'object' || schema === null)
      throw problem('BAD_TYPE', `defineTypes takes { Name: fields }, not ${show(schema)}`);
    // All user code runs here, before anything is begun.
    const written = Object.entries(schema as Record<string, unknown>).map(
      ([name, fields]) => [name, read(name, fields)] as const,
    );
    this.#core.alive();
    this.layouts.transact(() => this.#defineAll(written));
    const defined: Record<string, Type> = {};
    for (const [name] of written) {
      const value = this.#records.get(name)?.type as Type;
      Object.defineProperty(defined, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return defined;
  }

  #defineAll(written: readonly (readonly [string, Written])[]): void {
    try {
      for (const [name, fields] of written)
        this.#drafts.set(name, { record: this.#newRecord(name), fields, state: 'new' });
      for (const draft of this.#drafts.values()) this.#layOut(draft);
      const fresh = [...this.#drafts.values()].filter((draft) => !this.#isKnown(draft.record));
      this.#tellCore(fresh.map(({ record }) => record));
    } finally {
      this.#drafts = new Map();
    }
  }

  /** The record of a type of this heap. Throws BAD_TYPE, WRONG_HEAP. */
  record(type: unknown, what: string): TypeRecord {
    const record = Type.record(type);
    if (record === undefined) throw problem('BAD_TYPE', `${what}: ${show(type)} is not a type of this heap`);
    if (record.core !== this.#core) throw problem('WRONG_HEAP', `${what}: the type ${record.name} is of another heap`);
    return record;
  }

  /** A zeroed object, not rooted. May collect, before it allocates. The memory is fresh after it. */
  allocate(record: TypeRecord): Address {
    if (this.#rooms.host.hasGrown) this.#cycle.beforeSlowPath();
    if (record.size !== 0) return this.#rooms.allocator.newobject(record.id);
    this.#core.refresh();
    return this.#core.zerobase;
  }

  /** Assigns init properties to an object that was just made, and that is lost if one of them fails. */
  initialiseWhole(owner: Handle, record: TypeRecord, init: unknown): void {
    try {
      if (!this.#assignLiteral(owner, record, init))
        asFresh(this.#core, owner, () => this.#assignAll(owner, 0, record, init));
    } catch (error) {
      throw located(error, record.name);
    }
  }

  /** Assigns properties to an object of the type: all of them, or none. */
  assign(record: TypeRecord, target: unknown, values: unknown): void {
    const owner = targetOf(this.#core, target, 'assign');
    if (Handle.shape(owner) !== record.shape) {
      const found = owner.type === null ? 'untyped memory' : `a ${owner.type.name}`;
      throw problem('BAD_TYPE', `assign: takes a ${record.name}, not ${found}`);
    }
    try {
      this.#assignAll(owner, 0, record, values);
    } catch (error) {
      throw located(error, record.name);
    }
  }

  resolve(target: unknown, where: string, byValue: boolean): TypeRecord {
    const draft = typeof target === 'string' ? this.#drafts.get(target) : undefined;
    if (draft !== undefined) {
      if (byValue) this.#layOut(draft);
      return this.#records.get(draft.record.name) ?? draft.record;
    }
    const record = typeof target === 'string' ? this.#records.get(target) : Type.record(target);
    if (record === undefined) throw problem('BAD_TYPE', `${where}: there is no type ${show(target)}`);
    return this.record(record.type, where);
  }

  elementType(element: Codec): number {
    if (element.kind === 'struct') return (Type.record(element.target) as TypeRecord).id;
    if (element.pointers === null && element.hosts === null) return 0;
    let id = this.#elementTypes.get(element.key);
    if (id === undefined) {
      const { size, align, pointers, hosts } = element;
      this.#elementTypes.set(
        element.key,
        (id = defineInCore(this.#core, { ...kUnnamed, size, align, pointers, hosts })),
      );
      this.#lastId = Math.max(this.#lastId, id);
      this.#rooms.known.addElement(id, element);
    }
    return id;
  }

  initialise(owner: Handle, offset: number, target: AnyType, value: unknown): void {
    this.#assignAll(owner, offset, Type.record(target) as TypeRecord, value);
  }

  #assignAll(owner: Handle, offset: number, record: TypeRecord, value: unknown): void {
    if (typeof value !== 'object' || value === null)
      throw refused(record.name, `takes an object with its fields, not ${show(value)}`);
    if (Handle.isHandle(value)) {
      this.#copyFields(owner, offset, record, value);
      return;
    }
    const names = Object.keys(value);
    const given = value as Record<string, unknown>;
    if (owner === this.#core.fresh) this.#assignEach(owner, offset, record, names, given);
    else this.#assignTogether(owner, offset, record, names, given);
  }

  /** To an object that nobody has seen. */
  #assignEach(
    owner: Handle,
    offset: number,
    record: TypeRecord,
    names: readonly string[],
    given: Record<string, unknown>,
  ): void {
    // A view, or what was spread from one: its object is where the values come from, and fields beside it win.
    if (names.includes('$')) this.#copyFields(owner, offset, record, given.$);
    for (const name of names) {
      if (name === '$') continue;
      const { codec, offset: at } = placeOf(record, name);
      try {
        codec.assign(owner, offset + at, given[name]);
      } catch (error) {
        throw located(error, `.${name}`);
      }
    }
  }

  /** To an object that others see: all of them, or none. */
  #assignTogether(
    owner: Handle,
    offset: number,
    record: TypeRecord,
    names: readonly string[],
    given: Record<string, unknown>,
  ): void {
    const places = names.filter((name) => name !== '$').map((name) => placeOf(record, name));
    const hasSource = places.length < names.length;
    if (places.length === 0 && hasSource) {
      this.#copyFields(owner, offset, record, given.$);
    } else if (!hasSource && places.every(({ codec }) => codec.takes !== undefined)) {
      const values = places.map((place) => plainValue(place, given));
      const to = Handle.address(owner) + offset;
      places.forEach(({ codec, offset: at }, i) => codec.write?.((to + at) as Address, values[i]));
    } else {
      const { roots, host } = this.#rooms;
      const draft = { shape: record.shape, address: this.allocate(record), size: record.size };
      const whole = { codec: this.layouts.byValue(record), offset: 0 };
      const fill = (copy: Handle): void => this.#assignEach(copy, 0, record, names, given);
      drafted(this.#core, roots, draft, fill, () => {
        const to = Handle.address(owner) + offset;
        for (const { codec, offset: at } of hasSource ? [whole] : places)
          copyValue(this.#core, host, codec, (to + at) as Address, (draft.address + at) as Address);
      });
    }
  }

  /** Copies the fields of another object, without those that were `done` already. */
  #copyFields(owner: Handle, offset: number, record: TypeRecord, source: unknown, done: readonly Place[] = []): void {
    const handle = targetOf(this.#core, source, record.name);
    if (Handle.shape(handle) !== record.shape) {
      const other = handle.type === null ? 'untyped memory' : `a ${handle.type.name}`;
      throw refused(record.name, `is copied from another one, not from ${other}`, 'BAD_TYPE');
    }
    const to = Handle.address(owner) + offset;
    const from = Handle.address(handle);
    const whole = { codec: this.layouts.byValue(record), offset: 0 };
    for (const { codec, offset: at } of done.length === 0
      ? [whole]
      : record.places.filter((each) => !done.includes(each)))
      copyValue(this.#core, this.#rooms.host, codec, (to + at) as Address, (from + at) as Address);
  }

  #newRecord(name: string): TypeRecord {
    const record = {
      core: this.#core,
      cursors: this.#cursors,
      assigner: this,
      name,
      id: 0,
      info: {},
      places: [],
      placeOf: new Map(),
      likely: [],
    } as unknown as TypeRecord;
    const type = new Type(record);
    Object.assign(record, { type });
    // Its other properties come with the layout.
    record.shape = plainShape(this.#core, type);
    return record;
  }

  #layOut(draft: Draft): void {
    if (draft.state === 'done') return;
    const { record, fields } = draft;
    if (draft.state === 'open') throw problem('BAD_TYPE', `${record.name} contains itself by value`);
    draft.state = 'open';
    const layout = this.layouts.layout(record.name, fields);
    Object.assign(record, layout);
    record.placeOf = new Map(layout.places.map((place) => [place.name, place]));
    record.likely = layout.places;
    record.signature = JSON.stringify(layout.places.map(({ name, codec }) => [name, codec.key]));
    record.info = infoOf(record);
    const others = faces(record.name);
    record.maker = viewMaker(record.shape, prototypeOf(record.shape, layout.places, others), record.name);
    const partMaker = viewMaker(record.shape, partPrototypeOf(record.shape, layout.places, others), record.name);
    shaped(record.shape, { size: layout.size, maker: record.maker, partMaker });
    record.cursor = cursorMaker(record.shape, layout.places, others);
    draft.state = 'done';
  }

  #isKnown(record: TypeRecord): boolean {
    const known = this.#records.get(record.name);
    if (known !== undefined && known.signature !== record.signature) {
      throw problem('BAD_TYPE', `the type ${record.name} is already defined with other fields`);
    }
    return known !== undefined;
  }

  /**
   * The numbers that the core will give are known beforehand, so that fields can name types that come later. Where the
   * core knows some of the types already, from a definition that memory ran out in, it gives other numbers: then all of
   * them are told again, with those.
   */
  #tellCore(records: readonly TypeRecord[]): void {
    for (const [i, record] of records.entries()) record.id = this.#lastId + 1 + i;
    for (let isRight = false; !isRight; ) {
      isRight = true;
      for (const record of records) {
        const { name, size, align, pointers, hosts } = record;
        const fields = record.places.map(fieldDefinition);
        const id = defineInCore(this.#core, { name, size, align, pointers, hosts, fields });
        isRight &&= id === record.id;
        record.id = id;
        this.#lastId = Math.max(this.#lastId, id);
      }
    }
    for (const record of records) {
      this.#records.set(record.name, record);
      this.#rooms.known.addType(record.id, record.type);
      this.#rooms.allocator.register(record.id, record.size, record.pointers !== null || record.hosts !== null);
    }
  }
}

function placeOf(record: TypeRecord, name: string): Place {
  const place = record.placeOf.get(name);
  if (place === undefined) throw problem('BAD_ARGUMENT', `${record.name} has no field ${show(name)}`);
  return place;
}

/** A value for a number or a bool, which its `write` takes. Runs user code. */
function plainValue({ name, codec }: Place, given: Record<string, unknown>): unknown {
  const value = given[name];
  if (typeof value === codec.takes) return value;
  throw located(refused(codec.kind, `takes a ${codec.takes}, not ${show(value)}`), `.${name}`);
}

/** The fields of a type as written. Runs user code. */
function read(name: string, fields: unknown): Written {
  if (name === '' || name.includes('\0')) throw problem('BAD_TYPE', `not a name for a type: ${show(name)}`);
  if (typeof fields !== 'object' || fields === null)
    throw problem('BAD_TYPE', `${name}: the fields are ${show(fields)}, not an object`);
  return Object.entries(fields).map(([field, written]) => [field, plainField(written, `${name}.${field}`)] as const);
}

function fieldDefinition({ name, offset, codec }: TypeRecord['places'][number]): FieldDefinition {
  const kind = codec.kind.toUpperCase();
  return { name, offset, kind, target: Type.record(codec.target)?.id ?? 0, count: codec.count };
}

function infoOf(record: TypeRecord): { readonly [name: string]: FieldInfo } {
  const info = Object.create(null) as Record<string, FieldInfo>;
  for (const { name, offset, codec } of record.places) {
    const { kind, size, target, count } = codec;
    info[name] = Object.freeze({ name, kind, offset, size, target, count });
  }
  return Object.freeze(info);
}
