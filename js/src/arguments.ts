// Checks of arguments that several methods of a heap take. Each returns the value or throws the package's error.

import type { Address } from './abi.js';
import { problem, show } from './errors.js';
import { Flags, kAlignMax, kAlignShift } from './flags.js';
import { checkNumber, kAddressMax, kMaxBytes } from './options.js';

const kAlignLogMax = Math.log2(kAlignMax);
/** Every bit that a flag may have. */
const kAllFlags = Flags.noScan | Flags.noZero | Flags.ownBlock | Flags.endPointers | (0xff << kAlignShift);

/** An address that a user names: any byte of the memory. */
export function checkAddress(what: string, value: unknown): Address {
  return checkNumber(what, value, 0, kAddressMax) as Address;
}

/** A number of bytes that one object may have. */
export function checkSize(size: unknown): number {
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > kMaxBytes) {
    throw problem('BAD_SIZE', `allocation size out of range: ${show(size)}`);
  }
  return size;
}

/** Flags as the core takes them. */
export function checkFlags(flags: unknown): number {
  if (flags === undefined) return 0;
  if (
    typeof flags !== 'number' ||
    (flags & ~kAllFlags) !== 0 ||
    flags !== flags >>> 0 ||
    flags >>> kAlignShift > kAlignLogMax
  ) {
    throw problem('BAD_ARGUMENT', `not allocation flags: ${show(flags)}`);
  }
  return flags;
}

export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw problem('BAD_ARGUMENT', `${what} takes a function, not ${show(value)}`);
}
