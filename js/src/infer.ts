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

/** The options of `defineTypes`: there are none yet. */
export type NoOptions = Readonly<Record<string, never>>;

/** A view of an object of the type with fields `F`, written in schema `S`. */
export type View<F = Record<never, never>, S = Record<never, never>> = {
  -readonly [K in keyof F]: Read<F[K], S>;
} & AnyView;

/** The view of a type: `ViewOf<typeof Node>`. */
export type ViewOf<T> = T extends AnyType<infer F, infer S> ? View<F, S> : AnyView;

/** What may initialise an object of a type. `$`, of a view that is spread in, is where other values come from. */
export type InitOf<T> = T extends AnyType<infer F, infer S> ? Init<F, S> : never;
export type Init<F, S> = { readonly [K in keyof F]?: Write<F[K], S> } & { readonly $?: Handle };

/** What `t.ref` and `t.struct` name: a type, or its name in the schema. */
type FieldsOf<T, S> = T extends AnyType<infer F, infer _> ? F : T extends keyof S ? S[T] : never;
type SchemaOf<T, S> = T extends AnyType<infer _, infer S2> ? S2 : S;
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
      : X extends SliceField<infer E>
        ? Elements<E, S> | null
        : X extends ArrayField<infer E>
          ? Elements<E, S>
          : X extends Field<'string'>
            ? string | Handle
            : X extends Field<'bytes'>
              ? Exclude<NumberArray, BigArray> | readonly number[] | ArrayView<number>
              : X extends Field<string, infer R>
                ? R
                : never;

/** Elements: of a field kind, or of a type by value. */
export type ElementRead<E, S> = E extends AnyType<infer F, infer S2> ? View<F, S2> : Read<E, S>;
export type ElementWrite<E, S> = E extends AnyType<infer F, infer S2> ? View<F, S2> | Init<F, S2> : Write<E, S>;
export type ElementsOf<E, S> = ArrayView<ElementRead<E, S>, ElementWrite<E, S>, TypedArrayOf<E>>;

/** What several elements may be assigned from: an array of the heap, which a slice shares, or one that is copied. */
type Elements<E, S> = ElementsOf<E, S> | readonly ElementWrite<E, S>[] | Copied<TypedArrayOf<E>>;

interface TypedArrays {
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
}
type BigArray = BigInt64Array | BigUint64Array;

/** The typed array over elements of a number kind; for others there is none. */
export type TypedArrayOf<E> = E extends Field<infer K> ? (K extends keyof TypedArrays ? TypedArrays[K] : never) : never;

/** The typed arrays whose elements are numbers of the same sort. */
type Copied<A> = [A] extends [never] ? never : A extends BigArray ? BigArray : Exclude<NumberArray, BigArray>;

// The types below make mistakes fail to compile. Each is `unknown` where there is nothing to object to, and is
// intersected with what was passed.

/** The text of a mistake, as a type that nothing is assignable to. */
interface Mistake<Text> {
  readonly mistake: Text;
}

type FieldMistake<X, Names> =
  X extends RefField<infer T>
    ? TargetMistake<T, Names>
    : X extends StructField<infer T>
      ? TargetMistake<T, Names>
      : X extends SliceField<infer E>
        ? FieldMistake<E, Names>
        : X extends ArrayField<infer E>
          ? FieldMistake<E, Names>
          : unknown;

type TargetMistake<T, Names> = [T] extends [never]
  ? unknown
  : T extends Names
    ? unknown
    : T extends string
      ? string extends T
        ? unknown
        : Mistake<`there is no type ${T} in this call: give an earlier one as a value, t.ref(${T})`>
      : T extends AnyType
        ? unknown
        : Mistake<'a type, or the name of one of this call'>;

/** Fields whose names and targets are right, beside types of these names. */
export type SoundFields<F, Names> = {
  readonly [K in keyof F]: K extends '$' ? Mistake<'$ is the handle of a view'> : FieldMistake<F[K], Names>;
};

/** A schema whose fields are all sound. */
export type SoundSchema<S> = { readonly [T in keyof S]: SoundFields<S[T], keyof S> };

/** Initial values `I` that name fields of `F` only, and are not literally `undefined`. */
export type SoundInit<I, F, S> = {
  readonly [K in keyof I]: K extends keyof F
    ? SoundValue<I[K], F[K], S>
    : K extends '$' | symbol
      ? unknown
      : Mistake<'there is no such field'>;
};

type SoundValue<V, X, S> =
  X extends Field<'js'>
    ? unknown
    : [V] extends [undefined]
      ? Mistake<'undefined is no value for a field'>
      : X extends StructField<infer T>
        ? V extends AnyView
          ? unknown
          : SoundInit<V, FieldsOf<T, S>, SchemaOf<T, S>>
        : unknown;

/** `init` of a type `T`, beside `InitOf<T>`. */
export type SoundInitOf<I, T> = T extends AnyType<infer F, infer S> ? SoundInit<I, F, S> : unknown;

/** The names of the fields that refer to the type that they are in. */
export type SelfRefs<F, S> = {
  [K in keyof F]: F[K] extends RefField<infer T>
    ? [FieldsOf<T, S>] extends [F]
      ? [F] extends [FieldsOf<T, S>]
        ? K
        : never
      : never
    : never;
}[keyof F] &
  string;

/** Where a cursor over a type may start. */
export type CursorStart<F, S> =
  | View<F, S>
  | Handle
  | { readonly $: Handle; readonly length: number; at(i: number): View<F, S> | null | undefined };

/** Not the result of an async function. */
export type Synchronous<R> = [R] extends [never]
  ? unknown
  : R extends PromiseLike<unknown>
    ? Mistake<'a scope is synchronous'>
    : unknown;
