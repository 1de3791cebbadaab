// Random programs give the same numbers with a collection at every allocation as with none, once they are rooted.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { randomProgram } from './random.ts';
import { type Bytes, compile, outcome, World } from './support.ts';

const kPrograms = Number(process.env.MALLOCGC_ROOTING_PROGRAMS ?? 12);
const kFirstSeed = Number(process.env.MALLOCGC_ROOTING_SEED ?? 1);
const kFolder = fileURLToPath(new URL('../../build/rooting/', import.meta.url));
const seeds = Array.from({ length: kPrograms }, (_, i) => kFirstSeed + i);

describe('random programs', () => {
  let failedUnrooted = 0;

  it.each(seeds)('seed %i', (seed) => {
    mkdirSync(kFolder, { recursive: true });
    const source = `${kFolder}random${seed}.c`;
    writeFileSync(source, randomProgram(seed));
    const bytes = compile([source], [seed % 3 === 0 ? '-O1' : '-O2'], `random${seed}`);
    const arguments_ = [0, 1, 5, 12];
    const calm = new World(bytes);
    const expected = arguments_.map((n) => outcome(() => calm.call('test_random', n)));
    expect(expected).not.toContain('trap');
    const { bytes: rooted, reports } = rootAndVerify(bytes, { binaryen, optimise: seed % 2 === 0 ? 2 : 0 });
    expect(reports).toEqual([]);
    for (const bySlot of [false, true]) {
      const world = new World(rooted as Bytes, { heap: 'heap.debug.wasm', bySlot, stressEvery: 1 });
      expect(arguments_.map((n) => outcome(() => world.call('test_random', n)))).toEqual(expected);
      expect(world.left()).toBe(0);
    }
    const unrooted = new World(bytes, { heap: 'heap.debug.wasm', stressEvery: 1 });
    const found = arguments_.map((n) => outcome(() => unrooted.call('test_random', n)));
    if (found.some((value, i) => value !== expected[i])) failedUnrooted += 1;
  });

  it('nearly all of which fail unrooted', () => {
    expect(failedUnrooted).toBeGreaterThan(kPrograms / 2);
  });
});
