// npm run bench: builds the peers, runs the workloads interleaved, each run in a fresh process, checks every checksum and prints the
// medians. Times drift on shared machines, so only figures of one run are to be compared.
//
//   npm run bench -- --only trees,drop,mark --peers mallocgc,js --runs 5 [--json FILE]

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { kPeers } from './peers.mjs';
import { chooseWorkloads } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'string', default: 'mallocgc,js,dlmalloc' },
    runs: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

function choosePeers() {
  const names = options.peers.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !Object.hasOwn(kPeers, name));
  if (unknown.length > 0) throw new Error(`no such peer: ${unknown.join(', ')}; there are ${Object.keys(kPeers).join(', ')}`);
  return names.map((name) => ({ name, ...kPeers[name] }));
}

/** Builds them; one that cannot be built is named and left out. */
function buildPeers(peers) {
  return peers.filter((peer) => {
    try {
      peer.build();
      return true;
    } catch (error) {
      console.log(`missing: ${peer.title}: ${error.message}`);
      return false;
    }
  });
}

/** One run in a process of its own: its result, or { error }. */
function runProcess([program, args]) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', (error) => done({ error: error.message }));
    child.on('close', (code) => {
      if (code !== 0) return done({ error: `exit ${code}: ${err.trim().split('\n').slice(0, 6).join(' | ')}` });
      done(JSON.parse(out.trim().split('\n').at(-1)));
    });
  });
}

async function runAll(workloads, peers, runs) {
  const jobs = workloads.flatMap((workload) =>
    Array.from({ length: runs }, () => peers.filter((peer) => peer.has(workload)).map((peer) => ({ workload, peer }))).flat(),
  );
  const bar = new SingleBar({ format: '{bar} {value}/{total} {what}', clearOnComplete: true, hideCursor: true });
  bar.start(jobs.length, 0, { what: '' });
  const results = [];
  for (const { workload, peer } of jobs) {
    bar.update({ what: `${workload.name}, ${peer.title}` });
    results.push({ ...(await runProcess(peer.command(workload))), workload, peer });
    bar.increment();
  }
  bar.stop();
  return results;
}

/** Peers must agree with the known checksum, or, where none is known, with one another. A list of complaints. */
function checkResults(results) {
  const complaints = results.filter((r) => r.error).map((r) => `${r.workload.name}, ${r.peer.title}: ${r.error}`);
  const first = new Map();
  for (const r of results.filter((each) => !each.error)) {
    const expected = r.workload.checksum ?? first.get(r.workload.name) ?? r.checksum;
    first.set(r.workload.name, expected);
    if (r.checksum !== expected) complaints.push(`${r.workload.name}, ${r.peer.title}: checksum ${r.checksum}, not ${expected}`);
  }
  return [...new Set(complaints)];
}

const kFigures = {
  ms: (runs) => `${median(runs.map((r) => r.ms)).toFixed(0)} ms`,
  ns: (runs) => `${median(runs.map((r) => r.ns_per_op)).toFixed(2)} ns`,
  pause: (runs) => {
    const of = (name) => median(runs.map((r) => r.step_ms[name])).toFixed(2);
    return `p99 ${of('p99')}, p99.9 ${of('p999')}, max ${of('max')} ms`;
  },
};

/** A Markdown table: a row a workload, a column a peer; in brackets the memory at the end. */
function table(results, workloads, peers) {
  const lines = [`| workload | ${peers.map((peer) => peer.title).join(' | ')} |`, `|---|${peers.map(() => '---|').join('')}`];
  for (const workload of workloads) {
    const cells = peers.map((peer) => {
      const runs = results.filter((r) => r.workload === workload && r.peer === peer && !r.error);
      if (runs.length === 0) return '–';
      return `${kFigures[workload.figure](runs)} (${(median(runs.map((r) => r.memory_bytes)) / 1e6).toFixed(1)} MB)`;
    });
    lines.push(`| ${workload.name} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

async function main() {
  const workloads = chooseWorkloads(options.only);
  const peers = buildPeers(choosePeers());
  const results = await runAll(workloads, peers, Number(options.runs));
  console.log(table(results, workloads, peers));
  const complaints = checkResults(results);
  for (const complaint of complaints) console.log(`wrong: ${complaint}`);
  if (options.json) {
    const plain = results.map(({ workload, peer, ...rest }) => ({ ...rest, workload: workload.name, peer: peer.name }));
    writeFileSync(options.json, JSON.stringify({ node: process.version, runs: Number(options.runs), results: plain }, null, 1));
  }
  return complaints.length === 0 ? 0 : 1;
}

process.exitCode = await main();
