// These are the workloads by the sizes that are measured: what is called with which numbers, the checksum that every
// peer must give, the figure that counts, and a smaller size to warm up with.

import { kOperations } from './boundary/operations.mjs';

/**
 * `figure` is 'ms' (the whole run), 'ns' (per operation), 'pause' (the distribution of the steps' times) or 'latency'
 * (both: ns per operation, and how the times of single operations are distributed). `group` is what `--only` names, and
 * `programs` names all of kPrograms. What has `standard: false` is left out unless it is named in full. What has a
 * `headline` is in the README's table.
 */
const entry = (group, sizes, warm, figure, checksum, more = {}) => ({
  group,
  sizes,
  warm,
  figure,
  checksum,
  standard: true,
  ...more,
  name: [group, ...sizes.map((n) => (n >= 1e6 && n % 1e6 === 0 ? `${n / 1e6}M` : n))].join(' '),
});
const kUnlessNamed = { standard: false };

/** These groups are whole programs in C++ and in JavaScript (bench/programs/). */
export const kPrograms = ['splay', 'richards', 'deltablue', 'havlak', 'raytrace', 'lisp', 'nqueens'];

export const kWorkloads = [
  entry('trees', [16], [12], 'ms', 14985902, { headline: 'binary trees, 15M nodes built and dropped' }),
  entry('trees', [18], [12], 'ms', 68332206),
  entry('gcbench', [], [8], 'ms', 132071, { headline: 'trees of Ellis, Kovac and Boehm' }),
  entry('churn', [20, 5e6], [16, 1e6], 'ns', 2854135899, {
    headline: 'a table of 1M nodes, of which random ones are replaced',
  }),
  entry('churn', [20, 20e6], [16, 1e6], 'ns', 1652033564, kUnlessNamed),
  entry('strings', [5e6], [1e6], 'ns', 801131968, { headline: 'objects without pointers, of 8 to 64 bytes' }),
  entry('strings', [20e6], [1e6], 'ns', 3254246547, kUnlessNamed),
  entry('drop', [16, 20e6], [16, 2e6], 'ns', 20e6, { headline: 'objects of 16 bytes, dropped at once' }),
  entry('drop', [32, 20e6], [32, 2e6], 'ns', 20e6),
  entry('drop', [64, 20e6], [64, 2e6], 'ns', 20e6),
  entry('mark', [10e6], [100e3], 'ns', 10e6, { headline: 'a full collection over a random graph, per node' }),
  entry('list', [10e6], [100e3], 'ns', 10e6),
  entry('pause', [21, 10e6], [16, 1e6], 'pause', 1108292984, {
    headline: 'ticks of 1000 operations beside 2M live nodes',
  }),
  entry('fifo', [500e3, 5e6], [50e3, 500e3], 'ns', 157742283, {
    headline: 'a queue of 500 000 objects, which die in order',
  }),
  entry('steady', [4e6, 20e6], [100e3, 2e6], 'ns', 13600000, { headline: 'short-lived objects beside 4M that stay' }),
  entry('steady', [4e6, 50e6], [100e3, 2e6], 'ns', 43600000, kUnlessNamed),
  entry('fragmentation', [2e6], [100e3], 'ns', 1280260),
  entry('handles', [1e5], [1e4], 'ns', 1e5),
  entry('handles', [1e6], [1e4], 'ns', 1e6),
  entry('finalizers', [1e5], [1e4], 'ns', 1e5),
  entry('finalizers', [1e6], [1e4], 'ns', 1e6),
  entry('splay', [8000, 20e3], [1000, 5e3], 'latency', 3311434348, {
    headline: 'a tree of 8000 nodes with payloads, all of which are replaced',
  }),
  entry('richards', [500], [100], 'ms', 500 * 2322928),
  entry('deltablue', [100, 200], [100, 20], 'ms', 200 * 357757),
  entry('havlak', [100, 30], [20, 10], 'ms', 30 * 2121600),
  entry('raytrace', [200, 3], [50, 1], 'ms', 1600500462),
  entry('lisp', [8, 4], [3, 1], 'ms', 1149308, { headline: 'an interpreter that searches, counts and sorts' }),
  entry('nqueens', [8, 5], [4, 2], 'ms', 5 * 92),
  entry('compiled', [10, 30], [3, 2], 'ms', 115449330),
  entry('json', [0], [0], 'ms', null),
  entry('json', [50], [0], 'ms', null, {
    headline: 'a document of 50 MB, read by JavaScript into the heap or into objects, and edited',
  }),
  ...kOperations.map((operation) => entry('boundary', [operation], [], 'ns', null)),
  ...[1, 10, 100].map((megabytes) => entry('scale', [megabytes], [1], 'ns', 0)),
  ...[1000, 3000].map((megabytes) => entry('scale', [megabytes], [1], 'ns', 0, kUnlessNamed)),
  ...[10, 100].map((megabytes) => entry('allocate', [megabytes], [10], 'ns', 0)),
  ...[1000, 1500].map((megabytes) => entry('allocate', [megabytes], [10], 'ns', 0, kUnlessNamed)),
];

/** Returns the workloads that `--only a,b` names: by group, by full name, or all programs as `programs`. */
export function chooseWorkloads(only, all = kWorkloads) {
  if (!only) return all.filter((workload) => workload.standard);
  const names = only
    .split(',')
    .flatMap((name) => (name.trim() === 'programs' ? [...kPrograms, 'compiled'] : [name.trim()]));
  const unknown = names.filter((name) => !all.some((w) => w.group === name || w.name === name));
  if (unknown.length > 0)
    throw new Error(`no such workload: ${unknown.join(', ')}; there are ${all.map((w) => w.name).join(', ')}`);
  return all.filter((w) => names.includes(w.name) || (names.includes(w.group) && w.standard));
}
