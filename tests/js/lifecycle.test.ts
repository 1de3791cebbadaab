// JS sees finalizers, cleanups and weak handles like this.

import { setTimeout as sleep } from 'node:timers/promises';
import { createHeap, Flags, t, type Heap, type Type } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, collectUntil, expectCode, verified } from './support.ts';

let heap: Heap;
const kFields = { next: t.ref('Node'), n: t.i32 } as const;
let Node: Type<typeof kFields, { readonly Node: typeof kFields }>;
beforeEach(async () => {
  heap = await checkedHeap();
  Node = heap.defineTypes({ Node: kFields }).Node;
});
afterEach(() => heap.dispose());

/** Drops a view for good and collects. */
function dropped(...views: { $: { dispose(): void } }[]): void {
  for (const view of views) view.$.dispose();
  heap.GC();
}

describe('SetFinalizer', () => {
  it('F1, B3: calls with a fresh view once the object is unreachable, and frees it later', () => {
    const seen: number[] = [];
    const node = heap.newobject(Node, { n: 7 });
    const { address } = node.$;
    heap.SetFinalizer(node, (object) => {
      seen.push(object.n);
      object.$.dispose();
    });
    heap.GC();
    expect(heap.runFinalizers()).toBe(0);
    dropped(node);
    expect(seen).toEqual([]);
    expect(heap.runFinalizers()).toBe(1);
    expect(seen).toEqual([7]);
    expect(heap.findObject(address)).not.toBeNull();
    heap.GC();
    expect(heap.runFinalizers()).toBe(0);
    expect(heap.findObject(address)).toBeNull();
  });

  it('F1: the object may be kept by its finalizer, and armed anew', () => {
    const runs: string[] = [];
    let kept: { n: number; $: { dispose(): void } } | undefined;
    const node = heap.newobject(Node, { n: 1 });
    heap.SetFinalizer(node, (object) => {
      runs.push('first');
      kept = heap.keep(object);
      heap.SetFinalizer(object, (again) => {
        runs.push('second');
        again.$.dispose();
      });
    });
    dropped(node);
    heap.runFinalizers();
    heap.GC();
    expect(kept?.n).toBe(1);
    kept?.$.dispose();
    heap.GC();
    heap.runFinalizers();
    expect(runs).toEqual(['first', 'second']);
  });

  it('F2: runs in dependency order', () => {
    const order: number[] = [];
    const inner = heap.newobject(Node, { n: 2 });
    const outer = heap.newobject(Node, { n: 1, next: inner });
    for (const node of [inner, outer]) {
      heap.SetFinalizer(node, (object) => {
        order.push(object.n);
        object.$.dispose();
      });
    }
    dropped(inner, outer);
    heap.runFinalizers();
    expect(order).toEqual([1]);
    heap.GC();
    heap.runFinalizers();
    expect(order).toEqual([1, 2]);
  });

  it('F3: never finalizes a cycle, but an object that points to itself', () => {
    let ran = 0;
    const [a, b, self] = [heap.newobject(Node), heap.newobject(Node), heap.newobject(Node)];
    a.next = b;
    b.next = a;
    self.next = self;
    for (const node of [a, b, self]) heap.SetFinalizer(node, () => (ran += 1));
    dropped(a, b, self);
    heap.runFinalizers();
    heap.GC();
    heap.runFinalizers();
    expect(ran).toBe(1);
  });

  it('F4: checks its arguments in Go’s order, with Go’s texts', () => {
    const block = heap.newobject(Node);
    expect(expectCode(() => heap.SetFinalizer(null as never, () => 0), 'BAD_POINTER')).toMatch(
      /^first argument is nil/,
    );
    expect(expectCode(() => heap.SetFinalizer(undefined as never, 5 as never), 'BAD_POINTER')).toMatch(
      /^first argument is nil/,
    );
    for (const bad of [5, 'x', {}, Symbol('s')])
      expectCode(() => heap.SetFinalizer(bad as never, () => 0), 'BAD_POINTER');
    expect(expectCode(() => heap.SetFinalizer(block, 5 as never), 'FINALIZER')).toMatch(
      /^second argument is 5, not a function/,
    );
    expectCode(() => heap.SetFinalizer(block, undefined as never), 'FINALIZER');
    const { Pair } = heap.defineTypes({ Pair: { a: t.struct(Node), b: t.struct(Node) } });
    const pair = heap.newobject(Pair);
    expect(expectCode(() => heap.SetFinalizer(pair.b, () => 0), 'BAD_POINTER')).toMatch(
      /^pointer not at beginning of allocated block/,
    );
    expect(expectCode(() => heap.SetFinalizer(pair.b, 5 as never), 'BAD_POINTER')).toMatch(
      /^pointer not at beginning of allocated block/,
    );
    heap.SetFinalizer(block, () => 0);
    expect(expectCode(() => heap.SetFinalizer(block, () => 0), 'FINALIZER')).toMatch(/^finalizer already set/);
    heap.SetFinalizer(block, null);
    heap.SetFinalizer(block, null);
    heap.SetFinalizer(block, () => 0);
    heap.SetFinalizer(heap.mallocgc(0, null), () => 0);
    verified(heap);
  });

  it('F4: clearing means that nothing runs', () => {
    let ran = 0;
    const node = heap.newobject(Node);
    heap.SetFinalizer(node, () => (ran += 1));
    heap.SetFinalizer(node, null);
    dropped(node);
    expect(heap.runFinalizers()).toBe(0);
    expect(ran).toBe(0);
  });

  it('F5: finalizes several tiny objects in one block, each with its own address', () => {
    const addresses: number[] = [];
    const blocks = [1, 2, 3, 4].map(() => heap.mallocgc(2, null, Flags.noScan));
    const expected = blocks.map(({ address }) => address);
    for (const block of blocks) {
      heap.SetFinalizer(block, (object) => {
        addresses.push(object.address);
        object.dispose();
      });
    }
    for (const block of blocks) block.dispose();
    heap.GC();
    heap.runFinalizers();
    expect(addresses.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
  });

  it('F6: runs at most as many as asked, and errors do not stop the queue', async () => {
    const errors: unknown[] = [];
    const small = await checkedHeap({ onFinalizerError: (error, type) => errors.push([error, type]) });
    const { Item } = small.defineTypes({ Item: { n: t.i32 } });
    let ran = 0;
    for (let i = 0; i < 10; i++) {
      const item = small.newobject(Item, { n: i });
      small.SetFinalizer(item, (object) => {
        ran += 1;
        const { n } = object;
        object.$.dispose();
        if (n % 3 === 0) throw new Error(`n is ${n}`);
        return n % 3 === 1 ? Promise.reject(new Error('async')) : small.newobject(Item);
      });
      item.$.dispose();
    }
    small.GC();
    expect(small.runFinalizers(4)).toBe(4);
    expect(ran).toBe(4);
    expect(small.runFinalizers()).toBe(6);
    await sleep(0);
    expect(errors).toHaveLength(7);
    expect(errors[0]).toEqual([expect.any(Error), Item]);
    for (const bad of [-1, NaN, 0.5, 'x']) expectCode(() => small.runFinalizers(bad as never), 'BAD_ARGUMENT');
    small.dispose();
  });

  it('F6: allocation, collection and SetFinalizer inside a finalizer are legal; it runs no second executor', () => {
    const log: unknown[] = [];
    const node = heap.newobject(Node, { n: 3 });
    heap.SetFinalizer(node, (object) => {
      const fresh = heap.newobject(Node, { n: object.n + 1 });
      heap.GC();
      heap.SetFinalizer(fresh, () => log.push('inner'));
      log.push(fresh.n, heap.runFinalizers());
      fresh.$.dispose();
      object.$.dispose();
    });
    dropped(node);
    heap.runFinalizers();
    heap.GC();
    heap.runFinalizers();
    expect(log).toEqual([4, 0, 'inner']);
  });

  it('runs as a task after the collection by itself', async () => {
    const auto = await createHeap();
    const { Item } = auto.defineTypes({ Item: { n: t.i32 } });
    let seen = 0;
    const item = auto.newobject(Item, { n: 5 });
    auto.SetFinalizer(item, (object) => (seen = object.n));
    item.$.dispose();
    auto.GC();
    expect(seen).toBe(0);
    await sleep(20);
    expect(seen).toBe(5);
    auto.dispose();
  });

  it('F6: disposing a heap runs none', async () => {
    let ran = 0;
    const auto = await createHeap();
    const item = auto.newobject(auto.defineTypes({ Item: { n: t.i32 } }).Item);
    auto.SetFinalizer(item, () => (ran += 1));
    item.$.dispose();
    auto.GC();
    auto.dispose();
    await sleep(20);
    expect(ran).toBe(0);
  });
});

describe('AddCleanup', () => {
  it('F7: calls with the argument after the object is gone, any number, unless stopped', () => {
    const log: string[] = [];
    const node = heap.newobject(Node);
    const { address } = node.$;
    const cleanups = ['a', 'b', 'c'].map((name) => heap.AddCleanup(node, (arg) => log.push(arg), name));
    cleanups[1]?.stop();
    cleanups[1]?.stop();
    dropped(node);
    expect(heap.findObject(address)).toBeNull();
    expect(heap.runFinalizers()).toBe(2);
    expect(log.toSorted()).toEqual(['a', 'c']);
    cleanups[0]?.stop();
  });

  it('F1, F7: armed alike, each is its own: cleared, stopped, run and armed anew by itself', () => {
    const seen: string[] = [];
    const last = (object: { n: number }): number => seen.push(`last ${object.n}`);
    const gone = (arg: unknown): number => seen.push(`gone ${String(arg)}`);
    const nodes = Array.from({ length: 6 }, (_, n) => heap.newobject(Node, { n }));
    const handle = heap.mallocgc(16, Node);
    for (const node of nodes) heap.SetFinalizer(node, last);
    const stops = nodes.map((node) => heap.AddCleanup(node, gone, NaN).stop);
    const same = nodes.map((node) => heap.AddCleanup(node, gone, 'x').stop);
    heap.SetFinalizer(nodes[1] as (typeof nodes)[0], null);
    stops[2]?.();
    same[3]?.();
    same[3]?.();
    heap.AddCleanup(handle, gone, 'handle');
    heap.SetFinalizer(nodes[1] as (typeof nodes)[0], (object) => seen.push(`other ${object.n}`));
    dropped(...nodes, { $: handle });
    heap.runFinalizers();
    expect(seen.splice(0).sort()).toEqual(['gone handle', 'last 0', 'last 2', 'last 3', 'last 4', 'last 5', 'other 1']);
    heap.GC();
    heap.runFinalizers();
    expect(seen.splice(0).sort()).toEqual([...Array<string>(5).fill('gone NaN'), ...Array<string>(5).fill('gone x')]);
    const again = heap.newobject(Node, { n: 9 });
    heap.SetFinalizer(again, last);
    dropped(again);
    heap.runFinalizers();
    expect(seen).toEqual(['last 9']);
  });

  it('F7: cycles are no obstacle, inner addresses are fine, finalizers come first', () => {
    const log: string[] = [];
    const { Pair } = heap.defineTypes({ Pair: { a: t.struct(Node), b: t.struct(Node), self: t.ref('Pair') } });
    const pair = heap.newobject(Pair);
    pair.self = pair;
    const inner = pair.b;
    heap.AddCleanup(inner, () => log.push('cleanup'), undefined);
    heap.SetFinalizer(pair, (object) => {
      log.push('finalizer');
      object.$.dispose();
    });
    dropped(pair, inner);
    heap.runFinalizers();
    expect(log).toEqual(['finalizer']);
    heap.GC();
    heap.runFinalizers();
    expect(log).toEqual(['finalizer', 'cleanup']);
  });

  it('F7: refuses what would keep the object alive, and what is no function', () => {
    const node = heap.newobject(Node);
    expectCode(() => heap.AddCleanup(node, () => 0, node), 'FINALIZER');
    expectCode(() => heap.AddCleanup(node, () => 0, node.$), 'FINALIZER');
    expectCode(() => heap.AddCleanup(node, 5 as never, 1), 'FINALIZER');
    expectCode(() => heap.AddCleanup(null as never, () => 0, 1), 'BAD_POINTER');
  });
});

describe('a weak handle', () => {
  it('F8: gives fresh views while the object lives, and undefined afterwards', () => {
    const node = heap.newobject(Node, { n: 4 });
    const weak = heap.weak(node);
    const view = weak.deref();
    expect(view?.n).toBe(4);
    expect(weak.equals(heap.weak(node))).toBe(true);
    expect(weak.equals(heap.weak(heap.newobject(Node)))).toBe(false);
    expect(weak.equals(5)).toBe(false);
    dropped(node);
    expect(weak.deref()?.n).toBe(4);
    view?.$.dispose();
    weak.deref()?.$.dispose();
    heap.scope(() => undefined);
    return collectUntil(() => {
      heap.GC();
      return weak.deref() === undefined;
    }).then((isCleared) => expect(isCleared).toBe(true));
  });

  it('F8: is cleared before the finalizer runs; after a resurrection a new one is another', () => {
    const node = heap.newobject(Node);
    const weak = heap.weak(node);
    let kept: typeof node | undefined;
    let during: unknown = 'not run';
    heap.SetFinalizer(node, (object) => {
      during = weak.deref();
      kept = heap.keep(object);
    });
    dropped(node);
    heap.runFinalizers();
    expect(during).toBeUndefined();
    if (kept === undefined) throw new Error('not kept');
    const next = heap.weak(kept);
    expect(next.equals(weak)).toBe(false);
    expect(next.deref()?.$.equals(kept)).toBe(true);
  });

  it('can be disposed, twice, and counts its uses', () => {
    const node = heap.newobject(Node);
    const [a, b] = [heap.weak(node), heap.weak(node)];
    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expect(a.deref()).toBeUndefined();
    expect(b.deref()?.$.equals(node)).toBe(true);
    expectCode(() => heap.weak(5 as never), 'BAD_POINTER');
  });
});

describe('KeepAlive', () => {
  it('F9: takes anything', () => {
    for (const x of [undefined, null, 5, {}, heap.newobject(Node), heap]) heap.KeepAlive(x);
  });
});
