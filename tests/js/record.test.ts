// heap.takeRecord tells what a collection and what allocations were, in the debug flavour, and nothing elsewhere.

import { createHeap, Flags, MallocgcError, t, type HeapRecord, type RecordEntry, type RecordKind } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { checkedHeap } from './support.ts';

const kSchema = { Pair: { left: t.ref('Pair'), right: t.ref('Pair') } } as const;

function of<K extends RecordKind>({ entries }: HeapRecord, kind: K): Extract<RecordEntry, { kind: K }>[] {
  return entries.filter((entry): entry is Extract<RecordEntry, { kind: K }> => entry.kind === kind);
}

describe('takeRecord', () => {
  it('tells a collection, from its roots to its sweep', async () => {
    const heap = await checkedHeap({ debug: { cycleTrace: true, verify: true } });
    const { Pair } = heap.defineTypes(kSchema);
    const root = heap.newobject(Pair);
    let left = 0;
    heap.scope((frame) => {
      const child = frame.newobject(Pair);
      root.left = child;
      left = child.$.address;
      frame.newobject(Pair);
    });
    const text = heap.mallocgc(40, null, Flags.noScan);
    await heap.takeRecord();
    heap.GC();
    const record = await heap.takeRecord();
    expect(record.lost).toBe(0);
    expect(of(record, 'root').map((entry) => [entry.root, entry.address])).toEqual(
      expect.arrayContaining([
        ['handle', root.$.address],
        ['handle', text.address],
      ]),
    );
    expect(of(record, 'scan').map(({ address, type }) => [address, type])).toEqual(
      expect.arrayContaining([
        [root.$.address, Pair],
        [left, Pair],
      ]),
    );
    expect(of(record, 'mark').map(({ address }) => address)).toContain(text.address);
    expect(of(record, 'free')).toMatchObject([{ type: Pair, bytes: 8 }]);
    expect(of(record, 'cycleEnd')).toMatchObject([
      { cycle: 1, marked: heap.memStats().HeapMarked, goal: heap.memStats().NextGC },
    ]);
    const order = record.entries.map(({ kind }) => kind);
    expect(order.indexOf('root')).toBeLessThan(order.indexOf('scanSpan'));
    expect(order.indexOf('markEnd')).toBeLessThan(order.indexOf('sweepSpan'));
    expect((await heap.takeRecord()).entries).toEqual([]);
    heap.dispose();
  });

  it('tells each allocation of views and raw objects, and each free', async () => {
    const heap = await checkedHeap({ debug: { allocFreeTrace: true } });
    const { Pair } = heap.defineTypes(kSchema);
    await heap.takeRecord();
    const id = heap.raw.typeId(Pair);
    const made: number[] = [];
    heap.scope((frame) => {
      made.push(frame.newobject(Pair).$.address);
      for (let i = 0; i < 50; i++) made.push(heap.raw.newobject(id));
    });
    heap.GC();
    const record = await heap.takeRecord();
    expect(of(record, 'allocation').map(({ address, type, bytes }) => [address, type, bytes])).toEqual(
      made.map((address) => [address, Pair, 8]),
    );
    expect(
      of(record, 'free')
        .map(({ address }) => address)
        .sort(),
    ).toEqual([...made].sort());
    heap.setDebug({});
    await expect(heap.takeRecord()).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    heap.setDebug({ allocFreeTrace: true });
    heap.newobject(Pair);
    expect(of(await heap.takeRecord(), 'allocation')).toHaveLength(1);
    heap.dispose();
  });

  it('counts what it has no room for', async () => {
    const heap = await checkedHeap({ debug: { allocFreeTrace: true } });
    const { Pair } = heap.defineTypes(kSchema);
    const id = heap.raw.typeId(Pair);
    for (let i = 0; i < 40_000; i++) heap.raw.newobject(id);
    const { entries, lost } = await heap.takeRecord();
    expect(entries.length + lost).toBeGreaterThan(40_000);
    expect(lost).toBeGreaterThan(1000);
    expect((await heap.takeRecord()).lost).toBe(0);
    heap.dispose();
  });

  it('is refused by the other flavour, and by a heap that is gone', async () => {
    const heap = await createHeap();
    await expect(heap.takeRecord()).rejects.toBeInstanceOf(MallocgcError);
    await expect(heap.takeRecord()).rejects.toThrow(/flavour/);
    expect(() => heap.setDebug({ cycleTrace: true })).toThrow(/flavour/);
    heap.dispose();
    await expect(heap.takeRecord()).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
