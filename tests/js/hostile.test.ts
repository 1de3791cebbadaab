// No argument that JS can pass makes a trap or damages the heap (B6). The test makes random calls of every public
// method with hostile values, each followed by a walk of all structures. What is thrown is the package's error, or
// comes from the hostile value itself.

import fc from 'fast-check';
import { createHeap, MallocgcError, t } from 'mallocgc';
import { describe, expect, it, vi } from 'vitest';
import { callsOf, kBoom, kNumbers, kProxy, kThrowing, world } from './hostile-values.ts';
import { checkedHeap, kInDefaultFlavour, verified } from './support.ts';

/**
 * Returns whether an error may come out: the package's, the value's own, or the engine's about the value (a revoked
 * proxy, a symbol as a number).
 */
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
        if (kInDefaultFlavour) return;
        here.heap.setDebug({ verify: true, checkmark: true, poison: true });
        here.heap.verify();
      }),
      { numRuns: 6000 },
    );
    here.heap.GC();
    here.heap.runFinalizers();
    verified(here.heap);
    here.heap.dispose();
    reports.mockRestore();
  });

  it.skipIf(kInDefaultFlavour)(
    'B6: raw takes any number in the debug flavour, where the core checks them',
    async () => {
      const heap = await checkedHeap();
      const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
      const { raw } = heap;
      const id = raw.typeId(Node);
      const number = fc.oneof(fc.constantFrom(...kNumbers, id, 1 << 13, 0xd00), fc.integer(), fc.double());
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
          verified(heap);
        }),
        { numRuns: 2000 },
      );
      heap.dispose();
    },
  );

  it('B6: options of whatever kind make a heap or the package’s error', async () => {
    const names = [
      'initialBytes',
      'maxBytes',
      'gcPercent',
      'minHeapBytes',
      'memoryLimit',
      'memProfileRate',
      'mode',
      'noBarriers',
      'schedule',
      'debug',
      'onFinalizerError',
      'onPressure',
      'onTrace',
      'memory',
      'ballast',
      'jsValueBytes',
    ];
    const odd: unknown[] = [
      undefined,
      null,
      true,
      0,
      -1,
      0.5,
      NaN,
      Infinity,
      1 << 20,
      2 ** 31,
      2 ** 53,
      '',
      'x',
      5n,
      Symbol('s'),
      () => 1,
      [],
      {},
      kThrowing,
      kProxy,
      new Date(0),
    ];
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
      verified(heap);
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) {
      expect(failure).toMatchObject({
        code: 'CORRUPT',
        message: expect.stringMatching(/^heap interrupted in/) as string,
      });
      expect(() => heap.newobject(Node, { s: 'x' })).toThrow(/heap interrupted/);
    }
    heap.dispose();
  });
});
