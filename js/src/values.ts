// Fields that are not numbers: bool, string, js, ref, any. In memory:
//
//   bool   u8                     string  address, byte length (two words; Go's string; '' is two zeros)
//   js     number of a JS value   ref     address, 0 for null              any  address, 0 for null
//
// Doors: layout.ts makes one of each per heap (refs: one per target).

import type { Address } from './abi.js';
import { wordProgram, type Codec } from './codec.js';
import { problem, show } from './errors.js';
import { Handle, type Shape } from './handle.js';
import type { Runtime } from './runtime.js';
import type { Type } from './type.js';
import { utf8Length, utf8Read, utf8Write } from './utf8.js';

const kWord = 4;
const kPlain = { pointers: null, hosts: null, target: null, count: 1 } as const;

/** A u32 of the heap, wherever its buffer is now; throws DISPOSED. */
export function readWord(runtime: Runtime, address: Address): number {
  const word = runtime.memory.u32[address >>> 2];
  if (word !== undefined) return word;
  runtime.refresh();
  return runtime.memory.u32[address >>> 2] ?? 0;
}

/** Stores a pointer and marks its card (C7). The memory must be fresh. */
export function storePointer(runtime: Runtime, address: Address, value: Address): void {
  runtime.memory.u32[address >>> 2] = value;
  runtime.barrier(address);
}

export function boolCodec(runtime: Runtime): Codec {
  const { memory } = runtime;
  const write = (address: Address, value: unknown): void => {
    if (typeof value !== 'boolean') throw problem('BAD_ARGUMENT', `bool takes a boolean, not ${show(value)}`);
    runtime.refresh();
    memory.u8[address] = value ? 1 : 0;
  };
  const read = (address: Address): boolean => {
    const byte = memory.u8[address];
    if (byte !== undefined) return byte !== 0;
    runtime.refresh();
    return memory.u8[address] !== 0;
  };
  return {
    ...kPlain,
    key: 'bool',
    kind: 'bool',
    size: 1,
    align: 1,
    read,
    write,
    assign: (owner, at, value) => write(Handle.address(owner) + at, value),
  };
}

export function jsCodec(runtime: Runtime): Codec {
  return {
    ...kPlain,
    key: 'js',
    kind: 'js',
    size: kWord,
    align: kWord,
    hosts: wordProgram(runtime, 0),
    read: (address) => runtime.host.get(readWord(runtime, address)),
    assign(owner, offset, value) {
      const address = Handle.address(owner) + offset;
      const old = readWord(runtime, address);
      const number = runtime.host.put(old, value);
      runtime.memory.u32[address >>> 2] = number;
    },
  };
}

/** The shape of handles of strings: what a string field may be assigned from without copying. */
export function stringShape(runtime: Runtime): Shape {
  return runtime.untypedShape(null);
}

/** The bytes of a text, in the heap: not rooted. 0 for ''. */
export function newText(runtime: Runtime, text: string): { address: Address; bytes: number } {
  const bytes = utf8Length(text);
  if (bytes === 0) return { address: 0, bytes };
  const address = runtime.allocateRaw(bytes);
  utf8Write(text, runtime.memory.u8, address, bytes);
  return { address, bytes };
}

/** Makes a string field refer to bytes. The memory must be fresh. */
export function storeText(runtime: Runtime, slot: Address, address: Address, bytes: number): void {
  storePointer(runtime, slot, address);
  runtime.memory.u32[(slot + kWord) >>> 2] = bytes;
}

export function stringCodec(runtime: Runtime, shape: Shape): Codec {
  const textOf = (value: unknown): { address: Address; bytes: number } => {
    if (typeof value === 'string') return newText(runtime, value);
    const handle = typeof value === 'object' ? Handle.of(value) : undefined;
    if (handle === undefined) throw problem('BAD_ARGUMENT', `string takes a string, not ${show(value)}`);
    const address = Handle.address(runtime.target(handle, 'string'));
    if (Handle.shape(handle) !== shape)
      throw problem('BAD_TYPE', 'string takes a handle made by heap.string(), not another one');
    return { address: handle.size === 0 ? 0 : address, bytes: handle.size };
  };
  return {
    ...kPlain,
    key: 'string',
    kind: 'string',
    size: 2 * kWord,
    align: kWord,
    pointers: wordProgram(runtime, 1),
    read(address) {
      const text = readWord(runtime, address);
      const bytes = readWord(runtime, address + kWord);
      return bytes === 0 ? '' : utf8Read(runtime.memory.u8, text, bytes);
    },
    assign(owner, offset, value) {
      Handle.address(owner);
      const { address, bytes } = textOf(value);
      const slot = Handle.address(owner) + offset;
      runtime.refresh();
      storeText(runtime, slot, address, bytes);
    },
  };
}

/** A reference. `shapeOf` is asked late, because types may refer to each other. */
export function refCodec(runtime: Runtime, target: Type, shapeOf: (target: Type) => Shape): Codec {
  const check = (value: unknown): Address => {
    if (value === null || value === undefined) return 0;
    const handle = runtime.target(value, `ref(${target.name})`);
    const shape = Handle.shape(handle);
    if (shape.type !== target || handle.size < target.size) {
      throw problem(
        'BAD_TYPE',
        `ref(${target.name}) takes a ${target.name}, not ${shape.type === null ? 'untyped memory' : `a ${shape.type.name}`}`,
      );
    }
    return Handle.address(handle);
  };
  return {
    ...kPlain,
    key: `ref(${JSON.stringify(target.name)})`,
    kind: 'ref',
    size: kWord,
    align: kWord,
    pointers: wordProgram(runtime, 0),
    target,
    read(address) {
      const object = readWord(runtime, address);
      if (object === 0) return null;
      const shape = shapeOf(target);
      return shape.wrap(runtime.open(shape, object));
    },
    assign: (owner, offset, value) => assignPointer(runtime, owner, offset, check(value)),
  };
}

function assignPointer(runtime: Runtime, owner: Handle, offset: number, value: Address): void {
  const slot = Handle.address(owner) + offset;
  runtime.refresh();
  storePointer(runtime, slot, value);
}

/**
 * A reference to whatever: reads as a view where the object's type is known, as a handle of untyped memory otherwise.
 */
export function anyCodec(runtime: Runtime, shapeOf: (target: Type) => Shape): Codec {
  const wrap = (object: Address): unknown => {
    const found = runtime.found(object);
    const type = found === undefined ? null : (runtime.typesById[found.typeId] ?? null);
    const offset = found === undefined ? 0 : object - found.base;
    if (
      type !== null &&
      type.size > 0 &&
      offset % type.size === 0 &&
      found !== undefined &&
      offset + type.size <= found.size
    ) {
      const shape = shapeOf(type);
      return shape.wrap(runtime.open(shape, object));
    }
    return runtime.open(runtime.shapeOfUntyped, object, found === undefined ? 0 : found.size - offset);
  };
  return {
    ...kPlain,
    key: 'any',
    kind: 'any',
    size: kWord,
    align: kWord,
    pointers: wordProgram(runtime, 0),
    read(address) {
      const object = readWord(runtime, address);
      return object === 0 ? null : wrap(object);
    },
    assign(owner, offset, value) {
      const object = value === null || value === undefined ? 0 : Handle.address(runtime.target(value, 'any'));
      assignPointer(runtime, owner, offset, object);
    },
  };
}
