// One side of the bridge does not see some things of the other. JS values held by heap objects weigh on the heap's
// goal, and ballast lets the JS engine feel the heap memory that forgotten handles pin.

import { setTimeout as later } from 'node:timers/promises';
import { createHeap, t, type Heap } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { errorOf } from './support.ts';

const kValues = 20_000;

/** Drops `kValues` small objects that hold a JS value each. Returns the most values that were held at once. */
function dropHolders(heap: Heap): number {
  const { Holder } = heap.defineTypes({ Holder: { value: t.js } });
  let most = 0;
  for (let i = 0; i < kValues; i++) {
    heap.newobject(Holder, { value: { i } }).$.dispose();
    if (i % 100 === 0) most = Math.max(most, heap.memStats().LiveHostValues);
  }
  return most;
}

describe('JS values in heap objects', () => {
  it('B2: count as heap growth, by a weight that can be set', async () => {
    const most: number[] = [];
    for (const jsValueBytes of [0, 1 << 12, 1 << 16]) {
      const heap = await createHeap({ schedule: 'manual', jsValueBytes });
      most.push(dropHolders(heap));
      expect(heap.memStats().NumForcedGC).toBe(0);
      heap.dispose();
    }
    // 20000 objects of 8 bytes are nothing to a goal of 4 MiB.
    expect(most[0]).toBeGreaterThan(kValues * 0.9);
    expect(most[1]).toBeLessThanOrEqual((4 << 20) / (1 << 12));
    expect(most[2]).toBeLessThanOrEqual((4 << 20) / (1 << 16));
  });

  it('keep their place in the goal while they are live', async () => {
    const heap = await createHeap({ schedule: 'manual', jsValueBytes: 1 << 12 });
    const { Holder } = heap.defineTypes({ Holder: { value: t.js, next: t.ref('Holder') } });
    const list = heap.newobject(Holder, { value: 0 });
    for (let i = 0; i < kValues; i++) {
      heap.scope((frame) => void (list.next = frame.newobject(Holder, { value: { i }, next: list.next })));
    }
    // Each collection doubles what is needed for the next.
    expect(heap.memStats().NumGC).toBeGreaterThan(0);
    expect(heap.memStats().NumGC).toBeLessThan(12);
    expect(heap.memStats().LiveHostValues).toBe(kValues + 1);
    heap.dispose();
  });

  it('follow the settings', async () => {
    const off = await createHeap({ schedule: 'manual', jsValueBytes: 1 << 16, gcPercent: -1 });
    dropHolders(off);
    expect(off.memStats().NumGC).toBe(0);
    off.setGCPercent(100);
    dropHolders(off);
    expect(off.memStats().NumGC).toBeGreaterThan(0);
    off.dispose();
    const small = await createHeap({ schedule: 'manual', jsValueBytes: 1 << 16, minHeapBytes: 1 << 16 });
    expect(dropHolders(small)).toBeLessThan(10);
    small.dispose();
  });
});

describe('ballast', () => {
  const kBlockBytes = 1 << 16;
  const kBlocks = 12_000;

  /**
   * Forgets handle after handle in a loop that yields. Returns the most that were outstanding. An engine collects
   * beside the program, in threads of its own: the pauses give it time to finish, so that the count does not tell how
   * busy the machine is.
   */
  async function forget(heap: Heap): Promise<number> {
    let most = 0;
    for (let i = 0; i < kBlocks; i++) {
      heap.rawmem(kBlockBytes);
      if (i % 50 !== 0) continue;
      await later(1);
      most = Math.max(most, heap.memStats().LiveHandles);
    }
    return most;
  }

  it('bounds the memory that forgotten handles pin', async () => {
    // The memory is there from the start: its growth would be felt by the engine, too.
    const most: number[] = [];
    for (const ballast of [false, true, 1 << 24]) {
      const heap = await createHeap({ ballast, initialBytes: 2 ** 30, minHeapBytes: 2 ** 29 });
      most.push(await forget(heap));
      heap.dispose();
    }
    const [without = 0, ...bounded] = most;
    expect(without).toBeGreaterThan(kBlocks * 0.6);
    for (const count of bounded) expect(count).toBeLessThan(without * 0.6);
  });

  it('takes no memory for handles that are disposed in time', async () => {
    const heap = await createHeap({ ballast: 1 << 24 });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 5000; i++) heap.rawmem(kBlockBytes).dispose();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(1 << 25);
    heap.dispose();
  });

  it('B6: refuses what is no size', async () => {
    for (const options of [
      { ballast: 5 },
      { ballast: -1 },
      { ballast: 'yes' },
      { ballast: NaN },
      { ballast: 2 ** 40 },
      { ballast: null },
      { jsValueBytes: -1 },
      { jsValueBytes: 'x' },
    ]) {
      const error: unknown = await createHeap(options as never).catch((reason: unknown) => reason);
      expect(
        errorOf(() => {
          throw error;
        }).code,
      ).toBe('BAD_ARGUMENT');
    }
  });
});
