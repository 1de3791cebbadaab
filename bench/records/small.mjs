// Programs do these small things with many records. They build them (of two numbers, a link and a part; and as the
// cache has them, of a text, numbers, a link and a list), walk a list for a field, and read a part. Each is done in the
// heap with views, and with JS objects.

import { createHeap, t } from 'mallocgc';
import { kEntry } from './lru_views.mjs';

const kRecords = 200_000;
const kCacheRecords = 100_000;
const kPartReads = 1_000_000;
/** So many records of a scope live together. */
const kScope = 1000;

async function views() {
  const heap = await createHeap();
  const { Node, Entry } = heap.defineTypes({
    Entry: kEntry,
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
    record() {
      for (let i = 0; i < kCacheRecords; i += kScope)
        heap.scope((frame) => {
          let older = null;
          for (let n = 0; n < kScope; n++)
            older = frame.newobject(Entry, {
              key: `key-${i + n}`,
              value: n / 3,
              tags: [n & 255, n & 7],
              hash: n,
              older,
            });
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
    record() {
      for (let i = 0; i < kCacheRecords; i += kScope) {
        let older = null;
        for (let n = 0; n < kScope; n++)
          older = { key: `key-${i + n}`, value: n / 3, tags: Uint16Array.from([n & 255, n & 7]), hash: n, older };
        globalThis.kept = older;
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

export const kSmall = { build: kRecords, record: kCacheRecords, walk: kRecords, part: kPartReads };
export const kSmallPeers = { views, objects };
