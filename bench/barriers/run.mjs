// What a write barrier costs: stores into arrays that a cache holds and that none does, and a tree built top-down, with
// and without it, in turns. And what it buys: a minor cycle. Natively; medians, and the smallest and largest.
//
//   node bench/barriers/run.mjs [--rounds N]

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildNative, nativeProgram } from '../builds.mjs';
import { median } from '../statistics.mjs';

const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } }).values;

await buildNative('barriers');
const run = (...args) =>
  execFileSync(nativeProgram('barriers'), args, { encoding: 'utf8' }).trim().split('\n').map(Number);

const kSmall = '4096';
const kLarge = String(1 << 24);
const pairs = [
  ['a store into 32 KB, in order', ['store', kSmall], []],
  ['a store into 32 KB, anywhere', ['store', kSmall], ['scattered']],
  ['a store into 128 MB, in order', ['store', kLarge], []],
  ['a store into 128 MB, anywhere', ['store', kLarge], ['scattered']],
  ['a node of a tree', ['trees'], []],
].map(([name, before, after]) => ({ name, before, after, barrier: [], bare: [] }));
const minors = [
  ['a minor cycle behind 4 MB, of which a twentieth survives in a table', ['table']],
  ['the same, with a million handles standing', ['table', 'handles']],
  ['the survivors are a list', ['list']],
].map(([name, args]) => ({ name, args, typical: [], longest: [] }));

for (let round = 0; round < Number(rounds); round++) {
  for (const { before, after, barrier, bare } of pairs) {
    barrier.push(...run(...before, 'barrier', ...after));
    bare.push(...run(...before, 'bare', ...after));
  }
  for (const { args, typical, longest } of minors) {
    const [middle, most] = run('minor', ...args);
    typical.push(middle);
    longest.push(most);
  }
}

const cell = (number) => number.toFixed(2);
console.log(`| ns of processor time, medians of ${rounds} | with the barrier | without | ratio |`);
console.log('| --- | --- | --- | --- |');
for (const { name, barrier, bare } of pairs)
  console.log(
    `| ${name} | ${cell(median(barrier))} | ${cell(median(bare))} | ${cell(median(barrier) / median(bare))} |`,
  );
console.log('\n| ms of processor time | the median of 201 | the longest |');
console.log('| --- | --- | --- |');
for (const { name, typical, longest } of minors)
  console.log(`| ${name} | ${cell(median(typical) / 1e6)} | ${cell(median(longest) / 1e6)} |`);
