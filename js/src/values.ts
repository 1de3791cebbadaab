// Fields that are not numbers: bool, string, js, ref, any. In memory:
//
//   bool   u8                     string  address, byte length (two words; Go's string; '' is two zeros)
//   js     number of a JS value   ref     address, 0 for null              any  address, 0 for null
//
// Doors: layout.ts makes one of each per heap (refs: one per target).

import { kNull, type Address } from './abi.js';
import type { Allocator } from './allocate.js';
import { wordProgram, type Codec, type Referent } from './codec.js';
import { located, refused, show } from './errors.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import type { HostValues } from './host.js';
import type { Known } from './known.js';
import type { Roots } from './roots.js';
import { targetOf } from './target.js';
import { readPointer, readWord, storePointer, type Core } from './core.js';
import { utf8Length, utf8Read, utf8Write } from './utf8.js';

const kPlain = { pointers: null, hosts: null, target: null, count: 1 } as const;

export function boolCodec(core: Core): Codec {
  const { memory } = core;
  const write = (address: Address, value: unknown, where = ''): void => {
    if (typeof value !== 'boolean') throw located(refused('bool', `takes a boolean, not ${show(value)}`), where);
    core.refresh();
    memory.u8[address] = value ? 1 : 0;
  };
  const read = (address: Address): boolean => {
    const byte = memory.u8[address];
    if (byte !== undefined) return byte !== 0;
    core.refresh();
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
    takes: 'boolean',
    assign: (owner, at, value) => write((Handle.address(owner) + at) as Address, value),
  };
}

export function jsCodec(core: Core, host: HostValues): Codec {
  return {
    ...kPlain,
    key: 'js',
    kind: 'js',
    size: core.wordBytes,
    align: core.wordBytes,
    hosts: wordProgram(core, 0),
    read: (address) => host.get(readWord(core, address)),
    assign(owner, offset, value) {
      const address = (Handle.address(owner) + offset) as Address;
      const old = readWord(core, address);
      const number = host.put(old, value);
      core.memory.u32[address >>> 2] = number;
    },
  };
}

/** The bytes of a text, in the heap: not rooted. 0 for ''. */
export function newText(core: Core, allocator: Allocator, text: string): { address: Address; bytes: number } {
  const bytes = utf8Length(text);
  if (bytes === 0) return { address: kNull, bytes };
  const address = allocator.rawOwn(bytes);
  utf8Write(text, core.memory.u8, address, bytes);
  return { address, bytes };
}

/** Makes a string field refer to bytes. The memory must be fresh. */
export function storeText(core: Core, slot: Address, address: Address, bytes: number): void {
  storePointer(core, slot, address);
  core.memory.u32[(slot + core.wordBytes) >>> 2] = bytes;
}

/** `shape` is that of handles of strings, which such a field may be assigned from without copying. */
export function stringCodec(core: Core, allocator: Allocator, shape: Shape): Codec {
  const textOf = (value: unknown): { address: Address; bytes: number } => {
    const handle = typeof value === 'object' ? Handle.of(value) : undefined;
    if (handle === undefined) throw refused('string', `takes a string, not ${show(value)}`);
    const address = Handle.address(targetOf(core, handle, 'string'));
    if (Handle.shape(handle) !== shape)
      throw refused('string', 'takes a handle made by heap.string(), not another one', 'BAD_TYPE');
    return { address: handle.size === 0 ? kNull : address, bytes: handle.size };
  };
  return {
    ...kPlain,
    key: 'string',
    kind: 'string',
    size: 2 * core.wordBytes,
    align: core.wordBytes,
    pointers: wordProgram(core, 1),
    read(address) {
      const text = readPointer(core, address);
      const bytes = readWord(core, (address + core.wordBytes) as Address);
      return bytes === 0 ? '' : utf8Read(core.memory.u8, text, bytes);
    },
    assign(owner, offset, value) {
      Handle.address(owner);
      const { address, bytes } = typeof value === 'string' ? newText(core, allocator, value) : textOf(value);
      const slot = (Handle.address(owner) + offset) as Address;
      core.refresh();
      storeText(core, slot, address, bytes);
    },
  };
}

/** A reference. `shape` is the target's, which may be laid out later: types may refer to each other. */
export function refCodec(core: Core, target: AnyType, shape: Shape): Codec {
  const { memory, wordBytes } = core;
  const check = (value: unknown): Address => {
    if (value === null) return kNull;
    const given = Handle.of(value);
    // What nearly every value is: one object of the type, of this heap.
    if (given !== undefined && Handle.shape(given) === shape) return Handle.address(given);
    if (given === undefined)
      throw refused(`ref(${target.name})`, `takes a ${target.name} or null, not ${show(value)}`, 'BAD_POINTER');
    const handle = targetOf(core, given, `ref(${target.name})`);
    const { type } = Handle.shape(handle);
    if (type !== target || handle.size < target.size) {
      const found = type === null ? 'untyped memory' : `a ${type.name}`;
      throw refused(`ref(${target.name})`, `takes a ${target.name}, not ${found}`, 'BAD_TYPE');
    }
    return Handle.address(handle);
  };
  return {
    ...kPlain,
    key: `ref(${JSON.stringify(target.name)})`,
    kind: 'ref',
    size: wordBytes,
    align: wordBytes,
    pointers: wordProgram(core, 0),
    target,
    isReference: true,
    refersTo(at) {
      const address = readPointer(core, at);
      return address === 0 ? null : { shape, address, size: shape.size };
    },
    read(address, owner) {
      const object = (memory.u32[address >>> 2] ?? readPointer(core, address)) as Address;
      if (object === 0) return null;
      return Handle.keeper(owner as Handle).read(address, shape, object, shape.size);
    },
    assign: (owner, offset, value) => assignPointer(core, owner, offset, check(value)),
  };
}

function assignPointer(core: Core, owner: Handle, offset: number, value: Address): void {
  const slot = (Handle.address(owner) + offset) as Address;
  core.refresh();
  storePointer(core, slot, value);
}

/**
 * A reference to whatever: reads as a view where the object's type is known, as a handle of untyped memory otherwise.
 */
export function anyCodec(core: Core, roots: Roots, known: Known, shapeOf: (target: AnyType) => Shape): Codec {
  const refersTo = (slot: Address): Referent | null => {
    const address = readPointer(core, slot);
    if (address === 0) return null;
    const found = core.found(address);
    if (found === undefined) return { shape: roots.untyped, address, size: 0 };
    const type = known.type(found.typeId);
    const offset = address - found.base;
    if (type !== null && type.size > 0 && offset % type.size === 0 && offset + type.size <= found.size)
      return { shape: shapeOf(type), address, size: type.size };
    return { shape: roots.untyped, address, size: found.size - offset };
  };
  return {
    ...kPlain,
    key: 'any',
    kind: 'any',
    size: core.wordBytes,
    align: core.wordBytes,
    pointers: wordProgram(core, 0),
    isReference: true,
    refersTo,
    read(address, owner) {
      const referent = refersTo(address);
      if (referent === null) return null;
      return Handle.keeper(owner as Handle).read(address, referent.shape, referent.address, referent.size);
    },
    assign(owner, offset, value) {
      const given = Handle.of(value);
      if (value !== null && given === undefined)
        throw refused('any', `takes a view, an array, a handle or null, not ${show(value)}`, 'BAD_POINTER');
      const object = given === undefined ? kNull : Handle.address(targetOf(core, given, 'any'));
      assignPointer(core, owner, offset, object);
    },
  };
}
