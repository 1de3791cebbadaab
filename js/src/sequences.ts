// Fields with several elements: slice (address and length of elements elsewhere), array (inline), bytes (inline),
// struct (one element of a type, inline). In memory a slice is two words, [address][element count], both 0 when empty.
// Doors: layout.ts makes them from their elements' codecs.

import type { Address } from './abi.js';
import type { Allocator } from './allocate.js';
import { ArrayView, type ArrayShape } from './array.js';
import { repeatProgram, wordProgram, type Codec } from './codec.js';
import { problem, show } from './errors.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import { kMaxBytes } from './options.js';
import { readWord, storePointer, type Core } from './core.js';
import type { Roots } from './roots.js';
import { targetOf } from './target.js';

export function arrayShape(core: Core, roots: Roots, element: Codec): ArrayShape {
  const shape: ArrayShape = {
    core,
    roots,
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
  core: Core,
  roots: Roots,
  allocator: Allocator,
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
  const address = bytes === 0 ? core.zerobase : allocator.allocate(bytes, typeId, typeId === 0 ? noScan : 0);
  return new ArrayView(roots.open(shape, address, bytes), shape, length);
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
  core: Core,
  roots: Roots,
  shape: ArrayShape,
  allocate: (shape: ArrayShape, length: number) => ArrayView,
): Codec {
  const { element } = shape;
  const key = `slice(${element.key})`;
  const shared = (value: ArrayView): ArrayView => {
    const other = Handle.shape(targetOf(core, value, key)) as ArrayShape;
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
    size: 2 * core.wordBytes,
    align: core.wordBytes,
    pointers: wordProgram(core, 1),
    hosts: null,
    target: element.target,
    count: 1,
    read(address) {
      const length = readWord(core, address + core.wordBytes);
      if (length === 0) return new ArrayView(new Handle(core.zerobase, 0, shape, 0, undefined), shape);
      return new ArrayView(roots.open(shape, readWord(core, address), length * element.size), shape);
    },
    assign(owner, offset, value) {
      const isEmpty = value === null || value === undefined;
      const array = isEmpty ? undefined : value instanceof ArrayView ? shared(value) : copied(value);
      const target = array === undefined || array.length === 0 ? 0 : Handle.address(array.$);
      const slot = Handle.address(owner) + offset;
      core.refresh();
      storePointer(core, slot, target);
      core.memory.u32[(slot + core.wordBytes) >>> 2] = array?.length ?? 0;
      if (array !== undefined && array !== value) array.$.dispose();
    },
  };
}

export function arrayCodec(core: Core, roots: Roots, shape: ArrayShape, count: number): Codec {
  const { element } = shape;
  const size = count * element.size;
  const key = `array(${element.key},${count})`;
  return {
    key,
    kind: 'array',
    size,
    align: element.align,
    pointers: repeatProgram(core, element.pointers, count),
    hosts: repeatProgram(core, element.hosts, count),
    target: element.target,
    count,
    element,
    read: (address: Address) => new ArrayView(roots.open(shape, address, size), shape),
    assign(owner, offset, value) {
      const length = lengthOf(value, key);
      if (length !== count) throw problem('BAD_ARGUMENT', `${key} takes ${count} elements, not ${length}`, 'range');
      fill(owner, offset, element, value as ArrayLike<unknown>, length);
    },
  };
}

export function bytesCodec(core: Core, roots: Roots, count: number): Codec {
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
    read: (address) => roots.keepAliveWith(new Uint8Array(core.buffer(), address, count), address),
    assign(owner, offset, value) {
      const length = lengthOf(value, key);
      if (length !== count) throw problem('BAD_ARGUMENT', `${key} takes ${count} bytes, not ${length}`, 'range');
      const bytes = Uint8Array.from({ length }, (_, i) => {
        const byte = value instanceof ArrayView ? value.at(i) : (value as ArrayLike<unknown>)[i];
        if (typeof byte !== 'number') throw problem('BAD_ARGUMENT', `${key} takes numbers, not ${show(byte)}`);
        return byte;
      });
      const address = Handle.address(owner) + offset;
      core.refresh();
      core.memory.u8.set(bytes, address);
    },
  };
}

/**
 * An object of a type, inline: reads as a view into its owner, assigned field by field from a view or from init
 * properties.
 */
export function structCodec(
  roots: Roots,
  target: AnyType,
  place: Pick<Codec, 'size' | 'align' | 'pointers' | 'hosts'>,
  shapeOf: (target: AnyType) => Shape,
  initialise: (owner: Handle, offset: number, target: AnyType, value: unknown) => void,
): Codec {
  return {
    ...place,
    key: `struct(${JSON.stringify(target.name)})`,
    kind: 'struct',
    target,
    count: 1,
    read(address) {
      const shape = shapeOf(target);
      return shape.wrap(roots.open(shape, address));
    },
    assign: (owner, offset, value) => initialise(owner, offset, target, value),
  };
}
