// Whether an engine's own comparisons tell views apart: views,
// handles, arrays and parts of different objects never compare equal, and each equals itself. By `node:assert`, and by
// the equality of vitest and jest, which run in the engine. Says lines as host.mjs does.
//
//   node tests/engines/equality.mjs NAME=FILE…
//
// NAME is assert, or that of a module at FILE that exports equals and iterableEquality.

import assert from 'node:assert';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { createHeap, t } from '../../dist/index.js';

async function things() {
  const heap = await createHeap({ schedule: 'manual' });
  const other = await createHeap({ schedule: 'manual' });
  const fields = { value: t.i32, name: t.string, place: t.struct('Vec'), row: t.array(t.i8, 2), next: t.ref('Node') };
  const schema = { Vec: { x: t.f32, y: t.f32 }, Node: fields };
  const [mine, theirs] = [heap, other].map((each) => each.defineTypes(schema));
  const one = heap.newobject(mine.Node, { value: 1, name: 'one', place: { x: 1 }, row: [1, 2] });
  const two = heap.newobject(mine.Node, { value: 2, name: 'two', place: { x: 2 }, row: [3, 4], next: one });
  const far = other.newobject(theirs.Node, { value: 3, name: 'far', next: null });
  const again = heap.own(one);
  const [short, long] = [heap.newarray(t.i32, 2), heap.newarray(t.i32, 3)];
  const [some, others] = [heap.newarray(t.ref(mine.Node), 1), heap.newarray(t.ref(mine.Node), 1)];
  [short, long].forEach((array, i) => array.set(0, i + 1));
  others.set(0, one);
  const scoped = heap.scope((frame) => frame.keep(frame.view(two)));
  return {
    different: {
      views: [one, two],
      'views of two heaps': [one, far],
      'a view that was kept': [scoped, one],
      handles: [one.$, two.$],
      'handles of two heaps': [one.$, far.$],
      'handles without a type': [heap.rawmem(8), heap.rawmem(8)],
      'handles of texts': [heap.string('a text'), heap.string('a test')],
      parts: [one.place, two.place],
      'handles of parts': [one.place.$, two.place.$],
      'inline arrays': [one.row, two.row],
      arrays: [short, long],
      'arrays of references': [some, others],
      cursors: [mine.Node.cursor(one), mine.Node.cursor(two)],
      'a view and its copy': [one, { value: 1, name: 'one' }],
      'a view and a handle': [one, one.$],
    },
    same: { views: one, handles: one.$, parts: one.place, arrays: short, 'inline arrays': one.row, own: again },
  };
}

const kWrapped = [(x) => x, (x) => ({ x }), (x) => [x], (x) => new Map([[1, x]]), (x) => new Set([x])];

function byAssert(a, b) {
  let isEqual = true;
  try {
    assert.deepStrictEqual(a, b);
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
    isEqual = false;
  }
  assert.equal(isDeepStrictEqual(a, b), isEqual);
  return isEqual;
}

const comparisons = await Promise.all(
  process.argv.slice(2).map(async (argument) => {
    const [name, file] = argument.split('=');
    if (name === 'assert') return [name, byAssert];
    const { equals, iterableEquality } = await import(pathToFileURL(file).href);
    return [name, (a, b) => equals(a, b, [iterableEquality])];
  }),
);
const { different, same } = await things();
for (const [by, equals] of comparisons) {
  const wrong = [];
  for (const wrap of kWrapped) {
    for (const [name, [a, b]] of Object.entries(different))
      for (const [left, right] of [
        [a, b],
        [b, a],
      ])
        if (equals(wrap(left), wrap(right))) wrong.push(`${name} in ${wrap} are equal`);
    for (const [name, each] of Object.entries(same))
      if (!equals(wrap(each), wrap(each))) wrong.push(`${name} in ${wrap} is not itself`);
  }
  console.log(wrong.length === 0 ? `ok ${by}` : `not ok ${by}: ${wrong.join('; ')}`);
}
