// From fields as written to codecs in their places: natural alignment, in the order given, as a C compiler lays out a
// struct.
//
// References may be mutual, so they name their target and are resolved when a value is read; a struct or an array
// inside an object needs its target's size, so those are laid out first, and a type that contains itself by value is an
// error.
// Doors: types.ts.

import type { ArrayShape } from './array.js';
import type { NumberElement } from './bulk.js';
import type { Codec, Program } from './codec.js';
import { joinPrograms } from './codec.js';
import type { Allocator } from './allocate.js';
import type { Core } from './core.js';
import { problem, show } from './errors.js';
import type { AnyType, Handle, Shape } from './handle.js';
import type { HostValues } from './host.js';
import type { Known } from './known.js';
import { directOf, kNumberKinds, numberCodec } from './numbers.js';
import { checkNumber, kMaxBytes } from './options.js';
import type { Roots } from './roots.js';
import { arrayCodec, Arrays, arrayShape, bytesCodec, sliceCodec, structCodec } from './sequences.js';
import { Type } from './type.js';
import type { TypeRecord } from './type-record.js';
import { anyCodec, boolCodec, jsCodec, refCodec, stringCodec } from './values.js';
import type { Place } from './view.js';

const kNestingMax = 32;

/** A field as it was written, read once: what a caller's getters and proxies say later does not matter. */
export interface PlainField {
  readonly kind: unknown;
  readonly target: unknown;
  readonly element: PlainField | Type;
  readonly count: unknown;
}

/** Reads a field, and what is in it. Runs user code. `where` names it in errors. */
export function plainField(field: unknown, where: string, depth = 0): PlainField {
  if (depth > kNestingMax) throw problem('BAD_TYPE', `${where} is nested deeper than ${kNestingMax}`);
  if (typeof field !== 'object' || field === null)
    throw problem('BAD_TYPE', `${where} is ${show(field)}, not a field (t.i32, t.ref(…) …)`);
  const written = field as { kind?: unknown; target?: unknown; element?: unknown; count?: unknown };
  const { kind, target, count } = written;
  const hasElement = kind === 'slice' || kind === 'array';
  const element = hasElement ? plainElement(written.element, where, depth + 1) : kNoElement;
  return { kind, target, element, count };
}

/** Reads an element: a type by value, or a field. */
export function plainElement(element: unknown, where: string, depth = 0): PlainField | Type {
  return Type.record(element) === undefined ? plainField(element, where, depth) : (element as Type);
}

const kNoElement = { kind: undefined, target: undefined, count: undefined } as unknown as PlainField;

function placeOf({ size, align, pointers, hosts }: TypeRecord): Pick<Codec, 'size' | 'align' | 'pointers' | 'hosts'> {
  return { size, align, pointers, hosts };
}

/** What the layout of one set of fields comes to. */
export interface Layout {
  readonly size: number;
  readonly align: number;
  readonly places: readonly Place[];
  readonly pointers: Program;
  readonly hosts: Program;
}

/** Finds types by the names and values that fields refer to. */
export interface Targets {
  /** The record of a target; laid out if `byValue`. Throws BAD_TYPE, WRONG_HEAP. */
  resolve(target: unknown, where: string, byValue: boolean): TypeRecord;
  /** The core's type of one element. */
  elementType(element: Codec): number;
  initialise(owner: Handle, offset: number, target: AnyType, value: unknown): void;
}

function shapeOf(target: AnyType): Shape {
  return (Type.record(target) as TypeRecord).shape;
}

/** The rooms that codecs use. */
export interface CodecRooms {
  readonly core: Core;
  readonly roots: Roots;
  readonly known: Known;
  readonly host: HostValues;
  readonly allocator: Allocator;
}

export class Layouts {
  readonly #rooms: CodecRooms;
  readonly #targets: Targets;
  declare readonly arrays: Arrays;
  /** One codec, and one shape of arrays, for each key. */
  readonly #codecs = new Map<string, Codec>();
  readonly #arrays = new Map<string, ArrayShape>();
  /** What the definition under way has made; it is dropped if the definition fails. */
  #draft: { codecs: Map<string, Codec>; arrays: Map<string, ArrayShape> } | undefined;

  constructor(rooms: CodecRooms, stringShape: Shape, targets: Targets) {
    const { core, roots, known, host, allocator } = rooms;
    this.#rooms = rooms;
    this.#targets = targets;
    this.arrays = new Arrays(core, allocator, (element) => targets.elementType(element));
    for (const kind of kNumberKinds) this.#codecs.set(kind, numberCodec(core, kind));
    this.#codecs.set('bool', boolCodec(core));
    this.#codecs.set('js', jsCodec(core, host));
    this.#codecs.set('string', stringCodec(core, allocator, stringShape));
    this.#codecs.set('any', anyCodec(core, roots, known, shapeOf));
  }

  /** The codec of a number kind and the like. */
  simple(kind: string): Codec {
    return this.#codecs.get(kind) as Codec;
  }

  /**
   * Runs what needs codecs, all or nothing: if it throws, none is remembered. It may run no user code, so nothing comes
   * between.
   */
  transact<R>(run: () => R): R {
    if (this.#draft !== undefined) return run();
    const draft = (this.#draft = { codecs: new Map<string, Codec>(), arrays: new Map<string, ArrayShape>() });
    try {
      const result = run();
      for (const [key, codec] of draft.codecs) this.#codecs.set(key, codec);
      for (const [key, shape] of draft.arrays) this.#arrays.set(key, shape);
      return result;
    } finally {
      this.#draft = undefined;
    }
  }

  arrayShape(element: Codec): ArrayShape {
    const known = this.#draft?.arrays.get(element.key) ?? this.#arrays.get(element.key);
    if (known !== undefined) return known;
    const shape = arrayShape(this.#rooms.core, element);
    (this.#draft?.arrays ?? this.#arrays).set(element.key, shape);
    return shape;
  }

  /** The codec for a field that `plainField` has read. `where` names it in errors. */
  codec(field: PlainField, where: string): Codec {
    const { kind, target, element, count } = field;
    const { core, roots, host } = this.#rooms;
    switch (kind) {
      case 'ref': {
        const { type, shape } = this.#targets.resolve(target, where, false);
        return this.#once(refCodec(core, type, shape));
      }
      case 'struct':
        return this.byValue(this.#targets.resolve(target, where, true));
      case 'slice': {
        const shape = this.arrayShape(this.element(element, where));
        return this.#once(sliceCodec(core, roots, shape, this.arrays));
      }
      case 'array': {
        const shape = this.arrayShape(this.element(element, where));
        const n = this.#count(count, shape.element.size, where);
        return this.#once(arrayCodec(core, { host, roots, arrays: this.arrays }, shape, n));
      }
      case 'bytes':
        return this.#once(bytesCodec(core, this.#codecs.get('u8') as NumberElement, this.#count(count, 1, where)));
      default: {
        const simple = typeof kind === 'string' ? this.#codecs.get(kind) : undefined;
        if (simple === undefined || simple.key !== kind || simple.kind !== kind)
          throw problem('BAD_TYPE', `${where} has no kind of field: ${show(kind)}`);
        return simple;
      }
    }
  }

  /** An element that `plainElement` has read: a field, or a type by value. */
  element(element: PlainField | Type, where: string): Codec {
    if (element instanceof Type) return this.byValue(this.#targets.resolve(element, where, true));
    return this.codec(element, where);
  }

  byValue(record: TypeRecord): Codec {
    if (record.byValue === undefined) {
      const initialise: Targets['initialise'] = (owner, offset, target, value) =>
        this.#targets.initialise(owner, offset, target, value);
      record.byValue = structCodec(record.type, placeOf(record), shapeOf, initialise);
    }
    return record.byValue;
  }

  /** Places for the fields of a type. */
  layout(name: string, fields: readonly (readonly [string, PlainField])[]): Layout {
    const places: Place[] = [];
    let size = 0;
    let align = 1;
    for (const [field, written] of fields) {
      const where = `${name}.${field}`;
      if (field === '$') throw problem('BAD_TYPE', `${where}: $ is the handle of a view, no name for a field`);
      const codec = this.codec(written, where);
      size = Math.ceil(size / codec.align) * codec.align;
      places.push({
        name: field,
        offset: size,
        codec,
        write: codec.write,
        assign: codec.assign,
        isPart: codec.isPart === true,
        direct: directOf(codec.kind),
      });
      size += codec.size;
      align = Math.max(align, codec.align);
      if (size > kMaxBytes) throw problem('BAD_SIZE', `${name} is larger than ${kMaxBytes} bytes`);
    }
    size = Math.ceil(size / align) * align;
    const pieces = (which: 'pointers' | 'hosts'): Parameters<typeof joinPrograms>[1] =>
      places.map(({ offset, codec }) => ({ at: offset, program: codec[which], size: codec.size }));
    return {
      size,
      align,
      places,
      pointers: joinPrograms(this.#rooms.core, pieces('pointers'), size),
      hosts: joinPrograms(this.#rooms.core, pieces('hosts'), size),
    };
  }

  #count(count: unknown, elementSize: number, where: string): number {
    const n = checkNumber(`${where}: count`, count, 0, kMaxBytes);
    if (n * elementSize > kMaxBytes) throw problem('BAD_SIZE', `${where} is larger than ${kMaxBytes} bytes`);
    return n;
  }

  #once(codec: Codec): Codec {
    const known = this.#draft?.codecs.get(codec.key) ?? this.#codecs.get(codec.key);
    if (known !== undefined) return known;
    (this.#draft?.codecs ?? this.#codecs).set(codec.key, codec);
    return codec;
  }
}
