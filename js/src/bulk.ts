// Many values at once: numbers from typed arrays, buffers and lists in one copy, and objects from objects by moving
// their bytes. Values are converted before anything is allocated or written, so an element of the wrong kind changes
// nothing.
//
// Doors: sequences.ts (slices, arrays, bytes), types.ts (objects from objects).

import type { Address } from './abi.js';
import { ArrayView, type ArrayShape } from './array.js';
import type { Codec } from './codec.js';
import { readWord, type Core } from './core.js';
import { located, refused, show } from './errors.js';
import type { NumberArray } from './fields.js';
import { Handle } from './handle.js';
import type { HostValues } from './host.js';
import { Type } from './type.js';

/** For elements of one byte: the bytes of an ArrayBuffer or a DataView; anything else as it is. */
export function asList(value: unknown, elementBytes: number): unknown {
  if (elementBytes !== 1) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof DataView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Whether elements can be copied from it by index. */
export function isListLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isTyped(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

type Typed = NonNullable<Codec['typed']>;

/**
 * `length` numbers from a list, an ArrayView or a typed array, as an array that can be `set` into elements of the kind
 * `kind`. The result is not in the heap's memory, unless `staysPut` says that nothing is allocated before it is used.
 * User code may run. Throws for an element that does not fit.
 */
export function numbersOf(
  core: Core,
  kind: string,
  typed: Typed,
  value: unknown,
  length: number,
  staysPut: boolean,
): NumberArray {
  const bytes = typed(new ArrayBuffer(0), 0 as Address, 0).BYTES_PER_ELEMENT;
  const isBig = kind === 'i64' || kind === 'u64';
  if (isTyped(value)) {
    const isBigSource = value instanceof BigInt64Array || value instanceof BigUint64Array;
    if (length > 0 && isBigSource !== isBig) throw wrongNumber(kind, value[0], 0);
    return staysPut || value.buffer !== core.memory.u8.buffer ? value : value.slice();
  }
  if (value instanceof ArrayView) {
    const { element } = Handle.shape(value.$) as ArrayShape;
    if (element.key === kind) {
      const inPlace = length === 0 ? typed(new ArrayBuffer(0), 0 as Address, 0) : (value.view() as NumberArray);
      return staysPut ? inPlace : inPlace.slice();
    }
  }
  const staged = typed(new ArrayBuffer(length * bytes), 0 as Address, length);
  const wanted = isBig ? 'bigint' : 'number';
  for (let i = 0; i < length; i++) {
    const each: unknown = value instanceof ArrayView ? value.at(i) : (value as ArrayLike<unknown>)[i];
    if (typeof each !== wanted) throw wrongNumber(kind, each, i);
    staged[i] = each as never;
  }
  return staged;
}

function wrongNumber(kind: string, value: unknown, i: number): unknown {
  const wanted = kind === 'i64' || kind === 'u64' ? 'bigint' : 'number';
  return located(refused(kind, `takes a ${wanted}, not ${show(value)}`), `[${i}]`);
}

/** Stores numbers at an address. */
export function storeNumbers(core: Core, typed: Typed, address: Address, numbers: NumberArray): void {
  if (numbers.length > 0) typed(core.buffer(), address, numbers.length).set(numbers as never);
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
