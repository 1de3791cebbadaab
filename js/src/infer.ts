// What TypeScript infers from the fields of a type: the properties of its views, and what may initialise them. Types
// only.
//
// A schema is the record given to one defineTypes call; `t.ref('Name')` is looked up there, which is how mutual
// recursion works. Types of earlier calls are given as Type values.

import type { ArrayView } from './array.js';
import type { ArrayField, Field, RefField, SliceField, StructField } from './fields.js';
import type { Handle } from './handle.js';
import type { Cursor } from './cursor.js';
import type { FieldInfo, Type } from './type.js';

export declare const kSchema: unique symbol;

export interface Fields {
  readonly [name: string]: Field;
}
export interface Schema {
  readonly [name: string]: Fields;
}

/** What every view has besides its fields. */
export interface AnyView {
  /** The handle that roots the object. */
  readonly $: Handle;
  /** Gives the root up: `using view = …`, or `view[Symbol.dispose]()`, or `view.$.dispose()`. */
  [Symbol.dispose](): void;
}

/** A view of an object of the type with fields `F`, written in schema `S`. */
export type View<F = Record<never, never>, S = Record<never, never>> = {
  -readonly [K in keyof F]: Read<F[K], S>;
} & AnyView;

/** What every type of every heap is; `F` and `S` are for TypeScript only. */
export interface AnyType<F = unknown, S = unknown> {
  readonly name: string;
  readonly size: number;
  readonly fields: { readonly [name: string]: FieldInfo };
  pointerMask(): boolean[];
  cursor(target: unknown): Cursor;
  /** Never there at run time: carries what the views of the type are inferred from. */
  readonly [kSchema]?: { readonly fields: F; readonly schema: S };
}

/** The view of a type: `ViewOf<typeof Node>`. */
export type ViewOf<T> = T extends AnyType<infer F, infer S> ? View<F, S> : AnyView;

/** What may initialise an object of a type. */
export type InitOf<T> = T extends AnyType<infer F, infer S> ? Init<F, S> : never;
export type Init<F, S> = { readonly [K in keyof F]?: Write<F[K], S> };

type Target<T, S> = T extends AnyType<infer F, infer S2> ? View<F, S2> : T extends keyof S ? View<S[T], S> : AnyView;
type TargetInit<T, S> = T extends AnyType<infer F, infer S2> ? Init<F, S2> : T extends keyof S ? Init<S[T], S> : never;

/** What a field reads as. */
export type Read<X, S> =
  X extends RefField<infer T>
    ? Target<T, S> | null
    : X extends StructField<infer T>
      ? Target<T, S>
      : X extends SliceField<infer E> | ArrayField<infer E>
        ? ElementsOf<E, S>
        : X extends Field<string, infer R>
          ? R
          : never;

/** What a field may be initialised with. */
export type Write<X, S> =
  X extends RefField<infer T>
    ? Target<T, S> | Handle | null
    : X extends StructField<infer T>
      ? Target<T, S> | TargetInit<T, S>
      : X extends SliceField<infer E> | ArrayField<infer E>
        ? ElementsOf<E, S> | readonly ElementWrite<E, S>[] | NumberArray | null
        : X extends Field<'string'>
          ? string | Handle
          : X extends Field<'bytes'>
            ? Uint8Array | readonly number[]
            : X extends Field<string, infer R>
              ? R
              : never;

/** Elements: of a field kind, or of a type by value. */
export type ElementRead<E, S> = E extends AnyType<infer F, infer S2> ? View<F, S2> : Read<E, S>;
export type ElementWrite<E, S> = E extends AnyType<infer F, infer S2> ? View<F, S2> | Init<F, S2> : Write<E, S>;
export type ElementsOf<E, S> = ArrayView<ElementRead<E, S>, ElementWrite<E, S>>;

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

/** The types that defineTypes gives for a schema. */
export type Defined<S extends Schema> = { readonly [K in keyof S]: Type<S[K], S> };
