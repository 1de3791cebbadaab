// Walks and their cursors: one root that is moved along a list (R1, B4, B5, B6, B8).

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
    Vec: { x: t.f32 },
    Node: { next: t.ref('Node'), n: t.i32, pos: t.struct('Vec'), raw: t.bytes(4) },
  });

describe('a walk', () => {
  const listOf = (Node: ReturnType<typeof define>['Node'], length: number) =>
    heap.scope((frame) => {
      let first = frame.newobject(Node, { n: length - 1 });
      for (let n = length - 2; n >= 0; n--) first = frame.newobject(Node, { n, next: first });
      return frame.keep(first);
    });

  it('R1: roots the object that it is at, and nothing behind it', () => {
    const { Node } = define();
    const list = listOf(Node, 100);
    const numbers: number[] = [];
    for (const node of Node.walk(list, 'next')) {
      if (numbers.length === 0) list.$.dispose();
      heap.newobject(Node).$.dispose();
      if (numbers.length % 2 === 0) heap.minorGC();
      else heap.GC();
      numbers.push(node.n);
    }
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n));
    heap.GC();
    expect(heap.memStats().LiveHandles).toBe(0);
  });

  it('goes on from where its cursor was moved to, and is over for good', () => {
    const { Node } = define();
    const list = listOf(Node, 6);
    const walk = Node.walk(list, 'next')[Symbol.iterator]();
    const first = walk.next().value;
    expect(first?.follow('next')).toBe(true);
    expect(walk.next().value?.n).toBe(2);
    walk.return?.();
    expect(walk.next().done).toBe(true);
    expectCode(() => first?.n, 'STALE_HANDLE');
    const never = Node.walk(list, 'next')[Symbol.iterator]();
    never.return?.();
    expect(never.next().done).toBe(true);
    expect(heap.memStats().LiveHandles).toBe(1);
  });

  it('B5: of a cursor that was disposed is an error', () => {
    const { Node } = define();
    const walk = Node.walk(listOf(Node, 3), 'next')[Symbol.iterator]();
    walk.next().value?.$.dispose();
    expectCode(() => walk.next(), 'STALE_HANDLE');
  });

  it('B4, B5: goes on after the memory grew, and is an error once the heap is disposed', () => {
    const { Node } = define();
    const numbers: number[] = [];
    for (const node of Node.walk(listOf(Node, 5), 'next')) {
      heap.memory.grow(1);
      numbers.push(node.n);
      node.pos.x = node.n;
      if (node.n > 0) expect(node.pos.x).toBe(node.n);
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4]);
    const walk = Node.walk(listOf(Node, 3), 'next')[Symbol.iterator]();
    walk.next();
    heap.dispose();
    expectCode(() => walk.next(), 'DISPOSED');
  });

  it('B8: takes the parts along', () => {
    const { Node } = define();
    const list = listOf(Node, 4);
    let pos: object | undefined;
    for (const node of Node.walk(list, 'next')) {
      pos ??= node.pos;
      expect(node.pos).toBe(pos);
      [node.pos.x, node.raw[0]] = [node.n + 0.5, node.n + 1];
    }
    expectCode(() => (pos as { x: number }).x, 'STALE_HANDLE');
    const seen = Array.from(Node.walk(list, 'next'), (node) => [node.pos.x, node.raw[0]]);
    expect(seen).toEqual([0, 1, 2, 3].map((n) => [n + 0.5, n + 1]));
  });

  it('B6: is not made of anything else', () => {
    const { Node } = define();
    const walk = Node.walk(listOf(Node, 3), 'next')[Symbol.iterator]();
    const { next, return: end } = walk;
    for (const foreign of [{}, [], new Proxy(walk, {})]) {
      expectCode(() => next.call(foreign as never), 'BAD_ARGUMENT');
      expectCode(() => end?.call(foreign as never), 'BAD_ARGUMENT');
    }
    expect(walk.next().value?.n).toBe(0);
  });
});
