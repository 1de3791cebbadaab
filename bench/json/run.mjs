// json parses a real document (this repository's package-lock.json, or many copies of it in a list), walks it, replaces
// a third of it, and collects what was replaced: in the heap, and as JS objects. It is one run, and prints one line of
// JSON as measure.mjs says, with
//
//   phase_ms         parse, walk, replace, collect
//   bytes_per_value  of the document as parsed, after a collection
//   pause_ms         the longest pause of the heap's collections and of the engine's while parsing, walking and
//                    replacing
//   collections      those of the heap
//
//   node --expose-gc bench/json/run.mjs PEER json WARM MEGABYTES       (after npm run build)
//
// With 0 megabytes the file is taken as it is.
//
// Peers: mallocgc (by a reader in JS, demo/document/parse.mjs), js-reader (JS objects, by the same reader), js (JS
// objects, by the engine's JSON.parse). The checksum is that of the edited document's text.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GCProfiler } from 'node:v8';
import { measure } from '../measure.mjs';
import { Nodes } from './nodes.mjs';
import { Objects } from './objects.mjs';

const path = (name) => new URL(`../../${name}`, import.meta.url);
const module = () => new WebAssembly.Module(readFileSync(path('dist/heap.wasm')));
const kPeers = {
  mallocgc: () => new Nodes(module()),
  js: () => new Objects(false),
  'js-reader': () => new Objects(true),
};

function textOf(megabytes) {
  const one = readFileSync(path('package-lock.json'), 'utf8').trim();
  if (megabytes === 0) return one;
  const text = `[${Array(Math.ceil((megabytes * 1e6) / one.length))
    .fill(one)
    .join(',')}]`;
  return Buffer.from(text).toString(); // it is flat, as a file's text is
}

/** Returns 48 bits of a digest of the text, as a number. */
function digest(pieces) {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest().readUIntBE(0, 6);
}

/** measure() drives this: each phase is a step. */
class Json {
  constructor(make) {
    this.make = make;
  }

  begin(_name, megabytes) {
    this.text = textOf(megabytes);
    this.phases = {};
    this.longest = { heap: 0, engine: 0 };
    this.collections = 0;
    this.document = this.make();
    this.left = ['parse', 'walk', 'replace', 'collect'];
  }

  step() {
    const phase = this.left.shift();
    const profiler = new GCProfiler();
    this.document.newPauses();
    profiler.start();
    const begin = performance.now();
    if (phase === 'parse') this.document.parse(this.text);
    else if (phase === 'walk') this.counts = this.document.walk();
    else this.document[phase]();
    this.phases[phase] = performance.now() - begin;
    const engine = profiler.stop().statistics.map(({ cost }) => cost / 1000);
    if (phase !== 'collect') this.note(this.document.newPauses(), engine);
    if (phase === 'parse') this.bytes = this.document.liveBytes();
    return this.left.length > 0;
  }

  note(heap, engine) {
    this.collections += heap.length;
    this.longest = { heap: Math.max(this.longest.heap, ...heap), engine: Math.max(this.longest.engine, ...engine) };
  }

  checksum() {
    return digest(this.document.pieces());
  }

  operations() {
    return this.counts.values;
  }

  memoryBytes() {
    return this.document.memoryBytes();
  }

  extra() {
    const { values, sum } = this.counts;
    const total = Object.values(this.phases).reduce((all, ms) => all + ms, 0);
    // Weighing the document is no part of the run.
    return {
      ms: total,
      ns_per_op: (total * 1e6) / values,
      phase_ms: this.phases,
      values,
      sum,
      bytes_per_value: this.bytes / values,
      pause_ms: this.longest,
      collections: this.collections,
    };
  }

  end() {
    this.document.dispose();
    this.text = '';
  }
}

const [peer, ...args] = process.argv.slice(2);
const make = kPeers[peer];
if (make === undefined) throw new Error(`no such peer: ${peer}; there are ${Object.keys(kPeers).join(', ')}`);
measure(peer, new Json(make), args);
