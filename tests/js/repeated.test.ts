// A reference that is read again in one task, without a scope, gives the same view until that view is disposed, and
// costs no further handle (B8). Whatever is left undisposed is warned of, and an end of the handles is an error that
// says so.

import { createHeap, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkedHeap, expectCode, kInDefaultFlavour } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => {
  vi.restoreAllMocks();
  heap.dispose();
});

const live = () => heap.memStats().LiveHandles;
const define = () =>
  heap.defineTypes({
    Part: { next: t.ref('Node'), deep: t.array(t.ref('Node'), 2) },
    Node: {
      next: t.ref('Node'),
      any: t.any,
      kids: t.slice(t.ref('Node')),
      four: t.array(t.ref('Node'), 2),
      part: t.struct('Part'),
      lists: t.slice(t.slice(t.ref('Node'))),
      n: t.i32,
    },
  });

/** Makes an object that refers to another one in every way. */
function full() {
  const { Node } = define();
  const [node, other] = [heap.newobject(Node, { n: 1 }), heap.newobject(Node, { n: 2 })];
  const pair = [other, other];
  Node.assign(node, { next: other, any: other, kids: pair, four: pair, part: { next: other, deep: pair } });
  Node.assign(node, { lists: [pair] });
  other.$.dispose();
  return { Node, node };
}
type Full = ReturnType<typeof full>['node'];

/** These are all ways to read a reference without a scope. */
const kReads: Record<string, (node: Full) => unknown> = {
  ref: (node) => node.next,
  any: (node) => node.any,
  slice: (node) => node.kids,
  'an element of a slice': (node) => node.kids.at(-1),
  'an element of an inline array': (node) => node.four.at(1),
  'ref of a part': (node) => node.part.next,
  'an element of an array of a part': (node) => node.part.deep.at(0),
  'a slice of a slice': (node) => node.lists.at(0)?.at(1),
  'ref of a ref': (node) => node.next?.kids,
};

/** Returns how many handles `run` has left. */
function made(run: () => void): number {
  const before = live();
  run();
  return live() - before;
}

describe('a repeated read', () => {
  it.each(Object.keys(kReads))('B8: of %s gives the same view, and costs no further handle', (name) => {
    const { node } = full();
    const read = kReads[name] as (node: Full) => unknown;
    const first = read(node);
    expect(first).toBeTypeOf('object');
    expect(made(() => expect(Array.from({ length: 1000 }, () => read(node)).every((each) => each === first)))).toBe(0);
  });

  it('B8: of an empty list gives the same array too, which never was a handle', async () => {
    const { Node } = define();
    const node = heap.newobject(Node);
    const { kids } = node;
    expect(made(() => expect([node.kids === kids, node.kids.length, kids.$.disposed]).toEqual([true, 0, false]))).toBe(
      0,
    );
    Node.assign(node, { kids: [null] });
    expect([node.kids === kids, node.kids.length, kids.length]).toEqual([false, 1, 0]);
    node.kids.$.dispose();
    Node.assign(node, { kids: [] });
    const again = node.kids;
    again.$.dispose();
    const [one, other] = [node.kids, node.kids];
    expect([one === again, one === other]).toEqual([false, true]);
    const scoped = heap.scope((frame) => {
      const list = frame.view(node).kids;
      expect([list.length, list.$.disposed]).toEqual([0, false]);
      return list;
    });
    expect(scoped.$.disposed).toBe(true);
    const seen: unknown[] = [];
    heap.scope((frame) =>
      heap.SetFinalizer(frame.newobject(Node), (last) => {
        const { kids: list } = last;
        seen.push(list.length, list);
      }),
    );
    heap.GC();
    heap.runFinalizers();
    await Promise.resolve();
    expect([seen[0], (seen[1] as { $: { disposed: boolean } }).$.disposed]).toEqual([0, true]);
  });

  it('B8: of many empty lists notes only so many, and roots none', () => {
    const { Node } = define();
    const count = 20_000;
    const first = heap.scope((frame) => {
      let node = frame.newobject(Node);
      for (let i = 1; i < count; i++) node = frame.newobject(Node, { next: node });
      return frame.keep(node);
    });
    let [same, empty] = [0, 0];
    for (const cursor of Node.walk(first, 'next')) {
      const { kids } = cursor;
      if (cursor.kids === kids) same += 1;
      if (kids.length === 0) empty += 1;
    }
    expect([same, empty, live()]).toEqual([4096, count, 1]);
    heap.scope((frame) => {
      const node = frame.view(first);
      const lists = Array.from({ length: 100 }, () => node.kids);
      expect(lists.every(({ length }) => length === 0)).toBe(true);
      lists[0]?.$.dispose();
      expect([node.kids.length, lists[1]?.$.disposed]).toEqual([0, false]);
    });
  });

  it('B8: by iteration gives the views that reading by index gives, each time', () => {
    const { Node } = define();
    const list = heap.newarray(t.ref(Node), 1000);
    for (let i = 0; i < list.length; i++) heap.scope((frame) => list.set(i, frame.newobject(Node, { n: i })));
    let sum = 0;
    const pass = (): void => {
      for (const node of list) sum += node?.n ?? 0;
    };
    expect(made(pass)).toBe(list.length);
    const views = [...list];
    expect(made(() => [pass, pass, pass].forEach((each) => each()))).toBe(0);
    expect(views.every((view, i) => view === list.at(i) && view?.n === i)).toBe(true);
    expect([[...list].every((view, i) => view === views[i]), sum]).toEqual([true, (4 * 999 * 1000) / 2]);
    for (const view of views) view?.$.dispose();
    expect(live()).toBe(1);
  });

  it('B8: by a cursor, and of what it moves along', () => {
    const { Node, node } = full();
    const cursor = Node.cursor(node);
    const { next } = cursor;
    expect(made(() => expect(cursor.next === next && cursor.next === node.next).toBe(true))).toBe(0);
    cursor.follow('next');
    expect([cursor.next, cursor.n]).toEqual([null, 2]);
  });

  it('B3, B8: in a finalizer too, and what was kept stays the same view', async () => {
    const { Node, node } = full();
    const seen: unknown[] = [];
    const kept: Full[] = [];
    heap.SetFinalizer(node, async (last) => {
      const { next } = last;
      const handles = made(() => {
        const { kids } = last;
        for (let i = 0; i < 1000; i++) if (last.next !== next || last.kids !== kids) seen.push(i);
      });
      await Promise.resolve();
      if (next === null) return;
      seen.push(handles, last.next === next, heap.keep(next) === last.next);
      next.$.dispose();
      if (last.next !== null) kept.push(heap.keep(last.next));
      seen.push(last.next === kept[0], last.next === next);
    });
    node.$.dispose();
    heap.GC();
    heap.runFinalizers();
    await new Promise((done) => setTimeout(done, 0));
    // The list is the one handle more.
    expect(seen).toEqual([1, true, true, true, false]);
    expect([kept[0]?.n, live()]).toEqual([2, 1]);
    kept[0]?.$.dispose();
    expect(Node.name).toBe('Node');
  });

  it('B8: gives another view once the first is disposed, which ends no other root', () => {
    const { node } = full();
    const [first, beside] = [node.next, node.part.next];
    if (first === null || beside === null) throw new Error('no reference');
    const own = heap.own(first);
    first.$.dispose();
    expectCode(() => first.n, 'STALE_HANDLE');
    const second = node.next;
    expect([second === first, second === node.next, second?.n]).toEqual([false, true, 2]);
    first.$.dispose();
    expect([own.n, beside.n, node.next?.n, node.next === second]).toEqual([2, 2, 2, true]);
    second?.$.dispose();
    node.$.dispose();
    heap.GC();
    expect([own.n, beside.n, heap.same(own, beside), live()]).toEqual([2, 2, true, 2]);
    own.$.dispose();
    heap.GC();
    expect(beside.n).toBe(2);
    beside.$.dispose();
    heap.GC();
    expect([heap.memStats().HeapObjects, live()]).toEqual([0, 0]);
  });

  it('B8: of a reference that was changed gives what it refers to now', () => {
    const { node } = full();
    const { next, kids } = node;
    node.next = node;
    node.kids = heap.newarray(t.ref('Node') as never, 1) as never;
    expect([node.next === next, node.next?.n, node.kids === kids, node.kids.length]).toEqual([false, 1, false, 1]);
  });
});

describe('the warning of a task that leaves views', () => {
  const leave = (on: Heap, count: number): void => {
    const { Item } = on.defineTypes({ Item: { n: t.i32, next: t.ref('Item') } });
    const list = on.newarray(t.ref(Item), 1000);
    for (let i = 0; i < list.length; i++) on.scope((frame) => list.set(i, frame.newobject(Item)));
    // These were read, not made.
    for (let i = 0; i < count / 1000; i++) for (const item of list) on.own(item as NonNullable<typeof item>);
  };
  const kRemedies = ['heap.scope', 'read from its views', 'frame.view', 'Type.walk', 'dispose()'];

  it('is on the console, once a heap, and says what to do about reads too', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const plain = await createHeap({ schedule: 'manual' });
    leave(plain, 98_000);
    expect(warn).not.toHaveBeenCalled();
    leave(plain, 210_000);
    expect(warn).toHaveBeenCalledTimes(1);
    const text = String(warn.mock.calls[0]);
    expect(text).toMatch(/^mallocgc: one task has left 100000 views undisposed, made or read: /);
    for (const remedy of kRemedies) expect(text).toContain(remedy);
    expect(text).not.toContain('made here');
    plain.dispose();
  });

  it.skipIf(kInDefaultFlavour)(
    'has the place in the debug flavour, and is an event where somebody listens',
    async () => {
      const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
      leave(heap, 110_000);
      expect(String(warn.mock.calls[0])).toMatch(/the last one was made here:[^]*repeated\.test\.ts/);
      const texts: string[] = [];
      const other = await checkedHeap();
      other.on('warning', ({ text }) => texts.push(text));
      leave(other, 110_000);
      expect([warn.mock.calls.length, texts.length]).toEqual([1, 1]);
      other.dispose();
    },
  );
});

describe('the end of the handles', () => {
  it('is an error that says so and names the remedy; the heap goes on', async () => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const small = await createHeap({ maxBytes: 6 << 20, schedule: 'manual' });
    const { Item } = small.defineTypes({ Item: { n: t.i32 } });
    const item = small.newobject(Item, { n: 5 });
    // Blocks take the memory, so that a table of handles has no room to grow.
    const owned: { dispose(): void }[] = [];
    for (const bytes of [1 << 16, 1 << 13])
      expectCode(() => {
        for (;;) owned.push(small.rawmem(bytes));
      }, 'OUT_OF_MEMORY');
    const text = expectCode(() => {
      for (;;) owned.push(small.own(item).$);
    }, 'OUT_OF_MEMORY');
    expect(text).toMatch(new RegExp(`no room for a further handle, ${owned.length + 1} are alive: use heap\\.scope`));
    for (const remedy of ['frame.view', 'Type.walk', 'dispose()']) expect(text).toContain(remedy);
    for (const each of owned) each.dispose();
    expect([small.own(item).n, small.memStats().LiveHandles]).toEqual([5, 2]);
    small.dispose();
  });
});
