// This counts which cycles the default mode chooses, for docs/collector-modes.md. It runs the workloads natively, and
// tells for each of them its full cycles, those of them that went in slices, and its minor cycles. All of it is
// counted, so the table is the same on every machine of 64 bits.
//
//   node bench/cycles.mjs

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { must, root } from '../tools/steps/process.mjs';
import { kWorkloads } from './workloads.mjs';

const kTree = join(root, 'build', 'bench-count');
const kNames = ['splay', 'steady', 'trees', 'gcbench', 'churn', 'pause', 'fifo', 'strings', 'lisp', 'havlak'];

await must('cmake', ['-S', join(root, 'bench', 'gate'), '-B', kTree, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release']);
await must('cmake', ['--build', kTree, '--target', 'bench_cycles']);

const count = (number) => number.toLocaleString('en').replaceAll(',', ' ');
console.log('| workload | full cycles | of them in slices | minor cycles |');
console.log('| -------- | ----------- | ----------------- | ------------ |');
for (const { group, name, sizes } of kWorkloads.filter(({ group, standard }) => standard && kNames.includes(group))) {
  const printed = execFileSync(join(kTree, 'bench_cycles'), [group, ...sizes.map(String)], { encoding: 'utf8' });
  const { full, sliced, minor } = JSON.parse(printed);
  const cells = [name, ...[full, sliced, minor].map(count)];
  console.log(`| ${cells.join(' | ')} |`);
}
