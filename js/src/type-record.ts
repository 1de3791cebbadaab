// The heap keeps this record about a type, and fills it in while the type is defined. Users hold a Type (type.ts).
// Doors: types.ts makes it; cursor.ts, layout.ts and path.ts read it.

import type { Codec, Program } from './codec.js';
import type { Core } from './core.js';
import type { AnyType, Cursor, FieldInfo, Shape } from './handle.js';
import type { Place, ViewMaker } from './view.js';

/** Who makes the cursors of a type. */
export interface CursorMaker {
  /** A cursor at the target. */
  at(record: TypeRecord, target: unknown): Cursor;
  /** The objects from the target on, along a field. */
  walk(record: TypeRecord, target: unknown, field: unknown): Iterable<Cursor>;
}

/** Who assigns several fields of an object at once. */
export interface Assigner {
  assign(record: TypeRecord, target: unknown, values: unknown): void;
}

export interface TypeRecord {
  readonly core: Core;
  readonly cursors: CursorMaker;
  readonly assigner: Assigner;
  readonly type: AnyType;
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
  /** The fields of the last init object, in its order: the next one has them likely in the same. Not to be changed. */
  likely: readonly Place[];
  info: { readonly [name: string]: FieldInfo };
  shape: Shape;
  maker: ViewMaker;
  cursor: ViewMaker;
  /** The type by value, as an element or an inline field. */
  byValue: Codec;
}
