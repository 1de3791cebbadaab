// run.mjs measures what these names say. A mark is what each may be at most: as many times what JS objects take, or
// nanoseconds. Records that programs keep are `record`: a text, numbers, a list and a link. The smallest one, `build`,
// dies young and costs the engine as a JS object no more than a bump, so its mark is a time: the 40 ns of a scoped
// handle, and 30 for each of two fields.

export const kMarks = {
  insert: { ratio: 1.5 },
  find: { ratio: 1.5 },
  evict: { ratio: 1.5 },
  megabytes: { ratio: 0.5 },
  build: { most: 100 },
  record: { ratio: 2 },
  walk: { ratio: 1.2 },
  part: { most: 5 },
};
