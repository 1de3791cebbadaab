// A part of this project's own test program, compiled by Emscripten and rooted: what is in it of the roots' room, and
// the tests whose objects only locals hold, in every mode. `npm run test:rooted` runs the whole program so.

import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromGoogleTest } from '../../tools/steps/totals.mjs';
import { failuresIn, rootProgram, runProgram, scriptOf } from './own_program.mjs';

const kProgram = 'mallocgc_rooted_some_tests';
const kMachineStack = 'Modes/MachineStackTest';
const kModes = ['Stop', 'Incremental', 'Generational', 'Auto'];

interface Ran {
  readonly code: number;
  readonly output: string;
}

async function run(script: string, filter = '*'): Promise<Ran> {
  const [ran] = (await runProgram(script, { filter, flags: [] })) as Ran[];
  if (ran === undefined) throw new Error('no program ran');
  return ran;
}

beforeAll(() => {
  const script = scriptOf(kProgram);
  if (!existsSync(script)) throw new Error(`${script} is missing: npm run test:rooting builds it`);
});

describe.each([false, true])("the heap's own tests, rooted, with barriers: %s", (barriers) => {
  it('pass, each as it does unrooted, and those of the machine’s stack in every mode', async () => {
    const { script, reports, counters } = rootProgram(kProgram, { barriers });
    expect(reports).toEqual([]);
    expect(counters.stores).toBeGreaterThan(1000);
    expect(counters.barriers > 0).toBe(barriers);
    const { code, output } = await run(script);
    expect([failuresIn(output), output.slice(-500), code]).toEqual([[], expect.any(String), 0]);
    expect(fromGoogleTest(output, code).passed).toBeGreaterThan(70);
    for (const mode of kModes) expect(output).toContain(`OK ] ${kMachineStack}.R1_LocalsKeepTheirObjects/${mode}`);
  });
});

describe("the heap's own tests, not rooted", () => {
  it('pass where they have roots of their own', async () => {
    const { code, output } = await run(scriptOf(kProgram), `-${kMachineStack}.*`);
    expect([failuresIn(output), code]).toEqual([[], 0]);
  });

  const lists = kModes.map((mode) => `R1_LocalsKeepTheirObjects/${mode}`);
  it.each([...lists, 'R1_PairsThatAreMovedAsOneWordKeepTheirObjects/Stop'])('fail: %s', async (name) => {
    const { code, output } = await run(scriptOf(kProgram), `${kMachineStack}.${name}`);
    expect(output).toContain(`RUN      ] ${kMachineStack}.${name}`);
    expect(code).not.toBe(0);
  });
});
