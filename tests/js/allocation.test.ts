// These tests allocate through the JS face: mallocgc, newobject, newarray, rawmem, roundupsize, findObject.

import { createHeap, Flags, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, errorOf, expectCode, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

describe('mallocgc', () => {
  it('M1: gives the same static address for every empty request, and accounts for none', () => {
    const before = heap.memStats().Mallocs;
    const [a, b] = [heap.mallocgc(0, null), heap.mallocgc(0, null, Flags.noScan)];
    expect(a.address).toBe(b.address);
    expect(a.address).toBeGreaterThan(0);
    expect(heap.findObject(a.address)).toBeNull();
    expect(heap.memStats().Mallocs).toBe(before);
    expect(a.bytes()).toHaveLength(0);
  });

  it('M2: wants a type unless noScan, with Go’s text', () => {
    expect(expectCode(() => heap.mallocgc(8, null), 'BAD_TYPE')).toMatch(/^malloc missing type/);
  });

  it('M3, M4: packs tiny untyped objects, aligned by size', () => {
    const blocks = Array.from({ length: 64 }, (_, i) => heap.mallocgc((i % 15) + 1, null, Flags.noScan));
    for (const block of blocks) {
      const { size, address } = block;
      expect(address % (size % 8 === 0 || size === 12 ? 8 : size % 4 === 0 ? 4 : size % 2 === 0 ? 2 : 1)).toBe(0);
    }
    expect(heap.memStats().TinyAllocs).toBeGreaterThan(0);
  });

  it('M5: gives an object a block of its own on request', () => {
    const blocks = Array.from({ length: 20 }, () => heap.mallocgc(4, null, Flags.noScan | Flags.ownBlock));
    for (const block of blocks) expect(heap.findObject(block.address)?.base).toBe(block.address);
  });

  it('M5: texts and lists of 9 bytes or more have blocks of their own, shorter ones share', () => {
    const { Entry } = heap.defineTypes({ Entry: { text: t.string, list: t.slice(t.u8) } });
    const blocks = (bytes: number): number[] =>
      Array.from({ length: 20 }, () => heap.newobject(Entry, { text: 'x'.repeat(bytes), list: Array(bytes).fill(1) }))
        .flatMap((entry) => [entry.$.address + Entry.fields.text.offset, entry.$.address + Entry.fields.list.offset])
        .map((slot) => heap.raw.loadRef(slot))
        .filter((address) => heap.findObject(address)?.base === address);
    for (const bytes of [9, 12, 15]) expect(blocks(bytes)).toHaveLength(40);
    expect(blocks(4).length).toBeLessThan(20);
  });

  it('M8: aligns on request', () => {
    for (const align of [1, 2, 8, 16, 64, 256, 4096, 8192]) {
      expect(heap.mallocgc(24, null, Flags.noScan | Flags.align(align)).address % align).toBe(0);
    }
    for (const align of [0, 3, -8, 16384, NaN, '8' as never]) expectCode(() => Flags.align(align), 'BAD_ARGUMENT');
  });

  it('M9: zeroes every size, also memory that was used before', () => {
    for (let round = 0; round < 3; round++) {
      heap.scope(() => {
        for (const size of [1, 8, 15, 16, 24, 100, 1000, 5000, 40_000]) {
          const block = heap.mallocgc(size, null, Flags.noScan);
          expect(block.bytes().every((byte) => byte === 0)).toBe(true);
          block.bytes().fill(0xaa);
          block.dispose();
        }
      });
      heap.GC();
    }
  });

  it('M2, M10: refuses sizes that are none, with nothing changed', () => {
    const before = heap.memStats();
    for (const size of [
      -1,
      NaN,
      1.5,
      Infinity,
      -Infinity,
      2 ** 32,
      2 ** 53,
      '8' as never,
      null as never,
      8n as never,
      {} as never,
    ]) {
      const text = expectCode(() => heap.mallocgc(size, null, Flags.noScan), 'BAD_SIZE');
      expect(text).toMatch(/^allocation size out of range/);
      expect(errorOf(() => heap.mallocgc(size, null, Flags.noScan))).toBeInstanceOf(RangeError);
    }
    expect(heap.memStats().Mallocs).toBe(before.Mallocs);
  });

  it('refuses flags that are none, or contradict each other', () => {
    const { Item } = heap.defineTypes({ Item: { next: t.ref('Item') } });
    for (const flags of [-1, 1.5, NaN, 16, 2 ** 16, 14 << 8, 'x' as never, {} as never])
      expectCode(() => heap.mallocgc(8, null, flags), 'BAD_ARGUMENT');
    expectCode(() => heap.mallocgc(8, Item, Flags.noZero), 'BAD_ARGUMENT');
  });

  it('M12: running out of memory is a RangeError, after which the heap works', () => {
    const kept = heap.mallocgc(1000, null, Flags.noScan);
    for (let i = 0; i < 3; i++) {
      const error = errorOf(() => heap.mallocgc(1 << 27, null, Flags.noScan));
      expect(error.code).toBe('OUT_OF_MEMORY');
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(/^out of memory/);
    }
    expect(kept.bytes()).toHaveLength(1000);
    expect(heap.mallocgc(1000, null, Flags.noScan).size).toBe(1000);
    verified(heap);
  });

  it('B7: asks onPressure before it gives up, and tries once more', async () => {
    const kept: { dispose(): void }[] = [];
    const needs: number[] = [];
    const small = await checkedHeap({
      maxBytes: 1 << 23,
      onPressure(need) {
        needs.push(need);
        for (const block of kept.splice(0)) block.dispose();
      },
    });
    for (let i = 0; i < 200; i++) kept.push(small.mallocgc(1 << 18, null, Flags.noScan));
    expect(needs.length).toBeGreaterThan(0);
    expect(needs[0]).toBe(1 << 18);
    small.dispose();
  });
});

describe('newobject, newarray, rawmem, roundupsize', () => {
  it('M10: gives zeroed typed objects', () => {
    const { Pair } = heap.defineTypes({ Pair: { left: t.ref('Pair'), n: t.u16, x: t.f64 } });
    const pair = heap.newobject(Pair);
    expect([pair.left, pair.n, pair.x]).toEqual([null, 0, 0]);
    expect(heap.typeOf(pair)).toBe(Pair);
    expect(heap.findObject(pair.$.address)).toMatchObject({ base: pair.$.address, type: Pair });
  });

  it('M9: gives zeroed pointer-free objects in memory that was used', () => {
    const { Big, Small } = heap.defineTypes({ Big: { bytes: t.bytes(200) }, Small: { n: t.i32 } });
    for (let i = 0; i < 5000; i++) {
      const [big, small] = [heap.newobject(Big), heap.newobject(Small)];
      expect(big.$.bytes().some((byte) => byte !== 0)).toBe(false);
      expect(small.n).toBe(0);
      big.$.bytes().fill(0xff);
      small.n = -1;
      big.$.dispose();
      small.$.dispose();
    }
  });

  it('M10: checks the length of an array, with Go’s text and nothing changed', () => {
    const { Item } = heap.defineTypes({ Item: { a: t.f64, b: t.ref('Item') } });
    const before = heap.memStats().Mallocs;
    for (const n of [-1, NaN, 0.5, 2 ** 31, 2 ** 32 / 16 + 1, 2 ** 60, '1' as never]) {
      expect(expectCode(() => heap.newarray(Item, n), 'BAD_SIZE')).toMatch(/^allocation size out of range/);
    }
    expect(heap.memStats().Mallocs).toBe(before);
    expect(heap.newarray(Item, 0).length).toBe(0);
    expect(heap.newarray(Item, 3).at(2)?.a).toBe(0);
  });

  it('M7: rounds sizes up idempotently and monotonically', () => {
    let last = 0;
    for (let size = 0; size < 2000; size++) {
      const rounded = heap.roundupsize(size);
      expect(rounded).toBeGreaterThanOrEqual(size);
      expect(rounded).toBeGreaterThanOrEqual(last);
      expect(heap.roundupsize(rounded)).toBe(rounded);
      last = rounded;
    }
    expectCode(() => heap.roundupsize(-1), 'BAD_SIZE');
  });

  it('gives raw memory', () => {
    expect(heap.rawmem(100).bytes()).toHaveLength(100);
    expect(heap.rawmem(0).size).toBe(0);
    expectCode(() => heap.rawmem(NaN), 'BAD_SIZE');
  });
});

describe('findObject and typeOf', () => {
  it('M14: knows only allocated objects', () => {
    const block = heap.mallocgc(50_000, null, Flags.noScan);
    const { address } = block;
    expect(heap.findObject(address + 49_999)).toEqual({ base: address, size: 50_000, type: null });
    expect(heap.findObject(address + 50_000)).toBeNull();
    for (const odd of [0, 8, 0xffffffff, address - 1]) expect(heap.findObject(odd)).toBeNull();
    for (const bad of [-1, NaN, 1.5, 2 ** 32, '5' as never, null as never])
      expectCode(() => heap.findObject(bad), 'BAD_ARGUMENT');
    block.dispose();
    heap.GC();
    expect(heap.findObject(address)).toBeNull();
    expect(heap.typeOf(address)).toBeNull();
  });

  it('knows the type of an inner address', () => {
    const { Wide } = heap.defineTypes({ Wide: { a: t.array(t.u8, 40), b: t.ref('Wide') } });
    const wide = heap.newobject(Wide);
    expect(heap.typeOf(wide.$.address + 13)).toBe(Wide);
    expect(heap.typeOf(wide.$)).toBe(Wide);
    expectCode(() => heap.typeOf(undefined as never), 'BAD_POINTER');
  });
});

describe('the counters', () => {
  it('O1: keep the equations of Go’s MemStats', async () => {
    const plain = await createHeap({ schedule: 'manual' });
    const { Item } = plain.defineTypes({ Item: { next: t.ref('Item'), n: t.i32 } });
    let total = 0;
    for (let round = 0; round < 5; round++) {
      plain.scope((frame) => {
        for (let i = 0; i < 3000; i++) frame.newobject(Item, { n: i });
      });
      if (round % 2 === 1) plain.GC();
      const stats = plain.memStats();
      expect(stats.HeapIdle + stats.HeapInuse).toBe(stats.HeapSys);
      expect(stats.HeapObjects).toBe(stats.Mallocs - stats.Frees);
      expect(
        stats.HeapSys +
          stats.StackSys +
          stats.MSpanSys +
          stats.MCacheSys +
          stats.BuckHashSys +
          stats.GCSys +
          stats.OtherSys,
      ).toBe(stats.Sys);
      expect(stats.TotalAlloc).toBeGreaterThanOrEqual(total);
      total = stats.TotalAlloc;
    }
    plain.GC();
    expect(plain.memStats().HeapObjects).toBe(0);
    plain.dispose();
  });

  it('C1: GC frees what is unreachable', () => {
    heap.mallocgc(100_000, null, Flags.noScan).dispose();
    heap.GC();
    expect(heap.memStats().HeapAlloc).toBe(0);
  });
});
