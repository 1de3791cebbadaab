// What crossing the boundary costs: nanoseconds an operation. Each operation is measured in fresh processes, in turn with the others: in one
// process they would share the engine's call sites and its collector, and cost one another. A figure is the median over the processes of
// their median rounds, beside the best round of all. The collections that the allocations cause are in the figures.
//
//   node bench/boundary/run.mjs            (after npm run build; with --json for a line of JSON, --runs N, default 5)

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTask } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createHeap, Flags, t } from 'mallocgc';

const kRounds = 15;
const kWarmUps = 5;

/** An empty function in a module of its own. */
const kEmptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11);

/** By name: how often a round does it, at most how many ns it should take (performance.md), and the loop, made for a heap. */
const kOperations = {
  'empty call': [1e6, null, async () => {
    const empty = new WebAssembly.Instance(await WebAssembly.compile(kEmptyModule)).exports.f;
    return (n) => { for (let i = 0; i < n; i++) empty(); };
  }],
  'raw.newobject': [1e6, 2.5, ({ raw }, Node) => {
    const id = raw.typeId(Node);
    return (n) => { let sum = 0; for (let i = 0; i < n; i++) sum ^= raw.newobject(id); return sum; };
  }],
  'raw.mallocgc': [1e6, 'empty call + 2', ({ raw }) => {
    const flags = Flags.noScan | Flags.noZero;
    return (n) => { let sum = 0; for (let i = 0; i < n; i++) sum ^= raw.mallocgc(32, 0, flags); return sum; };
  }],
  'raw.mallocgc, zeroed': [1e6, null, ({ raw }) =>
    (n) => { let sum = 0; for (let i = 0; i < n; i++) sum ^= raw.mallocgc(32, 0, Flags.noScan); return sum; }],
  'raw.storeRef': [1e6, null, (heap, Node) => {
    const { raw } = heap;
    const slot = heap.newobject(Node).$.address;
    return (n) => { for (let i = 0; i < n; i++) raw.storeRef(slot, slot); };
  }],
  'handle in a scope': [1e5, 40, (heap, Node) =>
    (n) => { for (let i = 0; i < n; i += 1000) heap.scope((frame) => { for (let k = 0; k < 1000; k++) frame.newobject(Node); }); }],
  'registered handle': [2e4, 250, (heap, Node) => (n) => { for (let i = 0; i < n; i++) heap.newobject(Node).$.dispose(); }],
  'field read': [1e6, 3, (heap, Node) => {
    const node = heap.newobject(Node);
    return (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += node.n; return sum; };
  }],
  'field write': [1e6, 3, (heap, Node) => {
    const node = heap.newobject(Node);
    return (n) => { for (let i = 0; i < n; i++) node.m = i; };
  }],
};

/** The times of the rounds of one operation, in ns, in this process. */
async function measure(name) {
  const [count, , prepare] = kOperations[name];
  const heap = await createHeap({ maxBytes: 1 << 28, minHeapBytes: 1 << 24, schedule: 'manual' });
  const { Node } = heap.defineTypes({ Node: { left: t.ref('Node'), right: t.ref('Node'), n: t.i32, m: t.i32 } });
  const run = await prepare(heap, Node);
  const times = [];
  for (let round = -kWarmUps; round < kRounds; round++) {
    const begin = performance.now();
    run(count);
    if (round >= 0) times.push(((performance.now() - begin) * 1e6) / count);
    await nextTask();
  }
  return times;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** All operations in turn, `runs` times. */
function measureAll(runs) {
  const found = Object.fromEntries(Object.keys(kOperations).map((name) => [name, { medians: [], best: Infinity }]));
  for (let run = 0; run < runs; run++) {
    for (const [name, figures] of Object.entries(found)) {
      const times = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--operation', name], { encoding: 'utf8' }));
      figures.medians.push(median(times));
      figures.best = Math.min(figures.best, ...times);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, { medians, best }]) => [name, { median: median(medians), best }]));
}

function print(found, version) {
  console.log(`Node ${process.versions.node}, mallocgc ${version}: nanoseconds, median and best`);
  for (const [name, { median, best }] of Object.entries(found)) {
    const mark = kOperations[name][1];
    const limit = typeof mark === 'string' ? found['empty call'].median + 2 : mark;
    console.log(`${name.padEnd(22)} ${median.toFixed(1).padStart(7)} ${best.toFixed(1).padStart(7)}   ${limit === null ? '' : `mark ${limit.toFixed(1)}`}`);
  }
}

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, runs: { type: 'string', default: '5' }, operation: { type: 'string' } } });
if (options.operation) {
  console.log(JSON.stringify(await measure(options.operation)));
} else {
  const found = measureAll(Number(options.runs));
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  if (options.json) console.log(JSON.stringify({ engine: `Node ${process.versions.node}`, package: version, ns: found }));
  else print(found, version);
}
