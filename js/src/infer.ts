// What TypeScript infers from the fields of a type: the properties of its views, and what may initialise them. Types
// only.
//
// A schema is the record given to one defineTypes call; `t.ref('Name')` is looked up there, which is how mutual
// recursion works. Types of earlier calls are given as Type values.

import type { ArrayView } from './array.js';
import type { ArrayField, Field, NumberArray, RefField, SliceField, StructField } from './fields.js';
import type { AnyType, AnyView, Handle } from './handle.js';

export interface Fields {
  readonly [name: string]: Field;
}
export interface Schema {
  readonly [name: string]: Fields;
}

/** A view of an object of the type with fields `F`, written in schema `S`. */
export type View<F = Record<never, never>, S = Record<never, never>> = {
  -readonly [K in keyof F]: Read<F[K], S>;
} & AnyView;

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
