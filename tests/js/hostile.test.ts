// B6: no argument that JS can pass makes a trap or damages the heap. Random calls of every public method with hostile values, each followed
// by a walk of all structures; what is thrown is the package's error, or comes from the hostile value itself.

import fc from 'fast-check';
import { createHeap, createHeapSync, Flags, MallocgcError, t, type AnyView, type Heap, type Type } from 'mallocgc';
import { describe, expect, it, vi } from 'vitest';
import { checkedHeap } from './support.ts';

const kBoom = new Error('thrown by the value');
const kThrowing = {
  get n(): never {
    throw kBoom;
  },
  get $(): never {
    throw kBoom;
  },
};
const kProxy = new Proxy(
  {},
  {
    get() {
      throw kBoom;
    },
    has() {
      throw kBoom;
    },
    ownKeys() {
      throw kBoom;
    },
    getPrototypeOf() {
      throw kBoom;
    },
  },
);

/** Everything that the hostile values refer to. */
interface World {
  heap: Heap;
  values: unknown[];
  node: AnyView & Record<string, unknown>;
  arrays: { at(i: never): unknown; set(i: never, value: never): void; view(): unknown }[];
  type: Type;
}

async function world(): Promise<World> {
  const heap = await checkedHeap();
  const other = await checkedHeap();
  const dead = await checkedHeap();
  const fields = { next: t.ref('Node'), n: t.i32, any: t.any, s: t.string, xs: t.slice(t.ref('Node')), in: t.array(t.js, 3), raw: t.bytes(5), v: t.js, big: t.u64, b: t.bool };
  const types = [heap, other, dead].map((h) => h.defineTypes({ Node: fields, Leaf: { x: t.f64 } }));
  const [mine, theirs, gone] = types;
  if (mine === undefined || theirs === undefined || gone === undefined) throw new Error('no types');
  const node = heap.newobject(mine.Node, { n: 1 });
  node.next = node;
  const disposed = heap.newobject(mine.Node);
  disposed.$.dispose();
  const lost = dead.newobject(gone.Node);
  dead.dispose();
  const arrays = [heap.newarray(t.i32, 4), heap.newarray(mine.Node, 2)];
  const values: unknown[] = [
    ...arrays,
    undefined, null, true, false, 0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, '', 'Node', 'n', '__proto__', '\ud800', 'x'.repeat(5000),
    0n, -1n, 2n ** 64n, Symbol('s'), Symbol.iterator, () => 1, () => { throw kBoom; }, async () => 1, [], [1, 2, 3], [null, undefined], new Array(5), {}, Object.create(null), { n: 1 }, { n: 'x' }, { length: 1e9 }, { length: -1 },
    kThrowing, kProxy, new Proxy([], {}), new Date(0), /x/, new Map(), new Float64Array(3), new BigInt64Array(2), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8), Promise.resolve(1),
    heap, other, dead, node, node.$, disposed, disposed.$, lost, lost.$, theirs.Node, gone.Node, mine.Node, mine.Leaf, other.newobject(theirs.Node), heap.newobject(mine.Leaf, { x: 1 }), heap.newobject(mine.Leaf).$, heap.weak(node), heap.string('text'), heap.newarray(t.ref(mine.Node), 3), other.newarray(t.i32, 1),
    node.$.address, node.$.address + 1, { $: node.$ }, { $: {} }, { $: 5 }, t.i32, t.ref('Node'), t.slice(t.ref('Nope')), { kind: 'ref', target: kProxy }, { A: { x: t.i32 } }, { Node: { x: t.i32 } }, { A: kThrowing }, { A: { a: t.struct('A') } },
    mine.Node.cursor(node),
  ];
  return { heap, values, node: node as never, arrays: arrays as never, type: mine.Node as never };
}

/** Methods that take anything. What a handle or an array does to itself is called, too. */
function callsOf({ heap, node, arrays, type }: World): Record<string, (...args: never[]) => unknown> {
  const own = heap as never as Record<string, (...args: never[]) => unknown>;
  const names = ['mallocgc', 'newobject', 'newarray', 'rawmem', 'roundupsize', 'string', 'GC', 'startCycle', 'step', 'minorGC', 'setGCPercent', 'setMemoryLimit', 'setDebug', 'onCycleStart', 'SetFinalizer', 'AddCleanup', 'weak', 'KeepAlive', 'runFinalizers', 'defineTypes', 'defineType', 'typeOf', 'findObject', 'scope', 'handles', 'whyAlive', 'referrers', 'takeRecord', 'memStats', 'on', 'verify'];
  const calls: Record<string, (...args: never[]) => unknown> = {};
  for (const name of names) calls[name] = (...args) => own[name]?.apply(heap, args);
  for (const field of ['next', 'n', 'any', 's', 'xs', 'in', 'raw', 'v', 'big', 'b']) {
    calls[`node.${field} =`] = (value) => (node[field] = value);
    calls[`node.${field}`] = () => node[field];
  }
  arrays.forEach((array, n) => {
    calls[`array${n}.at`] = (i) => array.at(i);
    calls[`array${n}.set`] = (i, value) => array.set(i, value);
    calls[`array${n}.view`] = () => array.view();
  });
  calls['handle.equals'] = (value) => node.$.equals(value);
  const weak = heap.weak(node);
  calls['weak.equals'] = (value) => weak.equals(value);
  calls['weak.deref'] = () => weak.deref();
  calls['Flags.align'] = (value) => Flags.align(value);
  calls['createHeapSync'] = (value, options) => createHeapSync(value, options);
  calls['raw.typeId'] = (value) => heap.raw.typeId(value);
  calls['memory flags'] = (size, flags) => heap.mallocgc(size, null, flags);
  calls['type.cursor'] = (value) => type.cursor(value);
  // One step only: the node may be its own next.
  calls['type.walk'] = (value, field) => type.walk(value, field)[Symbol.iterator]().next();
  calls['frame.newobject'] = (of, init) => heap.scope((frame) => void frame.newobject(of, init));
  calls['frame.root'] = (address) => heap.scope((frame) => void frame.root(typeof address === 'number' ? (0 as never) : address));
  calls['frame.keep'] = (view) => heap.scope((frame) => frame.keep(view));
  return calls;
}

/** Whether an error may come out: the package's, the value's own, or the engine's about the value (a revoked proxy, a symbol as a number). */
function isDecent(error: unknown): boolean {
  return error instanceof MallocgcError || error === kBoom;
}

describe('hostile arguments', () => {
  it('B6: make no trap, no damage, and only the package’s errors', async () => {
    const here = await world();
    const calls = callsOf(here);
    // Hostile hooks and listeners are reported, as they should be.
    const reports = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const name = fc.constantFrom(...Object.keys(calls));
    const value = fc.nat(here.values.length - 1);
    fc.assert(
      fc.property(name, value, value, value, (method, a, b, c) => {
        let error: unknown;
        try {
          const result = calls[method]?.(here.values[a] as never, here.values[b] as never, here.values[c] as never);
          if (result instanceof Promise) result.catch(() => undefined);
          if (method === 'onCycleStart' || method === 'on') (result as () => void)();
        } catch (thrown) {
          error = thrown;
        }
        expect(error === undefined || isDecent(error) || String(error)).toBe(true);
        if (error instanceof WebAssembly.RuntimeError) throw error;
        here.heap.setDebug({ verify: true, checkmark: true, poison: true });
        here.heap.verify();
      }),
      { numRuns: 6000 },
    );
    here.heap.GC();
    here.heap.runFinalizers();
    here.heap.verify();
    here.heap.dispose();
    reports.mockRestore();
  });

  it('B6: raw takes any number in the debug flavour, where the core checks them', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
    const { raw } = heap;
    const id = raw.typeId(Node);
    const number = fc.oneof(fc.constantFrom(0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, id, 1 << 13, 0xd00), fc.integer(), fc.double());
    const calls: Record<string, (a: number, b: number, c: number) => unknown> = {
      mallocgc: (a, b, c) => raw.mallocgc(a, b, c),
      newobject: (a) => raw.newobject(a),
      barrier: (a) => raw.barrier(a),
      loadI8: (a) => raw.loadI8(a),
      loadU16: (a) => raw.loadU16(a),
      loadF64: (a) => raw.loadF64(a),
      loadI64: (a) => raw.loadI64(a),
      loadBool: (a) => raw.loadBool(a),
      loadRef: (a) => raw.loadRef(a),
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(calls)), number, number, number, (name, a, b, c) => {
        let error: unknown;
        try {
          calls[name]?.(a, b, c);
        } catch (thrown) {
          error = thrown;
        }
        expect(error === undefined || isDecent(error) || `${name}(${a}, ${b}, ${c}): ${String(error)}`).toBe(true);
        heap.verify();
      }),
      { numRuns: 2000 },
    );
    heap.dispose();
  });

  it('B6: options of whatever kind make a heap or the package’s error', async () => {
    const names = ['initialBytes', 'maxBytes', 'gcPercent', 'minHeapBytes', 'memoryLimit', 'memProfileRate', 'mode', 'schedule', 'debug', 'onFinalizerError', 'onPressure', 'onTrace', 'memory', 'ballast', 'jsValueBytes'];
    const odd: unknown[] = [undefined, null, true, 0, -1, 0.5, NaN, Infinity, 1 << 20, 2 ** 31, 2 ** 53, '', 'x', 5n, Symbol('s'), () => 1, [], {}, kThrowing, kProxy, new Date(0)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(odd.length - 1), async (name, n) => {
        const value = odd[n];
        const error: unknown = await createHeap({ schedule: 'manual', [name]: value } as never).then(
          (heap) => heap.dispose(),
          (reason: unknown) => reason,
        );
        expect(error === undefined || isDecent(error) || `${name} ${n}: ${String(error)}`).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('B6: init objects that do everything while they are read', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes({ Node: { a: t.i32, b: t.string, c: t.slice(t.i32), next: t.ref('Node') } });
    const node = heap.newobject(Node);
    const init = {
      get a() {
        heap.GC();
        return 1;
      },
      get b() {
        for (let i = 0; i < 100; i++) heap.newobject(Node).$.dispose();
        heap.GC();
        return 'text';
      },
      get c() {
        heap.scope((frame) => void frame.newobject(Node));
        heap.GC();
        return [1, 2, 3];
      },
      get next() {
        heap.GC();
        return node;
      },
    };
    const made = heap.newobject(Node, init);
    heap.GC();
    expect([made.a, made.b, [...made.c], made.next?.$.equals(node)]).toEqual([1, 'text', [1, 2, 3], true]);
    const dying = {
      get a() {
        heap.dispose();
        return 1;
      },
    };
    expect(() => heap.newobject(Node, dying)).toThrow(MallocgcError);
  });

  it('M13: running out of stack leaves a heap that works, or says so from then on', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes({ Node: { n: t.i32, s: t.string } });
    const dive = (depth: number): number => {
      const node = heap.newobject(Node, { n: depth, s: `depth ${depth}` });
      node.$.dispose();
      return dive(depth + 1) + 1;
    };
    for (let i = 0; i < 8; i++) {
      try {
        dive(0);
      } catch (error) {
        const isOverflow = error instanceof RangeError && /call stack/.test(error.message);
        expect(isOverflow || (error instanceof MallocgcError && error.code === 'CORRUPT') || error).toBe(true);
      }
    }
    let failure: unknown;
    try {
      heap.GC();
      heap.verify();
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) {
      expect(failure).toMatchObject({ code: 'CORRUPT', message: expect.stringMatching(/^heap interrupted in/) as string });
      expect(() => heap.newobject(Node, { s: 'x' })).toThrow(/heap interrupted/);
    }
    heap.dispose();
  });
});
