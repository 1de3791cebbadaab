// A run's report is one object that says all there is to say of it: bench/results/DATE.json. Tables and plots are made
// of this alone, so they can be made again later.

import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { newestNode } from '../tools/steps/engines.mjs';
import { answerOf, root } from '../tools/steps/process.mjs';
import { summarise } from './statistics.mjs';

/** Says which heap was measured. */
function heapVersion() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commit = answerOf('git', ['-C', root, 'rev-parse', '--short=12', 'HEAD']);
  const changes = answerOf('git', ['-C', root, 'status', '--porcelain', '--', 'src', 'bench', 'CMakeLists.txt']);
  return { version, commit, changed: changes === null ? null : changes !== '' };
}

/** Says with what the peers are made, where it can be told. */
function toolVersions() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax is dpkg-query's.
  const debian = (name) => answerOf('dpkg-query', ['-W', '-f=${Version}', name]);
  const found = {
    Emscripten: answerOf('emcc', ['-dumpversion']),
    Binaryen: devDependencies.binaryen,
    AssemblyScript: devDependencies.assemblyscript,
    Go: answerOf('go', ['env', 'GOVERSION'])?.replace(/^go/, ''),
    'g++': answerOf('g++', ['-dumpfullversion']),
    libgc: debian('libgc-dev'),
    mimalloc: debian('libmimalloc-dev'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, version]) => version));
}

/** Says where it was measured. */
function machine() {
  const newest = answerOf(newestNode().program, ['--version']);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_bytes: totalmem(),
    node: process.version,
    newest_node: newest,
    tools: toolVersions(),
  };
}

/** Makes the report. `missing` says by a peer's name why it is missing. */
export function makeReport({ results, workloads, peers, missing, complaints, runs, seconds }) {
  const spared = workloads.flatMap((workload) =>
    peers
      .filter((peer) => peer.has(workload) && peer.sparedFrom(workload))
      .map((peer) => ({ workload: workload.name, peer: peer.name, why: peer.sparedFrom(workload) })),
  );
  return {
    date: new Date().toISOString(),
    ...machine(),
    heap: heapVersion(),
    runs,
    seconds: Math.round(seconds),
    workloads: workloads.map(({ name, group, figure, headline }) => ({ name, group, figure, headline })),
    peers: peers.map(({ name, title, place, reference, isOurs, isMinor, memory, runsMax }) => ({
      name,
      title,
      place,
      reference,
      isOurs,
      isMinor,
      memory,
      runsMax: Number.isFinite(runsMax) ? runsMax : undefined,
      missing: missing[name],
    })),
    spared,
    complaints,
    rows: summarise(results, workloads, peers),
    results,
  };
}

const kDecimals = 4;
const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toFixed(kDecimals)) : value);

/** Returns the report as JSON that a person can leaf through: an entry of a list has one line. */
export function textOf(report) {
  const line = (value) => JSON.stringify(value, rounded);
  const list = (values) => `[${values.map((value) => `\n  ${line(value)}`).join(',')}\n ]`;
  const entries = Object.entries(JSON.parse(line(report))).map(
    ([key, value]) => `\n ${line(key)}: ${Array.isArray(value) ? list(value) : line(value)}`,
  );
  return `{${entries.join(',')}\n}\n`;
}
