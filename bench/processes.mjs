// This runs the workloads. The peers go by turns, so that what disturbs the machine meets them all, and each run is in
// a process of its own.

import { spawn } from 'node:child_process';
import { SingleBar } from 'cli-progress';

/** No run takes a tenth of this. A peer that hangs is an error of that peer. */
const kTimeLimitMs = 300_000;
const kLinesOfAnError = 6;

/** Runs one job and returns its result, or { error }. */
export function runProcess([program, args], timeLimitMs = kTimeLimitMs) {
  return new Promise((done) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(program, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeLimitMs,
      killSignal: 'SIGKILL',
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', (error) => done({ error: error.message }));
    child.on('close', (code, signal) => {
      const why = signal ? `ended by ${signal}` : `exit ${code}`;
      if (code !== 0) return done({ error: `${why}: ${err.trim().split('\n').slice(0, kLinesOfAnError).join(' | ')}` });
      try {
        done(JSON.parse(out.trim().split('\n').at(-1)));
      } catch {
        done({ error: `no result: ${out.slice(-200)}` });
      }
    });
  });
}

/** Returns the jobs in the order in which they run: by workload, then by round, then by peer. */
export function planJobs(workloads, peers, runs) {
  return workloads.flatMap((workload) => {
    const round = peers
      .filter((peer) => peer.has(workload) && !peer.sparedFrom(workload))
      .map((peer) => ({ workload, peer }));
    return Array.from({ length: runs }, (_, i) => round.filter(({ peer }) => i < (peer.runsMax ?? Infinity))).flat();
  });
}

/** Returns all results, in order, with a bar that says what runs. `perform` is told a job and gives its result. */
export async function runJobs(jobs, perform = ({ peer, workload }) => runProcess(peer.command(workload))) {
  const format = '{bar} {value}/{total}, {eta_formatted} left: {what}';
  const bar = new SingleBar({
    format,
    clearOnComplete: true,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 20_000,
    etaBuffer: 100,
  });
  bar.start(jobs.length, 0, { what: '' });
  const results = [];
  for (const { workload, peer } of jobs) {
    bar.update({ what: `${workload.name}, ${peer.title} (${peer.place})` });
    const begin = performance.now();
    const result = await perform({ workload, peer });
    results.push({ ...result, process_ms: performance.now() - begin, workload: workload.name, peer: peer.name });
    bar.increment();
  }
  bar.stop();
  return results;
}
