// These tests use arrays, slices, inline arrays and bytes.

import { t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, errorOf, expectCode, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

describe('an ArrayView', () => {
  it('is read, written and iterated', () => {
    const numbers = heap.newarray(t.f64, 4);
    numbers.set(0, 1.5);
    numbers.set(3, -2);
    expect(numbers.length).toBe(4);
    expect([...numbers]).toEqual([1.5, 0, 0, -2]);
    expect([numbers.at(-1), numbers.at(4), numbers.at(-5), numbers.at(1.9), numbers.at(NaN)]).toEqual([
      -2,
      undefined,
      undefined,
      0,
      1.5,
    ]);
    numbers[Symbol.dispose]();
    expectCode(() => numbers.at(0), 'STALE_HANDLE');
    expectCode(() => numbers.set(0, 1), 'STALE_HANDLE');
  });

  it('checks indices and values', () => {
    const numbers = heap.newarray(t.i32, 2);
    for (const i of [-1, 2, 0.5, NaN, '0' as never, 2 ** 40]) {
      expectCode(() => numbers.set(i, 1), 'BAD_ARGUMENT');
      expect(errorOf(() => numbers.set(i, 1))).toBeInstanceOf(RangeError);
    }
    expectCode(() => numbers.set(0, 'x' as never), 'BAD_ARGUMENT');
    expect([...numbers]).toEqual([0, 0]);
  });

  it('holds references, texts, JS values and objects by value', () => {
    const { Node } = heap.defineTypes({ Node: { n: t.i32, next: t.ref('Node') } });
    const refs = heap.newarray(t.ref(Node), 3);
    refs.set(1, heap.newobject(Node, { n: 5 }));
    const texts = heap.newarray(t.string, 2);
    texts.set(0, 'first');
    const values = heap.newarray(t.js, 2);
    values.set(1, values);
    const nodes = heap.newarray(Node, 3);
    nodes.set(2, { n: 8, next: refs.at(1) ?? null });
    heap.GC();
    expect([refs.at(0), refs.at(1)?.n]).toEqual([null, 5]);
    expect([...texts]).toEqual(['first', '']);
    expect(values.at(1)).toBe(values);
    expect([nodes.at(0)?.n, nodes.at(2)?.n, nodes.at(2)?.next?.n]).toEqual([0, 8, 5]);
    expect(nodes.$.type).toBe(Node);
    const inner = nodes.at(2);
    const next = inner?.next;
    nodes.$.dispose();
    heap.GC();
    expect(next?.n).toBe(5);
    expectCode(() => inner?.n, 'STALE_HANDLE');
  });

  it('B4: gives number elements as a typed array, which is no root of its own', () => {
    const numbers = heap.newarray(t.u16, 100);
    const view = numbers.view();
    expect(view).toBeInstanceOf(Uint16Array);
    view.fill(7 as never);
    const { address } = numbers.$;
    expect(numbers.at(99)).toBe(7);
    heap.GC();
    expect(view[99]).toBe(7);
    numbers.$.dispose();
    heap.GC();
    expect(heap.findObject(address)).toBeNull();
    expect(heap.newarray(t.i64, 2).view()).toBeInstanceOf(BigInt64Array);
    expect(heap.newarray(t.f32, 0).view()).toHaveLength(0);
    expectCode(() => heap.newarray(t.string, 1).view(), 'BAD_TYPE');
  });

  it('B6: takes no kind of element that is none', () => {
    for (const bad of [null, undefined, 5, 'i32', {}, { kind: 'x' }])
      expectCode(() => heap.newarray(bad as never, 3), 'BAD_TYPE');
  });
});

describe('a slice', () => {
  it('is assigned from an array view (shared) and from arrays (copied)', () => {
    const { Poly } = heap.defineTypes({
      Poly: { xs: t.slice(t.f64), kids: t.slice(t.ref('Poly')), names: t.slice(t.string) },
    });
    const poly = heap.newobject(Poly);
    expect([poly.xs.length, poly.kids.length]).toEqual([0, 0]);
    const shared = heap.newarray(t.f64, 3);
    poly.xs = shared;
    shared.set(1, 42);
    expect([...poly.xs]).toEqual([0, 42, 0]);
    const from = Float64Array.of(1, 2);
    (poly as { xs: unknown }).xs = from;
    from[0] = 9;
    expect([...poly.xs]).toEqual([1, 2]);
    (poly as { kids: unknown }).kids = [poly, null];
    (poly as { names: unknown }).names = ['a', 'bc'];
    heap.GC();
    expect(poly.kids.at(0)?.xs.at(1)).toBe(2);
    expect([...poly.names]).toEqual(['a', 'bc']);
    (poly as { xs: unknown }).xs = [];
    expect(poly.xs.length).toBe(0);
    (poly as { xs: unknown }).xs = null;
    expect([...poly.xs]).toEqual([]);
    expect(
      heap
        .newobject(Poly, { xs: [3, 4], kids: [poly] })
        .kids.at(0)
        ?.$.equals(poly),
    ).toBe(true);
  });

  it('checks what it is assigned, and changes nothing then', async () => {
    const { Poly } = heap.defineTypes({ Poly: { xs: t.slice(t.i32) } });
    const poly = heap.newobject(Poly, { xs: [1] });
    const other = await checkedHeap();
    const assign = (value: unknown) => () => ((poly as { xs: unknown }).xs = value);
    for (const bad of [5, 'abc', {}, true, new DataView(new ArrayBuffer(4))]) expectCode(assign(bad), 'BAD_ARGUMENT');
    expectCode(assign(['x']), 'BAD_ARGUMENT');
    expectCode(assign(heap.newarray(t.u32, 1)), 'BAD_TYPE');
    expectCode(assign(other.newarray(t.i32, 1)), 'WRONG_HEAP');
    expectCode(assign(new BigInt64Array(1)), 'BAD_ARGUMENT');
    expect([...poly.xs]).toEqual([1]);
    other.dispose();
  });

  it('survives an array that disposes the owner while it is read', () => {
    const { Poly } = heap.defineTypes({ Poly: { xs: t.slice(t.i32) } });
    const poly = heap.newobject(Poly);
    const hostile = [1, 2, 3];
    Object.defineProperty(hostile, 1, {
      get() {
        poly.$.dispose();
        heap.GC();
        return 2;
      },
    });
    expectCode(() => ((poly as { xs: unknown }).xs = hostile), 'STALE_HANDLE');
    heap.GC();
    verified(heap);
  });
});

describe('inline arrays and bytes', () => {
  it('are read in place and assigned whole', () => {
    const { Grid } = heap.defineTypes({
      Grid: {
        cells: t.array(t.array(t.i16, 3), 2),
        raw: t.bytes(4),
        refs: t.array(t.ref('Grid'), 2),
        tags: t.array(t.js, 2),
      },
    });
    const grid = heap.newobject(Grid, {
      cells: [
        [1, 2, 3],
        [4, 5, 6],
      ] as never,
      raw: [1, 2, 3, 255],
    });
    grid.cells.at(0)?.set(2, 30);
    expect([...grid.cells].map((row) => [...row])).toEqual([
      [1, 2, 30],
      [4, 5, 6],
    ]);
    expect([...grid.raw]).toEqual([1, 2, 3, 255]);
    grid.raw[0] = 9;
    expect([...grid.raw]).toEqual([9, 2, 3, 255]);
    grid.refs.set(1, grid);
    grid.tags.set(0, 'tag');
    heap.GC();
    expect(grid.refs.at(1)?.tags.at(0)).toBe('tag');
    const copy = heap.newobject(Grid, { cells: grid.cells as never, refs: grid.refs });
    expect([...copy.cells].map((row) => [...row])).toEqual([
      [1, 2, 30],
      [4, 5, 6],
    ]);
  });

  it('B6: want exactly as many elements as they have', () => {
    const { Grid } = heap.defineTypes({ Grid: { cells: t.array(t.i16, 3), raw: t.bytes(2) } });
    const grid = heap.newobject(Grid);
    for (const bad of [[1], [1, 2, 3, 4], [], 5, null, 'abc', { length: 3 }])
      expectCode(() => ((grid as { cells: unknown }).cells = bad), 'BAD_ARGUMENT');
    for (const bad of [[1], [1, '2'], null, 'ab', [1n, 2n]])
      expectCode(() => ((grid as { raw: unknown }).raw = bad), 'BAD_ARGUMENT');
  });
});
