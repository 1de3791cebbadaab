// A loop that disposes of all it makes costs the JS engine nothing, and a disposed view is stale for ever. A disposed
// heap lets go of its memory, whatever of it is still held.

import { createHeap, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkedHeap, collectUntil, expectCode } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap({ debug: {} });
});
afterEach(() => {
  vi.restoreAllMocks();
  heap.dispose();
});

const define = (on: Heap) =>
  on.defineTypes({ Node: { next: t.ref('Node'), n: t.i32, kids: t.slice(t.ref('Node')), pos: t.array(t.i32, 2) } });
type Node = ReturnType<typeof define>['Node'];
interface Disposable {
  readonly $: { dispose(): void };
}

/** Each makes something of a heap that has a root of its own. */
const kMakers: Record<string, (on: Heap, type: Node) => Disposable> = {
  newobject: (on, type) => on.newobject(type, { n: 1 }),
  newarray: (on) => on.newarray(t.f64, 4),
  'a block': (on) => ({ $: on.rawmem(64) }),
  own: (on, type) => {
    const node = on.newobject(type);
    const own = on.own(node);
    node.$.dispose();
    return own;
  },
  'a read': (on, type) => {
    const node = on.newobject(type);
    node.next = node;
    const { next } = node;
    node.$.dispose();
    return next as NonNullable<typeof next>;
  },
  'a weak handle': (on, type) => {
    const node = on.newobject(type);
    const weak = on.weak(node);
    node.$.dispose();
    return { $: { dispose: () => weak[Symbol.dispose]() } };
  },
  'what a weak handle gives': (on, type) => {
    const node = on.newobject(type);
    const weak = on.weak(node);
    const view = weak.deref() as typeof node;
    node.$.dispose();
    weak[Symbol.dispose]();
    return view;
  },
  'a cursor': (on, type) => {
    const node = on.newobject(type);
    const cursor = type.cursor(node);
    node.$.dispose();
    return cursor;
  },
  'what a scope keeps': (on, type) => on.scope((frame) => frame.keep(frame.newobject(type))),
};

describe('a loop that disposes of all it makes', () => {
  it.each(Object.keys(kMakers))('B1: registers nothing more with the engine: %s', (name) => {
    const { Node } = define(heap);
    const make = kMakers[name] as (typeof kMakers)[string];
    const register = vi.spyOn(FinalizationRegistry.prototype, 'register');
    for (let i = 0; i < 10; i++) make(heap, Node).$.dispose();
    const before = register.mock.calls.length;
    expect(before).toBeGreaterThan(0);
    // As many as may be alive at once, and not as many as there were.
    const few = Array.from({ length: 3 }, () => make(heap, Node));
    for (const { $ } of few) $.dispose();
    const most = register.mock.calls.length;
    for (let i = 0; i < 5000; i++) make(heap, Node).$.dispose();
    expect(register.mock.calls.length).toBe(most);
    expect(heap.memStats()).toMatchObject({ LiveHandles: 0, WeakLive: 0 });
  });

  it('B1: in a scope, nothing at all', () => {
    const { Node } = define(heap);
    const register = vi.spyOn(FinalizationRegistry.prototype, 'register');
    const node = heap.newobject(Node);
    node.next = node;
    register.mockClear();
    for (let i = 0; i < 100; i++)
      heap.scope((frame) => {
        const view = frame.view(frame.newobject(Node, { next: node, kids: [node] }));
        for (const kid of view.kids) expect(kid?.next?.next?.n).toBe(view.pos.at(0));
      });
    expect(register).not.toHaveBeenCalled();
  });

  it('costs no memory of the engine, within one task', () => {
    const { Node } = define(heap);
    const collect = (globalThis as { gc?: () => void }).gc as () => void;
    const pass = (count: number): number => {
      for (let i = 0; i < count; i++) heap.newobject(Node, { n: i }).$.dispose();
      collect();
      return process.memoryUsage().heapUsed;
    };
    pass(20_000);
    const before = pass(1000);
    const kLoops = 200_000;
    // A registration takes some 90 bytes until its task is over.
    expect(pass(kLoops) - before).toBeLessThan(kLoops * 20);
  });

  it('leaves each view stale for ever, also when its ticket and its handle’s number are in use again', () => {
    const { Node } = define(heap);
    const gone = Array.from({ length: 100 }, (_, n) => {
      const node = heap.newobject(Node, { n });
      node.$.dispose();
      return node;
    });
    const fresh = Array.from({ length: 1000 }, (_, n) => heap.newobject(Node, { n: 1000 + n }));
    const before = heap.memStats().LiveHandles;
    for (const node of gone) {
      expectCode(() => node.n, 'STALE_HANDLE');
      expectCode(() => (node.n = 5), 'STALE_HANDLE');
      expectCode(() => node.next, 'STALE_HANDLE');
      expect([node.$.disposed, fresh.includes(node)]).toEqual([true, false]);
      node.$.dispose();
    }
    expect([heap.memStats().LiveHandles, fresh.every((node, n) => node.n === 1000 + n)]).toEqual([before, true]);
  });
});

describe('a disposed heap lets go of its memory where somebody keeps', () => {
  const kKept: Record<string, (on: Heap, type: Node) => unknown> = {
    nothing: () => null,
    'the heap': (on) => on,
    'a type': (_, type) => type,
    'a view': (on, type) => on.newobject(type),
    'a handle': (on) => on.rawmem(100),
    'an array': (on) => on.newarray(t.f64, 4),
    'a part': (on, type) => on.newobject(type).pos,
    'a view that was read': (on, type) => {
      const node = on.newobject(type);
      node.next = node;
      return [node.next, node.next?.kids];
    },
    'a view of a scope': (on, type) => on.scope((frame) => [frame.newobject(type)]),
    'a frame': (on) => on.scope((frame) => [frame]),
    'a weak handle': (on, type) => on.weak(on.newobject(type)),
    'a cursor': (on, type) => type.cursor(on.newobject(type)),
    'a walk that has begun': (on, type) => {
      const walk = type.walk(on.newobject(type), 'next')[Symbol.iterator]();
      walk.next();
      return walk;
    },
    raw: (on) => on.raw,
    'a cleanup': (on, type) => on.AddCleanup(on.newobject(type), () => undefined, 1),
    'a listener’s end': (on) => [on.on('growth', () => undefined), on.onCycleStart(() => undefined)],
  };

  it.each(Object.keys(kKept))('%s', async (name) => {
    const begin = async (): Promise<[unknown, WeakRef<object>]> => {
      const dead = await createHeap({ maxBytes: 1 << 24, schedule: 'manual' });
      const kept = kKept[name]?.(dead, define(dead).Node);
      dead.GC();
      const memory = new WeakRef(dead.memory);
      dead.dispose();
      return [kept, memory];
    };
    const held = await begin();
    expect(await collectUntil(() => held[1].deref() === undefined)).toBe(true);
    // It is held until here.
    expect(held[0]).not.toBeUndefined();
  });
});
