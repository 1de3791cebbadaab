// Number fields. Each kind has its own two functions over its own typed array, written out, so that an engine can fold
// them into the property access of a view; the one test for undefined in each finds detached arrays (growth) and
// disposed heaps, see memory.ts. Before a write it is a read too: engines test a detached array's length more slowly
// than they load an element (3.6 against 2.8 ns, Node 20).

import type { Address } from './abi.js';
import type { Codec } from './codec.js';
import { located, problem, refused, show } from './errors.js';
import type { BigKind, NumberKind } from './fields.js';
import { Handle } from './handle.js';
import type { Memory } from './memory.js';
import type { Core } from './core.js';

type Reader = (address: Address) => number | bigint | undefined;
type Writer = (address: Address, value: unknown, where?: string) => void;
interface Access {
  readonly shift: number;
  readonly typed: NonNullable<Codec['typed']>;
  access(
    memory: Memory,
    again: { read: (reader: Reader, address: Address) => number | bigint; write: Again },
  ): { read: Reader; write: Writer };
}
type Again = (writer: Writer, address: Address, value: unknown, where: string | undefined) => void;

const kAccess: Record<NumberKind | BigKind, Access> = {
  i8: {
    shift: 0,
    typed: (buffer, address, count) => new Int8Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.i8[a] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.i8[a] !== undefined) m.i8[a] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  u8: {
    shift: 0,
    typed: (buffer, address, count) => new Uint8Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.u8[a] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.u8[a] !== undefined) m.u8[a] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  i16: {
    shift: 1,
    typed: (buffer, address, count) => new Int16Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.i16[a >>> 1] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.i16[a >>> 1] !== undefined) m.i16[a >>> 1] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  u16: {
    shift: 1,
    typed: (buffer, address, count) => new Uint16Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.u16[a >>> 1] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.u16[a >>> 1] !== undefined) m.u16[a >>> 1] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  i32: {
    shift: 2,
    typed: (buffer, address, count) => new Int32Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.i32[a >>> 2] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.i32[a >>> 2] !== undefined) m.i32[a >>> 2] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  u32: {
    shift: 2,
    typed: (buffer, address, count) => new Uint32Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.u32[a >>> 2] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.u32[a >>> 2] !== undefined) m.u32[a >>> 2] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  f32: {
    shift: 2,
    typed: (buffer, address, count) => new Float32Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.f32[a >>> 2] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.f32[a >>> 2] !== undefined) m.f32[a >>> 2] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  f64: {
    shift: 3,
    typed: (buffer, address, count) => new Float64Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): number => m.f64[a >>> 3] ?? (again.read(read, a) as number);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'number' && m.f64[a >>> 3] !== undefined) m.f64[a >>> 3] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  i64: {
    shift: 3,
    typed: (buffer, address, count) => new BigInt64Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): bigint => m.i64[a >>> 3] ?? (again.read(read, a) as bigint);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'bigint' && m.i64[a >>> 3] !== undefined) m.i64[a >>> 3] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
  u64: {
    shift: 3,
    typed: (buffer, address, count) => new BigUint64Array(buffer, address, count),
    access: (m, again) => {
      const read = (a: Address): bigint => m.u64[a >>> 3] ?? (again.read(read, a) as bigint);
      const write = (a: Address, v: unknown, where?: string): void => {
        if (typeof v === 'bigint' && m.u64[a >>> 3] !== undefined) m.u64[a >>> 3] = v;
        else again.write(write, a, v, where);
      };
      return { read, write };
    },
  },
};

/** The slow paths: the arrays are made right and the access is tried again, or the reason is thrown. */
function slowPaths(core: Core, kind: string, wanted: 'number' | 'bigint'): Parameters<Access['access']>[1] {
  const { memory } = core;
  const refresh = (address: Address): void => {
    core.alive();
    if (memory.u8.length !== 0) throw problem('BAD_POINTER', `address ${address} is outside the memory`, 'range');
    memory.refresh();
  };
  return {
    read: (reader, address) => {
      refresh(address);
      return reader(address) as number;
    },
    write: (writer, address, value, where = '') => {
      if (typeof value !== wanted) throw located(refused(kind, `takes a ${wanted}, not ${show(value)}`), where);
      refresh(address);
      writer(address, value);
    },
  };
}

export const kNumberKinds = Object.keys(kAccess) as readonly (NumberKind | BigKind)[];

export function numberCodec(
  core: Core,
  kind: NumberKind | BigKind,
): Codec & { write: Writer; read: (address: Address) => number | bigint } {
  const { shift, typed, access } = kAccess[kind];
  const takes = kind.endsWith('64') && kind !== 'f64' ? 'bigint' : 'number';
  const { read, write } = access(core.memory, slowPaths(core, kind, takes));
  return {
    key: kind,
    kind,
    size: 1 << shift,
    align: 1 << shift,
    pointers: null,
    hosts: null,
    target: null,
    count: 1,
    read: read as (address: Address) => number | bigint,
    write,
    takes,
    typed,
    assign: (owner, offset, value) => write((Handle.address(owner) + offset) as Address, value),
  };
}

/** The kinds of numbers that `numberStore` stores; 0 stands for all others. */
const kDirectKinds = ['', 'i32', 'u32', 'f64', 'f32', 'u8', 'u16', 'i8', 'i16'];

/** The number that `numberStore` has of a kind. */
export function directOf(kind: string): number {
  return Math.max(kDirectKinds.indexOf(kind), 0);
}

/** Stores a value of the kind `direct` at an address. False, and nothing stored, where only `write` can. */
export type NumberStore = (direct: number, address: Address, value: unknown) => boolean;

/**
 * One function for all kinds, over constants of the heap: an engine inlines it where values of several kinds come by,
 * and would call the writer of each kind.
 */
export function numberStore(memory: Memory): NumberStore {
  return (direct, a, v) => {
    if (typeof v !== 'number' || memory.u8.length === 0) return false;
    if (direct === 1) memory.i32[a >>> 2] = v;
    else if (direct === 2) memory.u32[a >>> 2] = v;
    else if (direct === 3) memory.f64[a >>> 3] = v;
    else if (direct === 4) memory.f32[a >>> 2] = v;
    else if (direct === 5) memory.u8[a] = v;
    else if (direct === 6) memory.u16[a >>> 1] = v;
    else if (direct === 7) memory.i8[a] = v;
    else if (direct === 8) memory.i16[a >>> 1] = v;
    else return false;
    return true;
  };
}
