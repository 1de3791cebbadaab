// The one error class of the package. Every failure that a caller can cause, or that memory causes, is a MallocgcError
// with a `code`; where JS users expect a RangeError or a TypeError, that class stands in the prototype chain too (B6).
// Doors: thrown from every room; the texts of the core come through core.ts.

/** What went wrong, for programs. The text is for people. */
export type ErrorCode =
  | 'OUT_OF_MEMORY'
  | 'BAD_SIZE'
  | 'BAD_TYPE'
  | 'BAD_POINTER'
  | 'BAD_ARGUMENT'
  | 'STALE_HANDLE'
  | 'FINALIZER'
  | 'SHADOW_STACK'
  | 'DISPOSED'
  | 'WRONG_HEAP'
  | 'CORRUPT';

const kKindOf: Readonly<Record<ErrorCode, 'range' | 'type' | 'plain'>> = {
  OUT_OF_MEMORY: 'range',
  BAD_SIZE: 'range',
  SHADOW_STACK: 'range',
  BAD_TYPE: 'type',
  BAD_POINTER: 'type',
  BAD_ARGUMENT: 'type',
  WRONG_HEAP: 'type',
  FINALIZER: 'type',
  STALE_HANDLE: 'plain',
  DISPOSED: 'plain',
  CORRUPT: 'plain',
};

/**
 * Every error of the package. After one the heap can be used (but for CORRUPT and DISPOSED).
 *
 * `error instanceof MallocgcError` holds for all of them; sizes and memory are RangeErrors, wrong arguments TypeErrors
 * as well.
 *
 * @example
 * ```ts
 * import { createHeap, MallocgcError } from 'mallocgc';
 * const heap = await createHeap();
 * try {
 *   heap.mallocgc(-1, null);
 * } catch (error) {
 *   if (!(error instanceof MallocgcError)) throw error;
 *   console.log(error.code); // BAD_SIZE
 * }
 * heap.dispose();
 * ```
 */
export class MallocgcError extends Error {
  /** What went wrong, for programs. */
  declare readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    if (this !== MallocgcError || !(value instanceof Error)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === kFlavours.range || prototype === kFlavours.type;
  }
}

const kName = { name: { value: 'MallocgcError', configurable: true, writable: true } };
Object.defineProperties(MallocgcError.prototype, kName);

const flavour = (base: object): object =>
  Object.create(base, {
    ...kName,
    constructor: { value: MallocgcError, configurable: true, writable: true },
  }) as object;

const kFlavours = { range: flavour(RangeError.prototype), type: flavour(TypeError.prototype) };

/** An error of the right flavour, to be thrown. `as` overrules the flavour that the code has by itself. */
export function problem(
  code: ErrorCode,
  message: string,
  as: 'range' | 'type' | 'plain' = kKindOf[code],
): MallocgcError {
  const error = new MallocgcError(code, message);
  if (as !== 'plain') Object.setPrototypeOf(error, kFlavours[as]);
  return error;
}

/** Throws where a method finds itself called on something else. */
export function foreign(what: string): never {
  throw problem('BAD_ARGUMENT', `not ${what} of this package: is there a Proxy around it?`);
}

/** A value in an error's text: short, and never running code of the value's. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return value < 2n ** 64n && value > -(2n ** 64n) ? `${value}n` : 'a huge bigint';
    case 'undefined':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : 'an object';
    case 'symbol':
      return String(value);
    default:
      return `a ${typeof value}`;
  }
}

/** By these keys an error of a value remembers what its text is made of: where, and what is wrong with it. */
const kWhere = Symbol('where');
const kRest = Symbol('rest');
type Located = MallocgcError & { [kWhere]?: string; [kRest]?: string };

/** A value that a field cannot take: `kind takes …, not …`. `located` puts the field's name in the place of its kind. */
export function refused(
  kind: string,
  rest: string,
  code: ErrorCode = 'BAD_ARGUMENT',
  as?: 'range' | 'type' | 'plain',
): MallocgcError {
  const error: Located = as === undefined ? problem(code, `${kind} ${rest}`) : problem(code, `${kind} ${rest}`, as);
  for (const [key, value] of [
    [kWhere, ''],
    [kRest, rest],
  ] as const)
    Object.defineProperty(error, key, { value, writable: true });
  return error;
}

/** The error, told where it was: `where` stands before what it knows so far. Other errors are left as they are. */
export function located(error: unknown, where: string): unknown {
  const rest = error instanceof MallocgcError ? (error as Located)[kRest] : undefined;
  if (rest === undefined || where === '') return error;
  const known = error as Located;
  const old = known.message;
  known[kWhere] = where + (known[kWhere] ?? '');
  known.message = `${known[kWhere]} ${rest}`;
  const { stack } = known;
  if (typeof stack === 'string') known.stack = stack.replace(old, () => known.message);
  return known;
}
