// A value is what is known of where one comes from. `may` says whether it may be a pointer (operations.mjs). The form
// is for the checker, which follows addresses of frames.

import { kOpcode } from './instructions.mjs';
import { binaryMay, kNo, kYes } from './operations.mjs';

/**
 * These are the forms: `variable` + k, stack pointer + k, a load from an address, the result of a call, a constant, a
 * global, two variables added or subtracted.
 */
export const kForm = { other: 0, variable: 1, sp: 2, load: 3, call: 4, constant: 5, global: 6, sum: 7 };
export const kOther = Object.freeze({ may: kYes, form: kForm.other, v: 0, k: 0 });
export const kNever = Object.freeze({ may: kNo, form: kForm.other, v: 0, k: 0 });

/** Returns the value of an operator with two operands: a place and a constant give a place. */
export function binaryValue(op, left, right) {
  const constant = right.form === kForm.constant ? right.k : null;
  const may = binaryMay(op, left.may, right.may, constant);
  const isPlace = (value) => value.form === kForm.variable || value.form === kForm.sp;
  if (isPlace(left) && constant !== null && (op === kOpcode.i32Add || op === kOpcode.i32Sub))
    return { may, form: left.form, v: left.v, k: left.k + (op === kOpcode.i32Add ? constant : -constant) };
  if (isPlace(right) && left.form === kForm.constant && op === kOpcode.i32Add)
    return { may, form: right.form, v: right.v, k: right.k + left.k };
  if (isPlace(left) && isPlace(right) && (op === kOpcode.i32Add || op === kOpcode.i32Sub))
    return { may, form: kForm.sum, v: 0, k: 0, left, right, isDifference: op === kOpcode.i32Sub };
  return { may, form: kForm.other, v: 0, k: 0 };
}

/** Returns the value of a constant: `k` is an i32, or NaN for others. */
export function constantValue(k) {
  return { may: kNo, form: kForm.constant, v: 0, k };
}

/** Returns the value of a global. */
export function globalValue({ stackPointer, mutableGlobals }, index) {
  if (index === stackPointer) return kStackPointer;
  return mutableGlobals.has(index) ? { may: kYes, form: kForm.global, v: index, k: 0 } : kNever;
}
const kStackPointer = Object.freeze({ may: kNo, form: kForm.sp, v: 0, k: 0 });

/** Returns the value of a load from an address. Where that is of no known form, nobody asks for it again. */
export function loadValue(bytes, offset, from, site) {
  if (bytes < 4) return kNever;
  if (from.form === kForm.other) return kOther;
  const { may, form, v } = from;
  const isPlain = form === kForm.variable || form === kForm.constant || form === kForm.sp || form === kForm.global;
  const address = isPlain ? { may, form, v, k: from.k + offset } : { ...from, k: from.k + offset };
  return { may: kYes, form: kForm.load, v: 0, k: 0, bytes, address, site };
}
