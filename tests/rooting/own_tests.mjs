// npm run test:rooted: this project's own test program, all of it, compiled with -O2 by Emscripten and rooted, runs in
// every mode that it may run in. Without --barriers the heaps that read the machine's stack are in the stop mode, with
// them in any. Ends with the line of its counts, each test once for each way; what goes on the command line is for
// GoogleTest.
//
//   node tests/rooting/own_tests.mjs [--gtest_…]

import { availableParallelism } from 'node:os';
import { fromGoogleTest, sum } from '../../tools/steps/totals.mjs';
import { failuresIn, kTestsWithoutBarriers, rootProgram, runProgram } from './own_program.mjs';

const kProgram = 'mallocgc_rooted_tests';
const processes = Math.min(4, availableParallelism());
const flags = ['--gtest_brief=1', ...process.argv.slice(2)];
const counts = [];

async function run(script, title, filter) {
  const runs = await runProgram(script, { filter, processes, flags });
  const found = sum(runs.map(({ code, output }) => fromGoogleTest(output, code)));
  for (const { code, output } of runs) {
    if (code === 0) continue;
    console.log(output.split('\n').slice(-40).join('\n'));
    for (const name of failuresIn(output)) console.log(`failed, ${title}: ${name}`);
  }
  console.log(`${title}: ${found.passed} passed, ${found.failed} failed`);
  counts.push(found);
}

for (const barriers of [false, true]) {
  const title = barriers ? 'rooted with barriers' : 'rooted without barriers';
  const { script, reports, counters } = rootProgram(kProgram, { barriers });
  const { functions, calls, stores } = counters;
  console.log(`${title}: ${functions} functions, ${calls} calls, ${stores} stores, ${counters.barriers} barriers`);
  counts.push({ passed: reports.length === 0 ? 1 : 0, failed: reports.length });
  await run(script, title, barriers ? `-${kTestsWithoutBarriers.join(':')}` : '*');
  if (!barriers) continue;
  // Each of these must fail: it leaves a barrier out, which the tool has put in.
  for (const name of kTestsWithoutBarriers) {
    const [{ output }] = await runProgram(script, { filter: name });
    const isFound = failuresIn(output).includes(name);
    if (!isFound) console.log(`${title}: ${name} finds a barrier left out, though the tool adds it`);
    counts.push(isFound ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  }
}

const { passed, failed, skipped } = sum(counts);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
