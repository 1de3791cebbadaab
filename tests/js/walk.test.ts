// heap.walk gives the spans and objects that a viewer sees: they are those that the counters and findObject know, and
// looking changes nothing.

import { createHeap, Flags, t, type Heap, type HeapWalk, type ObjectInfo, type SpanInfo } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { checkedHeap, expectCode } from './support.ts';

const kSchema = {
  Pair: { left: t.ref('Pair'), right: t.ref('Pair') },
  Item: { name: t.string, value: t.f64 },
} as const;

function objectsOf(walk: HeapWalk): ObjectInfo[] {
  return walk.spans.flatMap((span) => [...walk.objects(span)]);
}

function fill(heap: Heap): void {
  const { Pair, Item } = heap.defineTypes(kSchema);
  const { raw } = heap;
  for (let i = 0; i < 3000; i++) raw.newobject(raw.typeId(Pair));
  for (let i = 0; i < 100; i++) heap.newobject(Item, { name: `item ${i}`, value: i });
  heap.mallocgc(100_000, null, Flags.noScan);
}

describe('walk', () => {
  it('finds as many objects and bytes as memStats counts, in address order', async () => {
    const heap = await checkedHeap();
    fill(heap);
    const walk = heap.walk();
    const stats = heap.memStats();
    const sum = (read: (span: SpanInfo) => number): number => walk.spans.reduce((total, span) => total + read(span), 0);
    expect(sum((span) => span.allocated)).toBe(stats.HeapObjects);
    expect(sum((span) => span.bytes)).toBe(stats.HeapInuse);
    expect(objectsOf(walk)).toHaveLength(stats.HeapObjects);
    const bases = walk.spans.map((span) => span.base);
    expect(bases).toEqual([...bases].sort((a, b) => a - b));
    expect(walk.spans.filter((span) => span.large)).toMatchObject([
      { slotBytes: 100_000, slotCount: 1, allocated: 1, sizeClass: 0, type: null },
    ]);
    heap.dispose();
  });

  it('gives each object as findObject does', async () => {
    const heap = await checkedHeap();
    fill(heap);
    for (const { address, size, type, state } of objectsOf(heap.walk())) {
      expect(heap.findObject(address)).toEqual({ base: address, size, type });
      expect(state).toBe('new');
    }
    heap.dispose();
  });

  it('shows what a collection in slices has reached so far', async () => {
    const heap = await checkedHeap({ mode: 'incremental' });
    const { Pair } = heap.defineTypes(kSchema);
    let list = heap.newobject(Pair);
    for (let i = 0; i < 20_000; i++) {
      const next = heap.newobject(Pair, { left: list });
      list[Symbol.dispose]();
      list = next;
    }
    heap.GC();
    heap.startCycle();
    let most = 0;
    while (!heap.step(0)) {
      const reached = objectsOf(heap.walk()).filter(({ state }) => state === 'reached').length;
      if (heap.memStats().Marking) expect(reached).toBeGreaterThanOrEqual(most);
      most = Math.max(most, reached);
    }
    expect(most).toBeGreaterThan(1000);
    expect(new Set(objectsOf(heap.walk()).map(({ state }) => state))).toEqual(new Set(['survived']));
    heap.dispose();
  });

  it('counts the dirty cards of a span: a store dirties one, a minor collection cleans it', async () => {
    const heap = await checkedHeap({ mode: 'generational' });
    const { Pair } = heap.defineTypes(kSchema);
    const array = heap.newarray(t.ref(Pair), 20_000);
    heap.GC();
    const span = (): SpanInfo | undefined => heap.walk().spans.find(({ base }) => base === array.$.address);
    expect(span()).toMatchObject({ dirtyCards: 0 });
    expect(span()?.cards).toBeGreaterThan(60);
    array.set(0, heap.newobject(Pair));
    array.set(1, heap.newobject(Pair));
    expect(span()).toMatchObject({ dirtyCards: 1 });
    array.set(19_999, heap.newobject(Pair));
    expect(span()).toMatchObject({ dirtyCards: 2 });
    heap.minorGC();
    expect(span()).toMatchObject({ dirtyCards: 0 });
    heap.dispose();
  });

  it('tells what survived a collection from what came after it', async () => {
    const heap = await checkedHeap();
    const { Pair } = heap.defineTypes(kSchema);
    const old = heap.newobject(Pair);
    heap.newobject(Pair).$.dispose();
    heap.GC();
    const young = heap.newobject(Pair);
    const states = new Map(
      objectsOf(heap.walk())
        .filter(({ type }) => type === Pair)
        .map(({ address, state }) => [address, state]),
    );
    expect([...states]).toHaveLength(2);
    expect(states.get(old.$.address)).toBe('survived');
    expect(states.get(young.$.address)).toBe('new');
    heap.dispose();
  });

  it('shows the dead until they are swept, and sweeps nothing by itself', async () => {
    const heap = await createHeap({ mode: 'stop', schedule: 'manual', minHeapBytes: 1 << 16, maxBytes: 1 << 26 });
    const { Pair } = heap.defineTypes(kSchema);
    const id = heap.raw.typeId(Pair);
    while (heap.memStats().NumGC === 0) heap.raw.newobject(id);
    const walk = heap.walk();
    const before = heap.memStats();
    const dead = walk.spans
      .flatMap((span) => [...walk.slots(span)])
      .filter((slot) => walk.state(slot) === 'dead').length;
    expect(dead).toBeGreaterThan(1000);
    expect(walk.spans.some((span) => span.unswept)).toBe(true);
    expect(heap.memStats()).toEqual(before);
    heap.GC();
    expect(objectsOf(heap.walk()).filter(({ type }) => type === Pair)).toEqual([]);
    heap.dispose();
  });

  it('walks a part, of the heap and of a span', async () => {
    const heap = await checkedHeap();
    fill(heap);
    const { spans } = heap.walk();
    const [first, second] = spans.slice(1, 3) as [SpanInfo, SpanInfo];
    expect(heap.walk({ from: first.base + 1, to: second.base }).spans).toEqual([first]);
    expect(heap.walk({ from: 0xffffffff }).spans).toEqual([]);
    const walk = heap.walk();
    const span = walk.spans.find(({ slotCount }) => slotCount > 1000) as SpanInfo;
    const all = walk.slots(span);
    expect(all).toHaveLength(span.slotCount);
    expect(walk.slots(span, 10, 20)).toEqual(all.slice(10, 30));
    expect(walk.slots(span, span.slotCount)).toHaveLength(0);
    heap.dispose();
  });

  it('gives no slots for a span that is gone', async () => {
    const heap = await checkedHeap();
    const block = heap.mallocgc(100_000, null, Flags.noScan);
    const walk = heap.walk();
    const span = walk.spans.find(({ large }) => large) as SpanInfo;
    block.dispose();
    heap.GC();
    expect(walk.slots(span)).toHaveLength(0);
    expect([...walk.objects(span)]).toEqual([]);
    heap.dispose();
  });

  it('refuses what is no option and no span', async () => {
    const heap = await checkedHeap();
    for (const options of [{ from: -1 }, { to: 1.5 }, { from: '0' }, null, 1])
      expectCode(() => heap.walk(options as never), 'BAD_ARGUMENT');
    const walk = heap.walk();
    for (const span of [null, 1, {}, { base: -1 }, { base: 0 }])
      expectCode(() => walk.slots(span as never), 'BAD_ARGUMENT');
    heap.dispose();
    expectCode(() => heap.walk(), 'DISPOSED');
    expectCode(() => walk.slots({ base: 0, slotCount: 1 } as never), 'DISPOSED');
  });
});
