// Allocation flags, Go's plus ours. The numbers are the ABI's own (abi.h, MGC_NOSCAN …); start.ts checks at load that
// the module agrees.

import { problem, show } from './errors.js';

export const kAlignShift = 8;
export const kAlignMax = 8192;

/**
 * Flags of {@link Heap.mallocgc}; combine them with `|`.
 *
 * @example
 * ```ts
 * import { createHeap, Flags } from 'mallocgc';
 * const heap = await createHeap();
 * const block = heap.mallocgc(100, null, Flags.noScan | Flags.noZero | Flags.align(64));
 * console.log(block.address % 64); // 0
 * heap.dispose();
 * ```
 */
export const Flags = Object.freeze({
  /** No pointers inside; needs no type. */
  noScan: 1,
  /** The contents are undefined; only with `noScan`. */
  noZero: 2,
  /** Never shares a block with other tiny objects (M5). */
  ownBlock: 4,
  /** One byte of padding, so that a pointer to the end stays inside (T5). */
  endPointers: 8,
  /** Aligned to `bytes`, a power of two up to 8192 (M8). */
  align(bytes: number): number {
    const log = typeof bytes === 'number' ? Math.log2(bytes) : -1;
    if (!Number.isInteger(log) || log < 0 || bytes > kAlignMax) {
      throw problem('BAD_ARGUMENT', `align is not a power of 2 up to ${kAlignMax}: ${show(bytes)}`, 'range');
    }
    return log << kAlignShift;
  },
});
