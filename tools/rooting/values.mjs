// A value is what is known of where one comes from. `may` says whether it may be a pointer (operations.mjs). The form
// is for the checker, which follows addresses of frames.

import { kNo, kYes } from './operations.mjs';

/**
 * These are the forms: `variable` + k, stack pointer + k, a load from an address, the result of a call, a constant, a
 * global, two variables added or subtracted.
 */
export const kForm = { other: 0, variable: 1, sp: 2, load: 3, call: 4, constant: 5, global: 6, sum: 7 };
export const kOther = Object.freeze({ may: kYes, form: kForm.other, v: 0, k: 0 });
export const kNever = Object.freeze({ may: kNo, form: kForm.other, v: 0, k: 0 });

/** Returns the value of an operator with two operands: a place and a constant give a place. */
export function binaryValue(operations, op, left, right) {
  const constant = right.form === kForm.constant ? right.k : null;
  const may = operations.binaryMay(op, left.may, right.may, constant);
  const isPlace = (value) => value.form === kForm.variable || value.form === kForm.sp;
  if (isPlace(left) && constant !== null && (op === operations.add || op === operations.sub))
    return { may, form: left.form, v: left.v, k: left.k + (op === operations.add ? constant : -constant) };
  if (isPlace(right) && left.form === kForm.constant && op === operations.add)
    return { may, form: right.form, v: right.v, k: right.k + left.k };
  if (isPlace(left) && isPlace(right) && (op === operations.add || op === operations.sub))
    return { may, form: kForm.sum, v: 0, k: 0, left, right, isDifference: op === operations.sub };
  return { may, form: kForm.other, v: 0, k: 0 };
}

/** Returns the value of an expression without children, except for a local. */
export function leafValue({ kinds, stackPointer, mutableGlobals }, expression, kind) {
  const { id, binaryen } = kinds;
  if (kind === id.Const) {
    const isI32 = kinds.getType(expression) === binaryen.i32;
    const k = isI32 ? binaryen._BinaryenConstGetValueI32(expression) : Number.NaN;
    return { may: kNo, form: kForm.constant, v: 0, k };
  }
  if (kind === id.Nop) return kNever;
  const name = binaryen._BinaryenGlobalGetGetName(expression);
  if (name === stackPointer) return { may: kNo, form: kForm.sp, v: 0, k: 0 };
  return mutableGlobals.has(name) ? { may: kYes, form: kForm.global, v: name, k: 0 } : kNever;
}

/** Returns the value of a load from an address. Where that is of no known form, nobody asks for it again. */
export function loadValue(binaryen, expression, from, site) {
  const bytes = binaryen._BinaryenLoadGetBytes(expression);
  if (bytes < 4) return kNever;
  if (from.form === kForm.other) return kOther;
  const address = { ...from, k: from.k + binaryen._BinaryenLoadGetOffset(expression) };
  return { may: kYes, form: kForm.load, v: 0, k: 0, bytes, address, site };
}
