// Every peer that runs in Node or Bun shares this: it steps a workload (stepping.mjs) and prints the result as one line
// of JSON.

import { existsSync, readFileSync } from 'node:fs';
import { stepped } from './stepping.mjs';

export { quantilesOf } from './stepping.mjs';

/**
 * Returns the largest resident size of this process. It is from /proc where there is one: what Node counts includes
 * what the process was before it became this program, a copy of the runner.
 */
export function peakResidentBytes() {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) * 1024;
}

/** Does a full collection of the engine's own heap: Node with --expose-gc, or Bun. */
export const collectEngine = () => (globalThis.gc ? globalThis.gc() : globalThis.Bun.gc(true));

/** Measures the processor time of all threads, the engine's compilers and collectors too. */
function watch() {
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpu_ms: (user + system) / 1000 };
  };
}

/** The arguments are a workload, then `warm` and `sizes` as numbers with commas, e.g. `drop 16,2000000 16,20000000`. */
export function measure(peer, subject, args) {
  const result = stepped(peer, subject, args, watch);
  console.log(JSON.stringify({ ...result, resident_bytes: peakResidentBytes() }));
}
