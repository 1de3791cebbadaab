// What crossing the boundary costs: nanoseconds an operation, the median of several rounds and the best one, in this Node. The
// collections that the allocations cause are in their figures. Each operation is a loop in a function of
// its own, so that no call site sees two kinds of objects.
//
//   node bench/boundary/run.mjs            (after npm run build; with --json for a line of JSON)

import { readFile } from 'node:fs/promises';
import { setImmediate as nextTask } from 'node:timers/promises';
import { createHeap, Flags, t } from 'mallocgc';

const kRounds = 9;
const kWarmUps = 3;

/** What each figure should be at most, where performance.md says so. */
const kMarks = { 'raw.newobject': 2.5, 'handle in a scope': 40, 'registered handle': 250, 'field read': 3, 'field write': 3 };

/** An empty function in a module of its own. */
const kEmptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11);

async function operations() {
  const heap = await createHeap({ maxBytes: 1 << 28, minHeapBytes: 1 << 24, schedule: 'manual' });
  const { Node } = heap.defineTypes({ Node: { left: t.ref('Node'), right: t.ref('Node'), n: t.i32, m: t.i32 } });
  const { raw } = heap;
  const id = raw.typeId(Node);
  const node = heap.newobject(Node);
  const empty = new WebAssembly.Instance(await WebAssembly.compile(kEmptyModule)).exports.f;
  return {
    'empty call': [1e6, (n) => { for (let i = 0; i < n; i++) empty(); }],
    'raw.newobject': [1e6, (n) => { let sum = 0; for (let i = 0; i < n; i++) sum ^= raw.newobject(id); return sum; }],
    'raw.mallocgc': [1e6, (n) => { let sum = 0; for (let i = 0; i < n; i++) sum ^= raw.mallocgc(32, 0, Flags.noScan | Flags.noZero); return sum; }],
    'handle in a scope': [1e5, (n) => { for (let i = 0; i < n; i += 1000) heap.scope((frame) => { for (let k = 0; k < 1000; k++) frame.newobject(Node); }); }],
    'registered handle': [2e4, (n) => { for (let i = 0; i < n; i++) heap.newobject(Node).$.dispose(); }],
    'field read': [1e6, (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += node.n; return sum; }],
    'field write': [1e6, (n) => { for (let i = 0; i < n; i++) node.m = i; }],
  };
}

async function measure() {
  const found = {};
  const times = {};
  const all = Object.entries(await operations());
  for (let round = -kWarmUps; round < kRounds; round++) {
    // Interleaved: a machine's noise meets all of them.
    for (const [name, [count, run]] of all) {
      const begin = performance.now();
      run(count);
      const ns = ((performance.now() - begin) * 1e6) / count;
      if (round >= 0) (times[name] ??= []).push(ns);
      await nextTask();
    }
  }
  for (const [name, list] of Object.entries(times)) {
    list.sort((a, b) => a - b);
    found[name] = { median: Number(list[kRounds >> 1].toFixed(2)), best: Number(list[0].toFixed(2)) };
  }
  return found;
}

const found = await measure();
const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ engine: `Node ${process.versions.node}`, package: version, ns: found }));
} else {
  const mark = (name) => (name === 'raw.mallocgc' ? found['empty call'].median + 2 : kMarks[name]);
  console.log(`Node ${process.versions.node}, mallocgc ${version}: nanoseconds, median of ${kRounds} and best`);
  for (const [name, { median, best }] of Object.entries(found)) console.log(`${name.padEnd(20)} ${median.toFixed(1).padStart(8)} ${best.toFixed(1).padStart(8)}   ${mark(name) ? `mark ${mark(name).toFixed(1)}` : ''}`);
}
