// An operation that fails, at whatever point, leaves nothing behind (B9): no type, no layout, no root, no copy.

import { createHeap, t, type Heap } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { checkedHeap, expectCode, verified } from './support.ts';

const kThrow = new Error('thrown on purpose');

/**
 * Returns a value whose `n`th look throws: at a key, a property, an element. It counts the looks in `looks.count`; with
 * n = Infinity it only counts.
 */
function trapped<T extends object>(value: T, looks: { count: number }, n: number): T {
  const look = (): void => {
    if (looks.count++ === n) throw kThrow;
  };
  return new Proxy(value, {
    get(target, key, receiver) {
      look();
      const found: unknown = Reflect.get(target, key, receiver);
      return typeof found === 'object' && found !== null && Object.isExtensible(found)
        ? trapped(found, looks, n)
        : found;
    },
    ownKeys(target) {
      look();
      return Reflect.ownKeys(target);
    },
  });
}

/** Returns what can be seen of a heap's state. */
function stateOf(heap: Heap): unknown {
  heap.GC();
  verified(heap);
  const { HeapObjects, HeapAlloc, LiveHandles, LiveHostValues, FinalizersRegistered, CleanupsRegistered, WeakLive } =
    heap.memStats();
  return {
    counts: { HeapObjects, HeapAlloc, LiveHandles, LiveHostValues, FinalizersRegistered, CleanupsRegistered, WeakLive },
    handles: [...heap.handles()].map(({ address }) => address).sort(),
  };
}

/**
 * Fails an operation at every point where a caller's value is looked at. Each failure must leave the state as it was.
 */
function failEverywhere<T extends object>(heap: Heap, value: T, operation: (value: T) => unknown): number {
  const counted = { count: 0 };
  const before = stateOf(heap);
  for (let n = 0; ; n++) {
    counted.count = 0;
    let failed: unknown;
    try {
      operation(trapped(value, counted, n));
    } catch (error) {
      failed = error;
    }
    if (failed === undefined) return n;
    expect(failed).toBe(kThrow);
    expect(stateOf(heap)).toEqual(before);
  }
}

const schema = () => ({
  Cell: { text: { ...t.string }, n: { ...t.i32 } },
  Box: {
    cells: { kind: 'slice', element: { kind: 'struct', target: 'Cell' } },
    fixed: { kind: 'array', element: { kind: 'struct', target: 'Cell' }, count: 2 },
    box: { kind: 'ref', target: 'Box' },
    one: { kind: 'struct', target: 'Cell' },
  },
});

describe('defineTypes', () => {
  it('B9: leaves nothing, wherever it is interrupted', async () => {
    const heap = await checkedHeap();
    const points = failEverywhere(heap, schema(), (each) => heap.defineTypes(each as never));
    expect(points).toBeGreaterThan(20);
    const { Box, Cell } = heap.defineTypes(schema() as never) as never as Record<'Box' | 'Cell', never>;
    const box = heap.newobject(Box, { cells: [{ text: 'precious text that must live', n: 7 }] } as never) as never as {
      cells: { at(i: number): { text: string } };
    };
    heap.GC();
    for (let i = 0; i < 100; i++) heap.string('overwritten by somebody else').dispose();
    expect(box.cells.at(0).text).toBe('precious text that must live');
    expect(heap.typeOf(box.cells.at(0) as never)).toBe(Cell);
    heap.dispose();
  });

  it('B9: takes other fields under a name that failed, for structs, slices, arrays and refs', async () => {
    const heap = await checkedHeap();
    const outer = { b: t.struct('B'), s: t.slice(t.struct('B')), arr: t.array(t.struct('B'), 2), r: t.ref('B') };
    expectCode(() => heap.defineTypes({ A: { ...outer, oops: 5 as never }, B: { v: t.i32 } }), 'BAD_TYPE');
    const { A, B } = heap.defineTypes({ A: outer, B: { r: t.ref('B'), name: t.string, z: t.f64 } });
    expect([A.fields.b.size, A.fields.arr.size]).toEqual([B.size, 2 * B.size]);
    const a = heap.newobject(A, { b: { z: 4 }, s: [{ name: 'x'.repeat(50) }], arr: [{ z: 1 }, { name: 'y' }] });
    a.r = heap.newobject(B, { name: 'referred' });
    heap.GC();
    expect([a.b.z, a.s.at(0)?.name, a.arr.at(1)?.name, a.r?.name]).toEqual([4, 'x'.repeat(50), 'y', 'referred']);
    verified(heap);
    heap.dispose();
  });

  it('B9: a refused redefinition leaves nothing of what came with it', async () => {
    const heap = await checkedHeap();
    heap.defineTypes({ A: { x: t.i32 } });
    const bag = { Item: { s: t.string }, Bag: { items: t.slice(t.struct('Item')) } };
    expectCode(() => heap.defineTypes({ A: { x: t.f64 }, ...bag }), 'BAD_TYPE');
    const { Bag } = heap.defineTypes(bag);
    const made = heap.newobject(Bag, { items: [{ s: 'precious text that must live' }] });
    heap.GC();
    for (let i = 0; i < 100; i++) heap.string('overwritten by somebody else').dispose();
    expect(made.items.at(0)?.s).toBe('precious text that must live');
    heap.dispose();
  });

  it('B9: a getter that defines the same types meanwhile', async () => {
    const heap = await checkedHeap();
    const Cell = { text: t.string };
    let inner = 0;
    const field = {
      get kind() {
        if (inner++ === 0) heap.defineTypes({ Cell });
        return 'i32';
      },
    };
    const types = heap.defineTypes({ Cell, Box: { cells: t.slice(t.struct('Cell')), x: field as never } });
    const box = heap.newobject(types.Box, { cells: [{ text: 'precious' }] } as never);
    expect(heap.typeOf((box as never as { cells: { at(i: number): never } }).cells.at(0))).toBe(types.Cell);
    heap.dispose();
  });
});

describe('making and assigning', () => {
  it('B9: leaves no object and no copy, wherever it is interrupted', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes({
      Node: { s: t.string, xs: t.slice(t.f64), texts: t.slice(t.string), p: t.array(t.i32, 2), j: t.js, b: t.bytes(2) },
    });
    const init = { s: 'text', xs: [1, 2], texts: ['a', 'b'], p: [3, 4], b: [1, 2] };
    const dispose = (view: { $: { dispose(): void } }): void => view.$.dispose();
    expect(failEverywhere(heap, init, (each) => dispose(heap.newobject(Node, each)))).toBeGreaterThan(10);
    failEverywhere(heap, init, (each) => heap.scope((frame) => void frame.newobject(Node, each)));
    const node = heap.newobject(Node, init);
    failEverywhere(heap, ['x'.repeat(40), 'y'.repeat(40)], (each) => (node.texts = each as never));
    failEverywhere(heap, [1, 2, 3], (each) => (node.xs = each as never));
    failEverywhere(heap, { ...t.slice(t.slice(t.i32)) }, (each) => dispose(heap.newarray(each, 2)));
    heap.dispose();
  });

  it('B9: a scope that goes on after a failed newobject does not keep its object', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes({ Node: { n: t.i32 } });
    heap.scope((frame) => {
      expectCode(() => frame.newobject(Node, { n: 'x' } as never), 'BAD_ARGUMENT');
      heap.GC();
      expect(heap.memStats().HeapObjects).toBe(0);
      expect(frame.newobject(Node, { n: 3 }).n).toBe(3);
    });
    heap.dispose();
  });

  it('B9: a slice that fails at its last element leaves no copy, in a small heap', async () => {
    const heap = await createHeap({ maxBytes: 16 << 20, schedule: 'manual' });
    const { Node } = heap.defineTypes({ Node: { nums: t.slice(t.f64), texts: t.slice(t.string) } });
    const node = heap.newobject(Node, { nums: [5], texts: ['kept'] });
    const bad = new Array<unknown>(100_000).fill(1);
    bad[99_999] = 'x';
    for (let i = 0; i < 40; i++) {
      expect(expectCode(() => (node.nums = bad as never), 'BAD_ARGUMENT')).toBe(
        'Node.nums[99999] takes a number, not "x"',
      );
      expectCode(() => (node.texts = bad as never), 'BAD_ARGUMENT');
    }
    heap.GC();
    expect([[...node.nums], [...node.texts], heap.memStats().HeapObjects]).toEqual([[5], ['kept'], 3]);
    heap.dispose();
  });
});

describe('a stack that ran out inside a collection', () => {
  it('M13: is CORRUPT, with the text that says so', async () => {
    const heap = await createHeap({ schedule: 'manual' });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), name: t.string } });
    heap.scope((frame) => {
      for (let i = 0; i < 2000; i++) frame.newobject(Node, { name: `n${i}` });
    });
    const codes = new Set<string>();
    let left = 0;
    const recurse = (): void => {
      try {
        recurse();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      if (left-- <= 0) return;
      try {
        heap.GC();
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        codes.add(code === undefined ? 'engine' : `${code} ${message.split(' in ')[0]}`);
      }
    };
    for (let i = 0; i < 20; i++) {
      left = 3;
      recurse();
    }
    codes.delete('engine');
    expect([[], ['CORRUPT heap interrupted']]).toContainEqual([...codes]);
  });
});
