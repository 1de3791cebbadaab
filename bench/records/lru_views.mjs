// This cache of records drops the oldest. It is in the heap, written with views as the guide says: each operation has a
// scope, and what it reads is scoped.

import { createHeap, t } from 'mallocgc';

const kBuckets = 1 << 20;

/** Hashes the units of a text by FNV-1a. */
export function hashOf(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash >>> 0;
}

/** These are the fields of a record. */
export const kEntry = {
  key: t.string,
  value: t.f64,
  tags: t.slice(t.u16),
  hash: t.u32,
  chain: t.ref('Entry'),
  newer: t.ref('Entry'),
  older: t.ref('Entry'),
};
const kCache = { buckets: t.slice(t.ref('Entry')), newest: t.ref('Entry'), oldest: t.ref('Entry'), count: t.i32 };

/** Returns the heap, its types and an empty cache in it. */
export async function emptyCache() {
  const heap = await createHeap();
  const { Entry, Cache } = heap.defineTypes({ Entry: kEntry, Cache: kCache });
  const cache = heap.newobject(Cache, { buckets: heap.newarray(t.ref(Entry), kBuckets) });
  return { heap, Entry, Cache, cache };
}

export async function makeViews() {
  const { heap, Entry, cache } = await emptyCache();
  return {
    put(key, value, tags) {
      heap.scope((frame) => {
        const { buckets, newest, count } = frame.view(cache);
        const hash = hashOf(key);
        const place = hash & (kBuckets - 1);
        const entry = frame.newobject(Entry, { key, value, tags, hash, chain: buckets.at(place), older: newest });
        if (newest === null) cache.oldest = entry;
        else newest.newer = entry;
        cache.newest = entry;
        buckets.set(place, entry);
        cache.count = count + 1;
      });
    },
    find(key) {
      return heap.scope((frame) => {
        const hash = hashOf(key);
        let entry = frame.view(cache).buckets.at(hash & (kBuckets - 1));
        while (entry !== null && !(entry.hash === hash && entry.key === key)) entry = entry.chain;
        return entry?.value;
      });
    },
    evict() {
      heap.scope((frame) => {
        const { buckets, oldest, count } = frame.view(cache);
        const { newer } = oldest;
        cache.oldest = newer;
        if (newer === null) cache.newest = null;
        else newer.older = null;
        const place = oldest.hash & (kBuckets - 1);
        let entry = buckets.at(place);
        if (heap.same(entry, oldest)) {
          buckets.set(place, oldest.chain);
        } else {
          for (let next = entry.chain; !heap.same(next, oldest); next = entry.chain) entry = next;
          entry.chain = oldest.chain;
        }
        cache.count = count - 1;
      });
    },
    count: () => cache.count,
    collect: () => heap.GC(),
  };
}
