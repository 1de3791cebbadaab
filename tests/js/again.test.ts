// The tests try M12 in the package. A call that needs memory for the heap's records never collects in the core. Here it
// collects once and tries again where garbage would give that memory.

import { createHeap, type Heap, t } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { expectCode } from './support.ts';

const kMaxBytes = 8 << 20;
const kKept = 8192;
const kMost = 1 << 17;
const kMore = 50;
const kAsked = 64; // calls between two questions
const kBlock = 1 << 13;
const kRoom = 1 << 19; // so much is left for records before the first collection

const kFields = { next: t.ref('Node'), value: t.js, n: t.i32 } as const;

/** Returns a heap whose free memory is garbage that nobody has collected. */
async function fullHeap() {
  const heap = await createHeap({ maxBytes: kMaxBytes, gcPercent: -1, schedule: 'manual', ballast: false });
  const { Node } = heap.defineTypes({ Node: kFields });
  const kept = Array.from({ length: kKept }, () => heap.newobject(Node));
  const values = heap.newarray(t.js, kMost);
  const room = (): number => {
    const { Sys, HeapIdle } = heap.memStats();
    return kMaxBytes - Sys + HeapIdle;
  };
  while (room() > kRoom && heap.memStats().NumGC === 0) heap.rawmem(kBlock).dispose();
  expect(heap.memStats().NumGC).toBe(0);
  const at = (i: number) => {
    const node = kept[i];
    if (node === undefined) throw new Error('there was memory for all of them');
    return node;
  };
  return { heap, at, values };
}

/** `call(i)` throws nothing, also when memory for it is there only after a collection. */
function expectToCollect(heap: Heap, call: (i: number) => unknown): void {
  let i = 0;
  for (; i < kMost && (i % kAsked !== 0 || heap.memStats().NumGC === 0); i++) call(i);
  expect(heap.memStats().NumGC).toBe(1);
  for (const end = i + kMore; i < end; i++) call(i);
}

describe('M12: collects and tries again for', () => {
  it('cleanups', async () => {
    const { heap, at } = await fullHeap();
    expectToCollect(heap, (i) => heap.AddCleanup(at(i % kKept), () => {}, i));
    heap.dispose();
  });

  it('finalizers', async () => {
    const { heap, at } = await fullHeap();
    expectToCollect(heap, (i) => {
      heap.SetFinalizer(at(i), () => {});
    });
    heap.dispose();
  });

  it('weak handles', async () => {
    const { heap, at } = await fullHeap();
    expectToCollect(heap, (i) => {
      return heap.weak(at(i));
    });
    heap.dispose();
  });

  it('handles', async () => {
    const { heap, at } = await fullHeap();
    expectToCollect(heap, (i) => heap.own(at(i % kKept)));
    heap.dispose();
  });

  it('JS values', async () => {
    const { heap, values } = await fullHeap();
    expectToCollect(heap, (i) => values.set(i % kMost, { i }));
    heap.dispose();
  });

  it('types', async () => {
    const { heap } = await fullHeap();
    expectToCollect(heap, (i) => heap.defineTypes({ [`Type${i}`]: { [`field${i}`]: t.i32, next: t.ref('Node') } }));
    heap.dispose();
  });
});

describe('M12: where nothing dies', () => {
  it('the error is OUT_OF_MEMORY, and the heap goes on', async () => {
    const { heap, at } = await fullHeap();
    const stops: (() => void)[] = [];
    expectCode(() => {
      for (;;) stops.push(heap.AddCleanup(at(0), () => {}, 1).stop);
    }, 'OUT_OF_MEMORY');
    expect(heap.memStats().NumGC).toBeGreaterThan(0);
    expect(() => heap.GC()).not.toThrow();
    heap.dispose();
  });
});
