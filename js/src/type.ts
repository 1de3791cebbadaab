// Type: a named layout on one heap, as users hold it. What the rooms need of it besides is in
// type-record.ts. Doors: Heap.defineTypes.

import type { Codec } from './codec.js';
import type { AnyType, Cursor, FieldInfo, kSchema } from './handle.js';
import type { CursorStart, Fields, Schema, SelfRefs, View } from './infer.js';
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
    return this.#record.name;
  }

  /** Bytes of one object. */
  get size(): number {
    return this.#record.size;
  }

  /** The fields by name, in the order of their definition. */
  get fields(): { readonly [K in keyof F]: FieldInfo } {
    return this.#record.info as { readonly [K in keyof F]: FieldInfo };
  }

  /** Which words of the object are pointers, one entry a word. */
  pointerMask(): boolean[] {
    const mask = new Array<boolean>(Math.ceil(this.#record.size / this.#record.core.wordBytes)).fill(false);
    markPointers(this.#record, 0, this.#record.core.wordBytes, mask);
    return mask;
  }

  /**
   * A cursor: one root that is moved from object to object, for loops over millions of them. It has the fields of the
   * type as properties, `follow('next')`, `at(i)`, `$` and `[Symbol.dispose]`; these names win over fields of the same
   * name.
   */
  cursor(target: CursorStart<F, S>): Cursor<View<F, S>, SelfRefs<F, S>> {
    return this.#record.cursors.at(this.#record, target) as Cursor<View<F, S>, SelfRefs<F, S>>;
  }

  /** The objects from `target` on, along one of its references to its own type: a cursor, moved. */
  walk(target: CursorStart<F, S>, field: SelfRefs<F, S>): Iterable<Cursor<View<F, S>, SelfRefs<F, S>>> {
    return this.#record.cursors.walk(this.#record, target, field) as Iterable<Cursor<View<F, S>, SelfRefs<F, S>>>;
  }

  get [Symbol.toStringTag](): string {
    return 'Type';
  }

  /** @internal */
  [kInspect](): string {
    const fields = Object.values<FieldInfo>(this.#record.info).map(({ name, kind }) => `${name}: ${kind}`);
    return `Type ${this.name} { ${fields.join(', ')} }`;
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
