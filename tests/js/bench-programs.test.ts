// The programs of the bench and its queue run with JS objects, at small sizes. The checksums are those that the same
// programs give in our heap (tests/cpp/bench_programs_test.cc), and the processes that are measured print them.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kPeers } from '../../bench/peers.mjs';
import { runProcess } from '../../bench/processes.mjs';
import { kLispText } from '../../bench/programs/js/lisp_text.mjs';
import { kPrograms } from '../../bench/programs/js/programs.mjs';
import { kWorkloads } from '../../bench/workloads.mjs';

interface Program {
  prepare(): void;
  step(): boolean;
  checksum(): number;
  operations(): number;
}
const makers = kPrograms as unknown as Record<string, (...sizes: number[]) => Program>;

const kCases: [name: string, sizes: number[], checksum: number][] = [
  ['splay', [200, 500], 306605037],
  ['splay', [3, 6], 3309544959],
  ['richards', [3], 3 * 2322928],
  ['deltablue', [20, 4], 283828],
  ['deltablue', [2, 1], 15247],
  ['havlak', [5, 3], 318330],
  ['havlak', [1, 1], 21282],
  ['raytrace', [20, 2], 3360755080],
  ['lisp', [3, 1], 163863],
  ['nqueens', [6, 2], 8],
  ['raytrace', [4, 1], 2428412834],
];

describe('a program', () => {
  it.each(kCases)('%s %o has the checksum of all peers', (name, sizes, checksum) => {
    const program = makers[name]?.(...sizes);
    if (program === undefined) throw new Error(`no program ${name}`);
    program.prepare();
    let steps = 1;
    while (program.step()) ++steps;
    expect(program.checksum()).toBe(checksum);
    expect(steps).toBeLessThanOrEqual(program.operations());
  });

  it('is measured with every peer that has one of them, and in groups of their own', () => {
    for (const name of Object.keys(kPrograms).filter((each) => each !== 'compiled')) {
      const workload = kWorkloads.find(({ group }) => group === name);
      expect(workload?.checksum).toBeTypeOf('number');
      const peers = kPeers.filter((peer) => peer.has(workload)).map((peer) => peer.name);
      expect(peers).toEqual(expect.arrayContaining(['mallocgc', 'js', 'native', 'boehm']));
    }
  });
});

describe('the Lisp', () => {
  it('evaluates the same text in C++ and in JavaScript', () => {
    const read = (name: string): string =>
      readFileSync(new URL(`../../bench/programs/${name}`, import.meta.url), 'utf8');
    const text = /R"lisp\(\n([\s\S]*)\)lisp"/.exec(read('cpp/lisp_text.h'))?.[1];
    expect(kLispText.trim()).toBe(text?.trim());
  });
});

describe('the process of the peer', () => {
  const script = fileURLToPath(new URL('../../bench/peers/objects.mjs', import.meta.url));

  it.each([
    ['splay', '', '200,500', 306605037],
    ['richards', '1', '3', 3 * 2322928],
    ['fifo', '', '50000,500000', 2557285290],
    ['pause', '', '14,100000', 1969808229],
  ])('JS objects prints a line with what %s came to', async (name, warm, sizes, checksum) => {
    const result = await runProcess([process.execPath, ['--expose-gc', script, name, warm, sizes]]);
    expect(result).toMatchObject({ workload: name, checksum });
    expect(result.step_ms.p999).toBeGreaterThanOrEqual(result.step_ms.p50);
  });
});
