// npm run bench builds the peers, runs the workloads interleaved, each run in a fresh process, checks every checksum,
// and writes the report, tables and plots. Times drift on shared machines, so only figures of one run can be compared.
//
// A run of everything goes to bench/results/, and one of a part to build/bench-results/. args.mjs says what can be
// asked for.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, StepError } from '../tools/steps/process.mjs';
import { kUsage, parse } from './args.mjs';
import { check } from './check.mjs';
import { choosePeers, kPeers } from './peers.mjs';
import { drawPlots } from './plots.mjs';
import { planJobs, runJobs } from './processes.mjs';
import { publish } from './publish.mjs';
import { makeReport, textOf } from './report.mjs';
import { tables } from './table.mjs';
import { chooseWorkloads, kWorkloads } from './workloads.mjs';

/** Builds the peers. Returns by name why those are missing that cannot be built. */
async function buildPeers(peers) {
  const missing = {};
  for (const peer of peers) {
    try {
      await peer.build();
    } catch (error) {
      console.log(`missing: ${peer.title} (${peer.place}): ${error.message}`);
      missing[peer.name] = error.message.split('\n')[0].replace(/^Missing: (.*)\.$/, 'needs $1');
      if (!(error instanceof StepError)) throw error;
    }
  }
  return missing;
}

async function measure({ only, peers: wanted, runs }) {
  const begin = performance.now();
  const workloads = chooseWorkloads(only);
  // A peer that is asked by name for a workload is not spared it.
  const peers = choosePeers(wanted).map((peer) => (only ? { ...peer, sparedFrom: () => undefined } : peer));
  const missing = await buildPeers(peers);
  const results = await runJobs(
    planJobs(
      workloads,
      peers.filter((peer) => !(peer.name in missing)),
      runs,
    ),
  );
  const seconds = (performance.now() - begin) / 1000;
  return makeReport({ results, workloads, peers, missing, complaints: check(results, workloads), runs, seconds });
}

/** Writes what there is of a report, and returns the pictures as { title, path }. */
async function write(report, folder) {
  mkdirSync(folder, { recursive: true });
  const path = (suffix) => join(folder, `${report.date.slice(0, 10)}${suffix}`);
  writeFileSync(path('.json'), textOf(report));
  const pictures = [];
  for (const { name, title, svg } of await drawPlots(report)) {
    writeFileSync(path(`-${name}.svg`), svg);
    pictures.push({ title, path: relative(root, path(`-${name}.svg`)) });
  }
  const images = pictures.map((each) => `![${each.title}](${relative(folder, join(root, each.path))})`).join('\n\n');
  writeFileSync(path('.md'), `# Bench\n\n${tables(report)}\n${images}\n`);
  console.log(`written: ${relative(process.cwd(), path('.json'))}, .md and ${pictures.length} plots`);
  return pictures;
}

async function main() {
  const options = parse(process.argv.slice(2));
  if (options.help) return console.log(kUsage);
  if (options.list) {
    console.log(
      `workloads: ${kWorkloads.map((w) => w.name).join(', ')}\npeers: ${kPeers.map((peer) => `${peer.name} (${peer.title}, ${peer.place})`).join(', ')}`,
    );
    return;
  }
  const report = options.from ? JSON.parse(readFileSync(options.from, 'utf8')) : await measure(options);
  const folder = options.from
    ? join(options.from, '..')
    : join(root, options.isWhole ? 'bench/results' : 'build/bench-results');
  const pictures = await write(report, folder);
  if (options.publish) publish(report, pictures);
  console.log(tables(report));
  if (report.complaints.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StepError || /no such|--/.test(error.message) ? error.message : error);
  process.exitCode = 1;
}
