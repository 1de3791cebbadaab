// Allocation without a call (docs/abi.md): the core publishes windows of free slots in memory — cursor and limit — one
// for each type and one for each size of pointer-free memory, and the face takes objects by moving the cursor. Only
// when a window is used up does it call the core, which opens the next one.
//
// The memory of windows of types with pointers is zero already. Pointer-free objects are zeroed here (M9), so their
// sizes stand in a table of their own; the first table has for them a size that no window has room for, so they are
// never taken from there. All tables hold small integers, and addresses are added as signed 32-bit ones, because
// engines do that fastest. The functions are made in the constructor, over constants, because an engine folds those
// when it inlines them.
// Doors: raw.ts and types with views (newobject, mallocgc); `allocate` for everything that is not one object of a type.

import type { Address } from './abi.js';
import { problem } from './errors.js';
import type { Events } from './events.js';
import { Flags } from './flags.js';
import type { Memory } from './memory.js';
import type { Core } from './core.js';
import type { Cycle } from './cycle.js';

/** No window has so many bytes. */
const kNever = 2 ** 30 - 1;
/** Below this size zeroing in a loop beats TypedArray.fill. */
const kFillBytes = 128;
/** Larger pointer-free blocks are asked for by a call; smaller ones share blocks, and the core finds their place. */
const kBlockMax = 1024;
const kBlockMin = 16;
/** After so many bytes by calls the face asks whether a collection is due, so that it can time it. */
const kBytesPerLook = 1 << 16;

/** Windows by number: where the cursor is, as an index into u32, and the bytes to move on by. */
interface Windows {
  readonly at: number[];
  readonly sizes: number[];
}

export class Allocator {
  /**
   * A zeroed object of the type. Not rooted: root it before anything else is allocated. May collect, before it
   * allocates.
   */
  declare readonly newobject: (typeId: number) => Address;
  /** Go's mallocgc, by numbers, unchecked. Not rooted. May collect, before it allocates. */
  declare readonly mallocgc: (size: number, typeId: number, flags?: number) => Address;
  readonly #core: Core;
  readonly #cycle: Cycle;
  readonly #events: Events;
  readonly #onPressure: ((needBytes: number) => void) | undefined;
  readonly #memory: Memory;
  readonly #types: Windows = { at: [0], sizes: [kNever] };
  /** Bytes of a slot of a type without pointers; kNever for other types. */
  readonly #plainSizes: number[] = [kNever];
  /** Bytes of one object of a type: a request of mallocgc for so many is one for a whole object. */
  readonly #typeSizes: number[] = [kNever];
  /** Pointer-free memory without a type, by size in units of 8 bytes. */
  readonly #blocks: Windows;
  #untilLook = kBytesPerLook;

  /** `onPressure` is told when memory is exhausted, before the request is tried once more. */
  constructor(core: Core, cycle: Cycle, events: Events, onPressure: ((needBytes: number) => void) | undefined) {
    this.#core = core;
    this.#cycle = cycle;
    this.#events = events;
    this.#onPressure = onPressure;
    this.#memory = core.memory;
    const none = (value: number): number[] => new Array<number>(kBlockMax / 8 + 1).fill(value);
    this.#blocks = { at: none(0), sizes: none(kNever) };
    this.newobject = this.#newobject();
    this.mallocgc = this.#mallocgc();
  }

  /** Makes a type's window known. `size` in bytes. */
  register(typeId: number, size: number, hasPointers: boolean): void {
    while (this.#types.at.length <= typeId) {
      this.#types.at.push(0);
      for (const sizes of [this.#types.sizes, this.#plainSizes, this.#typeSizes]) sizes.push(kNever);
    }
    if (size === 0) return;
    const slot = this.#core.wasm.mgc_roundup(size) >>> 0;
    this.#types.at[typeId] = (this.#core.wasm.mgc_alloc_slot(typeId) >>> 0) >>> 2;
    (hasPointers ? this.#types.sizes : this.#plainSizes)[typeId] = slot;
    this.#typeSizes[typeId] = size;
    this.#memory.refresh();
  }

  /** Memory by size, as Go's mallocgc: not rooted. May collect, before it allocates. */
  allocate(size: number, typeId: number, flags: number): Address {
    this.#cycle.beforeSlowPath();
    const call = (): number => this.#core.wasm.mgc_malloc(size, typeId, flags) >>> 0;
    const address = (call() as Address) || this.#underPressure(call, size);
    this.#events.afterCall();
    return address;
  }

  /**
   * Bytes without pointers, not zeroed, not rooted (Go's rawmem). May collect, before it allocates. The memory is fresh
   * after it.
   */
  raw(size: number): Address {
    const address = this.mallocgc(size, 0, Flags.noScan | Flags.noZero);
    this.#memory.refresh();
    return address;
  }

  /**
   * The same for what shares no block (M5) unless it is half of one or less: so texts and lists from 9 bytes on are
   * taken from a window, without a call.
   */
  rawOwn(size: number): Address {
    return this.raw(size > kBlockMin / 2 && size < kBlockMin ? kBlockMin : size);
  }

  /**
   * After an allocating call that gave nothing: on exhaustion onPressure is called, and the call repeated once (B7).
   * Throws what it came to.
   */
  #underPressure(again: () => number, needBytes: number): Address {
    const core = this.#core;
    core.alive();
    const status = core.wasm.mgc_status();
    if (this.#onPressure === undefined || core.description.codeOf(status) !== 'OUT_OF_MEMORY') core.check(status);
    this.#onPressure?.(needBytes);
    core.alive();
    const address = (again() >>> 0) as Address;
    if (address === 0) core.fail();
    return address;
  }

  #newobject(): (typeId: number) => Address {
    const memory = this.#memory;
    const { at, sizes } = this.#types;
    const plain = (typeId: number): Address => this.#plain(typeId);
    return (typeId) => {
      const { i32 } = memory;
      const window = at[typeId] as number;
      const address = i32[window] as number;
      const size = sizes[typeId] as number;
      if ((((i32[window + 1] as number) - address) | 0) >= size) {
        i32[window] = address + size;
        return (address >>> 0) as Address;
      }
      return plain(typeId);
    };
  }

  #mallocgc(): (size: number, typeId: number, flags?: number) => Address {
    const memory = this.#memory;
    const { at, sizes } = this.#blocks;
    const typeSizes = this.#typeSizes;
    const { newobject } = this;
    const slow = (size: number, typeId: number, flags: number): Address => this.#call(size, typeId, flags);
    return (size, typeId, flags = 0) => {
      if (typeId === 0 && (flags | Flags.noZero) === (Flags.noScan | Flags.noZero) && size <= kBlockMax) {
        const { i32 } = memory;
        const unit = (size + 7) >>> 3;
        const window = at[unit] as number;
        const address = i32[window] as number;
        const bytes = sizes[unit] as number;
        if ((((i32[window + 1] as number) - address) | 0) >= bytes) {
          i32[window] = address + bytes;
          if ((flags & Flags.noZero) === 0) clear(memory.f64, address >>> 0, bytes);
          return (address >>> 0) as Address;
        }
      } else if (flags === 0 && size === typeSizes[typeId]) {
        return newobject(typeId);
      }
      return slow(size, typeId, flags);
    };
  }

  #plain(typeId: number): Address {
    const { i32, f64 } = this.#memory;
    const window = this.#types.at[typeId] as number;
    const address = i32[window] as number;
    const size = this.#plainSizes[typeId] as number;
    if (!((((i32[window + 1] as number) - address) | 0) >= size)) return this.#slow(typeId);
    i32[window] = address + size;
    clear(f64, address >>> 0, size);
    return (address >>> 0) as Address;
  }

  #slow(typeId: number): Address {
    const { wasm } = this.#core;
    this.#core.alive();
    this.#cycle.beforeSlowPath();
    const address = ((wasm.mgc_new(typeId) >>> 0) as Address) || this.#underPressure(() => wasm.mgc_new(typeId), 0);
    this.#events.afterCall();
    this.#relocate(typeId);
    return address;
  }

  /** The core moves a type's window once, when it first opens; the window before that is never open. */
  #relocate(typeId: number): void {
    const { at } = this.#types;
    const window = at[typeId];
    if (window === undefined || window === 0 || this.#memory.i32[window + 1] !== 0) return;
    at[typeId] = (this.#core.wasm.mgc_alloc_slot(typeId) >>> 0) >>> 2;
  }

  /** Allocates by a call to the core, which opens the window that the next request of this size finds. */
  #call(size: number, typeId: number, flags: number): Address {
    if (typeof size !== 'number') throw problem('BAD_SIZE', 'size is not a number');
    const { wasm } = this.#core;
    const isBlock =
      typeId === 0 &&
      (flags | Flags.noZero) === (Flags.noScan | Flags.noZero) &&
      size <= kBlockMax &&
      size >= kBlockMin;
    if (isBlock || (this.#untilLook -= size) < 0) {
      this.#core.alive();
      this.#untilLook = kBytesPerLook;
      this.#cycle.beforeSlowPath();
    }
    const address =
      ((wasm.mgc_malloc(size, typeId, flags) >>> 0) as Address) ||
      this.#underPressure(() => wasm.mgc_malloc(size, typeId, flags), size);
    const unit = (size + 7) >>> 3;
    if (isBlock && this.#blocks.sizes[unit] === kNever) {
      this.#blocks.at[unit] = (wasm.mgc_noscan_slot(size) >>> 0) >>> 2;
      this.#blocks.sizes[unit] = wasm.mgc_roundup(size) >>> 0;
    }
    this.#events.afterCall();
    return address;
  }
}

/** Slots begin and end at multiples of 8. */
function clear(f64: Float64Array, from: number, bytes: number): void {
  const begin = from >>> 3;
  const end = begin + (bytes >>> 3);
  if (bytes > kFillBytes) f64.fill(0, begin, end);
  else for (let at = begin; at < end; at++) f64[at] = 0;
}
