// Allocation flags, Go's plus ours. The numbers are the ABI's own (abi.h, MGC_NOSCAN …); Runtime checks at load that the module agrees.

import { problem, show } from './errors.js';

const kAlignShift = 8;
const kAlignMax = 8192;

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

const kSimpleFlags = Flags.noScan | Flags.noZero | Flags.ownBlock | Flags.endPointers;
const kAlignBits = Math.log2(kAlignMax);

/** Flags as the core takes them. */
export function checkFlags(flags: unknown): number {
  if (flags === undefined) return 0;
  const known = typeof flags === 'number' && Number.isInteger(flags) && flags >= 0 && flags >>> kAlignShift <= kAlignBits;
  if (!known || (flags & ((1 << kAlignShift) - 1) & ~kSimpleFlags) !== 0 || flags > 0xffff) {
    throw problem('BAD_ARGUMENT', `not allocation flags: ${show(flags)}`);
  }
  return flags;
}

/** What the module's description must say, name by name. */
export const kFlagNumbers: readonly (readonly [string, number])[] = [
  ['flag.NOSCAN', Flags.noScan],
  ['flag.NOZERO', Flags.noZero],
  ['flag.OWN_BLOCK', Flags.ownBlock],
  ['flag.END_POINTERS', Flags.endPointers],
  ['flag.ALIGN_SHIFT', kAlignShift],
];
