// The unchecked door: numbers in, numbers out, no views, no handles. For hot paths inside a scope, and for those who
// bring their own language. Nothing is rooted: an address is good until the next call that may collect, unless it is in
// a scope (`frame.root`) or in an object that is reachable. The core checks arguments in its debug flavour only.
//
// Doors: Heap.raw.

import type { Address } from './abi.js';
import type { Allocator } from './allocate.js';
import { readWord, storePointer, type Core } from './core.js';
import type { BigKind, NumberKind } from './fields.js';
import type { AnyType } from './handle.js';
import { numberCodec } from './numbers.js';
import type { Types } from './types.js';
import { boolCodec, newText, storeText } from './values.js';

type Load<T> = (address: number) => T;
type Store<T> = (address: number, value: T) => void;

/**
 * Allocation and memory access by number, unchecked: wrong addresses damage the heap.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Pair } = heap.defineTypes({ Pair: { left: t.ref('Pair'), right: t.ref('Pair') } });
 * const { raw } = heap;
 * const pair = raw.typeId(Pair);
 * heap.scope((frame) => {
 *   const root = frame.root(raw.newobject(pair));
 *   raw.storeRef(root, raw.newobject(pair));
 *   console.log(raw.loadRef(root) !== 0); // true
 * });
 * heap.dispose();
 * ```
 */
export class RawHeap {
  /**
   * A zeroed object of a type; a bump of the type's window, without a call. May collect first. Throws OUT_OF_MEMORY.
   */
  declare readonly newobject: (typeId: number) => number;
  /**
   * Go's mallocgc: the address of `size` bytes; `typeId` 0 with `Flags.noScan`. A bump too for whole objects of a type,
   * and for 16 to 1024 bytes without pointers; otherwise one call. May collect first. Throws OUT_OF_MEMORY, BAD_SIZE.
   */
  declare readonly mallocgc: (size: number, typeId: number, flags?: number) => number;
  declare readonly loadI8: Load<number>;
  declare readonly loadU8: Load<number>;
  declare readonly loadI16: Load<number>;
  declare readonly loadU16: Load<number>;
  declare readonly loadI32: Load<number>;
  declare readonly loadU32: Load<number>;
  declare readonly loadF32: Load<number>;
  declare readonly loadF64: Load<number>;
  declare readonly loadI64: Load<bigint>;
  declare readonly loadU64: Load<bigint>;
  declare readonly loadBool: Load<boolean>;
  declare readonly storeI8: Store<number>;
  declare readonly storeU8: Store<number>;
  declare readonly storeI16: Store<number>;
  declare readonly storeU16: Store<number>;
  declare readonly storeI32: Store<number>;
  declare readonly storeU32: Store<number>;
  declare readonly storeF32: Store<number>;
  declare readonly storeF64: Store<number>;
  declare readonly storeI64: Store<bigint>;
  declare readonly storeU64: Store<bigint>;
  declare readonly storeBool: Store<boolean>;
  /** Reads a string field. */
  declare readonly loadString: Load<string>;
  /** The core's number of a type. */
  declare readonly typeId: (type: AnyType) => number;
  /** The address in a pointer slot; 0 for null. */
  declare readonly loadRef: (address: number) => number;
  /** Stores a pointer into a slot of an object, with its barrier. */
  declare readonly storeRef: (address: number, value: number) => void;
  /** Stores a text into a string field. Allocates, and may collect first: the field's object must be reachable. */
  declare readonly storeString: (address: number, text: string) => void;
  /** The write barrier alone: for a pointer that was stored at `address` by other means. */
  declare readonly barrier: (address: number) => void;

  /** @internal */
  constructor(core: Core, allocator: Allocator, types: Types) {
    const { memory } = core;
    this.typeId = (type) => types.record(type, 'typeId').id;
    this.loadRef = (address) => memory.u32[address >>> 2] ?? readWord(core, address as Address);
    this.storeRef = (address, value) => {
      core.refresh();
      storePointer(core, address as Address, value as Address);
    };
    this.storeString = (address, text) => {
      const { address: bytes, bytes: length } = newText(core, allocator, text);
      core.refresh();
      storeText(core, address as Address, bytes, length);
    };
    this.barrier = (address) => core.barrier(address as Address);
    this.newobject = allocator.newobject;
    this.mallocgc = allocator.mallocgc;
    const number = (kind: NumberKind): { load: Load<number>; store: Store<number> } => {
      const { read, write } = numberCodec(core, kind);
      return { load: read as Load<number>, store: write as Store<number> };
    };
    const big = (kind: BigKind): { load: Load<bigint>; store: Store<bigint> } => {
      const { read, write } = numberCodec(core, kind);
      return { load: read as Load<bigint>, store: write as Store<bigint> };
    };
    ({ load: this.loadI8, store: this.storeI8 } = number('i8'));
    ({ load: this.loadU8, store: this.storeU8 } = number('u8'));
    ({ load: this.loadI16, store: this.storeI16 } = number('i16'));
    ({ load: this.loadU16, store: this.storeU16 } = number('u16'));
    ({ load: this.loadI32, store: this.storeI32 } = number('i32'));
    ({ load: this.loadU32, store: this.storeU32 } = number('u32'));
    ({ load: this.loadF32, store: this.storeF32 } = number('f32'));
    ({ load: this.loadF64, store: this.storeF64 } = number('f64'));
    ({ load: this.loadI64, store: this.storeI64 } = big('i64'));
    ({ load: this.loadU64, store: this.storeU64 } = big('u64'));
    const bool = boolCodec(core);
    this.loadBool = bool.read as Load<boolean>;
    this.storeBool = bool.write as Store<boolean>;
    this.loadString = types.layouts.simple('string').read as Load<string>;
  }

  get [Symbol.toStringTag](): string {
    return 'RawHeap';
  }
}
