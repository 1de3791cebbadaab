// What every peer that runs in Node shares: the loop that steps a workload, times the steps, and prints the result as
// one line of JSON. A subject has begin(name, a, b), step() (false: no more), checksum(), operations(), memoryBytes()
// and end().

import { existsSync, readFileSync } from 'node:fs';

/**
 * The largest resident size of this process. From /proc where there is one: what Node counts includes what the process
 * was before it became this program, a copy of the runner.
 */
export function peakResidentBytes() {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) * 1024;
}

/** How the times of a run's steps are distributed. */
export function quantilesOf(times) {
  const sorted = [...times].sort((x, y) => x - y);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), p999: quantile(0.999), max: sorted.at(-1) };
}

function runOnce(subject, name, sizes) {
  subject.begin(name, sizes[0] ?? 0, sizes[1] ?? 0);
  const steps = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  let before = start;
  for (let more = true; more; ) {
    more = subject.step();
    const after = performance.now();
    steps.push(after - before);
    before = after;
  }
  const ms = before - start;
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    ms,
    cpu_ms: (user + system) / 1000, // of all threads, the engine's compilers and collectors too
    ns_per_op: (ms * 1e6) / subject.operations(),
    checksum: subject.checksum(),
    memory_bytes: subject.memoryBytes(),
    resident_bytes: peakResidentBytes(),
    step_ms: quantilesOf(steps),
    ...subject.extra?.(),
  };
  subject.end();
  return result;
}

/** Arguments: workload, then `warm` and `sizes` as comma-separated numbers, e.g. `drop 16,2000000 16,20000000`. */
export function measure(peer, subject, [workload, warm, sizes]) {
  const numbers = (text) => (text ? text.split(',').map(Number) : []);
  if (warm) runOnce(subject, workload, numbers(warm));
  const result = runOnce(subject, workload, numbers(sizes));
  console.log(JSON.stringify({ workload, peer, ...result }));
}
