// This is the same cache in the heap by `heap.raw`: numbers are addresses, and there is a scope where something is
// allocated.

import { Flags } from 'mallocgc';
import { emptyCache, hashOf } from './lru_views.mjs';

export async function makeRaw() {
  const { heap, Entry, Cache, cache } = await emptyCache();
  const { raw } = heap;
  const offsets = (type) => Object.fromEntries(Object.values(type.fields).map(({ name, offset }) => [name, offset]));
  const entryAt = offsets(Entry);
  const cacheAt = offsets(Cache);
  const entryId = raw.typeId(Entry);
  const { buckets } = cache;
  const [first, count] = [buckets.$.address, buckets.length];
  const list = cache.$.address;
  const slotOf = (hash) => first + 4 * (hash & (count - 1));
  const counted = (by) => raw.storeI32(list + cacheAt.count, raw.loadI32(list + cacheAt.count) + by);
  return {
    put(key, value, tags) {
      heap.scope((frame) => {
        const hash = hashOf(key);
        const entry = frame.root(raw.newobject(entryId));
        raw.storeString(entry + entryAt.key, key);
        raw.storeF64(entry + entryAt.value, value);
        const copy = raw.mallocgc(tags.length * 2, 0, Flags.noScan);
        for (let i = 0; i < tags.length; i++) raw.storeU16(copy + 2 * i, tags[i]);
        raw.storeRef(entry + entryAt.tags, copy);
        raw.storeU32(entry + entryAt.tags + 4, tags.length);
        raw.storeU32(entry + entryAt.hash, hash);
        raw.storeRef(entry + entryAt.chain, raw.loadRef(slotOf(hash)));
        const newest = raw.loadRef(list + cacheAt.newest);
        raw.storeRef(entry + entryAt.older, newest);
        raw.storeRef(newest === 0 ? list + cacheAt.oldest : newest + entryAt.newer, entry);
        raw.storeRef(list + cacheAt.newest, entry);
        raw.storeRef(slotOf(hash), entry);
        counted(1);
      });
    },
    find(key) {
      const hash = hashOf(key);
      let entry = raw.loadRef(slotOf(hash));
      while (
        entry !== 0 &&
        !(raw.loadU32(entry + entryAt.hash) === hash && raw.loadString(entry + entryAt.key) === key)
      )
        entry = raw.loadRef(entry + entryAt.chain);
      return entry === 0 ? undefined : raw.loadF64(entry + entryAt.value);
    },
    evict() {
      const oldest = raw.loadRef(list + cacheAt.oldest);
      const newer = raw.loadRef(oldest + entryAt.newer);
      raw.storeRef(list + cacheAt.oldest, newer);
      raw.storeRef(newer === 0 ? list + cacheAt.newest : newer + entryAt.older, 0);
      let slot = slotOf(raw.loadU32(oldest + entryAt.hash));
      for (let entry = raw.loadRef(slot); entry !== oldest; entry = raw.loadRef(slot)) slot = entry + entryAt.chain;
      raw.storeRef(slot, raw.loadRef(oldest + entryAt.chain));
      counted(-1);
    },
    count: () => cache.count,
    collect: () => heap.GC(),
  };
}
