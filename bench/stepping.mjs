// This loop steps a workload and times the steps, in any JavaScript engine: measure.mjs runs it in Node and Bun,
// firefox_page.mjs in a page. A subject has begin(name, a, b), step() (it returns false when there are no more),
// checksum(), operations(), memoryBytes() (undefined where it cannot be told) and end().

/** Says how the times of a run's steps are distributed. */
export function quantilesOf(times) {
  const sorted = [...times].sort((x, y) => x - y);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), p999: quantile(0.999), max: sorted.at(-1) };
}

/** `watch()` is called before and after the steps; what the second call gives is told beside the rest. */
function runOnce(subject, name, sizes, watch) {
  subject.begin(name, sizes[0] ?? 0, sizes[1] ?? 0);
  const steps = [];
  const found = watch();
  const start = performance.now();
  let before = start;
  for (let more = true; more; ) {
    more = subject.step();
    const after = performance.now();
    steps.push(after - before);
    before = after;
  }
  const ms = before - start;
  const result = {
    ms,
    ...found(),
    ns_per_op: (ms * 1e6) / subject.operations(),
    checksum: subject.checksum(),
    memory_bytes: subject.memoryBytes(),
    step_ms: quantilesOf(steps),
    ...subject.extra?.(),
  };
  subject.end();
  return result;
}

const numbersOf = (text) => (text ? text.split(',').map(Number) : []);

/** The arguments are a workload, then `warm` and `sizes` as numbers with commas, e.g. `drop 16,2000000 16,20000000`. */
export function stepped(peer, subject, [workload, warm, sizes], watch = () => () => ({})) {
  if (warm) runOnce(subject, workload, numbersOf(warm), watch);
  return { workload, peer, ...runOnce(subject, workload, numbersOf(sizes), watch) };
}
