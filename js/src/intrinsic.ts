// What a typed array is, whatever it says: a caller may give it properties of its own that are named as those of its
// prototype. Whoever measures memory by an array asks here.
// Doors: bulk.ts, sequences.ts, target.ts.

import type { NumberArray } from './fields.js';

const kTypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** Whether it is a typed array, whatever its prototype is; a DataView is none. */
export function isTypedArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && Reflect.get(kTypedArray, Symbol.toStringTag, value) !== undefined;
}

/** A property of a typed array, by the engine's own getter. */
export function intrinsic<K extends 'buffer' | 'byteOffset' | 'byteLength' | 'length'>(
  array: ArrayBufferView,
  name: K,
): NumberArray[K] {
  return Reflect.get(kTypedArray, name, array) as NumberArray[K];
}
