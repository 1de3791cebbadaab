// Consoles, JSON, equality, spread and Proxies look at views without knowing them. The tests say what they see, and
// what errors of views name.

import { deepStrictEqual } from 'node:assert';
import { inspect } from 'node:util';
import { createHeap, t, toJS, viewEquality, type Heap, type MallocgcError } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, defineUsers, errorOf, expectCode } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

const define = () => defineUsers(heap);

describe('a text of a view', () => {
  it('has the type and the fields, marks circles, and is bounded', () => {
    const { User } = define();
    const ann = heap.newobject(User, { name: "Ann's", age: 30, nums: [1, 2], tag: { q: 1 } });
    ann.friend = ann;
    const before = heap.memStats().LiveHandles;
    const text =
      "User { name: 'Ann\\'s', age: 30, friend: [Circular], pos: Vec { x: 0, y: 0 }, nums: [ 1, 2 ], big: 0n, " +
      'raw: Uint8Array(2) [ 0, 0 ], tag: [object], any: null }';
    expect(String(ann)).toBe(text);
    expect(inspect(ann)).toBe(text.replace('[object]', '{ q: 1 }'));
    expect(String(heap.newarray(t.i32, 3))).toBe('[ 0, 0, 0 ]');
    expect(`${heap.newarray(t.u8, 1000)}`).toMatch(/0, \.\.\. 900 more items \]$/);
    let chain = heap.newobject(User, { name: 'last' });
    for (let i = 0; i < 20; i++) chain = heap.newobject(User, { friend: chain });
    expect(String(chain).match(/User \{/g)).toHaveLength(3);
    expect(String(User)).toBe('[object Type]');
    expect(inspect(User)).toMatch(/^Type User \{ name: string, age: i32/);
    for (const each of [heap, heap.raw, heap.weak(ann), ann.$]) expect(inspect(each)).not.toBe('');
    expect(heap.memStats().LiveHandles - before).toBe(23);
    ann.$.dispose();
    expect(inspect(ann)).toBe('User [disposed]');
  });
});

describe('a copy of a view', () => {
  it('toJS: is deep and plain, with its circles, and roots nothing', () => {
    const { User } = define();
    const tag = {};
    const ann = heap.newobject(User, { name: 'Ann', age: 30, nums: [1, 2], big: 5n, raw: [3, 4], tag, pos: { x: 1 } });
    ann.friend = heap.newobject(User, { name: 'Bob', friend: ann, any: ann.friend });
    const before = heap.memStats().LiveHandles;
    const copy = toJS(ann) as Record<string, unknown> & { friend: Record<string, unknown> };
    expect(heap.memStats().LiveHandles).toBe(before);
    expect(copy).toMatchObject({ name: 'Ann', age: 30, nums: [1, 2], big: 5n, pos: { x: 1, y: 0 }, any: null });
    expect([copy.friend.friend === copy, copy.tag === tag, copy.raw]).toEqual([true, true, Uint8Array.of(3, 4)]);
    expect(structuredClone(toJS(ann.pos))).toEqual({ x: 1, y: 0 });
    expect(toJS(ann.nums)).toEqual([1, 2]);
    expectCode(() => toJS(5), 'BAD_POINTER');
  });

  it('toJS: a list of a hundred thousand', () => {
    const { User } = define();
    const list = heap.scope((frame) => {
      let first = frame.newobject(User, { age: 0 });
      for (let age = 1; age < 100_000; age++) first = frame.newobject(User, { age, friend: first });
      return frame.keep(first);
    });
    let length = 0;
    for (let each = toJS(list) as { friend: unknown } | null; each !== null; each = each.friend as never) length++;
    expect(length).toBe(100_000);
    expectCode(() => JSON.stringify(list), 'BAD_ARGUMENT');
  });

  it('JSON.stringify: the fields only, 64-bit integers as decimal strings; a circle is an error', () => {
    const { User } = define();
    const ann = heap.newobject(User, { name: 'Ann', big: 2n ** 60n, raw: [1, 2], nums: [5] });
    expect(JSON.parse(JSON.stringify({ ann }))).toEqual({
      ann: {
        ...{
          name: 'Ann',
          age: 0,
          friend: null,
          pos: { x: 0, y: 0 },
          nums: [5],
          big: '1152921504606846976',
          raw: [1, 2],
        },
        any: null,
      },
    });
    ann.any = heap.newobject(User, { friend: ann });
    expect(expectCode(() => JSON.stringify(ann), 'BAD_ARGUMENT')).toMatch(/User refers to itself.*toJS/);
  });

  it('structuredClone and postMessage throw, and name toJS', () => {
    const { User } = define();
    const ann = heap.newobject(User);
    const { port1 } = new MessageChannel();
    for (const each of [ann, ann.$, ann.nums, ann.pos, { deep: [ann] }]) {
      expect(() => structuredClone(each)).toThrow(/toJS\(view\)/);
      expect(() => port1.postMessage(each)).toThrow(/toJS\(view\)/);
    }
    port1.close();
  });
});

describe('equality', () => {
  const same = (a: unknown, b: unknown): boolean => {
    try {
      deepStrictEqual(a, b);
      return true;
    } catch {
      return false;
    }
  };
  it('of views of different objects: never', async () => {
    const { User } = define();
    const [ann, bob] = [heap.newobject(User, { name: 'Ann' }), heap.newobject(User, { name: 'Bob' })];
    const [three, nine] = [heap.newarray(t.i32, 3), heap.newarray(t.f64, 9)];
    expect([same(ann, bob), same(ann.$, bob.$), same(three, nine), same(ann.pos, bob.pos)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([same(ann, ann), same(ann.$, ann.$), same(three, three), same(ann.pos, ann.pos)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(ann).not.toEqual(bob);
    expect(ann.$).not.toEqual(bob.$);
    expect(ann).toEqual(ann);
    const other = await checkedHeap();
    const [mine, theirs] = [heap.rawmem(8), other.rawmem(8)];
    expect([same(mine, theirs), same({ mine }, { mine: theirs })]).toEqual([false, false]);
    other.dispose();
  });
});

describe('the equality tester', () => {
  expect.addEqualityTesters([viewEquality as never]);
  it('compares views with plain objects, and with each other, by their contents', () => {
    const { Vec, User } = define();
    const [ann, twin] = [
      heap.newobject(User, { name: 'Ann', nums: [1] }),
      heap.newobject(User, { name: 'Ann', nums: [1] }),
    ];
    expect(ann.pos).toEqual({ x: 0, y: 0 });
    expect(ann.nums).toEqual([1]);
    expect(ann).toEqual(twin);
    twin.nums = [2] as never;
    expect(ann).not.toEqual(twin);
    expect(heap.newobject(Vec, { x: 1 })).not.toEqual({ x: 2, y: 0 });
    expect({ deep: [ann.pos] }).toEqual({ deep: [{ x: 0, y: 0 }] });
  });
});

describe('options', () => {
  it('that are none are errors that name them, and those that there are', async () => {
    await expect(createHeap({ maxByts: 5 } as never)).rejects.toThrow(/options has no "maxByts"; there are .*maxBytes/);
    await expect(createHeap({ debug: { poisn: true } } as never)).rejects.toThrow(/debug has no "poisn"/);
    expectCode(() => heap.setDebug({ verfy: true } as never), 'BAD_ARGUMENT');
    expectCode(() => heap.walk({ form: 1 } as never), 'BAD_ARGUMENT');
    expectCode(() => heap.walk(null as never), 'BAD_ARGUMENT');
    for (const fn of [async () => 1, function* () {}, async function* () {}])
      expect(expectCode(() => heap.scope(fn as never), 'BAD_ARGUMENT')).toMatch(/no async function/);
  });
});

describe('spread and assignment', () => {
  it('copies with a change', () => {
    const { User } = define();
    const ann = heap.newobject(User, { name: 'Ann', age: 30, pos: { x: 7 }, nums: [1], tag: 'js' });
    const older = heap.newobject(User, { ...ann, age: 31 } as never);
    expect([older.name, older.age, older.pos.x, [...older.nums], older.tag]).toEqual(['Ann', 31, 7, [1], 'js']);
    older.pos.x = 8;
    expect(ann.pos.x).toBe(7);
    heap.scope((frame) => expect(frame.newobject(User, { ...older } as never).age).toBe(31));
    expectCode(() => heap.newobject(User, { ...ann.pos } as never), 'BAD_TYPE');
    expectCode(() => heap.newobject(User, { $: 5 } as never), 'BAD_POINTER');
  });

  it('takes own properties, of whatever object, and a $ at whatever place among them', () => {
    const { User } = define();
    const ann = heap.newobject(User, { name: 'Ann', age: 30, tag: 'js' });
    class Named {
      name = 'Ben';
      get age(): number {
        return 1;
      }
    }
    const without = Object.assign(Object.create(null) as object, { name: 'Ben' });
    const inheriting = Object.assign(Object.create({ age: 5 }) as object, { name: 'Ben' });
    for (const init of [new Named(), without, inheriting, new Proxy({ name: 'Ben' }, {})]) {
      const made = heap.newobject(User, init as never);
      expect([made.name, made.age]).toEqual(['Ben', 0]);
    }
    const made = heap.newobject(User, { age: 31, tag: 'lost', $: ann.$ } as never);
    expect([made.name, made.age, made.tag]).toEqual(['Ann', 31, 'lost']);
    expectCode(() => heap.newobject(User, { age: 31, tag: 'lost', $: ann.$, tag2: 0 } as never), 'BAD_ARGUMENT');
    heap.GC();
    heap.runFinalizers();
    expect(heap.memStats().LiveHostValues).toBe(2);
    let age = 0;
    try {
      Object.defineProperty(Object.prototype, 'stray', {
        value: 1,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      ({ age } = heap.newobject(User, { age: 3 }));
    } finally {
      Reflect.deleteProperty(Object.prototype, 'stray');
    }
    expect(age).toBe(3);
  });

  it('makes no view an alias of another object', () => {
    const { User } = define();
    const [ann, bob] = [heap.newobject(User, { age: 30 }), heap.newobject(User, { age: 50 })];
    try {
      Object.assign(bob, ann);
      bob.age = 99;
    } catch (error) {
      expect(['BAD_TYPE', 'BAD_ARGUMENT']).toContain((error as MallocgcError).code);
    }
    expect(ann.age).toBe(30);
    Object.assign(ann, { age: 31, name: 'Ann' });
    expect([ann.age, ann.name]).toEqual([31, 'Ann']);
  });

  it('refuses properties that are no fields, and indices', () => {
    const { User } = define();
    const ann = heap.newobject(User) as never as Record<string, unknown>;
    expect(expectCode(() => (ann.nmae = 'typo'), 'BAD_ARGUMENT')).toMatch(/User has no field "nmae"/);
    const xs = heap.newarray(t.i32, 2) as never as Record<string, unknown>;
    expect(expectCode(() => (xs[0] = 5), 'BAD_ARGUMENT')).toMatch(/set\(i, value\)/);
    expectCode(() => (heap.newobject(User).pos = { z: 1 } as never), 'BAD_ARGUMENT');
  });
});

describe('behind a Proxy', () => {
  it('B6: everything is an error of the package, or works', () => {
    const { User } = define();
    const ann = heap.newobject(User, { age: 3 });
    const around = <T extends object>(value: T): T => new Proxy(value, {});
    const attempt = (use: () => unknown): void => {
      try {
        use();
      } catch (error) {
        expect(error).toHaveProperty('code');
      }
    };
    const proxy = around(ann);
    for (const use of [
      () => proxy.age,
      () => (proxy.age = 4),
      () => proxy.pos,
      () => proxy.friend,
      () => around(ann.nums).at(0),
      () => around(ann.nums).length,
      () => [...around(ann.nums)],
      () => around(ann.$).address,
      () => around(ann.$).dispose(),
      () => `${proxy}`,
      () => JSON.stringify(proxy),
      () => Reflect.get(Object.getPrototypeOf(ann) as object, 'age', {}),
      () => Reflect.get(Object.getPrototypeOf(ann) as object, 'pos', 5),
      () => heap.own(proxy).age,
      () => around(heap.weak(ann)).alive,
      () => around(heap.weak(ann)).deref(),
      () => around(heap.weak(ann)).equals(heap.weak(ann)),
      () => around(heap.weak(ann))[Symbol.dispose](),
      () => around(User).name,
      () => around(User).size,
      () => around(User).fields,
      () => around(User).pointerMask(),
      () => around(User).cursor(ann),
      () => around(User).walk(ann, 'friend'),
      () => around(User).assign(ann, { age: 3 }),
      () => heap.newobject(around(User)),
      () => heap.scope((frame) => around(frame).newobject(User)),
      () => heap.scope((frame) => around(frame).view(ann)),
      () => heap.scope((frame) => around(frame).root(0)),
      () => heap.scope((frame) => around(frame).keep(ann)),
      () => inspect(around(User), { showProxy: false }),
    ])
      attempt(use);
    expect(around(heap).memStats().HeapObjects).toBeGreaterThan(0);
    expect(ann.age).toBe(3);
    const { raw } = heap;
    const behind = around(raw);
    const address = behind.newobject(behind.typeId(User));
    heap.scope((frame) => {
      frame.root(address);
      behind.storeString(address, 'raw');
      expect([behind.loadString(address), behind.loadRef(address) !== 0]).toEqual(['raw', true]);
    });
  });
});

describe('errors', () => {
  it('name the type and the field', () => {
    const { Part, Doc } = heap.defineTypes({
      Part: { title: t.string, n: t.u8 },
      Doc: {
        parts: t.array(t.struct('Part'), 4),
        one: t.struct('Part'),
        next: t.ref('Doc'),
        xs: t.slice(t.f32),
        ok: t.bool,
      },
    });
    const doc = heap.newobject(Doc) as never as Record<string, unknown> & { one: Record<string, unknown> };
    const texts: [() => unknown, string][] = [
      [() => (doc.parts = [{}, {}, {}, { title: 5 }]), 'Doc.parts[3].title takes a string, not 5'],
      [() => (doc.one = { n: 'x' }), 'Doc.one.n takes a number, not "x"'],
      [() => (doc.one.title = null), 'Part.title takes a string, not null'],
      [() => (doc.next = {}), 'Doc.next takes a Doc or null, not an object'],
      [() => (doc.next = undefined), 'Doc.next takes a Doc or null, not undefined'],
      [() => (doc.next = heap.newobject(Part)), 'Doc.next takes a Doc, not a Part'],
      [() => (doc.xs = [1, 2n]), 'Doc.xs[1] takes a number, not 2n'],
      [() => (doc.xs = undefined), 'Doc.xs takes an ArrayView, an array or a typed array, not undefined'],
      [() => (doc.ok = 1), 'Doc.ok takes a boolean, not 1'],
      [() => heap.newobject(Doc, { one: 5 } as never), 'Doc.one takes an object with its fields, not 5'],
    ];
    for (const [use, text] of texts) expect(errorOf(use).message).toBe(text);
  });

  it('meet typos in walk and follow at once', () => {
    const { User } = define();
    const ann = heap.newobject(User);
    expectCode(() => User.walk(ann, 'frend' as never), 'BAD_ARGUMENT');
    expectCode(() => User.cursor(ann).follow('name' as never), 'BAD_ARGUMENT');
  });
});

describe('nested structs', () => {
  it('are as quick to define as they are to write down', () => {
    const schema: Record<string, Record<string, never>> = { S0: { v: t.string as never } };
    for (let i = 1; i <= 22; i++)
      schema[`S${i}`] = { a: t.struct(`S${i - 1}`) as never, b: t.struct(`S${i - 1}`) as never };
    const types = heap.defineTypes(schema as never) as never as Record<
      string,
      { size: number; pointerMask(): boolean[] }
    >;
    expect(types.S22?.size).toBe(8 * 2 ** 22);
    expect(types.S3?.pointerMask()).toEqual(Array.from({ length: 16 }, (_, i) => i % 2 === 0));
  });
});
