// Allocation without a call (architecture 8): the core publishes, for each type, a window of free slots in memory — cursor and limit — and
// the face takes objects by moving the cursor. Only when a window is used up does it call the core, which opens the next one.
//
// Windows of types with pointers are zero already; pointer-free objects are zeroed here (M9), so their sizes stand in a table of
// their own, and in the first one a size that no window has. All tables hold small integers, which engines add fastest.
// Doors: raw.ts and types with views (newobject); Runtime.allocate for everything that is not one object of a type.

import type { Address } from './abi.js';
import type { Memory } from './memory.js';
import type { Runtime } from './runtime.js';

/** No window has so many bytes. */
const kNever = 2 ** 30 - 1;
/** Below this size zeroing in a loop beats TypedArray.fill. */
const kFillBytes = 128;

export class Allocator {
  readonly #runtime: Runtime;
  readonly #memory: Memory;
  /** By type number: index into u32 of its window, and the bytes to move on. */
  readonly #windows: number[] = [0];
  readonly #sizes: number[] = [kNever];
  readonly #plainSizes: number[] = [kNever];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#memory = runtime.memory;
  }

  /** Makes a type's window known. `size` in bytes. */
  register(typeId: number, size: number, hasPointers: boolean): void {
    while (this.#windows.length <= typeId) {
      this.#windows.push(0);
      this.#sizes.push(kNever);
      this.#plainSizes.push(kNever);
    }
    if (size === 0) return;
    const slot = this.#runtime.wasm.mgc_roundup(size) >>> 0;
    this.#windows[typeId] = (this.#runtime.wasm.mgc_alloc_slot(typeId) >>> 0) >>> 2;
    (hasPointers ? this.#sizes : this.#plainSizes)[typeId] = slot;
    this.#memory.refresh();
  }

  /** A zeroed object of the type. Not rooted: root it before anything else is allocated. May collect, before it allocates. */
  newobject(typeId: number): Address {
    const { u32 } = this.#memory;
    const window = this.#windows[typeId] as number;
    const address = u32[window] as number;
    const next = address + (this.#sizes[typeId] as number);
    if (next <= (u32[window + 1] as number)) {
      u32[window] = next;
      return address;
    }
    return this.#plain(typeId);
  }

  #plain(typeId: number): Address {
    const { u32 } = this.#memory;
    const window = this.#windows[typeId] as number;
    const address = u32[window] as number;
    const size = this.#plainSizes[typeId] as number;
    const next = address + size;
    if (!(next <= (u32[window + 1] as number))) return this.#slow(typeId);
    u32[window] = next;
    if (size > kFillBytes) u32.fill(0, address >>> 2, next >>> 2);
    else for (let word = address >>> 2; word < next >>> 2; word++) u32[word] = 0;
    return address;
  }

  #slow(typeId: number): Address {
    const { wasm, cycle } = this.#runtime;
    this.#runtime.alive();
    cycle.beforeSlowPath();
    const address = this.#runtime.obtain(() => wasm.mgc_new(typeId));
    if (typeId > 0 && typeId < this.#windows.length && this.#windows[typeId] !== 0) {
      this.#windows[typeId] = (wasm.mgc_alloc_slot(typeId) >>> 0) >>> 2;
    }
    return address;
  }
}
