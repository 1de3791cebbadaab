// These tests are of the raw door and of cursors.

import { Flags, type Heap, t } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, expectCode, kInDefaultFlavour, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

describe('raw', () => {
  it('allocates zeroed objects by bumping, with collections between', () => {
    const { Pair, Plain } = heap.defineTypes({
      Pair: { left: t.ref('Pair'), right: t.ref('Pair'), n: t.i32 },
      Plain: { a: t.f64, b: t.f64, c: t.bytes(200) },
    });
    const { raw } = heap;
    const [pair, plain] = [raw.typeId(Pair), raw.typeId(Plain)];
    heap.scope((frame) => {
      const root = frame.root(raw.newobject(pair));
      let last = root;
      for (let i = 1; i < 20_000; i++) {
        const next = raw.newobject(pair);
        expect([raw.loadRef(next), raw.loadRef(next + 4), raw.loadI32(next + 8)]).toEqual([0, 0, 0]);
        raw.storeI32(next + 8, i);
        raw.storeRef(last, next);
        last = next;
        const block = raw.newobject(plain);
        expect([raw.loadF64(block), raw.loadF64(block + 208)]).toEqual([0, 0]);
        for (let at = block; at < block + 216; at += 8) raw.storeF64(at, -1);
        if (i % 5000 === 0) heap.GC();
      }
      let count = 0;
      for (let at = root; at !== 0; at = raw.loadRef(at)) expect(raw.loadI32(at + 8)).toBe(count++);
      expect(count).toBe(20_000);
    });
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(0);
    verified(heap);
  });

  it('loads and stores each scalar kind, and strings', () => {
    const { Text } = heap.defineTypes({ Text: { text: t.string } });
    const { raw } = heap;
    heap.scope((frame) => {
      const at = frame.root(raw.mallocgc(64, 0, Flags.noScan));
      const cases: [string, string, unknown, unknown][] = [
        ['storeI8', 'loadI8', 200, -56],
        ['storeU8', 'loadU8', -1, 255],
        ['storeI16', 'loadI16', 40_000, -25_536],
        ['storeU16', 'loadU16', -1, 65_535],
        ['storeI32', 'loadI32', 2 ** 31, -(2 ** 31)],
        ['storeU32', 'loadU32', -1, 2 ** 32 - 1],
        ['storeF32', 'loadF32', 0.5, 0.5],
        ['storeF64', 'loadF64', 0.1, 0.1],
        ['storeI64', 'loadI64', 2n ** 63n, -(2n ** 63n)],
        ['storeU64', 'loadU64', -1n, 2n ** 64n - 1n],
        ['storeBool', 'loadBool', true, true],
      ];
      const access = raw as never as Record<string, (address: number, value?: unknown) => unknown>;
      for (const [store, load, value, expected] of cases) {
        access[store]?.call(raw, at + 8, value);
        expect(access[load]?.call(raw, at + 8)).toBe(expected);
      }
      const text = frame.root(raw.newobject(raw.typeId(Text)));
      raw.storeString(text, 'grüße \ud800');
      heap.GC();
      expect(raw.loadString(text)).toBe('grüße \ud800');
      raw.barrier(text);
    });
    expectCode(() => raw.typeId({} as never), 'BAD_TYPE');
  });

  it('gives pointer-free memory of every size, zeroed where that was asked for, with collections between', () => {
    const { raw } = heap;
    const kept: { at: number; size: number; mark: number }[] = [];
    heap.scope((frame) => {
      for (let round = 0; round < 6; round++) {
        for (let size = 1; size <= 1100; size += size < 100 ? 1 : 37) {
          for (const flags of [Flags.noScan, Flags.noScan | Flags.noZero, Flags.noScan]) {
            const at = raw.mallocgc(size, 0, flags);
            if (size >= 16) expect(at % (heap.roundupsize(size) % 16 === 0 ? 16 : 8)).toBe(0);
            const bytes = new Uint8Array(heap.memory.buffer, at, size);
            if (flags === Flags.noScan) expect(bytes.every((byte) => byte === 0)).toBe(true);
            bytes.fill(0xab);
            const mark = (round * 31 + size) & 0xff;
            bytes[0] = mark;
            if (size % 3 === 0 && flags === Flags.noScan) kept.push({ at: frame.root(at), size, mark });
          }
        }
        heap.GC();
      }
      for (const { at, size, mark } of kept) {
        const bytes = new Uint8Array(heap.memory.buffer, at, size);
        expect(bytes[0]).toBe(mark);
        expect(bytes.subarray(1).every((byte) => byte === 0xab)).toBe(true);
        if (size >= 16) expect(heap.findObject(at)).toEqual({ base: at, size: heap.roundupsize(size), type: null });
      }
    });
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(0);
    verified(heap);
  });

  it('takes a request for exactly one object of a type as newobject does', () => {
    const { Pair, Bytes } = heap.defineTypes({
      Pair: { left: t.ref('Pair'), n: t.i32 },
      Bytes: { bytes: t.bytes(20) },
    });
    const { raw } = heap;
    heap.scope((frame) => {
      for (const [type, size] of [
        [Pair, 8],
        [Bytes, 20],
      ] as const) {
        const id = raw.typeId(type);
        for (let i = 0; i < 3000; i++) {
          const at = i % 2 === 0 ? raw.newobject(id) : raw.mallocgc(size, id);
          const bytes = new Uint8Array(heap.memory.buffer, at, size);
          expect(bytes.some((byte) => byte !== 0)).toBe(false);
          bytes.fill(type === Pair ? 0 : 0xcd);
          if (i % 500 === 0) expect(heap.typeOf(frame.root(at))).toBe(type);
          if (i % 1000 === 999) heap.GC();
        }
      }
    });
    verified(heap);
  });

  it('gives arrays of a type, and errors from the core', () => {
    const { Slot } = heap.defineTypes({ Slot: { value: t.any } });
    const { raw } = heap;
    heap.scope((frame) => {
      const array = frame.root(raw.mallocgc(400, raw.typeId(Slot)));
      raw.storeRef(array + 396, raw.mallocgc(16, 0, Flags.noScan));
      heap.GC();
      expect(heap.findObject(raw.loadRef(array + 396))).not.toBeNull();
    });
    expectCode(() => raw.mallocgc(16, 0), 'BAD_TYPE');
    expectCode(() => raw.newobject(12345), 'BAD_TYPE');
    expectCode(() => raw.mallocgc(1 << 30, 0, Flags.noScan), 'OUT_OF_MEMORY');
    expectCode(() => raw.mallocgc(16, 0, Flags.noZero), 'BAD_TYPE');
    expectCode(() => raw.mallocgc('32' as never, 0, Flags.noScan | Flags.ownBlock), 'BAD_SIZE');
  });
});

describe('a cursor', () => {
  const define = () =>
    heap.defineTypes({ Node: { next: t.ref('Node'), other: t.ref('Other'), n: t.i32 }, Other: { n: t.i32 } });

  it('follows references and reads fields, with one root', () => {
    const { Node } = define();
    const first = heap.newobject(Node, { n: 0 });
    heap.scope((frame) => {
      let last = frame.newobject(Node, { n: 1 });
      first.next = last;
      for (let i = 2; i < 1000; i++) {
        const node = frame.newobject(Node, { n: i });
        last.next = node;
        last = node;
      }
    });
    const handles = heap.memStats().LiveHandles;
    const cursor = Node.cursor(first);
    let count = 1;
    while (cursor.follow('next')) {
      expect(cursor.n).toBe(count++);
      if (count === 500) {
        first.$.dispose();
        heap.GC();
      }
      cursor.n = -cursor.n;
    }
    expect(count).toBe(1000);
    expect(cursor.n).toBe(-999);
    expect(heap.memStats().LiveHandles).toBe(handles);
    cursor[Symbol.dispose]();
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(0);
    expectCode(() => cursor.follow('next'), 'STALE_HANDLE');
  });

  it('moves through arrays of objects and of references', () => {
    const { Node } = define();
    const values = heap.newarray(Node, 10);
    const refs = heap.newarray(t.ref(Node), 10);
    for (let i = 0; i < 10; i++) {
      values.set(i, { n: i });
      if (i !== 4) refs.set(i, heap.newobject(Node, { n: i * 2 }));
    }
    const a = Node.cursor(values);
    const b = Node.cursor(refs);
    values.$.dispose();
    refs.$.dispose();
    heap.GC();
    expect([a.at(7), a.n, a.at(10), a.at(-1), a.at(0.5), a.n]).toEqual([true, 7, false, false, false, 7]);
    expect([b.at(9), b.n, b.at(4), b.n, b.at(0), b.n]).toEqual([true, 18, false, 18, true, 0]);
  });

  it('checks where it starts and what it follows', () => {
    const { Node, Other } = define();
    const node = heap.newobject(Node);
    expectCode(() => Node.cursor(heap.newobject(Other) as never), 'BAD_TYPE');
    expectCode(() => Node.cursor(heap.newarray(t.ref(Node), 3)), 'BAD_TYPE');
    for (const bad of [null, undefined, 5, {}]) expectCode(() => Node.cursor(bad as never), 'BAD_POINTER');
    for (const bad of ['other', 'n', 'nope', 5, null])
      expectCode(() => Node.cursor(node).follow(bad as never), 'BAD_ARGUMENT');
  });

  it('walks along a field', () => {
    const { Node } = define();
    const list = heap.newobject(Node, {
      n: 1,
      next: heap.newobject(Node, { n: 2, next: heap.newobject(Node, { n: 3 }) }),
    });
    const handles = heap.memStats().LiveHandles;
    expect(Array.from(Node.walk(list, 'next'), (at) => at.n)).toEqual([1, 2, 3]);
    for (const at of Node.walk(list, 'next')) if (at.n === 2) break;
    expect(heap.memStats().LiveHandles).toBe(handles);
  });
});

describe('damage that a client does by addresses', () => {
  // Makes garbage of one size until a collection that began by itself has found what is wrong.
  const untilDamage = (): string => {
    const { raw } = heap;
    heap.setDebug({ verify: true, checkmark: true, stressEvery: 7 });
    return expectCode(() => {
      for (let i = 0; i < 10_000; i++) raw.mallocgc(64, 0, Flags.noScan);
    }, 'CORRUPT');
  };

  for (const mode of ['stop', 'incremental', 'generational', 'auto'] as const) {
    it.skipIf(kInDefaultFlavour)(
      `C8: is the error CORRUPT of an allocation, which names the holder, in mode ${mode}`,
      async () => {
        heap.dispose();
        heap = await checkedHeap({ mode });
        const { Tree } = heap.defineTypes({ Tree: { left: t.ref('Tree'), right: t.ref('Tree') } });
        const { raw } = heap;
        const id = raw.typeId(Tree);
        heap.scope((frame) => {
          const root = frame.root(raw.newobject(id));
          const lost = raw.newobject(id);
          heap.GC();
          raw.storeRef(root + 4, lost);
          expect(untilDamage()).toMatch(/^found pointer to free object 0x.*, in Tree\.right at 0x[0-9a-f]+ \+ 4$/);
          raw.storeRef(root + 4, 0);
          heap.setDebug({ verify: true });
          heap.GC();
          expect(heap.newobject(Tree).right).toBe(null);
        });
        verified(heap);
      },
    );
  }

  it.skipIf(kInDefaultFlavour)('C7: names a store without its barrier', async () => {
    heap.dispose();
    heap = await checkedHeap({ mode: 'generational' });
    const { Tree } = heap.defineTypes({ Tree: { left: t.ref('Tree'), right: t.ref('Tree') } });
    const { raw } = heap;
    heap.scope((frame) => {
      const root = frame.root(raw.newobject(raw.typeId(Tree)));
      heap.GC();
      raw.storeU32(root, raw.newobject(raw.typeId(Tree)));
      expect(untilDamage()).toContain(', stored without a write barrier in Tree.left at 0x');
      raw.storeRef(root, 0);
    });
  });
});
