// This is the same cache of JS objects: a Map from keys to records in a list of two directions.

export async function makeObjects() {
  const records = new Map();
  let newest = null;
  let oldest = null;
  return {
    put(key, value, tags) {
      const record = { key, value, tags: Uint16Array.from(tags), newer: null, older: newest };
      if (newest === null) oldest = record;
      else newest.newer = record;
      newest = record;
      records.set(key, record);
    },
    find: (key) => records.get(key)?.value,
    evict() {
      const record = oldest;
      oldest = record.newer;
      if (oldest === null) newest = null;
      else oldest.older = null;
      records.delete(record.key);
    },
    count: () => records.size,
    collect: () => globalThis.gc(),
  };
}
