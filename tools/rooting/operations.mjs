// This says which operators can give a pointer. The answer is about where a value comes from, never about what is done
// with it: an address that is only compared is used again for the next field. A comparison, a count of bits, a product,
// a quotient and a load of less than a word are no addresses of objects. Sums, differences, bit operations and copies
// of something that may be one may be one. Constants are none, since objects have no constant addresses.

import { kOp } from './flow.mjs';

const kNeverUnary =
  /^(EqZ|Clz|Ctz|Popcnt|TruncS|TruncU|TruncSat|ExtendS8|ExtendS16|AnyTrue|AllTrue|Bitmask|Convert|Promote|Demote|Abs|Neg|Ceil|Floor|Sqrt|Nearest|RelaxedTrunc)/;
const kNeverBinary =
  /^((Eq|Ne|Lt|Le|Gt|Ge)([SU]?)(Int|Float|Vec)|(Mul|DivS|DivU|RemS|RemU)Int|(Mul|Div|Min|Max|CopySign)Float)/;
const kFloat = /(Float32|Float64|F32x4|F64x2)$/;

export class Operations {
  constructor(binaryen) {
    const named = (pattern) =>
      Object.keys(binaryen).filter((name) => pattern.test(name) && typeof binaryen[name] === 'number');
    const ids = (names) => new Set(names.map((name) => binaryen[name]));
    this.neverUnary = ids(named(kNeverUnary));
    this.neverBinary = ids(named(kNeverBinary));
    // Operators of floats share no numbers with those of integers.
    this.floatBinary = ids(named(/^(Add|Sub)/).filter((name) => kFloat.test(name)));
    this.add = binaryen.AddInt32;
    this.sub = binaryen.SubInt32;
    this.and = new Set([binaryen.AndInt32, binaryen.AndInt64]);
    this.shiftLeft = new Set([binaryen.ShlInt32, binaryen.ShlInt64]);
    this.shiftRight = binaryen.ShrUInt32;
  }

  /**
   * Returns what an operator with two operands may give; `constant` is the right operand where that is one, or null.
   */
  binaryMay(op, left, right, constant) {
    if (this.neverBinary.has(op) || this.floatBinary.has(op)) return kNo;
    if (constant !== null) {
      if (this.and.has(op) && constant >= 0 && constant < kSmall) return kNo;
      if (op === this.shiftRight && constant >= 16) return kNo;
      // Bytes are put together here: what is shifted up may be the upper part of an address.
      if (this.shiftLeft.has(op) && constant >= 8) return kYes;
    }
    return join(left, right);
  }
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
