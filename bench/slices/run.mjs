// How long slices take beside their budgets, natively: full cycles over ten million objects that point anywhere, while
// a program stores 250 pointers between two slices for each millisecond of budget. The processor's time is measured, so
// what else a machine does is left out. Of each budget the table has the median of the runs, and the longest slice of
// all.
//
//   node bench/slices/run.mjs [--rounds N] [--objects N]

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildNative, nativeProgram } from '../builds.mjs';
import { median } from '../statistics.mjs';

const options = { rounds: { type: 'string', default: '5' }, objects: { type: 'string', default: '10000000' } };
const { rounds, objects } = parseArgs({ options }).values;

await buildNative('slices');
const budgets = [500, 1000, 2000, 5000].map((budget) => ({ budget, runs: [] }));
for (let round = 0; round < Number(rounds); round++) {
  for (const { budget, runs } of budgets) {
    const printed = execFileSync(nativeProgram('slices'), [objects, String(budget), '3'], { encoding: 'utf8' });
    const [typical, late, longest, slices] = printed.trim().split('\n').map(Number);
    runs.push({ typical, late, longest, slices });
  }
}

const ms = (us) => (us / 1000).toFixed(2);
console.log('| budget, ms | slices | median, ms | p99 | the longest of a run | of all runs | to the budget |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { budget, runs } of budgets) {
  const of = (name) => median(runs.map((run) => run[name]));
  const worst = Math.max(...runs.map(({ longest }) => longest));
  console.log(
    `| ${budget / 1000} | ${of('slices')} | ${ms(of('typical'))} | ${ms(of('late'))} | ${ms(of('longest'))} | ` +
      `${ms(worst)} | ${(worst / budget).toFixed(1)} |`,
  );
}
