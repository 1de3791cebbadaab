// Anything can get a root of its own (heap.own), a root for a scope (frame.view), or outlive the finalizer that it was
// lent to (heap.keep). What is lent or scoped ends on time, whatever was done with it (B3, B8).

import { readFileSync } from 'node:fs';
import { t, type Handle, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, collectUntil, engineTells, expectCode, kInDefaultFlavour, kTurnsMax } from './support.ts';

let heap: Heap;
const errors: unknown[] = [];
beforeEach(async () => {
  errors.length = 0;
  heap = await checkedHeap({ onFinalizerError: (error) => errors.push(error) });
});
afterEach(() => heap.dispose());

const live = () => heap.memStats().LiveHandles;
const objects = () => {
  heap.GC();
  return heap.memStats().HeapObjects;
};
const define = () =>
  heap.defineTypes({
    Vec: { x: t.f32, link: t.ref('Node') },
    Node: {
      n: t.i32,
      next: t.ref('Node'),
      any: t.any,
      pos: t.struct('Vec'),
      rows: t.array(t.array(t.i32, 2), 2),
      raw: t.bytes(4),
      kids: t.slice(t.ref('Node')),
      blobs: t.slice(t.bytes(4)),
      vecs: t.slice(t.struct('Vec')),
    },
  });
type Node = ReturnType<typeof define>['Node'];
type View = ReturnType<typeof makeNode>;

/** Makes a node that refers to itself in every way, and holds other lists. */
function makeNode(Node: Node) {
  const node = heap.newobject(Node, { n: 1, blobs: [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)] });
  Node.assign(node, { next: node, any: node, kids: [node], pos: { x: 7, link: node }, vecs: [{ x: 8 }] });
  node.rows.at(1)?.set(1, 9);
  return node;
}

/** Each reads something that has a handle from a node, and says what it should look like. */
const kTargets: Record<string, [(node: View, type: Node) => { $: Handle }, (target: never) => unknown, unknown]> = {
  'a view': [(node) => node, (view: View) => view.n, 1],
  'a shared view': [(node) => node.next as View, (view: View) => view.n, 1],
  'a struct': [(node) => node.pos, (pos: { x: number }) => pos.x, 7],
  'an inline array': [(node) => node.rows, (rows: View['rows']) => rows.at(1)?.at(1), 9],
  'an array in an array': [(node) => node.rows.at(1) as never, (row: { at(i: number): number }) => row.at(1), 9],
  'a list': [(node) => node.kids, (kids: View['kids']) => kids.at(0)?.n, 1],
  'an element by value': [(node) => node.vecs.at(0) as never, (vec: { x: number }) => vec.x, 8],
  'a cursor': [(node, type) => type.cursor(node), (view: View) => view.n, 1],
  'what any refers to': [(node) => node.any as never, (view: View) => view.n, 1],
};

describe('heap.own', () => {
  it.each(Object.keys(kTargets))('B8: makes a root of its own of %s', (name) => {
    const { Node } = define();
    const [read, look, wanted] = kTargets[name] as (typeof kTargets)[string];
    const node = makeNode(Node);
    const target = read(node, Node);
    const before = live();
    const own = heap.own(target as never) as { $: Handle };
    expect([live() - before, own === target, heap.same(own, target)]).toEqual([1, false, true]);
    const twin = heap.own(target as never) as { $: Handle };
    twin.$.dispose();
    target.$.dispose();
    node.$.dispose();
    for (const { address } of [...heap.handles()]) expect(address).toBeGreaterThan(0);
    heap.GC();
    expect(look(own as never)).toBe(wanted);
    const handle = heap.own(own.$);
    expect([handle instanceof own.$.constructor, handle === own.$]).toEqual([true, false]);
    own.$.dispose();
    expect(objects()).toBeGreaterThan(0);
    handle.dispose();
  });

  it('B8: of what a scope or a finalizer gave outlives both', () => {
    const { Node } = define();
    const owned: View[] = [];
    heap.scope((frame) => {
      const node = frame.newobject(Node, { n: 2, next: frame.newobject(Node, { n: 3 }) });
      owned.push(heap.own(node), heap.own(node.next as View));
      heap.SetFinalizer(frame.newobject(Node, { n: 4, next: frame.newobject(Node, { n: 5 }) }), (last) => {
        owned.push(heap.own(last), heap.own(last.next as View));
      });
    });
    heap.GC();
    heap.runFinalizers();
    heap.GC();
    expect([owned.map(({ n }) => n), live()]).toEqual([[2, 3, 4, 5], 4]);
    for (const { $ } of owned) $.dispose();
    expect([objects(), live(), errors]).toEqual([0, 0, []]);
  });
});

describe('frame.view', () => {
  it.each(Object.keys(kTargets))('B8: gives a scoped one of %s, and what is read from it is scoped', (name) => {
    const { Node } = define();
    const [read, look, wanted] = kTargets[name] as (typeof kTargets)[string];
    const node = makeNode(Node);
    const target = read(node, Node);
    const before = live();
    const late = heap.scope((frame) => {
      const view = frame.view(target as never) as { $: Handle };
      target.$.dispose();
      node.$.dispose();
      heap.GC();
      expect([look(view as never), look(frame.view(view as never))]).toEqual([wanted, wanted]);
      expect(live()).toBeLessThan(before);
      return view;
    });
    expectCode(() => look(late as never), 'STALE_HANDLE');
  });

  it('B8: what is read from a scoped view in whatever way is scoped, and ends with the scope', () => {
    const { Node } = define();
    const node = makeNode(Node);
    const weak = heap.weak(node);
    const before = live();
    const late = heap.scope((frame) => {
      const view = frame.view(node);
      const { any } = view as unknown as { any: View };
      const read = [view.next, any, view.pos.link, view.kids.at(0), heap.weak(view).deref()] as View[];
      for (const kid of view.kids) read.push(kid as View);
      for (const each of [...read]) read.push(each.next as View, each.pos.link as View, each.kids.at(0) as View);
      for (const each of read) expect(each.n).toBe(1);
      const cursor = Node.cursor(view);
      read.push(cursor.next as View, cursor.kids.at(0) as View, heap.weak(cursor).deref() as View);
      cursor.$.dispose();
      for (const step of Node.walk(frame.newobject(Node, { n: 1, next: node }), 'next')) {
        if (step.next !== null) read.push(step.next);
        if (read.length > 28) break;
      }
      return read;
    });
    expect([live(), late.length]).toEqual([before, 29]);
    for (const view of late) expectCode(() => view.n, 'STALE_HANDLE');
    node.$.dispose();
    expect([weak.alive, objects()]).toEqual([true, 0]);
    expect(weak.alive).toBe(false);
  });
});

describe('a scoped view that is stale', () => {
  it('says whether it was disposed or its scope is over', () => {
    const { Node } = define();
    const [disposed, left, element] = heap.scope((frame) => {
      const node = frame.newobject(Node, { vecs: [{ x: 1 }] });
      const first = frame.view(node);
      first.$.dispose();
      first.$.dispose();
      expect(expectCode(() => first.n, 'STALE_HANDLE')).toMatch(/it was disposed$/);
      return [first, node, node.vecs.at(0)] as const;
    });
    expect(expectCode(() => disposed.n, 'STALE_HANDLE')).toMatch(/it was disposed$/);
    for (const use of [() => left.n, () => left.vecs, () => left.$.bytes(), () => element?.x, () => heap.own(left)])
      expect(expectCode(use, 'STALE_HANDLE')).toMatch(/its scope is over/);
    left.$.dispose();
    expect([left.$.disposed, objects(), live()]).toEqual([true, 0, 0]);
  });
});

describe('what a finalizer was lent', () => {
  /** Arms a fresh object with `fn` and makes it unreachable. */
  const arm = (Node: Node, fn: (node: View) => unknown): void => {
    heap.scope((frame) => {
      const next = frame.newobject(Node, { n: 2 });
      heap.SetFinalizer(frame.newobject(Node, { n: 1, next, any: next, kids: [next] }), fn);
    });
    heap.GC();
    heap.runFinalizers();
  };
  const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0));
  const kEnds: Record<string, () => unknown> = {
    'a return': () => undefined,
    'a throw': () => {
      throw new Error('on purpose');
    },
    'a promise': () => Promise.resolve(5),
    'a promise that is refused': () => Promise.reject(new Error('on purpose')),
    // biome-ignore lint/suspicious/noThenProperty: a function may give back whatever has one.
    'an odd promise': () => ({ then: () => kEnds['a throw']?.() }),
  };

  it.each(Object.keys(kEnds))('B3: ends with %s, whatever was read and wherever it is held', async (name) => {
    const { Node } = define();
    const held: View[] = [];
    arm(Node, (node) => {
      held.push(node, node.next as View, node.any as View, node.kids.at(0) as View, node.pos as never);
      expect(heap.weak(node).deref()?.n).toBe(1);
      return kEnds[name]?.();
    });
    await turn();
    expect(held).toHaveLength(5);
    for (const view of held) {
      expect(expectCode(() => view.$.address, 'STALE_HANDLE')).toMatch(/heap\.keep\(view\)/);
    }
    expectCode(() => held[0]?.n, 'STALE_HANDLE');
    expectCode(() => (held[4] as never as { x: number }).x, 'STALE_HANDLE');
    expect([objects(), live()]).toEqual([0, 0]);
    expect(errors).toHaveLength(/throw|refused|odd/.test(name) ? 1 : 0);
  });

  it('B3: heap.keep takes what was read, too, and a part for its whole', () => {
    const { Node } = define();
    const kept: View[] = [];
    arm(Node, (node) => {
      const next = node.next as View;
      expect(heap.keep(next)).toBe(next);
      expect(heap.keep(next)).toBe(next);
      kept.push(next);
      const cursor = Node.cursor(node);
      expect([cursor.next === node.next, heap.keep(cursor) === cursor]).toEqual([true, true]);
      cursor.$.dispose();
      expectCode(() => heap.keep(5 as never), 'BAD_POINTER');
    });
    expect([kept[0]?.n, objects(), live()]).toEqual([2, 1, 1]);
    kept[0]?.$.dispose();
    arm(Node, (node) => {
      heap.keep(node.pos);
      kept.push(node);
    });
    expect([kept[1]?.n, live(), errors]).toEqual([1, 1, []]);
    kept[1]?.$.dispose();
    expect([objects(), live()]).toEqual([0, 0]);
  });
});

describe('elements by value', () => {
  it('B8: make no handle, of whatever kind, and have no identity', () => {
    const { Node } = define();
    const node = makeNode(Node);
    const { blobs, vecs, rows } = node;
    const before = live();
    for (let i = 0; i < 1000; i++) {
      expect([blobs.at(1)?.[3], vecs.at(0)?.x, rows.at(1)?.at(1)]).toEqual([8, 8, 9]);
    }
    expect([[...blobs].map((each) => each.join()), [...vecs].length, [...rows].length]).toEqual([
      ['1,2,3,4', '5,6,7,8'],
      1,
      2,
    ]);
    expect(live()).toBe(before);
    const [blob, vec, row] = [blobs.at(0), vecs.at(0), rows.at(0)];
    expect([blobs.at(0) === blob, vecs.at(0) === vec, rows.at(0) === row]).toEqual([false, false, false]);
    vec?.$.dispose();
    row?.[Symbol.dispose]();
    expect([vec?.x, row?.at(0), vec?.$.disposed]).toEqual([8, 0, false]);
    vecs.$.dispose();
    expectCode(() => vec?.x, 'STALE_HANDLE');
    expect(row?.at(0)).toBe(0);
    node.$.dispose();
    expectCode(() => row?.at(0), 'STALE_HANDLE');
  });
});

describe('a typed array', () => {
  /** These are all ways to get one. */
  const kArrays: Record<string, (node: View) => [Uint8Array, Handle]> = {
    'bytes() of a handle': () => {
      const block = heap.rawmem(4096);
      return [block.bytes(), block];
    },
    'view() of an array': () => {
      const array = heap.newarray(t.u8, 4096);
      return [array.view(), array.$];
    },
    'a field of bytes': (node) => {
      const own = heap.own(node);
      return [own.raw, own.$];
    },
    'bytes() of a part': (node) => {
      const own = heap.own(node);
      return [own.pos.$.bytes(), own.$];
    },
    'an element of bytes': (node) => {
      const blobs = heap.own(node.blobs);
      return [blobs.at(0) as never, blobs.$];
    },
  };

  it.each(Object.keys(kArrays))('B4: %s keeps its handle reachable, and is no root of its own', async (name) => {
    const { Node } = define();
    const node = makeNode(Node);
    const before = live();
    const kCount = 20;
    const held: { arrays: Uint8Array[] | undefined } = { arrays: undefined };
    const make = (): void => {
      held.arrays = Array.from({ length: kCount }, () => kArrays[name]?.(node)[0] as Uint8Array);
    };
    make();
    expect(await collectUntil(() => live() < before + kCount, 5)).toBe(false);
    held.arrays = undefined;
    const isReleased = await collectUntil(() => live() <= before + 2, 10 * kTurnsMax);
    if (!isReleased && !(await engineTells())) return;
    expect(isReleased).toBe(true);
  });

  it('B4: dispose() of its handle frees the object under it, and the debug flavour poisons that', () => {
    for (const name of ['bytes() of a handle', 'view() of an array']) {
      const [bytes, handle] = (kArrays[name] as (typeof kArrays)[string])(undefined as never);
      bytes.fill(65);
      const { address } = handle;
      // What is made of it keeps nothing.
      const [inner, view] = [bytes.subarray(16, 32), new DataView(bytes.buffer, bytes.byteOffset, 32)];
      heap.GC();
      expect([inner[0], view.getUint8(0)]).toEqual([65, 65]);
      handle.dispose();
      heap.GC();
      expect(heap.findObject(address)).toBeNull();
      if (!kInDefaultFlavour) expect(inner.every((byte) => byte === inner[0] && byte !== 65)).toBe(true);
      expect(view.getUint8(0)).toBe(inner[0]);
    }
  });

  it('what subarray keeps is told where people look: at both methods, and in the guide', () => {
    const text = (path: string): string => readFileSync(new URL(path, import.meta.resolve('mallocgc')), 'utf8');
    for (const [path, method] of [
      ['handle.d.ts', 'bytes(): Uint8Array;'],
      ['array.d.ts', 'view(): A;'],
    ] as const) {
      const [comment] = text(path).split(method)[0]?.split('/**').slice(-1) ?? [];
      expect(comment).toMatch(/subarray[^]*keeps\s+(\*\s+)?nothing/);
    }
    expect(readFileSync('docs/js-guide.md', 'utf8')).toMatch(/A typed array made from a typed array keeps nothing/);
  });
});
