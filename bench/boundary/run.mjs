// This measures what crossing the boundary costs, in nanoseconds an operation. Each operation is measured in fresh
// processes, in turn with the others: in one process they would share the engine's call sites and its collector, and
// cost one another. A figure is the median over the processes of their median rounds, beside the best round of all. The
// collections that the allocations cause are in the figures.
//
//   node bench/boundary/run.mjs [--runs N]            all operations, with their marks (after npm run build)
//   node bench/boundary/run.mjs --operation NAME      one, once: a line of JSON as measure.mjs says, with `rounds_ns`

import { execFileSync } from 'node:child_process';
import { setImmediate as nextTask } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createHeap, Flags, t } from 'mallocgc';
import { peakResidentBytes, quantilesOf } from '../measure.mjs';
import { median } from '../statistics.mjs';
import { kMarks, kOperations } from './operations.mjs';

/**
 * A loop does so many operations in one call, as all workloads do, since engines compile a function that is called anew
 * better than one that runs on.
 */
const kBatch = 1000;
const kRounds = 15;
const kWarmUps = 5;

/** This module has one function, which is empty. */
const kEmptyModule = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  96,
  0,
  0,
  3,
  2,
  1,
  0,
  7,
  5,
  1,
  1,
  102,
  0,
  0,
  10,
  4,
  1,
  2,
  0,
  11,
);

/**
 * Bumps without a heap: a window's cursor in wasm memory is found by a type's number and moved on, and set back when
 * the window is used up.
 */
function bumpAlone() {
  const memory = { i32: new Int32Array(new WebAssembly.Memory({ initial: 16 }).buffer) };
  const at = [0, 0];
  const sizes = [2 ** 30 - 1, 2 ** 30 - 1];
  const [bytes, from, to] = [16, 1 << 16, 1 << 20];
  const again = () => {
    memory.i32[at[1]] = from + bytes;
    memory.i32[at[1] + 1] = to;
    return from;
  };
  const raw = {
    newobject(typeId) {
      const { i32 } = memory;
      const window = at[typeId];
      const address = i32[window];
      const size = sizes[typeId];
      if (((i32[window + 1] - address) | 0) < size) return again();
      i32[window] = address + size;
      return address >>> 0;
    },
  };
  [at[1], sizes[1]] = [1000, bytes];
  const id = sizes.indexOf(bytes);
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum ^= raw.newobject(id);
    return sum;
  };
}

/** Each name says how often a round does the operation, and what makes the loop for a heap. */
const kLoops = {
  'empty call': [
    1e6,
    async () => {
      const empty = new WebAssembly.Instance(await WebAssembly.compile(kEmptyModule)).exports.f;
      return (n) => {
        for (let i = 0; i < n; i++) empty();
      };
    },
  ],
  'bump alone': [1e6, bumpAlone],
  'raw.newobject': [
    1e6,
    ({ raw }, Node) => {
      const id = raw.typeId(Node);
      return (n) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum ^= raw.newobject(id);
        return sum;
      };
    },
  ],
  'raw.mallocgc': [
    1e6,
    ({ raw }) => {
      const flags = Flags.noScan | Flags.noZero;
      return (n) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum ^= raw.mallocgc(32, 0, flags);
        return sum;
      };
    },
  ],
  'raw.mallocgc zeroed': [
    1e6,
    ({ raw }) =>
      (n) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum ^= raw.mallocgc(32, 0, Flags.noScan);
        return sum;
      },
  ],
  'raw.storeRef': [
    1e6,
    (heap, Node) => {
      const { raw } = heap;
      const slot = heap.newobject(Node).$.address;
      return (n) => {
        for (let i = 0; i < n; i++) raw.storeRef(slot, slot);
      };
    },
  ],
  'handle in a scope': [
    1e5,
    (heap, Node) => (n) => {
      for (let i = 0; i < n; i += 1000)
        heap.scope((frame) => {
          for (let k = 0; k < 1000; k++) frame.newobject(Node);
        });
    },
  ],
  'registered handle': [
    2e4,
    (heap, Node) => (n) => {
      for (let i = 0; i < n; i++) heap.newobject(Node).$.dispose();
    },
  ],
  'field read': [
    1e6,
    (heap, Node) => {
      const node = heap.newobject(Node);
      return (n) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += node.n;
        return sum;
      };
    },
  ],
  'field write': [
    1e6,
    (heap, Node) => {
      const node = heap.newobject(Node);
      return (n) => {
        for (let i = 0; i < n; i++) node.m = i;
      };
    },
  ],
};

/** Measures one operation, in this process. */
async function measureOne(name) {
  if (!Object.hasOwn(kLoops, name)) throw new Error(`no such operation: ${name}; there are ${kOperations.join(', ')}`);
  const [count, prepare] = kLoops[name];
  const heap = await createHeap({ maxBytes: 1 << 28, minHeapBytes: 1 << 24, schedule: 'manual' });
  const { Node } = heap.defineTypes({ Node: { left: t.ref('Node'), right: t.ref('Node'), n: t.i32, m: t.i32 } });
  const run = await prepare(heap, Node);
  const times = [];
  const cpu = process.cpuUsage();
  for (let round = -kWarmUps; round < kRounds; round++) {
    const begin = performance.now();
    for (let done = 0; done < count; done += kBatch) run(kBatch);
    if (round >= 0) times.push(performance.now() - begin);
    await nextTask();
  }
  const { user, system } = process.cpuUsage(cpu);
  const rounds = times.map((ms) => (ms * 1e6) / count);
  return {
    workload: 'boundary',
    peer: 'mallocgc',
    ms: times.reduce((all, ms) => all + ms, 0),
    cpu_ms: (user + system) / 1000,
    ns_per_op: median(rounds),
    checksum: count,
    memory_bytes: heap.memory.buffer.byteLength,
    resident_bytes: peakResidentBytes(),
    step_ms: quantilesOf(times),
    rounds_ns: rounds,
  };
}

/** Measures all operations in turn, `runs` times. */
function measureAll(runs) {
  const found = Object.fromEntries(kOperations.map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const name of kOperations) {
      found[name].push(
        JSON.parse(
          execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--operation', name], { encoding: 'utf8' }),
        ),
      );
    }
  }
  return Object.fromEntries(
    Object.entries(found).map(([name, results]) => {
      const best = Math.min(...results.flatMap((each) => each.rounds_ns));
      return [name, { median: median(results.map((each) => each.ns_per_op)), best }];
    }),
  );
}

function print(found) {
  console.log(`Node ${process.versions.node}: nanoseconds, median and best`);
  for (const [name, { median: middle, best }] of Object.entries(found)) {
    const limit = typeof kMarks[name] === 'string' ? found['empty call'].median + 2 : kMarks[name];
    console.log(
      `${name.padEnd(22)} ${middle.toFixed(1).padStart(7)} ${best.toFixed(1).padStart(7)}   ${limit === null ? '' : `mark ${limit.toFixed(1)}`}`,
    );
  }
}

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, operation: { type: 'string' } },
});
if (options.operation) console.log(JSON.stringify(await measureOne(options.operation)));
else print(measureAll(Number(options.runs)));
