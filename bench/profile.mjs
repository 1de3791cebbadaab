// This shows where the time of our workloads goes, by the engine's sampling profiler, as a Markdown table of shares.
// What the compilers inlined counts for the function that it was inlined into: the fast path of an allocation is in the
// program's share.
//
//   node bench/profile.mjs [trees,mark,…]     (after npm run bench has built the module)

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, StepError } from '../tools/steps/process.mjs';
import { wasmModule } from './builds.mjs';
import { chooseWorkloads } from './workloads.mjs';

/** Functions of the module are sorted by what they do; the first pattern that fits counts. */
const kRooms = {
  program: /^bench::|^bench_/,
  mark: /Marker|Collector|RootSet|MarkRoots/,
  sweep: /sweep|Sweeper|count_allocated|Specials/i,
  refill: /take_slow|take_near|try_take|Allocator|find_free_run|set_allocated|SpanHeap|next_span/,
  allocate: /mallocgc::Heap::|allocate|mgc_malloc|AllocCache|new_slowly/,
  memory: /PageHeap|Metadata|PageBits|Source|PageMap/,
};
const kColumns = [...Object.keys(kRooms), 'rest'];

function roomOf({ functionName, url }) {
  if (!url.startsWith('wasm:')) return 'rest';
  return Object.keys(kRooms).find((room) => kRooms[room].test(functionName)) ?? 'rest';
}

/** Returns the share of each column in the samples of one run's profile. */
function shares(profile) {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const times = Object.fromEntries(kColumns.map((name) => [name, 0]));
  let begun = false;
  profile.samples.forEach((id, i) => {
    const frame = frames.get(id);
    begun ||= frame.url.startsWith('wasm:'); // what Node does before is not the workload's
    if (begun && frame.functionName !== '(idle)') times[roomOf(frame)] += profile.timeDeltas[i];
  });
  const all = Object.values(times).reduce((sum, time) => sum + time, 0);
  return kColumns.map((name) => times[name] / all);
}

function profileOf(workload) {
  const folder = mkdtempSync(join(tmpdir(), 'mallocgc-profile-'));
  try {
    const args = ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', folder];
    const job = [
      join(root, 'bench', 'module.mjs'),
      'mallocgc',
      wasmModule('bench'),
      workload.group,
      '',
      workload.sizes.join(','),
    ];
    const { status, stderr } = spawnSync(process.execPath, [...args, ...job], { encoding: 'utf8' });
    if (status !== 0) throw new StepError(`${workload.name}: ${stderr}`);
    return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** These are measured through the package. */
const kNotInTheModule = ['json', 'boundary'];
const workloads = chooseWorkloads(process.argv[2]).filter(({ group }) => !kNotInTheModule.includes(group));
console.log(`| share of the time, % | ${kColumns.join(' | ')} |\n|---|${kColumns.map(() => '---|').join('')}`);
for (const workload of workloads) {
  console.log(
    `| ${workload.name} | ${shares(profileOf(workload))
      .map((share) => (share * 100).toFixed(0))
      .join(' | ')} |`,
  );
}
