// Which operators can give a pointer. The answer is about where a value comes from, never about what is done with it:
// an address that is only compared is used again for the next field. A comparison, a count of bits, a product, a
// quotient and a load of less than a word are no addresses of objects; sums, differences, bit operations and copies of
// something that may be one may be one. Constants are none, since objects have no constant addresses.

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

  /** What an operator with two operands may give; `constant` is the right operand where that is one, or null. */
  binaryMay(op, left, right, constant) {
    if (this.neverBinary.has(op) || this.floatBinary.has(op)) return kNo;
    if (constant !== null) {
      if (this.and.has(op) && constant >= 0 && constant < kSmall) return kNo;
      if (op === this.shiftRight && constant >= 16) return kNo;
      // Bytes that are put together: what is shifted up may be the upper part of an address.
      if (this.shiftLeft.has(op) && constant >= 8) return kYes;
    }
    return join(left, right);
  }
}

// Heaps begin above the first wasm page.
const kSmall = 65536;

/** What a value may be: `true`, a pointer; else a pointer if one of the variables in the list is. */
export const kYes = true;
export const kNo = Object.freeze([]);

export function join(a, b) {
  if (a === kYes || b === kYes) return kYes;
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return a.concat(b);
}

/** Which of `count` variables may hold pointers: `origins` says for each set what is stored. */
export function mayBePointers(count, params, isCandidate, origins) {
  const may = new Uint8Array(count);
  const feeds = new Map();
  const work = [];
  const found = (variable) => {
    if (may[variable] !== 0 || !isCandidate(variable)) return;
    may[variable] = 1;
    work.push(variable);
  };
  for (const variable of params) found(variable);
  for (const [variable, origin] of origins) {
    if (origin === kYes) found(variable);
    else {
      for (const from of origin) {
        if (!feeds.has(from)) feeds.set(from, []);
        feeds.get(from).push(variable);
      }
    }
  }
  while (work.length > 0) for (const variable of feeds.get(work.pop()) ?? []) found(variable);
  return may;
}

/** True for a value that is no pointer, given which variables may be. */
export function isNever(value, may) {
  return value !== null && value.may !== kYes && value.may.every((v) => may[v] === 0);
}
