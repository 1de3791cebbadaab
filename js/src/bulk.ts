// Many values at once: numbers from typed arrays, buffers and lists in one copy, and objects from objects by moving
// their bytes. Values are converted before anything is allocated or written, so an element of the wrong kind changes
// nothing.
//
// Doors: sequences.ts (slices, arrays, bytes), types.ts (objects from objects).

import type { Address } from './abi.js';
import { ArrayView, type ArrayShape } from './array.js';
import type { Codec } from './codec.js';
import { readWord, type Core } from './core.js';
import { located, problem, refused, show } from './errors.js';
import type { NumberArray } from './fields.js';
import { Handle } from './handle.js';
import type { HostValues } from './host.js';
import { intrinsic, isTypedArray } from './intrinsic.js';
import { kMaxBytes } from './options.js';
import { targetOf } from './target.js';
import { Type } from './type.js';

/** For elements of one byte: the bytes of an ArrayBuffer or a DataView; anything else as it is. */
export function asList(value: unknown, elementBytes: number): unknown {
  if (elementBytes !== 1) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof DataView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Whether elements can be copied from it by index. */
export function isListLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isTypedArray(value);
}

/** Throws BAD_SIZE for what is no length of a list: lists of the caller's may say anything. */
export function checkLength(length: unknown, elementBytes: number): asserts length is number {
  if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && length * elementBytes <= kMaxBytes)
    return;
  throw problem('BAD_SIZE', `allocation size out of range: ${show(length)} elements of ${elementBytes} bytes`);
}

/** Numbers outside the heap, until they can be stored; the engine may have no room for them. */
function staged<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw problem('OUT_OF_MEMORY', `out of memory: the engine has no room to put a list together (${error.message})`);
  }
}

/** How numbers of a kind lie in memory: the codec of one. */
export type NumberElement = Codec & Required<Pick<Codec, 'typed' | 'write'>>;
/** Numbers that are checked, for storeNumbers. */
type Numbers = NumberArray | readonly (number | bigint)[];

/** Up to so many are staged and stored one by one: making a typed array takes longer. */
export const kOneByOne = 24;

export function isNumberElement(codec: Codec): codec is NumberElement {
  return codec.typed !== undefined;
}

/**
 * `length` numbers from a list, an ArrayView or a typed array, as what storeNumbers can store as elements of the kind.
 * checkLength has passed `length`. The result is not in the heap's memory, unless `staysPut` says that nothing is
 * allocated before it is used. `kind` stands in errors. User code may run. Throws for an element that does not fit.
 */
export function numbersOf(
  core: Core,
  element: NumberElement,
  value: unknown,
  length: number,
  staysPut: boolean,
  kind = element.key,
): Numbers {
  const { typed, takes, size } = element;
  const empty = (): NumberArray => typed(new ArrayBuffer(length * size), 0 as Address, length) as NumberArray;
  if (isTypedArray(value)) {
    const isBigSource = value instanceof BigInt64Array || value instanceof BigUint64Array;
    if (length > 0 && isBigSource !== (takes === 'bigint')) throw wrongNumber(element, kind, value[0], 0);
    if (staysPut || intrinsic(value, 'buffer') !== core.memory.u8.buffer) return value;
    return staged(() => {
      const copy = empty();
      copy.set(value as never);
      return copy;
    });
  }
  if (
    value instanceof ArrayView &&
    (Handle.shape(targetOf(core, value, kind)) as ArrayShape).element.key === element.key
  ) {
    if (length === 0) return [];
    const inPlace = ArrayView.prototype.view.call(value) as NumberArray;
    return staysPut ? inPlace : staged(() => inPlace.slice());
  }
  const numbers = length <= kOneByOne ? new Array<number>(length) : staged(empty);
  const array = value instanceof ArrayView ? value : undefined;
  for (let i = 0; i < length; i++) {
    const each: unknown = array === undefined ? (value as ArrayLike<unknown>)[i] : array.at(i);
    if (typeof each !== takes) throw wrongNumber(element, kind, each, i);
    numbers[i] = each as never;
  }
  return numbers;
}

/** The error for element `i` of a list that is no number of the kind. */
export function wrongNumber({ takes }: NumberElement, kind: string, value: unknown, i: number): unknown {
  return located(refused(kind, `takes a ${takes}, not ${show(value)}`), `[${i}]`);
}

/** Stores numbers at an address: one by one, or in one copy. Runs no user code. */
export function storeNumbers(
  core: Core,
  { typed, write, size }: NumberElement,
  address: Address,
  numbers: Numbers,
  length: number,
): void {
  if (length > kOneByOne) typed(core.buffer(), address, length).set(numbers as never);
  else for (let i = 0; i < length; i++) write((address + i * size) as Address, numbers[i]);
}

/**
 * Copies a value from one object to another, both of which live: bytes and pointers by one move, JS values one by one.
 * Allocates nothing in the heap; runs no user code.
 */
export function copyValue(core: Core, host: HostValues, codec: Codec, to: Address, from: Address): void {
  if (codec.size === 0 || to === from) return;
  if (codec.hosts === null) {
    core.refresh();
    if (codec.pointers === null) core.memory.u8.copyWithin(to, from, from + codec.size);
    else core.wasm.mgc_move(to, from, codec.size);
    return;
  }
  if (codec.kind === 'js') {
    const number = host.put(readWord(core, to), host.get(readWord(core, from)));
    core.memory.u32[to >>> 2] = number;
    return;
  }
  const { element } = codec;
  if (element !== undefined) {
    for (let at = 0; at < codec.size; at += element.size)
      copyValue(core, host, element, (to + at) as Address, (from + at) as Address);
    return;
  }
  for (const place of Type.record(codec.target)?.places ?? [])
    copyValue(core, host, place.codec, (to + place.offset) as Address, (from + place.offset) as Address);
}
