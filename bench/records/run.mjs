// This measures records as programs keep them, in the heap and as JS objects: a cache of a million that drops its
// oldest (insert, find, evict, and the memory it takes), records that are built in a scope, a field that is read along
// a list, a part that is read. Each peer runs in fresh processes, in turn with the others. A figure is processor time,
// of all threads (the engine's compilers and collectors too), and a median over the processes: so it is repeatable on a
// busy machine.
//
//   node bench/records/run.mjs [--runs N] [--records N] [--node PATH] [--json]      (after npm run build)
//   node --expose-gc bench/records/run.mjs --peer NAME [--records N]                one process: a line of JSON
//
// The peers are views (views and scopes, as the guide says), objects (JS objects and a Map), and raw (heap.raw; the
// cache alone).

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../statistics.mjs';
import { makeObjects } from './lru_objects.mjs';
import { makeRaw } from './lru_raw.mjs';
import { makeViews } from './lru_views.mjs';
import { kMarks } from './marks.mjs';
import { kSmall, kSmallPeers } from './small.mjs';

const kCaches = { views: makeViews, objects: makeObjects, raw: makeRaw };
const kPrime = 7919;
const kRounds = 9;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    records: { type: 'string', default: '1000000' },
    node: { type: 'string', default: process.execPath },
    json: { type: 'boolean', default: false },
    peer: { type: 'string' },
  },
});

/** Returns the nanoseconds of processor time that each of `count` operations takes. */
function timed(count, work) {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return ((user + system) * 1e3) / count;
}

/** Fills the cache, looks for every record, and drops half of them. */
async function measureCache(make, records) {
  const before = process.memoryUsage().rss;
  const cache = await make();
  const insert = timed(records, () => {
    for (let i = 0; i < records; i++) cache.put(`key-${i}`, i / 3, [i & 255, i & 7]);
  });
  const megabytes = (process.memoryUsage().rss - before) / 1e6;
  let sum = 0;
  const find = timed(records, () => {
    for (let i = 0; i < records; i++) sum += cache.find(`key-${(i * kPrime) % records}`);
  });
  const evict = timed(records / 2, () => {
    for (let i = 0; i < records / 2; i++) cache.evict();
  });
  cache.collect();
  return { figures: { insert, find, evict, megabytes }, checksum: Math.round(sum) + cache.count() };
}

/** Returns medians of rounds, of which the first ones warm the engine up. */
async function measureSmall(make) {
  const loops = await make();
  const found = {};
  for (const [name, count] of Object.entries(kSmall)) {
    const rounds = [];
    for (let round = 0; round < kRounds; round++) {
      rounds.push(timed(count, loops[name]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    found[name] = median(rounds.slice(kRounds >> 1));
  }
  return found;
}

async function measureOne(peer, records) {
  if (!Object.hasOwn(kCaches, peer))
    throw new Error(`no such peer: ${peer}; there are ${Object.keys(kCaches).join(', ')}`);
  const small = kSmallPeers[peer] === undefined ? {} : await measureSmall(kSmallPeers[peer]);
  const { figures, checksum } = await measureCache(kCaches[peer], records);
  return { peer, node: process.versions.node, records, checksum, figures: { ...figures, ...small } };
}

function measureAll(runs, records) {
  const peers = Object.keys(kCaches);
  const results = [];
  const program = fileURLToPath(import.meta.url);
  for (let run = 0; run < runs; run++)
    for (const peer of peers) {
      const args = ['--expose-gc', program, '--peer', peer, '--records', String(records)];
      results.push(JSON.parse(execFileSync(options.node, args, { encoding: 'utf8' })));
    }
  if (new Set(results.map(({ checksum }) => checksum)).size > 1) throw new Error('the peers do not agree');
  const figure = (peer, name) => median(results.filter((each) => each.peer === peer).map((each) => each.figures[name]));
  const rows = Object.keys(kMarks).map((name) => {
    const told = peers.filter((peer) => results.some((each) => each.peer === peer && name in each.figures));
    const figures = Object.fromEntries(told.map((peer) => [peer, figure(peer, name)]));
    return { name, ...figures, ratio: figures.views / figures.objects };
  });
  return { node: results[0].node, runs, records, rows };
}

function print({ node, records, rows }) {
  const digits = (value) => (value === undefined ? '' : value.toFixed(value < 100 ? 1 : 0)).padStart(9);
  console.log(`Node ${node}, ${records} records: ns an operation, and MB; medians`);
  console.log(`${''.padEnd(12)}${['views', 'objects', 'raw', 'ratio'].map((each) => each.padStart(9)).join('')}`);
  for (const { name, views, objects, raw, ratio } of rows) {
    const mark = kMarks[name].ratio === undefined ? `${kMarks[name].most} ns` : kMarks[name].ratio;
    const columns = `${digits(views)}${digits(objects)}${digits(raw)}${ratio.toFixed(2).padStart(9)}`;
    console.log(`${name.padEnd(12)}${columns}   at most ${mark}`);
  }
}

const records = Number(options.records);
if (options.peer !== undefined) console.log(JSON.stringify(await measureOne(options.peer, records)));
else if (options.json) console.log(JSON.stringify(measureAll(Number(options.runs), records)));
else print(measureAll(Number(options.runs), records));
