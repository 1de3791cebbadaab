// A caller's object is read once: each property, each element, whatever the order and the operation. A getter may count,
// change something or cost a lot, and what it says the second time may be something else.

import { createHeapSync, t, toJS, viewEquality, type Heap, type HeapOptions } from 'mallocgc';
import * as inline from 'mallocgc/inline';
import * as worker from 'mallocgc/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kOperations, kValues, worldOf } from './operations.ts';
import { checkedHeap, defineUsers, kInDefaultFlavour } from './support.ts';

/** Counts what is read of the values that it traps, by `number of the value.property.property`. */
class Reads {
  readonly counts = new Map<string, number>();
  #values = 0;

  trap<T>(value: T): T {
    return this.#watched(value, String(this.#values++));
  }

  get repeated(): string[] {
    return [...this.counts].filter(([, count]) => count > 1).map(([path]) => path);
  }

  #watched<T>(value: T, path: string): T {
    if (typeof value !== 'object' || value === null) return value;
    // Views and types are no values that are looked into.
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
    return new Proxy(value, {
      get: (target, key) => {
        const at = `${path}.${String(key)}`;
        this.counts.set(at, (this.counts.get(at) ?? 0) + 1);
        const found: unknown = Reflect.get(target, key);
        return Array.isArray(target) && key === 'length' ? found : this.#watched(found, at);
      },
    });
  }
}

/** An object whose properties are getters that count themselves, in the order of `names`. */
function counting(names: readonly string[], values: object): { object: object; counts: Record<string, number> } {
  const counts: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  const object = {};
  for (const name of names)
    Object.defineProperty(object, name, {
      enumerable: true,
      get() {
        counts[name] = (counts[name] ?? 0) + 1;
        return (values as Record<string, unknown>)[name];
      },
    });
  return { object, counts };
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

const once = (names: readonly string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, 1]));

let heap: Heap;
beforeEach(async () => void (heap = await checkedHeap()));
afterEach(() => heap.dispose());

describe('each getter of an init object runs exactly once', () => {
  const values = { name: 'Ben', age: 31, pos: { x: 7 }, tag: 'own' };
  const names = [...Object.keys(values), '$'];

  it.each(permutations(names).map((order) => [order.join(' '), order] as const))('in the order %s', (_, order) => {
    const { User } = defineUsers(heap);
    const source = heap.newobject(User, { name: 'Ann', age: 30, nums: [1], big: 5n, tag: 'lost' });
    const target = heap.newobject(User);
    heap.scope((frame) => {
      const ways: ((init: never) => typeof source)[] = [
        (init) => heap.newobject(User, init),
        (init) => frame.newobject(User, init),
        (init) => User.assign(target, init),
      ];
      for (const make of ways) {
        const { object, counts } = counting(order, { ...values, $: source.$ });
        const made = make(object as never);
        expect(counts).toEqual(once(names));
        expect([made.name, made.age, made.pos.x, made.tag]).toEqual(['Ben', 31, 7, 'own']);
        expect([[...made.nums], made.big]).toEqual([[1], 5n]);
      }
    });
  });

  it('and inside structs, arrays and lists', () => {
    const { Vec, Box } = heap.defineTypes({
      Vec: { x: t.f32, y: t.f32, text: t.string },
      Box: { one: t.struct('Vec'), two: t.array(t.struct('Vec'), 1), many: t.slice(t.struct('Vec')) },
    });
    const source = heap.newobject(Vec, { text: 'from the source' });
    const box = heap.newobject(Box) as never as Record<string, unknown>;
    const texts = (): string[] =>
      Array.from(JSON.stringify(toJS(box)).matchAll(/"text":"([^"]*)"/g), ([, text]) => text ?? '');
    for (const order of permutations(['x', 'y', '$'])) {
      const each = (assign: (value: object) => unknown): void => {
        const { object, counts } = counting(order, { x: 1, y: 2, $: source.$ });
        assign(object);
        expect(counts).toEqual(once(order));
      };
      each((value) => (box.one = value));
      each((value) => (box.two = [value]));
      each((value) => (box.two as { set(i: number, v: object): void }).set(0, value));
      each((value) => (box.many = [value]));
      each((value) => heap.newobject(Box, { one: value }));
      expect(texts()).toEqual(Array.from({ length: 3 }, () => 'from the source'));
    }
  });

  it('where a property of `$` is undefined, hidden or inherited, too', () => {
    const { User } = defineUsers(heap);
    const ann = heap.newobject(User, { name: 'Ann' });
    expect(() => heap.newobject(User, { age: 1, $: undefined } as never)).toThrow(
      /undefined is not a view or a handle/,
    );
    const hidden = Object.defineProperty({ age: 31 }, '$', { value: ann.$, enumerable: false });
    expect(toJS(heap.newobject(User, hidden as never))).toMatchObject({ name: '', age: 31 });
    let name = 'not read';
    try {
      const value = { value: ann.$, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(Object.prototype, '$', value);
      ({ name } = heap.newobject(User, { age: 31 }));
    } finally {
      Reflect.deleteProperty(Object.prototype, '$');
    }
    expect(name).toBe('');
  });
});

/** The default flavour refuses these, once it has read what it was given. */
const kRefused = kInDefaultFlavour ? ['Heap.setDebug', 'Heap.verify'] : [];

describe('nothing of a caller’s value is read twice by', () => {
  it.each([...kOperations.keys()].filter((name) => !kRefused.includes(name)))('%s', async (name) => {
    const reads = new Reads();
    const world = worldOf(heap, (value) => reads.trap(value));
    await kOperations.get(name)?.(world);
    expect(reads.repeated).toEqual([]);
    if (!['Heap.newobject', 'Frame.newobject', 'Type.assign'].includes(name)) return;
    for (const field of Object.keys(kValues)) expect([field, reads.counts.get(`0.${field}`)]).toEqual([field, 1]);
  });

  it.each([
    ['mallocgc/inline', inline],
    ['mallocgc/worker', worker],
  ])('createHeap of %s', async (_, entry) => {
    const module = new WebAssembly.Module(inline.heapWasm());
    const values: HeapOptions = { maxBytes: 1 << 24, schedule: 'manual', mode: 'stop', module, debug: {} };
    const { object, counts } = counting(Object.keys(values), values);
    (await entry.createHeap(object)).dispose();
    expect(counts).toEqual(once(Object.keys(values)));
    const again = counting(Object.keys(values), values);
    createHeapSync(module, again.object).dispose();
    expect(again.counts).toEqual(once(Object.keys(values)));
  });

  it('the walk of a span', () => {
    const kept = heap.newobject(defineUsers(heap).User);
    const walk = heap.walk();
    for (const span of walk.spans) {
      for (const look of ['slots', 'objects'] as const) {
        const { object, counts } = counting(Object.keys(span), span);
        expect([...walk[look](object as never)].length).toBeGreaterThan(0);
        expect(Math.max(...Object.values(counts))).toBe(1);
      }
    }
    heap.KeepAlive(kept);
  });
});

describe('the handle of a caller’s own object is asked for once by', () => {
  const kTargets: Record<string, (target: never, world: ReturnType<typeof worldOf>) => unknown> = {
    'Heap.SetFinalizer': (target, { heap: own }) => own.SetFinalizer(target, () => undefined),
    'Heap.AddCleanup': (target, { heap: own }) => own.AddCleanup(target, () => undefined, 5).stop(),
    'Heap.weak': (target, { heap: own }) => own.weak(target).alive,
    'Heap.keep': (target, { heap: own }) => own.keep(target),
    'Heap.own': (target, { heap: own }) => own.own(target),
    'Heap.same': (target, { heap: own, node }) => own.same(target, node),
    'Heap.KeepAlive': (target, { heap: own }) => own.KeepAlive(target),
    'Heap.typeOf': (target, { heap: own }) => own.typeOf(target),
    'Heap.whyAlive': (target, { heap: own }) => own.whyAlive(target),
    'Heap.referrers': (target, { heap: own }) => own.referrers(target),
    'Frame.view': (target, { heap: own }) => own.scope((frame) => void frame.view(target)),
    'Frame.keep': (target, { heap: own }) => own.scope((frame) => void frame.keep(target)),
    'Type.cursor': (target, { types }) => types.Node.cursor(target),
    'Type.walk': (target, { types }) => [...types.Node.walk(target, 'ref')],
    'Type.assign': (target, { types }) => types.Node.assign(target, { i32: 3 }),
    'Type.assign, values': (target, { types, node }) => types.Node.assign(node, target),
    'Heap.newobject, values': (target, { heap: own, types }) => own.newobject(types.Node, target),
    'Handle.equals': (target, { node }) => node.$.equals(target),
    toJS: (target) => toJS(target),
    viewEquality: (target, { objects }) => viewEquality.call({ equals: Object.is }, target, objects.rooted),
    'viewEquality, of a plain one': (target) => viewEquality.call({ equals: Object.is }, {}, target),
    'set ref': (target, { node }) => (node.ref = target),
    'set any': (target, { node }) => (node.any = target),
    'set ref element': (target, { node }) => node.refs.set(0, target),
  };

  it.each(Object.keys(kTargets))('%s', (name) => {
    const world = worldOf(heap, (value) => value);
    const { object, counts } = counting(['$'], { $: world.node.$ });
    kTargets[name]?.(object as never, world);
    expect(counts).toEqual({ $: 1 });
  });

  it('AddCleanup, where finalizers are checked, and none of an argument that leads to another object', async () => {
    const checked = await checkedHeap({ debug: { finalizerChecks: true } });
    const { User } = defineUsers(checked);
    const [ann, bob] = [checked.newobject(User), checked.newobject(User)];
    const { object, counts } = counting(['$'], { $: bob.$ });
    checked.AddCleanup(ann, () => undefined, object);
    expect(counts).toEqual({ $: 1 });
    const inner = counting(['$', 'other'], { $: bob.$, other: 5 });
    checked.AddCleanup(ann, () => undefined, [inner.object]);
    expect(inner.counts).toEqual({ $: 0, other: 0 });
    const boom = (): never => {
      throw new Error('a look at what lets nobody look');
    };
    const shut = new Proxy({}, { ownKeys: boom, getOwnPropertyDescriptor: boom, getPrototypeOf: boom });
    checked.AddCleanup(ann, () => undefined, [shut]).stop();
    expect(checked.memStats().CleanupsRegistered).toBe(2);
    checked.dispose();
  });
});
