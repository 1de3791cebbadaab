// What an object is given when it is made, from values of every kind that is no plain literal (B6, B9): inherited
// properties, getters that make objects, grow the memory or throw, `$` in any place.

import { t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, expectCode } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

const define = () =>
  heap.defineTypes({
    Vec: { x: t.i32, y: t.i32 },
    Node: {
      a: t.i32,
      b: t.i32,
      text: t.string,
      next: t.ref('Node'),
      pos: t.struct('Vec'),
      list: t.slice(t.u16),
      value: t.js,
    },
  });
type Types = ReturnType<typeof define>;

const kWays = ['heap.newobject', 'frame.newobject'] as const;

/** Makes a Node in one of the ways, and shows its fields. */
const make = ({ Node }: Types, way: (typeof kWays)[number], init: object): unknown => {
  const shown = (node: { a: number; b: number; text: string; list: Iterable<number> }) =>
    `${node.a} ${node.b} ${node.text} ${[...node.list].join()}`;
  if (way === 'heap.newobject') return shown(heap.newobject(Node, init));
  return heap.scope((frame) => shown(frame.newobject(Node, init)));
};

describe.each(kWays)('%s takes', (way) => {
  it('no property that an object inherits', () => {
    const types = define();
    const inheriting = Object.assign(Object.create({ b: 7, list: [9] }) as object, { a: 1 });
    expect(make(types, way, inheriting)).toBe('1 0  ');
    class Given {
      a = 2;
      get b(): number {
        return 8;
      }
    }
    expect(make(types, way, new Given())).toBe('2 0  ');
    Object.defineProperty(Object.prototype, 'b', { value: 9, enumerable: true, configurable: true, writable: true });
    try {
      expect(make(types, way, { a: 3 })).toBe('3 0  ');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'b');
    }
  });

  it('properties in any order, of literals that take turns', () => {
    const types = define();
    const orders = [
      { a: 1, b: 2, text: 'x' },
      { text: 'x', b: 2, a: 1 },
      { b: 2, a: 1, text: 'x' },
      { b: 2, text: 'x', list: [], a: 1 },
    ];
    for (let i = 0; i < 40; i++) expect(make(types, way, orders[i % 4] as object)).toBe('1 2 x ');
  });

  it('what getters give that make objects of the type themselves', () => {
    const types = define();
    const inner = (): number => {
      expect(make(types, way, { list: [4], b: 5, a: 6 })).toBe('6 5  4');
      return 2;
    };
    for (let i = 0; i < 3; i++) {
      const init = {
        a: 1,
        get b() {
          return inner();
        },
        text: 'x',
        get list() {
          return [inner(), 3];
        },
      };
      expect(make(types, way, init)).toBe('1 2 x 2,3');
    }
  });

  it('what getters give that grow the memory, or collect', () => {
    const types = define();
    const init = {
      get a() {
        heap.memory.grow(1);
        return 1;
      },
      get text() {
        heap.GC();
        heap.memory.grow(1);
        return 'long enough for a block of its own';
      },
      get list() {
        heap.memory.grow(1);
        heap.GC();
        return [1, 2, 3];
      },
      get b() {
        return heap.GC() ?? 2;
      },
    };
    expect(make(types, way, init)).toBe('1 2 long enough for a block of its own 1,2,3');
  });

  it('a source in $, wherever it stands, without what stands before it', () => {
    const types = define();
    const source = heap.newobject(types.Node, { a: 1, b: 2, text: 'from', list: [5], value: {} });
    expect(make(types, way, { b: 7, $: source.$, text: 'own' })).toBe('1 7 own 5');
    expect(make(types, way, { list: [6], b: 7, $: source.$ })).toBe('1 7 from 6');
    const init = {
      get a() {
        expect(make(types, way, { b: 3, text: 'inner', $: source.$ })).toBe('1 3 inner 5');
        return 4;
      },
      $: source.$,
    };
    expect(make(types, way, init)).toBe('4 2 from 5');
    expect(make(types, way, source)).toBe('1 2 from 5');
    expect(make(types, way, source.$)).toBe('1 2 from 5');
    expect(make(types, way, {})).toBe('0 0  ');
  });

  it('numbers of every kind, of any value, and stores what an assignment stores', () => {
    const kinds = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'f32', 'f64'] as const;
    const { Numbers } = heap.defineTypes({
      Numbers: Object.fromEntries(
        kinds.flatMap((kind) => [
          [kind, t[kind]],
          [`${kind}s`, t.slice(t[kind])],
        ]),
      ),
    });
    type Values = Record<string, number | Iterable<number>>;
    const shown = (view: object, name: string): unknown => {
      const value = (view as Values)[name];
      return typeof value === 'object' ? [...value] : value;
    };
    for (const number of [0, -0, 1, -1, 127, 128, 255, 256, 65_535.5, 2 ** 31, 2 ** 32 + 3, 1e40, NaN, -Infinity]) {
      const list = [number, 1, number];
      const init = Object.fromEntries(
        kinds.flatMap((kind) => [
          [kind, number],
          [`${kind}s`, list],
        ]),
      );
      const assigned = heap.newobject(Numbers);
      for (const kind of kinds) {
        (assigned as never as Values)[kind] = number;
        (assigned as never as Values)[`${kind}s`] = Float64Array.from(list);
      }
      for (const name of Object.keys(init)) {
        const made =
          way === 'heap.newobject'
            ? shown(heap.newobject(Numbers, init as never), name)
            : heap.scope((frame) => shown(frame.newobject(Numbers, init as never), name));
        expect([number, name, made]).toEqual([number, name, shown(assigned, name)]);
      }
    }
  });

  it('short lists with holes, getters or a length that lies, as long ones', () => {
    const types = define();
    const holes = [1, 2, 3];
    delete holes[1];
    expect(expectCode(() => make(types, way, { list: holes }), 'BAD_ARGUMENT')).toMatch(/^Node\.list\[1\]/);
    let looks = 0;
    const list = [1, 2];
    const look = (): number => {
      looks++;
      heap.GC();
      return 7;
    };
    Object.defineProperty(list, 1, { get: look });
    expect(make(types, way, { list })).toBe('0 0  1,7');
    expect(looks).toBe(1);
    const lying = new Proxy([1, 2], { get: (target, key) => (key === 'length' ? 3 : Reflect.get(target, key)) });
    expectCode(() => make(types, way, { list: lying }), 'BAD_ARGUMENT');
    expect(make(types, way, { list: [] })).toBe('0 0  ');
  });

  it('values through a Proxy', () => {
    const types = define();
    expect(make(types, way, new Proxy({ a: 1, b: 2, list: [3] }, {}))).toBe('1 2  3');
  });

  it('B9: nothing of an object whose getter throws, and the next one whole', () => {
    const types = define();
    const before = heap.memStats();
    const boom = new Error('boom');
    const init = {
      a: 1,
      text: 'x',
      get b(): number {
        throw boom;
      },
    };
    expect(() => make(types, way, init)).toThrow(boom);
    expect(expectCode(() => make(types, way, { a: 1, nope: 2 }), 'BAD_ARGUMENT')).toBe('Node has no field "nope"');
    expect(expectCode(() => make(types, way, { a: 1, list: [1, 'x'] }), 'BAD_ARGUMENT')).toMatch(/^Node\.list\[1\]/);
    expect(expectCode(() => make(types, way, { pos: { x: 1, y: 'x' } }), 'BAD_ARGUMENT')).toMatch(/^Node\.pos\.y/);
    expect(heap.memStats().LiveHandles).toBe(before.LiveHandles);
    expect(make(types, way, { b: 2, a: 1, list: [3] })).toBe('1 2  3');
  });

  it('B5: nothing once a getter has disposed of the heap', () => {
    const types = define();
    const init = {
      get a() {
        heap.dispose();
        return 1;
      },
    };
    expectCode(() => make(types, way, init), 'DISPOSED');
  });
});
