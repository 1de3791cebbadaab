// This finds where cost is steep from JavaScript: what each operation of the package takes at growing sizes. A line is
// marked where the cost of one operation grows with their number, or where one costs more than its mark.
//
//   node bench/cliffs.mjs [--only TEXT] [--json]      (after npm run build)
//
// Figures are processor time, the least of several rounds, so a busy machine changes them little.

import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createHeap, t } from 'mallocgc';

/** A cost is steep if it is more than so many times as much at the largest size as at the smallest. */
const kGrowthMost = 3;
const kRounds = 5;
const kScope = 1000;

function processorNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

const kFields = {
  V: { x: t.f32, y: t.f32 },
  Thing: {
    life: t.f32,
    next: t.ref('Thing'),
    text: t.string,
    place: t.struct('V'),
    row: t.array(t.f32, 4),
    raw: t.bytes(16),
    list: t.slice(t.f32),
    value: t.js,
  },
};

async function heapWithThings(count) {
  const heap = await createHeap({ schedule: 'manual' });
  const { Thing, V } = heap.defineTypes(kFields);
  const first = heap.scope((frame) => {
    let next = null;
    for (let life = 0; life < count; life++)
      next = frame.newobject(Thing, { life, next, text: 'some text', place: { x: life } });
    return frame.keep(next);
  });
  return { heap, Thing, V, first };
}

/** Does one operation for each object of a list, through a cursor. */
const walking = (most, each) => ({
  most,
  sizes: [1_000, 10_000, 100_000],
  async prepare(count) {
    const { heap, Thing, first } = await heapWithThings(count);
    return {
      heap,
      run() {
        for (const thing of Thing.walk(first, 'next')) each(thing);
      },
    };
  },
});

/** Does one operation for each element of an array. `elements` makes their type, of the heap's types. */
const indexing = (most, elements, each) => ({
  most,
  sizes: [1_000, 10_000, 100_000],
  async prepare(count) {
    const { heap, V, Thing, first } = await heapWithThings(1);
    const array = heap.newarray(elements({ V, Thing }), count);
    const scoped = () =>
      heap.scope((frame) => {
        const view = frame.view(array);
        const one = frame.view(first);
        for (let i = 0; i < count; i++) each(view, i, one);
      });
    return { heap, run: scoped };
  },
});

/** Makes so many objects, in scopes, and does something to each. */
const making = (most, each) => ({
  most,
  sizes: [10_000, 100_000, 1_000_000],
  rounds: 1,
  async prepare(count) {
    const { heap, Thing } = await heapWithThings(1);
    const Small = heap.defineType('Small', { n: t.i32, thing: t.ref(Thing) });
    const kept = heap.newarray(t.ref(Small), count);
    return {
      heap,
      run() {
        for (let i = 0; i < count; i += kScope)
          heap.scope((frame) => {
            for (let k = i; k < i + kScope; k++) {
              const object = frame.newobject(Small);
              kept.set(k, object);
              each(heap, object, k);
            }
          });
      },
    };
  },
});

/** Assigns a whole list of numbers; the figure is for one number. */
const assigning = (most, field, listOf) => ({
  most,
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  async prepare(count) {
    const heap = await createHeap({ schedule: 'manual' });
    const { Box } = heap.defineTypes({ Box: { list: field } });
    const box = heap.newobject(Box);
    const list = listOf(count);
    return {
      heap,
      run() {
        box.list = list;
      },
    };
  },
});

/** Nests types by twos; the figure is for one level. */
const nesting = {
  most: 1e6,
  sizes: [5, 10, 20],
  rounds: 1,
  async prepare(levels) {
    const heap = await createHeap({ schedule: 'manual' });
    const schema = { S0: { text: t.string } };
    for (let i = 1; i <= levels; i++) schema[`S${i}`] = { a: t.struct(`S${i - 1}`), b: t.struct(`S${i - 1}`) };
    return { heap, run: () => heap.defineTypes(schema) };
  },
};

/** Defines types that refer to each other in a ring, at once; the figure is for one type. */
const defining = {
  most: 1e6,
  sizes: [10, 100, 1_000],
  rounds: 1,
  async prepare(count) {
    const heap = await createHeap({ schedule: 'manual' });
    const name = (i) => `T${i % count}`;
    const entries = Array.from({ length: count }, (_, i) => [
      name(i),
      { n: t.i32, text: t.string, next: t.ref(name(i + 1)), all: t.slice(t.ref(name(i + 2))) },
    ]);
    return { heap, run: () => heap.defineTypes(Object.fromEntries(entries)) };
  },
};

const range = (count) => Array.from({ length: count }, (_, i) => i & 127);

/** The marks are nanoseconds for one operation, with room for a busy machine. */
export const kCliffs = {
  'walk, read a number': walking(200, (thing) => thing.life),
  'walk, read a text': walking(400, (thing) => thing.text.length),
  'walk, read a part': walking(200, (thing) => thing.place.x),
  'walk, read an array in place': walking(200, (thing) => thing.row.at(0)),
  'walk, read bytes in place': walking(1_000, (thing) => thing.raw[0]),
  'walk, write a number': walking(200, (thing) => {
    thing.life = 3;
  }),
  'walk, write a text': walking(600, (thing) => {
    thing.text = 'abcdefg';
  }),
  'walk, write a part': walking(600, (thing) => {
    thing.place = { x: 1, y: 2 };
  }),
  'walk, write a JS value': walking(600, (thing) => {
    thing.value = 5;
  }),
  'array of numbers, at': indexing(
    100,
    () => t.f64,
    (array, i) => array.at(i),
  ),
  'array of numbers, set': indexing(
    100,
    () => t.f64,
    (array, i) => array.set(i, i),
  ),
  'array of numbers, view()': indexing(
    400,
    () => t.f64,
    (array, i) => array.view()[i],
  ),
  'array of texts, set': indexing(
    600,
    () => t.string,
    (array, i) => array.set(i, 'hello world'),
  ),
  'array of structs, at': indexing(
    300,
    ({ V }) => V,
    (array, i) => array.at(i).x,
  ),
  'array of structs, set': indexing(
    600,
    ({ V }) => V,
    (array, i) => array.set(i, { x: i, y: 2 }),
  ),
  'array of references, set': indexing(
    200,
    ({ Thing }) => t.ref(Thing),
    (array, i, one) => array.set(i, one),
  ),
  'slice from a list': assigning(100, t.slice(t.u8), range),
  'slice from a typed array': assigning(20, t.slice(t.u8), (count) => Uint8Array.from(range(count))),
  'slice of texts from a list': assigning(1_000, t.slice(t.string), (count) => range(count).map(String)),
  'new object': making(600, () => undefined),
  SetFinalizer: making(2_000, (heap, object) => heap.SetFinalizer(object, () => undefined)),
  AddCleanup: making(2_000, (heap, object, k) => heap.AddCleanup(object, () => undefined, k)),
  weak: making(3_000, (heap, object) => heap.weak(object)),
  'types nested by twos, a level': nesting,
  'types in a ring, one': defining,
};

/** Returns the least of some rounds, in nanoseconds for one operation. */
async function measure({ prepare, rounds = kRounds }, size) {
  const { heap, run } = await prepare(size);
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begin = processorNs();
    run();
    least = Math.min(least, (processorNs() - begin) / size);
  }
  heap.dispose();
  return least;
}

/** Returns the figures of one cliff, and why it is steep, if it is. */
export async function climb(cliff, sizes = cliff.sizes) {
  // The first run is for the engine, which compiles then.
  await measure(cliff, sizes[0]);
  const figures = [];
  for (const size of sizes) figures.push({ size, ns: await measure(cliff, size) });
  const [first, last] = [figures[0].ns, figures[figures.length - 1].ns];
  const steep =
    last > cliff.most
      ? `more than ${cliff.most} ns`
      : last > kGrowthMost * first
        ? 'grows with their number'
        : undefined;
  return { figures, ...(steep === undefined ? {} : { steep }) };
}

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, json: { type: 'boolean', default: false } },
  });
  const found = {};
  for (const [name, cliff] of Object.entries(kCliffs)) {
    if (!name.includes(values.only)) continue;
    const { figures, steep } = (found[name] = await climb(cliff));
    if (values.json) continue;
    const columns = figures.map(({ size, ns }) => `${size}: ${ns < 10 ? ns.toFixed(1) : ns.toFixed(0)} ns`.padEnd(18));
    console.log(`${steep === undefined ? ' ' : '!'} ${name.padEnd(32)}${columns.join('')}${steep ?? ''}`);
  }
  if (values.json) console.log(JSON.stringify(found));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
