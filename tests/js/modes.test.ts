// These are the collector's modes from JavaScript: which cycles run, that steps end, and that every store of every kind
// of field has its barrier. The debug flavour checks each cycle with a second marking.

import { expect, test } from 'vitest';
import { createHeap, type Heap, type HeapOptions, t } from 'mallocgc';
import { definePlaces } from './support.ts';

const kModes = ['auto', 'stop', 'incremental', 'generational'] as const;

async function make(mode: HeapOptions['mode'], more: HeapOptions = {}): Promise<Heap> {
  return createHeap({ mode, schedule: 'manual', maxBytes: 1 << 28, ...more });
}

for (const mode of kModes) {
  test(`mode ${mode}: GC frees everything unreachable, in the middle of a cycle too`, async () => {
    const heap = await make(mode);
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
    const kept = heap.newobject(Node, { value: 1 });
    for (let i = 0; i < 1000; ++i) heap.newobject(Node, { value: i })[Symbol.dispose]();
    heap.startCycle();
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(1);
    expect(kept.value).toBe(1);
    heap.dispose();
  });

  test(`mode ${mode}: a cycle in steps ends, and counts as one`, async () => {
    const heap = await make(mode);
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
    let head = heap.newobject(Node);
    for (let i = 0; i < 5000; ++i) {
      const node = heap.newobject(Node, { next: head });
      head[Symbol.dispose]();
      head = node;
    }
    expect(heap.step(0)).toBe(true);
    expect(heap.memStats().NumGC).toBe(0);
    heap.startCycle();
    heap.startCycle();
    let steps = 0;
    while (!heap.step(0)) ++steps;
    expect(steps).toBeLessThan(10000);
    expect(heap.memStats().NumGC).toBe(1);
    expect(heap.memStats().HeapObjects).toBe(5001);
    heap.dispose();
  });

  test(`mode ${mode}: stores into old objects keep young ones`, async () => {
    const heap = await make(mode, { debug: { checkmark: true, verify: true } });
    const { Node, All } = definePlaces(heap);
    const all = heap.newobject(All);
    all.list = [heap.newobject(Node), heap.newobject(Node), heap.newobject(Node)] as never;
    const array = heap.newarray(t.ref(Node), 2000);
    heap.GC();
    for (let round = 0; round < 20; ++round) {
      const fresh = (value: number) => heap.newobject(Node, { value, next: heap.newobject(Node, { value }) });
      all.one = fresh(round);
      all.any = fresh(round);
      all.text = `round ${round} with a text of its own`;
      all.list.set(round % 3, fresh(round));
      all.four.set(round % 4, fresh(round));
      array.set(round * 97, fresh(round));
      heap.startCycle();
      heap.step(0);
      heap.minorGC();
      expect(all.one?.next?.value).toBe(round);
      expect(all.text).toBe(`round ${round} with a text of its own`);
      expect(all.list.at(round % 3)?.next?.value).toBe(round);
      expect(all.four.at(round % 4)?.next?.value).toBe(round);
      expect(array.at(round * 97)?.next?.value).toBe(round);
    }
    heap.dispose();
  });
}

test('minor collections are counted, and full ones are not counted as minor', async () => {
  const heap = await make('generational');
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
  const old = heap.newobject(Node);
  heap.GC();
  const full = heap.memStats().NumGC;
  old.next = heap.newobject(Node);
  heap.newobject(Node)[Symbol.dispose]();
  heap.minorGC();
  const stats = heap.memStats();
  expect(stats.MinorGCs).toBe(1);
  expect(stats.NumGC).toBe(full);
  expect(stats.PauseMaxUnits).toBeGreaterThan(0);
  expect(stats.PauseMaxNs).toBeGreaterThan(0);
  heap.dispose();
});

test('what is not a mode, and what is not a time, are errors with a text', async () => {
  await expect(createHeap({ mode: 'fast' as never })).rejects.toThrow(/mode is 'fast'|mode is "fast"|mode is fast/);
  const heap = await make('incremental');
  for (const bad of [-1, Number.NaN, '5', null, undefined]) {
    expect(() => heap.step(bad as never)).toThrow(/step: not a time/);
  }
  heap.dispose();
});

test('noBarriers: the stop mode, and what other modes need is refused', async () => {
  for (const mode of [undefined, 'auto', 'stop'] as const) {
    const heap = await make(mode, { noBarriers: true });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
    const kept = heap.newobject(Node, { value: 1 });
    for (let i = 0; i < 1000; ++i) heap.newobject(Node, { value: i })[Symbol.dispose]();
    const refusal = { code: 'BAD_ARGUMENT', message: /made with no_barriers: it has neither minor cycles nor slices/ };
    for (const call of [() => heap.minorGC(), () => heap.startCycle()]) {
      let error: unknown;
      try {
        call();
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ code: refusal.code, message: expect.stringMatching(refusal.message) });
      expect(heap.memStats().HeapObjects).toBe(1001);
    }
    heap.GC();
    expect(heap.memStats()).toMatchObject({ HeapObjects: 1, NumGC: 1, MinorGCs: 0 });
    expect(kept.value).toBe(1);
    heap.dispose();
  }
});

test('noBarriers: another mode is refused, and false is no obstacle', async () => {
  for (const mode of ['incremental', 'generational'] as const) {
    await expect(make(mode, { noBarriers: true })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('no_barriers gives the stop mode'),
    });
    (await make(mode, { noBarriers: false })).dispose();
  }
  await expect(make('auto', { noBarriers: 1 as never })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
});

test('noBarriers: an idle heap is swept all the same', async () => {
  const heap = await createHeap({ noBarriers: true });
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
  let finalized = 0;
  for (let i = 0; i < 100; ++i) {
    const node = heap.newobject(Node, { value: i });
    heap.SetFinalizer(node, () => void (finalized += 1));
    node[Symbol.dispose]();
  }
  heap.GC();
  while (finalized < 100) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(finalized).toBe(100);
  heap.dispose();
});
