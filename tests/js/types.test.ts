// The tests are of types, and of the properties of their views: every field kind, layout, recursion, names.

import { createHeap, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, collectUntil, expectCode } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

describe('defineTypes', () => {
  it('lays fields out as a C compiler does', () => {
    const { Mixed } = heap.defineTypes({
      Mixed: { a: t.u8, b: t.f64, c: t.u16, d: t.ref('Mixed'), e: t.bool, f: t.string, g: t.bytes(3), h: t.i64 },
    });
    const offsets = Object.values(Mixed.fields).map(({ offset }) => offset);
    expect(offsets).toEqual([0, 8, 16, 20, 24, 28, 36, 40]);
    expect(Mixed.size).toBe(48);
    expect(Mixed.name).toBe('Mixed');
    expect(Mixed.fields.d).toMatchObject({ kind: 'ref', size: 4, target: Mixed });
    expect(Mixed.pointerMask()).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('knows types that refer to each other, and earlier ones', () => {
    const { A, B } = heap.defineTypes({ A: { b: t.ref('B'), n: t.i32 }, B: { a: t.ref('A'), self: t.ref('B') } });
    const { C } = heap.defineTypes({ C: { a: t.ref(A), b: t.ref('B' as never) } });
    const a = heap.newobject(A, { n: 5 });
    const b = heap.newobject(B, { a });
    a.b = b;
    b.self = b;
    const c = heap.newobject(C, { a });
    heap.GC();
    expect(c.a?.b?.self?.a?.n).toBe(5);
  });

  it('gives the same type for the same name and fields, BAD_TYPE for others', () => {
    const { A } = heap.defineTypes({ A: { x: t.i32, r: t.ref('A') } });
    expect(heap.defineTypes({ A: { x: t.i32, r: t.ref('A') } }).A).toBe(A);
    expect(heap.defineType('A', { x: t.i32, r: t.ref('A') })).toBe(A);
    for (const fields of [{ x: t.i32 }, { x: t.u32, r: t.ref('A') }, { r: t.ref('A'), x: t.i32 }, {}]) {
      expectCode(() => heap.defineTypes({ A: fields }), 'BAD_TYPE');
    }
    expect(heap.newobject(A, { x: 3 }).x).toBe(3);
  });

  it('changes nothing when one of several is wrong', () => {
    expectCode(() => heap.defineTypes({ Good: { x: t.i32 }, Bad: { y: t.ref('Nowhere' as never) } }), 'BAD_TYPE');
    expect(heap.defineTypes({ Good: { other: t.f64 } }).Good.size).toBe(8);
  });

  it('B6: refuses what is no schema', () => {
    for (const schema of [
      null,
      undefined,
      5,
      'x',
      { A: null },
      { A: 5 },
      { A: { x: 5 } },
      { A: { x: null } },
      { A: { x: {} } },
      { A: { x: { kind: 'nope' } } },
      { A: { x: { kind: 'constructor' } } },
      { '': {} },
      { 'a\0b': {} },
    ]) {
      expectCode(() => heap.defineTypes(schema as never), 'BAD_TYPE');
    }
    for (const field of [
      t.ref(undefined as never),
      t.ref(5 as never),
      t.struct('Nowhere' as never),
      t.slice(null as never),
      t.slice({} as never),
      t.array(t.ref('Nowhere' as never), 2),
    ]) {
      expectCode(() => heap.defineTypes({ A: { field } }), 'BAD_TYPE');
    }
    for (const count of [-1, 0.5, NaN, 2 ** 40, '3' as never]) {
      expectCode(() => heap.defineTypes({ A: { x: t.array(t.i32, count) } }), 'BAD_ARGUMENT');
      expectCode(() => heap.defineTypes({ A: { x: t.bytes(count) } }), 'BAD_ARGUMENT');
    }
    expectCode(() => heap.defineTypes({ A: { x: t.array(t.f64, 2 ** 30) } }), 'BAD_SIZE');
    expectCode(() => heap.defineType(5 as never, {}), 'BAD_TYPE');
  });

  it('refuses a type that contains itself by value', () => {
    expectCode(() => heap.defineTypes({ A: { a: t.struct('A') } }), 'BAD_TYPE');
    expectCode(() => heap.defineTypes({ A: { b: t.array(t.struct('B'), 2) }, B: { a: t.struct('A') } }), 'BAD_TYPE');
  });

  it('refuses nesting without end', () => {
    let field = t.array(t.i32, 1) as never;
    for (let i = 0; i < 1000; i++) field = t.array(field, 1) as never;
    expectCode(() => heap.defineTypes({ A: { field } }), 'BAD_TYPE');
  });

  it('keeps a type of another heap out', async () => {
    const other = await checkedHeap();
    const { X } = other.defineTypes({ X: { n: t.i32 } });
    expectCode(() => heap.newobject(X), 'WRONG_HEAP');
    expectCode(() => heap.defineTypes({ Y: { x: t.ref(X) } }), 'WRONG_HEAP');
    expectCode(() => heap.newarray(X, 3), 'WRONG_HEAP');
    expectCode(() => heap.mallocgc(8, X), 'WRONG_HEAP');
    other.dispose();
  });

  it('T1: describes large inline arrays without unrolling them', () => {
    const { Row, Table } = heap.defineTypes({
      Row: { key: t.u32, cell: t.ref('Row') },
      Table: { rows: t.array(t.array(t.struct('Row'), 100), 50), last: t.ref('Row') },
    });
    expect(Table.size).toBe(50 * 100 * 8 + 4);
    const table = heap.newobject(Table);
    const row = table.rows.at(49)?.at(99);
    if (row === undefined) throw new Error('no such row');
    row.cell = heap.newobject(Row, { key: 77 });
    heap.GC();
    expect(table.rows.at(49)?.at(99)?.cell?.key).toBe(77);
    expect(Table.pointerMask().filter(Boolean)).toHaveLength(5001);
  });
});

describe('a view', () => {
  it('has its fields, $ and [Symbol.dispose], and what consoles and JSON ask for', () => {
    const { Odd } = heap.defineTypes({
      Odd: {
        type: t.i32,
        address: t.i32,
        constructor: t.i32,
        toString: t.i32,
        // biome-ignore lint/suspicious/noThenProperty: a field may be named so, and is no promise.
        then: t.i32,
        ['__proto__']: t.i32,
        '': t.i32,
        'a b': t.i32,
      },
    });
    const odd = heap.newobject(Odd);
    const names = new Set<string | symbol>();
    for (let o: object | null = odd; o !== null; o = Object.getPrototypeOf(o) as object | null)
      for (const key of Reflect.ownKeys(o)) names.add(key);
    // What says that it is a view is nobody else's symbol.
    const marks = [...names].filter((key) => typeof key === 'symbol' && key.description === 'view');
    expect([marks.length, names.delete(marks[0] as symbol)]).toEqual([1, true]);
    expect(names).toEqual(
      new Set([
        ...['type', 'address', 'constructor', 'toString', 'then', '__proto__', '', 'a b', '$', Symbol.dispose],
        ...['toJSON', Symbol.toStringTag, Symbol.toPrimitive, Symbol.for('nodejs.util.inspect.custom')],
      ]),
    );
    Object.keys(Odd.fields).forEach((name, i) => ((odd as never as Record<string, number>)[name] = i + 1));
    expect(Object.keys(Odd.fields).map((name) => (odd as never as Record<string, number>)[name])).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expectCode(() => heap.defineTypes({ Bad: { $: t.i32 } } as never), 'BAD_TYPE');
  });

  it('reads and writes every kind of number as typed arrays do', () => {
    const { All } = heap.defineTypes({
      All: {
        i8: t.i8,
        u8: t.u8,
        i16: t.i16,
        u16: t.u16,
        i32: t.i32,
        u32: t.u32,
        f32: t.f32,
        f64: t.f64,
        i64: t.i64,
        u64: t.u64,
        b: t.bool,
      },
    });
    const all = heap.newobject(All);
    const arrays = {
      i8: Int8Array,
      u8: Uint8Array,
      i16: Int16Array,
      u16: Uint16Array,
      i32: Int32Array,
      u32: Uint32Array,
      f32: Float32Array,
      f64: Float64Array,
    };
    for (const [kind, array] of Object.entries(arrays) as [keyof typeof arrays, (typeof arrays)['i8']][]) {
      for (const value of [
        0,
        -1,
        1,
        127,
        128,
        255,
        256,
        65535,
        2 ** 31,
        2 ** 32 - 1,
        1e300,
        -1e300,
        0.1,
        -0,
        NaN,
        Infinity,
      ]) {
        all[kind] = value;
        expect(all[kind]).toBe(array.of(value)[0]);
      }
      for (const bad of ['1', 1n, null, undefined, {}, true, Symbol('x')])
        expectCode(() => (all[kind] = bad as never), 'BAD_ARGUMENT');
    }
    for (const value of [0n, -1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), 2n ** 70n + 5n]) {
      all.i64 = value;
      all.u64 = value;
      expect([all.i64, all.u64]).toEqual([BigInt.asIntN(64, value), BigInt.asUintN(64, value)]);
    }
    for (const bad of ['1', 1, null, undefined, {}, true]) expectCode(() => (all.i64 = bad as never), 'BAD_ARGUMENT');
    all.b = true;
    expect(all.b).toBe(true);
    for (const bad of [1, 0, 'true', null, undefined]) expectCode(() => (all.b = bad as never), 'BAD_ARGUMENT');
  });

  it('B2: holds any JS value in a js field, and lets it go when the object dies', async () => {
    const { Box } = heap.defineTypes({ Box: { v: t.js, w: t.js } });
    const box = heap.newobject(Box);
    expect(box.v).toBeUndefined();
    for (const value of [null, 0, '', NaN, Symbol('s'), 10n, () => 1, { deep: [1] }, box, heap]) {
      box.v = value;
      expect(box.v).toBe(value);
    }
    expect(heap.memStats().LiveHostValues).toBe(1);
    box.v = undefined;
    expect(box.v).toBeUndefined();
    expect(heap.memStats().LiveHostValues).toBe(0);
    box.w = { payload: 1 };
    const weak = new WeakRef(box.w as object);
    box.$.dispose();
    heap.GC();
    heap.runFinalizers();
    expect(heap.memStats().LiveHostValues).toBe(0);
    expect(await collectUntil(() => weak.deref() === undefined)).toBe(true);
  });

  it('B8: gives the same view at every read of a ref in a task, until it is disposed', () => {
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
    const node = heap.newobject(Node, { next: heap.newobject(Node, { n: 2 }) });
    const [a, b] = [node.next, node.next];
    expect(a).toBe(b);
    const own = heap.own(a as NonNullable<typeof a>);
    expect(own).not.toBe(a);
    a?.[Symbol.dispose]();
    expect(own.n).toBe(2);
    expectCode(() => a?.n, 'STALE_HANDLE');
    expect(node.next).not.toBe(a);
    expect(node.next?.n).toBe(2);
    node.next = null;
    expect(node.next).toBeNull();
  });

  it('checks what is stored into a ref', async () => {
    const { A, B } = heap.defineTypes({ A: { a: t.ref('A'), any: t.any }, B: { n: t.i32 } });
    const a = heap.newobject(A);
    const other = await checkedHeap();
    const foreign = other.newobject(other.defineTypes({ A: { a: t.ref('A'), any: t.any } }).A);
    expectCode(() => (a.a = heap.newobject(B) as never), 'BAD_TYPE');
    expectCode(() => (a.a = heap.mallocgc(64, null, 1) as never), 'BAD_TYPE');
    expectCode(() => (a.a = foreign as never), 'WRONG_HEAP');
    for (const bad of [5, a.$.address, 'x', {}, { $: {} }, [], true])
      expectCode(() => (a.a = bad as never), 'BAD_POINTER');
    const dead = heap.newobject(A);
    dead.$.dispose();
    expectCode(() => (a.a = dead), 'STALE_HANDLE');
    a.a = a;
    a.a = a.$ as never;
    expect((a.a as never as typeof a).$.equals(a)).toBe(true);
    other.dispose();
    expectCode(() => (a.a = foreign as never), 'WRONG_HEAP');
  });

  it('reads a ref to anything as what it is', () => {
    const { A, B } = heap.defineTypes({ A: { any: t.any }, B: { n: t.i32 } });
    const a = heap.newobject(A);
    a.any = heap.newobject(B, { n: 9 });
    heap.GC();
    expect((a.any as never as { n: number }).n).toBe(9);
    a.any = heap.string('untyped');
    expect(heap.typeOf(a.any as never)).toBeNull();
    a.any = null;
    expect(a.any).toBeNull();
  });

  it('has structs inside, as views into it', () => {
    const { Point, Line } = heap.defineTypes({
      Point: { x: t.f64, y: t.f64, tag: t.js, next: t.ref('Line') },
      Line: { from: t.struct('Point'), to: t.struct('Point') },
    });
    const line = heap.newobject(Line, { from: { x: 1, y: 2, tag: 'f' } });
    line.to = line.from;
    line.to.x = 10;
    line.to.next = line;
    expect([line.from.x, line.from.y, line.from.tag, line.to.x, line.to.y, line.to.tag]).toEqual([
      1,
      2,
      'f',
      10,
      2,
      'f',
    ]);
    const inner = line.to;
    expect(line.to).toBe(inner);
    expect(inner.next?.from.y).toBe(2);
    expectCode(() => ((inner.next as { from: unknown }).from = heap.newobject(Line)), 'BAD_TYPE');
    line.$.dispose();
    heap.GC();
    expectCode(() => inner.x, 'STALE_HANDLE');
    expect(Point.size).toBe(24);
  });

  it('initialises in one go, or not at all', () => {
    const { Node } = heap.defineTypes({ Node: { n: t.i32, next: t.ref('Node') } });
    expectCode(() => heap.newobject(Node, { n: 1, nope: 2 } as never), 'BAD_ARGUMENT');
    for (const bad of [5, 'x', null, true]) expectCode(() => heap.newobject(Node, bad as never), 'BAD_ARGUMENT');
    const boom = new Error('boom');
    const live = heap.memStats().LiveHandles;
    const throwing = {
      n: 1,
      get next(): never {
        throw boom;
      },
    };
    expect(() => heap.newobject(Node, throwing)).toThrow(boom);
    expect(heap.memStats().LiveHandles).toBe(live);
  });

  it('notices another object’s handle as its $', async () => {
    const heap = await createHeap();
    const { A, B } = heap.defineTypes({ A: { n: t.i32 }, B: { pad: t.bytes(100), m: t.f64 } });
    const a = heap.newobject(A);
    (a as { $: unknown }).$ = heap.newobject(B).$;
    expectCode(() => a.n, 'BAD_TYPE');
    heap.dispose();
  });
});
