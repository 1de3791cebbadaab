// Fields with several elements: slice (address and length of elements elsewhere), array (inline), bytes (inline),
// struct (one element of a type, inline). In memory a slice is two words, [address][element count], both 0 when empty.
// Doors: layout.ts makes them from their elements' codecs.

import type { Address } from './abi.js';
import { ArrayView, type ArrayShape } from './array.js';
import { repeatProgram, wordProgram, type Codec } from './codec.js';
import { problem, show } from './errors.js';
import { Handle, type Shape } from './handle.js';
import { kMaxBytes } from './options.js';
import type { Runtime } from './runtime.js';
import type { Type } from './type.js';
import { readWord, storePointer } from './values.js';

const kWord = 4;

export function arrayShape(runtime: Runtime, element: Codec): ArrayShape {
  const shape: ArrayShape = {
    runtime,
    type: element.kind === 'struct' ? element.target : null,
    size: -1,
    element,
    wrap: (handle) => new ArrayView(handle, shape),
  };
  return shape;
}

/**
 * A rooted array of `length` zeroed elements. `typeId` is the core's type of one element, 0 for pointer-free ones
 * without a name.
 */
export function newArray(
  runtime: Runtime,
  shape: ArrayShape,
  typeId: number,
  length: unknown,
  noScan: number,
): ArrayView {
  const { element } = shape;
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length * element.size > kMaxBytes) {
    throw problem('BAD_SIZE', `allocation size out of range: ${show(length)} elements of ${element.size} bytes`);
  }
  const bytes = length * element.size;
  const address = bytes === 0 ? runtime.zerobase : runtime.allocate(bytes, typeId, typeId === 0 ? noScan : 0);
  return new ArrayView(runtime.open(shape, address, bytes), shape, length);
}

/** Whether elements can be copied from it by index. */
function isListLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function lengthOf(value: unknown, what: string): number {
  if (value instanceof ArrayView || isListLike(value)) return value.length;
  throw problem('BAD_ARGUMENT', `${what} takes an ArrayView, an array or a typed array, not ${show(value)}`);
}

/** Assigns the first elements of an object from a list; user code may run between any two. */
function fill(
  owner: Handle,
  offset: number,
  element: Codec,
  values: ArrayView | ArrayLike<unknown>,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    element.assign(owner, offset + i * element.size, values instanceof ArrayView ? values.at(i) : values[i]);
  }
}

export function sliceCodec(
  runtime: Runtime,
  shape: ArrayShape,
  allocate: (shape: ArrayShape, length: number) => ArrayView,
): Codec {
  const { element } = shape;
  const key = `slice(${element.key})`;
  const shared = (value: ArrayView): ArrayView => {
    const other = Handle.shape(runtime.target(value, key)) as ArrayShape;
    if (other.element.key !== element.key)
      throw problem('BAD_TYPE', `${key} takes elements of kind ${element.key}, not ${other.element.key}`);
    return value;
  };
  const copied = (value: unknown): ArrayView => {
    const length = lengthOf(value, key);
    const copy = allocate(shape, length);
    fill(copy.$, 0, element, value as ArrayLike<unknown>, length);
    return copy;
  };
  return {
    key,
    kind: 'slice',
    size: 2 * kWord,
    align: kWord,
    pointers: wordProgram(runtime, 1),
    hosts: null,
    target: element.target,
    count: 1,
    read(address) {
      const length = readWord(runtime, address + kWord);
      if (length === 0) return new ArrayView(new Handle(runtime.zerobase, 0, shape, 0, undefined), shape);
      return new ArrayView(runtime.open(shape, readWord(runtime, address), length * element.size), shape);
    },
    assign(owner, offset, value) {
      const isEmpty = value === null || value === undefined;
      const array = isEmpty ? undefined : value instanceof ArrayView ? shared(value) : copied(value);
      const target = array === undefined || array.length === 0 ? 0 : Handle.address(array.$);
      const slot = Handle.address(owner) + offset;
      runtime.refresh();
      storePointer(runtime, slot, target);
      runtime.memory.u32[(slot + kWord) >>> 2] = array?.length ?? 0;
      if (array !== undefined && array !== value) array.$.dispose();
    },
  };
}

export function arrayCodec(runtime: Runtime, shape: ArrayShape, count: number): Codec {
  const { element } = shape;
  const size = count * element.size;
  const key = `array(${element.key},${count})`;
  return {
    key,
    kind: 'array',
    size,
    align: element.align,
    pointers: repeatProgram(runtime, element.pointers, count),
    hosts: repeatProgram(runtime, element.hosts, count),
    target: element.target,
    count,
    element,
    read: (address: Address) => new ArrayView(runtime.open(shape, address, size), shape),
    assign(owner, offset, value) {
      const length = lengthOf(value, key);
      if (length !== count) throw problem('BAD_ARGUMENT', `${key} takes ${count} elements, not ${length}`, 'range');
      fill(owner, offset, element, value as ArrayLike<unknown>, length);
    },
  };
}

export function bytesCodec(runtime: Runtime, count: number): Codec {
  const key = `bytes(${count})`;
  return {
    key,
    kind: 'bytes',
    size: count,
    align: 1,
    pointers: null,
    hosts: null,
    target: null,
    count,
    read: (address) => runtime.keepAliveWith(new Uint8Array(runtime.buffer(), address, count), address),
    assign(owner, offset, value) {
      const length = lengthOf(value, key);
      if (length !== count) throw problem('BAD_ARGUMENT', `${key} takes ${count} bytes, not ${length}`, 'range');
      const bytes = Uint8Array.from({ length }, (_, i) => {
        const byte = value instanceof ArrayView ? value.at(i) : (value as ArrayLike<unknown>)[i];
        if (typeof byte !== 'number') throw problem('BAD_ARGUMENT', `${key} takes numbers, not ${show(byte)}`);
        return byte;
      });
      const address = Handle.address(owner) + offset;
      runtime.refresh();
      runtime.memory.u8.set(bytes, address);
    },
  };
}

/**
 * An object of a type, inline: reads as a view into its owner, assigned field by field from a view or from init
 * properties.
 */
export function structCodec(
  target: Type,
  place: Pick<Codec, 'size' | 'align' | 'pointers' | 'hosts'>,
  shapeOf: (target: Type) => Shape,
  initialise: (owner: Handle, offset: number, target: Type, value: unknown) => void,
): Codec {
  return {
    ...place,
    key: `struct(${JSON.stringify(target.name)})`,
    kind: 'struct',
    target,
    count: 1,
    read(address) {
      const shape = shapeOf(target);
      return shape.wrap(shape.runtime.open(shape, address));
    },
    assign: (owner, offset, value) => initialise(owner, offset, target, value),
  };
}
