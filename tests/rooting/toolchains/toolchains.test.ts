// Modules of Rust and of Zig are rooted as those of C are, and right with a collection at every allocation, in both
// flavours and in every mode. Unrooted they lose objects. Where a compiler is missing, its tests are skipped.

import binaryen from 'binaryen';
import { beforeAll, describe, expect, it } from 'vitest';
import { rootAndVerify, rootModule } from '../../../tools/rooting/root.mjs';
import { verify } from '../../../tools/rooting/verify.mjs';
import { type Bytes, compile, kHeaps, outcome, World } from '../support.ts';
import { kCompilers } from './compilers.ts';

const kTests = {
  ...{ test_list: 60, test_tree: 5, test_operands: 40, test_pairs: 30, test_array: 12, test_sort: 24, test_map: 90 },
  test_shapes: 20,
};
/** These are the same computations as in lists.c. */
const kAsInC = ['test_list', 'test_tree', 'test_operands', 'test_array', 'test_sort'];
const kModes = ['auto', 'stop', 'incremental', 'generational'];

const kBuilds = Object.entries(kCompilers).flatMap(([language, compiler]) =>
  compiler.levels.map((level) => ({
    title: `${language} ${level}${compiler.isThere ? '' : `: ${compiler.missing}`}`,
    level,
    compiler,
  })),
);

describe.each(kBuilds)('$title', ({ level, compiler }) => {
  const test = it.skipIf(!compiler.isThere);
  let bytes: Bytes;
  let expected: [string, number | 'trap'][];

  const results = (world: World): [string, number | 'trap'][] =>
    Object.entries(kTests).map(([name, n]) => [name, outcome(() => world.call(name, n))]);

  beforeAll(() => {
    if (!compiler.isThere) return;
    bytes = compiler.compile(level);
    expected = results(new World(bytes));
  });

  test('gives what C gives, where nothing is collected', () => {
    const calm = new World(compile(['lists.c']));
    expect(expected.map(([, result]) => result)).not.toContain('trap');
    for (const name of kAsInC) {
      const n = kTests[name as keyof typeof kTests];
      expect(expected).toContainEqual([name, calm.call(name, n)]);
    }
  });

  test.each([0, 2])('is right once it is rooted, optimised: %i', (optimise) => {
    const { bytes: rooted, reports } = rootAndVerify(bytes, { binaryen, optimise });
    expect(reports).toEqual([]);
    for (const heap of kHeaps) {
      const world = new World(rooted as Bytes, { heap, stressEvery: 1 });
      expect(results(world)).toEqual(expected);
      expect(world.left()).toBe(0);
    }
  });

  test.each(kModes)('is right with barriers, and without where it may run: %s', (mode) => {
    const needsBarriers = mode === 'incremental' || mode === 'generational';
    for (const barriers of [false, true]) {
      const { bytes: rooted, reports } = rootAndVerify(bytes, { barriers });
      expect(reports).toEqual([]);
      for (const stressEvery of [1, 3]) {
        const options = { mode: kModes.indexOf(mode) };
        const world = new World(rooted as Bytes, { heap: 'heap.debug.wasm', stressEvery, options });
        const wanted = needsBarriers && !barriers ? expected.map(([name]) => [name, 'trap']) : expected;
        expect([barriers, stressEvery, results(world)]).toEqual([barriers, stressEvery, wanted]);
        expect(world.left()).toBe(0);
      }
    }
  });

  test.each(Object.entries(kTests))('fails unrooted: %s', (name, n) => {
    const world = new World(bytes, { heap: 'heap.debug.wasm', stressEvery: 1 });
    expect([name, outcome(() => world.call(name, n))]).not.toEqual(expected.find(([of]) => of === name));
  });

  test('is reported before it is rooted, and with each store left out, unless it is right without', () => {
    expect(verify(bytes).length).toBeGreaterThan(10);
    const { stores } = rootModule(bytes).counters;
    let reported = 0;
    for (let hole = 0; hole < stores; ++hole) {
      const holed = rootModule(bytes, { skip: (n: number) => n === hole }).bytes;
      if (verify(holed).length > 0) reported += 1;
      else
        expect([hole, results(new World(holed as Bytes, { heap: 'heap.debug.wasm', stressEvery: 1 }))]).toEqual([
          ...[hole, expected],
        ]);
    }
    expect(reported).toBeGreaterThan(stores / 2);
  });
});
