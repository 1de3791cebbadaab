// `t`: how a type's fields are written down. A field is a plain description; layout.ts gives it a place and codecs give
// it a meaning. The type parameters carry what TypeScript needs to infer the properties of views (infer.ts).

import type { AnyView, Handle } from './handle.js';

declare const kRead: unique symbol;

/** A field of kind `K` that reads as `R`. */
export interface Field<K extends string = string, R = unknown> {
  readonly kind: K;
  readonly [kRead]?: R;
}
export interface RefField<T> extends Field<'ref'> {
  readonly target: T;
}
export interface StructField<T> extends Field<'struct'> {
  readonly target: T;
}
export interface SliceField<E> extends Field<'slice'> {
  readonly element: E;
}
export interface ArrayField<E> extends Field<'array'> {
  readonly element: E;
  readonly count: number;
}
export interface BytesField extends Field<'bytes', Uint8Array> {
  readonly count: number;
}

export type NumberKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';
export type BigKind = 'i64' | 'u64';

/** Typed arrays that number elements can be copied from and read as. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const number = <K extends NumberKind>(kind: K): Field<K, number> => Object.freeze({ kind });
const big = <K extends BigKind>(kind: K): Field<K, bigint> => Object.freeze({ kind });

/**
 * The kinds of fields, for {@link Heap.defineTypes}. Integers wrap as in typed arrays; 64-bit ones are bigints.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Node } = heap.defineTypes({
 *   Node: { next: t.ref('Node'), name: t.string, weights: t.slice(t.f64), tag: t.js },
 * });
 * const node = heap.newobject(Node, { name: 'first', weights: [1, 2, 3] });
 * node.next = heap.newobject(Node, { tag: { any: 'JS value' } });
 * console.log(node.name, node.weights.length, Object.keys(node.next.tag as object)); // first 3 ["any"]
 * heap.dispose();
 * ```
 */
export const t = Object.freeze({
  i8: number('i8'),
  u8: number('u8'),
  i16: number('i16'),
  u16: number('u16'),
  i32: number('i32'),
  u32: number('u32'),
  f32: number('f32'),
  f64: number('f64'),
  i64: big('i64'),
  u64: big('u64'),
  bool: Object.freeze({ kind: 'bool' }) as Field<'bool', boolean>,
  /** Any JS value; released when the object dies. */
  js: Object.freeze({ kind: 'js' }) as Field<'js', unknown>,
  /** Text, as UTF-8 in the heap; '' at first. */
  string: Object.freeze({ kind: 'string' }) as Field<'string', string>,
  /** A reference to an object of any type, or null. */
  any: Object.freeze({ kind: 'any' }) as Field<'any', AnyView | Handle | null>,
  /** A reference to an object of the type, or null. The type may be one that is defined in the same call, by name. */
  ref: <const T>(target: T): RefField<T> => Object.freeze({ kind: 'ref', target }),
  /** An object of the type, inline. */
  struct: <const T>(target: T): StructField<T> => Object.freeze({ kind: 'struct', target }),
  /**
   * Address and length of elements elsewhere in the heap; assigned from an ArrayView (shared) or a JS or typed array
   * (copied).
   */
  slice: <E>(element: E): SliceField<E> => Object.freeze({ kind: 'slice', element }),
  /** `count` elements, inline. */
  array: <E>(element: E, count: number): ArrayField<E> => Object.freeze({ kind: 'array', element, count }),
  /** `count` bytes, inline; reads as a Uint8Array in place. */
  bytes: (count: number): BytesField => Object.freeze({ kind: 'bytes', count }),
});
