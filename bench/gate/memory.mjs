// This measures how much linear memory some small programs end with, through the package. It follows from what they do
// and from nothing else, since no clock decides when the heap collects or grows. So it is exactly repeatable.
// `fragmentation` fills the heap with objects of one size, drops nine tenths of them at random, and goes on with
// another size. Wherever the survivors lie, the memory stays below kSlack times what lives and what the pacer lets
// grow.

import { createHeapSync, t } from 'mallocgc';

const kSlack = 1.35;

/** This is xorshift32, as in all workloads. */
function randomNumbers() {
  let state = 2463534242;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/** Keeps references in the heap, rooted by a view; `make(typeId)` puts a new object at `i`. */
function table(heap, count) {
  const { Slot } = heap.defineTypes({ Slot: { value: t.any } });
  const array = heap.newarray(Slot, count);
  const place = (i) => array.$.address + i * Slot.size;
  return {
    make: (i, type) => heap.raw.storeRef(place(i), heap.raw.newobject(type)),
    drop: (i) => heap.raw.storeRef(place(i), 0),
  };
}

const sized = (heap, name, bytes) =>
  heap.raw.typeId(heap.defineTypes({ [name]: { next: t.any, rest: t.bytes(bytes - 4) } })[name]);

const kPrograms = {
  'empty heap'() {},
  'a million pairs'(heap) {
    const { Pair } = heap.defineTypes({ Pair: { left: t.any, right: t.any } });
    const [id, pairs] = [heap.raw.typeId(Pair), table(heap, 1e6)];
    for (let i = 0; i < 1e6; i++) pairs.make(i, id);
  },
  churn(heap) {
    const [id, nodes, random] = [sized(heap, 'Node', 48), table(heap, 1 << 16), randomNumbers()];
    for (let i = 0; i < 1 << 16; i++) nodes.make(i, id);
    for (let n = 0; n < 1e6; n++) nodes.make(random(1 << 16), id);
  },
  fragmentation(heap) {
    const count = 500e3;
    const [before, after, random] = [table(heap, count), table(heap, count), randomNumbers()];
    const [first, second] = [sized(heap, 'Before', 48), sized(heap, 'After', 80)];
    for (let i = 0; i < count; i++) before.make(i, first);
    for (let i = 0; i < count; i++) if (random(10) !== 0) before.drop(i);
    for (let i = 0; i < (count * 0.9 * 48) / 80; i++) after.make(i, second);
  },
};

/** Returns bytes of memory by program, as figures for compare(). Throws when fragmentation passes its bound. */
export function memoryFigures(module) {
  const figures = {};
  for (const [name, run] of Object.entries(kPrograms)) {
    const heap = createHeapSync(module, { schedule: 'manual' });
    run(heap);
    const { Sys, HeapLive, NextGC } = heap.memStats();
    figures[name] = Sys;
    if (name === 'fragmentation' && Sys > kSlack * (HeapLive + NextGC)) {
      throw new Error(
        `fragmentation: ${Sys} bytes of memory, more than ${kSlack} times ${HeapLive} live bytes and a goal of ${NextGC}`,
      );
    }
    heap.dispose();
  }
  return figures;
}
