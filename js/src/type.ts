// Type: a named layout on one heap, as users hold it. What the rooms need of it besides is in type-record.ts.
// Doors: Heap.defineTypes.

import type { Codec } from './codec.js';
import { foreign } from './errors.js';
import type { AnyType, Cursor, FieldInfo, Handle, kSchema } from './handle.js';
import type { CursorStart, Fields, Init, Schema, SelfRefs, SoundInit, View } from './infer.js';
import { kInspect } from './symbols.js';
import type { TypeRecord } from './type-record.js';

/** The types that defineTypes gives for a schema. */
export type Defined<S extends Schema> = { readonly [K in keyof S]: Type<S[K], S> };

/**
 * A type of objects in one heap: made by `heap.defineTypes`.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Item } = heap.defineTypes({ Item: { next: t.ref('Item'), value: t.i32 } });
 * const first = heap.newobject(Item, { value: 1, next: heap.newobject(Item, { value: 2 }) });
 * let sum = 0;
 * for (const item of Item.walk(first, 'next')) sum += item.value;
 * console.log(Item.name, Item.size, sum); // Item 8 3
 * heap.dispose();
 * ```
 */
export class Type<F extends Fields = Fields, S extends Schema = Schema> implements AnyType<F, S> {
  declare readonly [kSchema]?: { readonly fields: F; readonly schema: S };
  readonly #record: TypeRecord;

  /** @internal */
  constructor(record: TypeRecord) {
    this.#record = record;
  }

  /** The name it was defined under. */
  get name(): string {
    return Type.#own(this).name;
  }

  /** Bytes of one object. */
  get size(): number {
    return Type.#own(this).size;
  }

  /** The fields by name, in the order of their definition. */
  get fields(): { readonly [K in keyof F]: FieldInfo } {
    return Type.#own(this).info as { readonly [K in keyof F]: FieldInfo };
  }

  /** Which words of the object are pointers, one entry a word. */
  pointerMask(): boolean[] {
    const record = Type.#own(this);
    const { wordBytes } = record.core;
    const mask = new Array<boolean>(Math.ceil(record.size / wordBytes)).fill(false);
    markPointers(record, 0, wordBytes, mask);
    return mask;
  }

  /**
   * A cursor: one root that is moved from object to object, for loops over millions of them. It has the fields of the
   * type as properties, `follow('next')`, `at(i)`, `$` and `[Symbol.dispose]`; these names win over fields of the same
   * name.
   */
  cursor(target: CursorStart<F, S>): Cursor<View<F, S>, SelfRefs<F, S>> {
    const record = Type.#own(this);
    return record.cursors.at(record, target) as Cursor<View<F, S>, SelfRefs<F, S>>;
  }

  /** The objects from `target` on, along one of its references to its own type: a cursor, moved. */
  walk(target: CursorStart<F, S>, field: SelfRefs<F, S>): Iterable<Cursor<View<F, S>, SelfRefs<F, S>>> {
    const record = Type.#own(this);
    return record.cursors.walk(record, target, field) as Iterable<Cursor<View<F, S>, SelfRefs<F, S>>>;
  }

  /**
   * Assigns several fields of an object at once, all of them or none, and returns what it was given. `values` is what
   * `newobject` takes; so arrays go to slices, objects to structs and handles to references in TypeScript too, which
   * knows a property of a view by what it reads as. May collect first. Throws BAD_TYPE, BAD_ARGUMENT, STALE_HANDLE,
   * OUT_OF_MEMORY.
   *
   * @example
   * ```ts
   * import { createHeap, t } from 'mallocgc';
   * const heap = await createHeap();
   * const { User } = heap.defineTypes({ User: { name: t.string, tags: t.slice(t.u8) } });
   * const user = User.assign(heap.newobject(User), { name: 'Ada', tags: [1, 2] });
   * console.log(user.name, [...user.tags]); // Ada [1,2]
   * heap.dispose();
   * ```
   */
  assign<V extends View<F, S> | Handle, I extends Init<F, S>>(target: V, values: I & SoundInit<I, F, S>): V {
    Type.#own(this).assigner.assign(Type.#own(this), target, values);
    return target;
  }

  get [Symbol.toStringTag](): string {
    return 'Type';
  }

  /** @internal */
  [kInspect](): string {
    const fields = Object.values<FieldInfo>(Type.#own(this).info).map(({ name, kind }) => `${name}: ${kind}`);
    return `Type ${this.name} { ${fields.join(', ')} }`;
  }

  /** What a method needs, where the type is not called through a Proxy, or as something else's. */
  static #own(type: object): TypeRecord {
    return Type.record(type) ?? foreign('a type');
  }

  /** @internal */
  static record(type: unknown): TypeRecord | undefined {
    return typeof type === 'object' && type !== null && #record in type ? type.#record : undefined;
  }
}

function markPointers(record: TypeRecord, base: number, wordBytes: number, mask: boolean[]): void {
  for (const { offset, codec } of record.places) markCodec(codec, base + offset, wordBytes, mask);
}

function markCodec(codec: Codec, at: number, wordBytes: number, mask: boolean[]): void {
  if (codec.pointers === null) return;
  if (codec.element !== undefined) {
    for (let i = 0; i < codec.count; i++) markCodec(codec.element, at + i * codec.element.size, wordBytes, mask);
    return;
  }
  const inner = codec.kind === 'struct' ? Type.record(codec.target) : undefined;
  if (inner === undefined) mask[at / wordBytes] = true;
  else markPointers(inner, at, wordBytes, mask);
}
