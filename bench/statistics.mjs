// This makes figures of runs: the median of each number that a peer gave for a workload, with the smallest and the
// largest, and how the figure that counts compares with ours in the same place.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const spread = (numbers) => ({ median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) });

const kNumbers = ['ms', 'cpu_ms', 'ns_per_op', 'memory_bytes', 'resident_bytes', 'collections'];
const kQuantiles = ['p50', 'p90', 'p99', 'p999', 'max'];

/**
 * Sums up some runs of one peer with one workload, as numbers with their spread. What a peer does not tell is left out.
 */
function summary(runs) {
  const told = (key) => runs.every((run) => typeof run[key] === 'number');
  const numbers = kNumbers.filter(told).map((key) => [key, spread(runs.map((run) => run[key]))]);
  const steps = kQuantiles.map((key) => [key, spread(runs.map((run) => run.step_ms[key]))]);
  return { runs: runs.length, ...Object.fromEntries(numbers), step_ms: Object.fromEntries(steps) };
}

/** Returns the number by which a workload's peers are compared. */
export const figureOf = (figure, row) =>
  ({ ms: row.ms, ns: row.ns_per_op, latency: row.ns_per_op, pause: row.step_ms.max })[figure].median;

/** Returns a row for each workload and peer that has good runs. */
export function summarise(results, workloads, peers) {
  const rows = [];
  for (const workload of workloads) {
    for (const peer of peers) {
      const runs = results.filter((r) => r.workload === workload.name && r.peer === peer.name && !r.error);
      if (runs.length > 0) rows.push({ workload: workload.name, peer: peer.name, ...summary(runs) });
    }
    for (const row of rows.filter((each) => each.workload === workload.name)) {
      const { reference } = peers.find((peer) => peer.name === row.peer);
      const ours = rows.find((each) => each.workload === workload.name && each.peer === reference);
      if (ours) row.relative = figureOf(workload.figure, row) / figureOf(workload.figure, ours);
    }
  }
  return rows;
}
