// What marking costs a node: a tree of a million, in memory that no cache holds, of which a full collection frees
// nothing. This heap gets it described in four ways. Boehm's collector with one marker stands beside it: with pointers
// into objects, which always count here, and without them. The figures are nanoseconds of processor time, medians of
// runs in turn, and ratios to the last one.
//
//   node bench/marking/run.mjs [--rounds N]

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildNative, nativeProgram } from '../builds.mjs';
import { median } from '../statistics.mjs';

const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } }).values;

await buildNative('marking');
await buildNative('marking_boehm', ['boehm']);
const subjects = [
  ['two words of four are pointers', 'marking', 'pointers'],
  ['the same two, tagged', 'marking', 'tagged'],
  ['all four may be', 'marking', 'all'],
  ['conservatively', 'marking', 'conservative'],
  ['Boehm, only to starts of objects', 'marking_boehm', 'starts'],
  ['Boehm, to inner pointers too', 'marking_boehm', 'inner'],
].map(([name, program, ...args]) => ({ name, file: nativeProgram(program), args, taken: [] }));

const env = { ...process.env, GC_MARKERS: '1' };
for (let round = 0; round < Number(rounds); round++)
  for (const { file, args, taken } of subjects) taken.push(Number(execFileSync(file, args, { env, encoding: 'utf8' })));

const peer = median(subjects.at(-1).taken);
console.log(`ns of processor time a node, medians of ${rounds}`);
for (const { name, taken } of subjects)
  console.log(
    `${name.padEnd(36)}${median(taken).toFixed(1).padStart(6)}${(median(taken) / peer).toFixed(2).padStart(7)}`,
  );
