// Values: what is known of where one comes from. `may` says whether it may be a pointer (operations.mjs); the form is for
// the checker, which follows addresses of frames.

import { kNo, kYes } from './operations.mjs';

/** Forms of values: `variable` + k, stack pointer + k, a load from an address, the result of a call, a constant. */
export const kForm = { other: 0, variable: 1, sp: 2, load: 3, call: 4, constant: 5 };
export const kOther = Object.freeze({ may: kYes, form: kForm.other, v: 0, k: 0 });
export const kNever = Object.freeze({ may: kNo, form: kForm.other, v: 0, k: 0 });

/** Of an operator with two operands: a place and a constant give a place. */
export function binaryValue(operations, op, [left, right]) {
  const constant = right.form === kForm.constant ? right.k : null;
  const may = operations.binaryMay(op, left.may, right.may, constant);
  const isPlace = (value) => value.form === kForm.variable || value.form === kForm.sp;
  if (isPlace(left) && constant !== null && (op === operations.add || op === operations.sub))
    return { may, form: left.form, v: left.v, k: left.k + (op === operations.add ? constant : -constant) };
  if (isPlace(right) && left.form === kForm.constant && op === operations.add)
    return { may, form: right.form, v: right.v, k: right.k + left.k };
  return { may, form: kForm.other, v: 0, k: 0 };
}
