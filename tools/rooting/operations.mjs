// This says which operators can give a pointer. The answer is about where a value comes from, never about what is done
// with it: an address that is only compared is used again for the next field. A comparison, a count of bits, a product,
// a quotient and a load of less than a word are no addresses of objects. Sums, differences, bit operations and copies
// of something that may be one may be one. Constants are none, since objects have no constant addresses.

import { kOp } from './flow.mjs';

const kAnd = new Set([0x71, 0x83]); // of i32 and i64
const kShiftLeft = new Set([0x74, 0x86]);
const kShiftRight = 0x76; // i32.shr_u

/**
 * Returns what a sum, a difference, a shift or a bit operation may give; `constant` is the right operand where that is
 * one, or null.
 */
export function binaryMay(opcode, left, right, constant) {
  if (constant !== null) {
    if (kAnd.has(opcode) && constant >= 0 && constant < kSmall) return kNo;
    if (opcode === kShiftRight && constant >= 16) return kNo;
    // Bytes are put together here: what is shifted up may be the upper part of an address.
    if (kShiftLeft.has(opcode) && constant >= 8) return kYes;
  }
  return join(left, right);
}

// Heaps begin above the first wasm page.
const kSmall = 65536;

/**
 * A value may be a pointer (`kYes`), one that this function was given as a pointer (`kMade`), or a pointer if one of
 * the variables in the list is.
 */
export const kYes = 1;
export const kMade = 2;
export const kNo = Object.freeze([]);

const isYes = (may) => typeof may === 'number';

export function join(a, b) {
  if (isYes(a) || isYes(b)) return a === kMade || b === kMade ? kMade : kYes;
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return a.concat(b);
}

/**
 * Says which variables of a stream may hold pointers: what comes from one that may, or from `params`, and is a
 * candidate. `isSeed(may)` says what else; by default that is all that may be a pointer by itself.
 */
export function mayBePointers(stream, params, isCandidate, isSeed = isYes) {
  const { op, arg, values } = stream;
  const may = new Uint8Array(stream.types.length);
  const feeds = [];
  const work = [];
  const found = (variable) => {
    if (may[variable] !== 0 || !isCandidate(variable)) return;
    may[variable] = 1;
    work.push(variable);
  };
  for (const variable of params) found(variable);
  for (let at = 0; at < op.length; ++at) {
    if (op[at] !== kOp.set) continue;
    const origin = values[at].may;
    if (isYes(origin)) {
      if (isSeed(origin)) found(arg[at]);
      continue;
    }
    for (const from of origin) {
      feeds[from] ??= [];
      feeds[from].push(arg[at]);
    }
  }
  while (work.length > 0) for (const variable of feeds[work.pop()] ?? []) found(variable);
  return may;
}

/** Returns true for a value that is no pointer, given which variables may be. */
export function isNever(value, may) {
  return value !== null && !mayBe(value, may);
}

/** Returns true for a value that may be a pointer, given which variables may be. */
export function mayBe({ may: origin }, may) {
  if (isYes(origin)) return true;
  for (const variable of origin) if (may[variable] !== 0) return true;
  return false;
}
