// Fields with several elements: slice (address and length of elements elsewhere), array (inline), bytes (inline),
// struct (one element of a type, inline). In memory a slice is two words, [address][element count], both 0 when empty.
// Arrays, bytes and structs read as parts of their object: they root nothing.
// Doors: layout.ts makes them from their elements' codecs.

import { kNull, type Address } from './abi.js';
import type { Allocator } from './allocate.js';
import { ArrayView, type ArrayShape } from './array.js';
import {
  asList,
  checkLength,
  copyValue,
  isListLike,
  isNumberElement,
  kOneByOne,
  numbersOf,
  storeNumbers,
  wrongNumber,
  type NumberElement,
} from './bulk.js';
import { repeatProgram, wordProgram, type Codec } from './codec.js';
import { readPointer, readWord, storePointer, type Core } from './core.js';
import { drafted } from './draft.js';
import { located, refused, show } from './errors.js';
import { Flags } from './flags.js';
import { Handle, type AnyType, type Maker, type Shape } from './handle.js';
import { holding } from './holds.js';
import type { HostValues } from './host.js';
import { intrinsic, isTypedArray } from './intrinsic.js';
import { directOf, numberStore } from './numbers.js';
import { faces } from './present.js';
import type { Roots } from './roots.js';
import { plainShape, shaped } from './shape.js';
import { targetOf } from './target.js';

// Arrays look like their elements; the class cannot know how, since what shows them knows the class.
Object.defineProperties(ArrayView.prototype, faces('ArrayView'));

export function arrayShape(core: Core, element: Codec): ArrayShape {
  const type = element.kind === 'struct' ? element.target : null;
  const maker = ArrayView as unknown as Maker;
  return shaped(plainShape(core, type), { maker, partMaker: maker, element });
}

/** For memory that is written whole before anybody sees it. */
const kFilled = Flags.noScan | Flags.noZero;

/** Allocates arrays; `typeOf` gives the core's type of an element, 0 for pointer-free ones without a name. */
export class Arrays {
  readonly #core: Core;
  readonly #allocator: Allocator;
  readonly #typeOf: (element: Codec) => number;

  constructor(core: Core, allocator: Allocator, typeOf: (element: Codec) => number) {
    this.#core = core;
    this.#allocator = allocator;
    this.#typeOf = typeOf;
  }

  /** `length` zeroed elements, not rooted. May collect, before it allocates. Numbers are not zeroed if `isFilled`. */
  allocate({ element }: ArrayShape, length: unknown, isFilled = false): Address {
    checkLength(length, element.size);
    const bytes = length * element.size;
    const typeId = this.#typeOf(element);
    if (bytes === 0) return this.#core.zerobase;
    return this.#allocator.mallocgc(bytes, typeId, typeId !== 0 ? 0 : isFilled ? kFilled : Flags.noScan);
  }

  /** Bytes for a few numbers, neither rooted nor zeroed. May collect, before it allocates. The memory is fresh then. */
  few(bytes: number): Address {
    return this.#allocator.rawOwn(bytes);
  }
}

/** What a list says is its length: anything, if it is a Proxy. */
function lengthOf(value: unknown, what: string): unknown {
  if (value instanceof ArrayView) return ArrayView.lengthOf(value);
  if (isTypedArray(value)) return intrinsic(value, 'length');
  if (isListLike(value)) return value.length;
  throw refused(what, `takes an ArrayView, an array or a typed array, not ${show(value)}`);
}

/** Assigns the elements of a fresh object from a list; user code may run between any two. */
function fill(owner: Handle, element: Codec, values: ArrayView | ArrayLike<unknown>, length: number): void {
  for (let i = 0; i < length; i++) {
    try {
      element.assign(owner, i * element.size, values instanceof ArrayView ? values.at(i) : values[i]);
    } catch (error) {
      throw located(error, `[${i}]`);
    }
  }
}

/** A list of the same elements in the heap, whose bytes may be moved. */
function sameElements(core: Core, value: unknown, element: Codec): value is ArrayView {
  if (!(value instanceof ArrayView)) return false;
  return (Handle.shape(targetOf(core, value, element.key)) as ArrayShape).element === element;
}

/**
 * Makes the function that copies a short array of numbers into the heap, and returns the copy's address; null for none.
 * Each element is read once, before anything is allocated.
 */
function fewCopier(
  core: Core,
  element: Codec,
  direct: number,
  arrays: Arrays,
): (list: readonly unknown[], length: number) => Address {
  const storeNumber = numberStore(core.memory);
  const { size } = element;
  return (list, length) => {
    const numbers = new Array<unknown>(length);
    for (let i = 0; i < length; i++) {
      const each = list[i];
      if (typeof each !== 'number') throw wrongNumber(element as NumberElement, element.key, each, i);
      numbers[i] = each;
    }
    const copy = length === 0 ? kNull : arrays.few(length * size);
    for (let i = 0; i < length; i++) storeNumber(direct, (copy + i * size) as Address, numbers[i]);
    return copy;
  };
}

export function sliceCodec(core: Core, roots: Roots, shape: ArrayShape, arrays: Arrays): Codec {
  const { element } = shape;
  const key = `slice(${element.key})`;
  const shared = (value: ArrayView): Address => {
    const handle = targetOf(core, value, key);
    const other = Handle.shape(handle) as ArrayShape;
    if (other.element.key !== element.key)
      throw refused(key, `takes elements of kind ${element.key}, not ${other.element.key}`, 'BAD_TYPE');
    return ArrayView.lengthOf(value) === 0 ? kNull : Handle.address(handle);
  };
  const store = (owner: Handle, offset: number, target: Address, length: number): void => {
    const slot = (Handle.address(owner) + offset) as Address;
    core.refresh();
    storePointer(core, slot, target);
    core.memory.u32[(slot + core.wordBytes) >>> 2] = target === 0 ? 0 : length;
  };
  /** A copy of a list, made the slice's own. */
  const storeCopy = (owner: Handle, offset: number, value: unknown, length: unknown): void => {
    checkLength(length, element.size);
    if (isNumberElement(element)) {
      const numbers = numbersOf(core, element, value, length, false);
      const copy = arrays.allocate(shape, length, true);
      core.memory.refresh();
      storeNumbers(core, element, copy, numbers, length);
      store(owner, offset, length === 0 ? kNull : copy, length);
      return;
    }
    const address = arrays.allocate(shape, length);
    const draft = { shape, address, size: length * element.size };
    const own = (copy: Handle): void => fill(copy, element, value as ArrayLike<unknown>, length);
    drafted(core, roots, draft, own, () => store(owner, offset, length === 0 ? kNull : address, length));
  };
  const direct = directOf(element.kind);
  const copyFew = fewCopier(core, element, direct, arrays);
  return {
    key,
    kind: 'slice',
    size: 2 * core.wordBytes,
    align: core.wordBytes,
    pointers: wordProgram(core, 1),
    hosts: null,
    target: element.target,
    count: 1,
    isReference: true,
    refersTo(at) {
      const length = readWord(core, (at + core.wordBytes) as Address);
      return length === 0 ? null : { shape, address: readPointer(core, at), size: length * element.size };
    },
    read(address, owner) {
      const keeper = Handle.keeper(owner as Handle);
      const length = readWord(core, (address + core.wordBytes) as Address);
      if (length === 0) return keeper.readEmpty(address, shape, owner as Handle);
      return keeper.read(address, shape, readPointer(core, address), length * element.size);
    },
    assign(owner, offset, value) {
      Handle.address(owner);
      if (direct !== 0 && Array.isArray(value)) {
        const length: unknown = value.length;
        if (typeof length === 'number' && length >>> 0 === length && length <= kOneByOne)
          store(owner, offset, copyFew(value, length), length);
        else storeCopy(owner, offset, value, length);
        return;
      }
      const list = asList(value, element.typed === undefined ? 0 : element.size);
      if (list === null) store(owner, offset, kNull, 0);
      else if (list instanceof ArrayView) store(owner, offset, shared(list), ArrayView.lengthOf(list));
      else storeCopy(owner, offset, list, lengthOf(list, key));
    },
  };
}

export function arrayCodec(
  core: Core,
  { host, roots, arrays }: { host: HostValues; roots: Roots; arrays: Arrays },
  shape: ArrayShape,
  count: number,
): Codec {
  const { element } = shape;
  const size = count * element.size;
  const key = `array(${element.key},${count})`;
  const codec: Codec = {
    key,
    kind: 'array',
    size,
    align: element.align,
    pointers: repeatProgram(core, element.pointers, count),
    hosts: repeatProgram(core, element.hosts, count),
    target: element.target,
    count,
    element,
    isPart: true,
    read: (address, owner) => new ArrayView(Handle.part(owner as Handle, shape, address, size), shape),
    assign(owner, offset, value) {
      const list = asList(value, element.typed === undefined ? 0 : element.size);
      const length = lengthOf(list, key);
      if (length !== count) throw refused(key, `takes ${count} elements, not ${show(length)}`, 'BAD_ARGUMENT', 'range');
      if (sameElements(core, list, element)) {
        copyValue(core, host, codec, (Handle.address(owner) + offset) as Address, Handle.address(list.$));
      } else if (isNumberElement(element)) {
        const numbers = numbersOf(core, element, list, count, true);
        storeNumbers(core, element, (Handle.address(owner) + offset) as Address, numbers, count);
      } else {
        const draft = { shape, address: arrays.allocate(shape, count), size };
        const own = (copy: Handle): void => fill(copy, element, list as ArrayLike<unknown>, count);
        drafted(core, roots, draft, own, () =>
          copyValue(core, host, codec, (Handle.address(owner) + offset) as Address, draft.address),
        );
      }
    },
  };
  return codec;
}

/** `byte` is the codec of one. */
export function bytesCodec(core: Core, byte: NumberElement, count: number): Codec {
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
    isPart: true,
    read(address, owner) {
      const bytes = new Uint8Array(core.buffer(), count === 0 ? 0 : address, count);
      return owner === undefined ? bytes : holding(bytes, Handle.whole(owner));
    },
    assign(owner, offset, value) {
      const list = asList(value, 1);
      const length = lengthOf(list, key);
      if (length !== count) throw refused(key, `takes ${count} bytes, not ${show(length)}`, 'BAD_ARGUMENT', 'range');
      const numbers = numbersOf(core, byte, list, count, true, key);
      storeNumbers(core, byte, (Handle.address(owner) + offset) as Address, numbers, count);
    },
  };
}

/**
 * An object of a type, inline: reads as a view of the part, assigned field by field from a view or from init
 * properties.
 */
export function structCodec(
  target: AnyType,
  place: Pick<Codec, 'size' | 'align' | 'pointers' | 'hosts'>,
  shapeOf: (target: AnyType) => Shape,
  initialise: (owner: Handle, offset: number, target: AnyType, value: unknown) => void,
): Codec {
  const { size } = place;
  return {
    ...place,
    key: `struct(${JSON.stringify(target.name)})`,
    kind: 'struct',
    target,
    count: 1,
    isPart: true,
    read(address, owner) {
      const shape = shapeOf(target);
      return new shape.partMaker(Handle.part(owner as Handle, shape, address, size), shape);
    },
    assign: (owner, offset, value) => initialise(owner, offset, target, value),
  };
}
