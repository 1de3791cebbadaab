// run.mjs measures what these names say. A mark is what each may be at most: as many times what JS objects take, or
// nanoseconds.

export const kMarks = {
  insert: { ratio: 1.5 },
  find: { ratio: 1.5 },
  evict: { ratio: 1.5 },
  megabytes: { ratio: 0.5 },
  build: { ratio: 2 },
  record: { ratio: 2 },
  walk: { ratio: 1.2 },
  part: { most: 5 },
};
