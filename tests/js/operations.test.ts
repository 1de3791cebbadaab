// B9 holds for everything public. Each operation of the table fails at each point where it can, be it a look at a value
// of the caller's or a call of the core that refuses for want of memory, and leaves the state as it was.

import { createHeapSync, toJS } from 'mallocgc';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kOperations, worldOf, type World } from './operations.ts';

const kThrow = new Error('thrown on purpose');
const kModule = new WebAssembly.Module(readFileSync(new URL('heap.debug.wasm', import.meta.resolve('mallocgc'))));

/** The core may refuse these for want of memory, and says so by 0, or by a status. */
const kByZero = [
  ...['mgc_scratch', 'mgc_type_define', 'mgc_malloc', 'mgc_new', 'mgc_frame_push', 'mgc_handle_new', 'mgc_weak_new'],
  ...['mgc_add_cleanup', 'mgc_host_new'],
] as const;
const kByStatus = ['mgc_set_finalizer'] as const;

type Exports = Record<string, (...values: number[]) => number>;

/** These are the points where an operation can fail: they are counted, and the one at `at` fails. */
class Points {
  count = 0;
  at = Infinity;
  /** Says whether the point was reached. */
  hit = false;
  /** Says whether the last of the calls that may be refused was refused. */
  #refused = false;
  outOfMemory = 0;

  next(): boolean {
    const isIt = this.count++ === this.at;
    this.hit ||= isIt;
    return isIt;
  }

  /** Returns a value whose looks are points: at its keys, its properties, and what is in them. */
  trap<T>(value: T): T {
    if (typeof value !== 'object' || value === null || !Object.isExtensible(value)) return value;
    // Views and types are no values that are looked into.
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
    const look = (): void => {
      if (this.next()) throw kThrow;
    };
    return new Proxy(value, {
      get: (target, key, receiver) => {
        look();
        return Array.isArray(target) && key === 'length'
          ? target.length
          : this.trap(Reflect.get(target, key, receiver));
      },
      ownKeys: (target) => {
        look();
        return Reflect.ownKeys(target);
      },
    });
  }

  /** Returns the exports of an instance, some of whose calls are points. */
  exports(wasm: Exports): Exports {
    const own: Exports = { ...wasm };
    const names = new Map<string, (...values: number[]) => number>();
    for (const name of [...kByZero, ...kByStatus]) names.set(name, wasm[name] as (...values: number[]) => number);
    for (const [name, call] of names) {
      own[name] = (...values) => {
        const isEmpty = name === 'mgc_malloc' && values[0] === 0;
        this.#refused = false;
        if (isEmpty || !this.next()) return call(...values);
        this.#refused = true;
        return (kByStatus as readonly string[]).includes(name) ? this.outOfMemory : 0;
      };
    }
    own.mgc_status = () => (this.#refused ? this.outOfMemory : (wasm.mgc_status?.() ?? 0));
    return own;
  }
}

/** Returns what the module's description says under a name. */
function described(wasm: Exports, memory: WebAssembly.Memory, wanted: string): number {
  const bytes = new Uint8Array(memory.buffer);
  const begin = wasm.mgc_describe_names?.() ?? 0;
  let end = begin;
  while (bytes[end] !== 0 || bytes[end + 1] !== 0) end += 1;
  const names = new TextDecoder().decode(bytes.subarray(begin, end)).split('\0');
  return new Uint32Array(memory.buffer, wasm.mgc_describe_values?.())[names.indexOf(wanted)] as number;
}

/** Makes a world whose core refuses where the points say so. */
function makeWorld(points: Points): World {
  const real = WebAssembly.Instance;
  // The function is called by `new`.
  // biome-ignore lint/complexity/useArrowFunction: arrow functions are no constructors.
  const wrapped = function (module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    const wasm = new real(module, imports).exports as Exports;
    points.outOfMemory = described(wasm, imports?.env?.memory as WebAssembly.Memory, 'status.OUT_OF_MEMORY');
    return { exports: points.exports(wasm) };
  };
  const instance = vi.spyOn(WebAssembly, 'Instance').mockImplementation(wrapped as never);
  try {
    const heap = createHeapSync(kModule, { maxBytes: 1 << 24, schedule: 'manual', debug: { verify: true } });
    return worldOf(heap, (value) => points.trap(value));
  } finally {
    instance.mockRestore();
  }
}

/** Returns what can be seen of a world. */
function stateOf({ heap, node, objects }: World): unknown {
  heap.GC();
  heap.runFinalizers();
  heap.GC();
  const { HeapObjects, HeapAlloc, LiveHandles, LiveHostValues, FinalizersRegistered, CleanupsRegistered, WeakLive } =
    heap.memStats();
  const plain = JSON.stringify([node, objects.rooted, objects.texts].map(toJS), (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return {
    ...{ HeapObjects, HeapAlloc, LiveHandles, LiveHostValues, FinalizersRegistered, CleanupsRegistered, WeakLive },
    ...{ plain, at: objects.cursor.$.address, percent: heap.setGCPercent(heap.setGCPercent(100)) },
    handles: [...heap.handles()].map(({ address }) => address).sort(),
  };
}

/** Fails an operation at every point. Returns the number of points. */
async function failEverywhere(run: (world: World) => unknown): Promise<number> {
  let points = new Points();
  let world = makeWorld(points);
  for (let n = 0; ; n++) {
    const before = stateOf(world);
    Object.assign(points, { count: 0, at: n, hit: false });
    let failed: unknown;
    try {
      await run(world);
    } catch (error) {
      failed = error;
    }
    points.at = Infinity;
    if (failed !== undefined) {
      if (failed !== kThrow) expect(failed).toMatchObject({ code: 'OUT_OF_MEMORY' });
      expect(stateOf(world)).toEqual(before);
      world.heap.verify();
      continue;
    }
    world.heap.dispose();
    if (!points.hit) return points.count;
    // The operation got over the refusal, and so has changed the world.
    points = new Points();
    world = makeWorld(points);
  }
}

describe('B9: wherever it fails, nothing is left of', () => {
  afterEach(() => void vi.restoreAllMocks());
  const counts = new Map<string, number>();

  it.each([...kOperations.keys()])('%s', async (name) => {
    counts.set(name, await failEverywhere(kOperations.get(name) as (world: World) => unknown));
  });

  it('what can fail, which is not little', () => {
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${counts.size} operations, ${all} points`);
    const least = {
      'Heap.newobject': 40,
      'Heap.defineTypes': 30,
      'Type.assign': 40,
      'Heap.AddCleanup': 1,
      'Heap.own': 1,
    };
    for (const [name, count] of Object.entries(least)) expect(counts.get(name)).toBeGreaterThanOrEqual(count);
  });
});
