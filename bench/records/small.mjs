// Small things that programs do with many records: build them, walk a list for a field, read a part. Each in the heap
// with views, and with JS objects.

import { createHeap, t } from 'mallocgc';

const kRecords = 200_000;
const kPartReads = 1_000_000;
/** A scope's records: so many live together. */
const kScope = 1000;

async function views() {
  const heap = await createHeap();
  const { Node } = heap.defineTypes({
    Point: { x: t.f32, y: t.f32 },
    Node: { n: t.i32, next: t.ref('Node'), place: t.struct('Point') },
  });
  const list = heap.scope((frame) => {
    let first = null;
    for (let n = 0; n < kRecords; n++) first = frame.newobject(Node, { n, next: first });
    return frame.keep(first);
  });
  return {
    build() {
      for (let i = 0; i < kRecords; i += kScope)
        heap.scope((frame) => {
          let first = null;
          for (let n = 0; n < kScope; n++) first = frame.newobject(Node, { n: i + n, next: first });
        });
    },
    walk() {
      let sum = 0;
      for (const cursor of Node.walk(list, 'next')) sum += cursor.n;
      return sum;
    },
    part() {
      let sum = 0;
      for (let i = 0; i < kPartReads; i++) sum += list.place.x;
      return sum;
    },
  };
}

async function objects() {
  class Node {
    constructor(n, next) {
      this.n = n;
      this.next = next;
      this.place = { x: 0, y: 0 };
    }
  }
  let list = null;
  for (let n = 0; n < kRecords; n++) list = new Node(n, list);
  return {
    build() {
      for (let i = 0; i < kRecords; i += kScope) {
        let first = null;
        for (let n = 0; n < kScope; n++) first = new Node(i + n, first);
        globalThis.kept = first;
      }
    },
    walk() {
      let sum = 0;
      for (let node = list; node !== null; node = node.next) sum += node.n;
      return sum;
    },
    part() {
      let sum = 0;
      for (let i = 0; i < kPartReads; i++) sum += list.place.x;
      return sum;
    },
  };
}

export const kSmall = { build: kRecords, walk: kRecords, part: kPartReads };
export const kSmallPeers = { views, objects };
