// Many values are stored at once: numbers by one copy, objects by one move.

import { createHeap, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, errorOf, expectCode, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

const kCount = 1000;
const define = () =>
  heap.defineTypes({
    Bag: { f: t.slice(t.f32), b: t.bytes(kCount), a: t.array(t.i16, kCount), q: t.slice(t.i64), u: t.slice(t.u8) },
  }).Bag;

describe('numbers', () => {
  it('come from typed arrays of any kind, buffers, lists and arrays of the heap', () => {
    const bag = heap.newobject(define());
    const numbers = Array.from({ length: kCount }, (_, i) => i - 3);
    const sources = [
      numbers,
      Int16Array.from(numbers),
      Float64Array.from(numbers),
      Int32Array.from(numbers),
      (() => {
        const array = heap.newarray(t.f64, kCount);
        array.view().set(numbers as never);
        return array;
      })(),
    ];
    for (const source of sources) {
      bag.a = source as never;
      expect([...bag.a]).toEqual(numbers);
      bag.b = source as never;
      expect([...bag.b]).toEqual([...Uint8Array.from(numbers)]);
      if (!('$' in source)) {
        bag.f = source as never;
        expect([...bag.f]).toEqual(numbers);
      }
    }
    bag.q = BigInt64Array.of(1n, -2n) as never;
    expect([...bag.q]).toEqual([1n, -2n]);
    const buffer = Uint8Array.from(numbers).buffer;
    bag.b = new DataView(buffer) as never;
    bag.u = buffer as never;
    expect([bag.b[3], bag.u.length, bag.u.at(4)]).toEqual([0, kCount, 1]);
    expectCode(() => (bag.q = [1n, 2] as never), 'BAD_ARGUMENT');
    expectCode(() => (bag.f = BigInt64Array.of(1n) as never), 'BAD_ARGUMENT');
    expectCode(() => (bag.a = numbers.slice(1) as never), 'BAD_ARGUMENT');
    expect([...bag.q]).toEqual([1n, -2n]);
  });

  it('few or many: a list of any length is read once, element by element, and stored whole or not at all', () => {
    const { Few } = heap.defineTypes({
      Few: { u: t.slice(t.u16), f: t.array(t.f32, 3), q: t.slice(t.u64), b: t.bytes(2) },
    });
    const few = heap.newobject(Few, { f: [1, 2, 3], b: [4, 5] });
    for (let length = 0; length < 60; length++) {
      const numbers = Array.from({ length }, (_, i) => i * 1000 - 2.5);
      const big = numbers.map((_, i) => BigInt(i) - 1n);
      const reads: number[] = [];
      const watched = new Proxy(numbers, {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads.push(Number(name));
          return Reflect.get(target, name) as unknown;
        },
      });
      for (const source of [numbers, watched, Float64Array.from(numbers)]) {
        few.u = source as never;
        expect([...few.u]).toEqual([...Uint16Array.from(numbers)]);
      }
      expect(reads).toEqual(numbers.map((_, i) => i));
      Few.assign(few, { u: few.u });
      expect([...few.u]).toEqual([...Uint16Array.from(numbers)]);
      few.q = big as never;
      expect([...few.q]).toEqual([...BigUint64Array.from(big)]);
      if (length === 0) continue;
      expectCode(() => (few.u = [...numbers.slice(1), '1'] as never), 'BAD_ARGUMENT');
      expect([...few.u]).toEqual([...Uint16Array.from(numbers)]);
    }
    expectCode(() => (few.f = [7, 8, 9n] as never), 'BAD_ARGUMENT');
    expectCode(() => (few.b = [7, true] as never), 'BAD_ARGUMENT');
    expect([[...few.f], [...few.b]]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    Few.assign(few, { f: few.f });
    few.b = Uint8ClampedArray.of(300, -1) as never;
    expect([[...few.f], [...few.b]]).toEqual([
      [1, 2, 3],
      [255, 0],
    ]);
  });

  it('B6: a length that is none, or that no engine has room for, is an error of the package and changes nothing', () => {
    const { Lists } = heap.defineTypes({
      Lists: {
        ...{ f: t.slice(t.f64), u: t.slice(t.u8), i: t.slice(t.i64), s: t.slice(t.string), o: t.slice(t.bool) },
        ...{ a: t.array(t.i32, 2), t: t.array(t.string, 2), b: t.bytes(2) },
      },
    });
    const lists = heap.newobject(Lists, { f: [1], u: [2], i: [3n], s: ['4'], o: [true], a: [5, 6], b: [7, 8] });
    const before = String(lists);
    const saying = (length: unknown): unknown =>
      new Proxy([1, 2], { get: (target, key) => (key === 'length' ? length : (Reflect.get(target, key) as unknown)) });
    const sparse: number[] = [];
    sparse.length = 2 ** 32 - 1;
    const lengths = [-1, 1.5, NaN, Infinity, 2 ** 40, 2 ** 53, '2', {}, Symbol('2'), undefined, null];
    for (const list of [sparse, ...lengths.map(saying)])
      for (const name of Object.keys(Lists.fields)) {
        const { code } = errorOf(() => ((lists as never as Record<string, unknown>)[name] = list));
        expect([name, code]).toEqual([name, expect.stringMatching(/^BAD_(SIZE|ARGUMENT)$/)]);
      }
    expect(String(lists)).toBe(before);
    heap.GC();
    expect(heap.memStats().LiveHandles).toBe(1);
  });

  it('may come from the heap itself, whose memory grows meanwhile', () => {
    const bag = heap.newobject(define());
    const source = heap.newarray(t.u8, 1 << 20);
    source.view().fill(7 as never);
    for (let i = 0; i < 20; i++) bag.u = source.view() as never;
    expect([bag.u.length, bag.u.at(0), bag.u.at(-1)]).toEqual([1 << 20, 7, 7]);
  });
});

describe('lists that say what they are not', () => {
  it('B6: typed arrays and ArrayViews are measured by what they are', () => {
    const { Box } = heap.defineTypes({
      Box: { xs: t.slice(t.u8), ds: t.slice(t.f64), four: t.array(t.u8, 4), raw: t.bytes(4) },
    });
    const box = heap.newobject(Box);
    const growing = (first: number): PropertyDescriptor => {
      let reads = 0;
      return { get: () => (reads++ === 0 ? first : 5000) };
    };
    const lies = (): PropertyDescriptorMap[] => [
      { length: { value: 2 } },
      { length: { value: 1e6 } },
      { length: growing(4) },
      { buffer: { value: heap.memory.buffer }, byteOffset: { value: 1e6 }, byteLength: { value: 1 } },
      { slice: { value: () => new Uint8Array(9999) }, constructor: { value: Array } },
    ];
    for (const lie of lies()) {
      for (const length of [4, 30, 5000]) {
        const liar = Object.defineProperties(new Uint8Array(length).fill(7), lie);
        Box.assign(box, { xs: liar, ds: liar });
        const want = new Array(length).fill(7);
        expect([[...box.xs.view()], [...box.ds.view()]]).toEqual([want, want]);
        const assign = (): unknown => Box.assign(box, { four: liar, raw: liar });
        if (length === 4) assign();
        else expectCode(assign, 'BAD_ARGUMENT');
      }
    }
    expect([[...box.four], [...box.raw]]).toEqual([
      [7, 7, 7, 7],
      [7, 7, 7, 7],
    ]);
    // What lies in the heap is copied before memory may grow.
    const own = Object.defineProperties(heap.newarray(t.u8, 40).view().fill(6), { slice: { value: () => [1] } });
    Box.assign(box, { ds: own });
    expect([...box.ds.view()]).toEqual(new Array(40).fill(6));
    const list = Object.defineProperties(heap.newarray(t.u8, 4), {
      length: { value: 1e6 },
      view: { value: () => new Uint8Array(1e6) },
    });
    Box.assign(box, { xs: list, four: list });
    expect([box.xs.length, box.xs.view().length, [...box.four]]).toEqual([4, 4, [0, 0, 0, 0]]);
    const viewed = new DataView(new ArrayBuffer(4));
    Object.setPrototypeOf(viewed, Uint8Array.prototype);
    expectCode(() => Box.assign(box, { xs: viewed as never }), 'BAD_ARGUMENT');
    verified(heap);
  });
});

describe('objects', () => {
  it('are copied field by field or by one move, with JS values as well', () => {
    const { Inner, Outer } = heap.defineTypes({
      Inner: { s: t.string, j: t.js, next: t.ref('Outer') },
      Outer: { n: t.i32, one: t.struct('Inner'), many: t.array(t.struct('Inner'), 2), xs: t.slice(t.i32) },
    });
    const from = heap.newobject(Outer, {
      n: 5,
      one: { s: 'a', j: { v: 1 } },
      many: [{ s: 'b', j: 'x' }, { j: 7 }],
      xs: [1],
    });
    from.one.next = from;
    const to = heap.newobject(Outer, from);
    from.$.dispose();
    heap.GC();
    expect([to.n, to.one.s, to.one.j, to.many.at(0)?.s, to.many.at(0)?.j, to.many.at(1)?.j, [...to.xs]]).toEqual([
      ...[5, 'a', { v: 1 }, 'b', 'x', 7, [1]],
    ]);
    expect(to.one.next?.n).toBe(5);
    const other = heap.newobject(Outer);
    other.many = to.many;
    other.one = heap.newobject(Inner, { s: 'z' });
    heap.GC();
    expect([other.many.at(0)?.j, other.one.s, heap.memStats().LiveHostValues]).toEqual(['x', 'z', 8]);
    verified(heap);
  });
});

describe('finalizers and cleanups', () => {
  it('keep their functions by number: what is cleared or stopped makes room', () => {
    const { Item } = heap.defineTypes({ Item: { n: t.i32 } });
    const ran: number[] = [];
    for (let round = 0; round < 3; round++) {
      const items = Array.from({ length: 200 }, (_, n) => heap.newobject(Item, { n }));
      const stops = items.map((item, i) => heap.AddCleanup(item, (at) => ran.push(at), i));
      for (const item of items) heap.SetFinalizer(item, ({ n }) => void ran.push(-n));
      items.forEach((item, i) => {
        if (i % 2 === 0) heap.SetFinalizer(item, null);
        if (i % 3 === 0) stops[i]?.stop();
        item.$.dispose();
      });
      heap.GC();
      heap.runFinalizers();
      heap.GC();
      heap.runFinalizers();
      for (const { stop } of stops) stop();
      expect(ran.filter((at) => at < 0)).toHaveLength(100);
      expect(ran.filter((at) => at >= 0)).toHaveLength(133);
      ran.length = 0;
    }
    expect(heap.memStats()).toMatchObject({ HeapObjects: 0, LiveHandles: 0, CleanupsRegistered: 0 });
  });

  it('stop and clear only what they were made for, whoever has the number by now', () => {
    const { Item } = heap.defineTypes({ Item: { n: t.i32 } });
    const ran: string[] = [];
    const note = (what: string): void => void ran.push(what);
    const finalize = ({ n }: { n: number }): void => void ran.push(`item ${n}`);
    const [a, b, c] = [1, 2, 3].map((n) => heap.newobject(Item, { n })) as [never, never, never];
    // The same function and argument are registered three times. What one registration does concerns no other.
    const stops = [a, b, c].map((item) => heap.AddCleanup(item, note, 'gone'));
    stops[1]?.stop();
    for (const item of [a, b, c]) heap.SetFinalizer(item, finalize);
    heap.SetFinalizer(b, null);
    heap.AddCleanup(b, note, 'again');
    stops[1]?.stop();
    expectCode(() => heap.SetFinalizer(a, finalize), 'FINALIZER');
    heap.SetFinalizer(b, finalize);
    heap.SetFinalizer(c, null);
    for (const item of [a, b, c] as { $: { dispose(): void } }[]) item.$.dispose();
    for (let i = 0; i < 2; i++) {
      heap.GC();
      heap.runFinalizers();
    }
    for (const { stop } of stops) stop();
    expect(ran.sort()).toEqual(['again', 'gone', 'gone', 'item 1', 'item 2']);
  });

  it('F10: that JS values keep from running are reported, on request', async () => {
    const checked = await createHeap({ schedule: 'manual', debug: { finalizerChecks: true } });
    const said: string[] = [];
    checked.on('diagnosis', ({ text }) => said.push(text));
    const { Node } = checked.defineTypes({ Node: { back: t.ref('Node'), tag: t.js, all: t.slice(t.js) } });
    const node = checked.newobject(Node);
    checked.AddCleanup(node, () => 0, { plain: [1, { deep: 'x' }] });
    checked.SetFinalizer(node, () => 0);
    node.back = node;
    checked.AddCleanup(node, () => 0, 'text');
    expect(said).toEqual([]);
    checked.AddCleanup(node, () => 0, { list: [new Map([['key', node]])] });
    checked.AddCleanup(node, () => 0, checked.newobject(Node, { back: node }));
    checked.AddCleanup(node, () => 0, checked.newobject(Node, { tag: { held: node.$ } }));
    expect(said).toHaveLength(3);
    expect(said[0]).toMatch(/the cleanup of a Node at 0x[0-9a-f]+ can never run: its argument/);
    const owner = checked.newobject(Node, { all: [null, { inner: 5 }] });
    checked.SetFinalizer(owner, () => 0);
    const cyclic = checked.newobject(Node);
    cyclic.tag = [cyclic];
    checked.SetFinalizer(cyclic, () => 0);
    expect(said).toHaveLength(4);
    checked.dispose();
  });

  it('F7: refuses an argument that is in the object', () => {
    const { Part, Whole } = heap.defineTypes({
      Part: { a: t.i32 },
      Whole: { part: t.struct('Part'), xs: t.array(t.i32, 2), raw: t.bytes(4) },
    });
    expect(Part.size).toBe(4);
    const whole = heap.newobject(Whole);
    for (const arg of [whole, whole.$, whole.part, whole.xs, whole.raw, heap.own(whole.part)])
      expect(expectCode(() => heap.AddCleanup(whole, () => 0, arg as unknown), 'FINALIZER')).toMatch(/keep it alive/);
  });
});
