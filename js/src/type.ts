// Type: a named layout on one heap, as users hold it. What the rooms need of it besides is in TypeRecord.

import type { Codec, Program } from './codec.js';
import { cursorFor, walkFrom, type Cursor } from './cursor.js';
import type { AnyType, AnyView, Fields, kSchema, Schema, View } from './infer.js';
import type { Runtime } from './runtime.js';
import type { Handle, Shape } from './handle.js';
import type { Place, ViewMaker } from './view.js';

/** A field's place, for tools. */
export interface FieldInfo {
  readonly name: string;
  /** What it was written as: 'i32', 'ref', 'slice' … */
  readonly kind: string;
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes it takes. */
  readonly size: number;
  /** The type referred to or embedded. */
  readonly target: Type | null;
  /** Elements of an array, bytes of `bytes`; else 1. */
  readonly count: number;
}

/** What the heap keeps about a type; filled in while the type is defined. */
export interface TypeRecord {
  readonly runtime: Runtime;
  readonly name: string;
  /** The same for the same fields. */
  signature: string;
  id: number;
  size: number;
  align: number;
  pointers: Program;
  hosts: Program;
  places: readonly Place[];
  placeOf: ReadonlyMap<string, Place>;
  info: { readonly [name: string]: FieldInfo };
  shape: Shape;
  maker: ViewMaker;
  cursor: ViewMaker;
  /** The type by value, as an element or an inline field. */
  byValue: Codec;
}

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

  /** Which words of the object are pointers, one entry a word of four bytes. */
  pointerMask(): boolean[] {
    const mask = new Array<boolean>(Math.ceil(this.#record.size / 4)).fill(false);
    markPointers(this.#record, 0, mask);
    return mask;
  }

  /**
   * A cursor: one root that is moved from object to object, for loops over millions of them. It has the fields of the
   * type as properties, `follow('next')`, `at(i)`, `$` and `[Symbol.dispose]`; these names win over fields of the same
   * name.
   */
  cursor(target: unknown): Cursor<View<F, S>> {
    return cursorFor(this.#record, target) as Cursor<View<F, S>>;
  }

  /** The objects from `target` on, along one of its references to its own type: a cursor, moved. */
  walk(target: unknown, field: keyof F & string): Iterable<Cursor<View<F, S>>> {
    return walkFrom(this.#record, target, field) as Iterable<Cursor<View<F, S>>>;
  }

  /** @internal */
  static record(type: unknown): TypeRecord | undefined {
    return typeof type === 'object' && type !== null && #record in type ? type.#record : undefined;
  }
}

function markPointers(record: TypeRecord, base: number, mask: boolean[]): void {
  for (const { offset, codec } of record.places) markCodec(codec, base + offset, mask);
}

function markCodec(codec: Codec, at: number, mask: boolean[]): void {
  if (codec.pointers === null) return;
  if (codec.element !== undefined) {
    for (let i = 0; i < codec.count; i++) markCodec(codec.element, at + i * codec.element.size, mask);
    return;
  }
  const inner = codec.kind === 'struct' ? Type.record(codec.target) : undefined;
  if (inner === undefined) mask[at >>> 2] = true;
  else markPointers(inner, at, mask);
}

/** What views of a record's type are made with. */
export function makeView(record: TypeRecord, handle: Handle): AnyView {
  return new record.maker(handle);
}
