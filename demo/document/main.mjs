// This is the main job: a real JSON document lives in the garbage-collected heap. It loads FILE into typed heap nodes,
// proves that nothing is left of a parsed JS copy, walks it, replaces a third of it again and again while collections
// happen, collects, runs finalizers, and checks the result against the same edits on JS objects.
//
//   node demo/document/main.mjs [FILE.json]
//
// It exits with 1 if the document is broken or cannot be read, or if a check has failed.
//
// Doors: parse.mjs, then heap-document.mjs; edit.mjs; report.mjs.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHeap, MallocgcError } from 'mallocgc';
import { editHeap, editJs } from './edit.mjs';
import { HeapDocument } from './heap-document.mjs';
import { sameText, stringify, walk } from './js-document.mjs';
import { JsonError, parse } from './parse.mjs';
import { Progress } from './progress.mjs';
import { report } from './report.mjs';

const kDefaultFile = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const kCollectionsWanted = 3;
const kRoundsMax = 200;
const kRoundsMs = 3000;
/** While replacing, the heap is collected when it has grown by so many percent. */
const kBusyGcPercent = 20;
const kFinalizersMax = 10_000;
const kMinHeapBytes = 1 << 18;
const kGcTurnsMax = 20;
const kUsage = `usage: npm start [FILE.json]

Loads a JSON document into a garbage-collected heap in WebAssembly memory, edits it while collections happen, and reports.`;

class CheckError extends Error {}

function readText(file) {
  return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
}

/** Returns the engine's collector, without a flag on the command line. */
function engineCollector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

function timed(run) {
  const begin = performance.now();
  const value = run();
  return { value, ms: performance.now() - begin };
}

function load(document, text) {
  const progress = new Progress('reading');
  const builder = document.builder();
  try {
    parse(text, builder, (done, total) => progress.update(done, total));
  } finally {
    progress.stop();
  }
  builder.finish();
}

/**
 * Compares the heap's document with JSON.parse of the same text. Returns a WeakRef to what was parsed, if it is an
 * object.
 */
function verifyLoaded(document, text) {
  const parsed = JSON.parse(text);
  const { pieces, by } = stringify(parsed);
  if (!sameText(document.stringify(), pieces))
    throw new CheckError('the heap’s document differs from JSON.parse of the same text');
  const isObject = typeof parsed === 'object' && parsed !== null;
  return { by, weak: isObject ? new WeakRef(parsed) : undefined };
}

/** Proves that the JS copy is gone: the engine's collector has cleared the WeakRef. */
async function proveDropped(weak) {
  if (weak === undefined) return 'a scalar: nothing to drop';
  const collect = engineCollector();
  for (let turn = 0; turn < kGcTurnsMax; turn++) {
    // This is a task of its own: whoever looks at a WeakRef keeps its target until the end of the task.
    await sleep(0);
    collect();
    if (weak.deref() === undefined) return 'dropped before the walk: its WeakRef is cleared';
  }
  throw new CheckError('the parsed JS copy is still alive');
}

/** Walks the heap's document and counts. */
function count(document) {
  const counts = new Map();
  let values = 0;
  let depth = 0;
  const { ms } = timed(() =>
    document.walk((type, _address, at) => {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      values += 1;
      if (at > depth) depth = at;
    }),
  );
  const { List, Dict, Text, Number: Num, Literal } = document.types;
  const kinds = [
    ['objects', Dict],
    ['lists', List],
    ['strings', Text],
    ['numbers', Num],
    ['literals', Literal],
  ];
  return { values, depth, walkMs: ms, kinds: kinds.map(([name, type]) => [name, counts.get(type) ?? 0]) };
}

/**
 * Does rounds of edits, until some collections have happened by themselves or some time has passed. After the first
 * replacement a collection is forced.
 */
function edit(heap, document, finalizers) {
  const before = heap.memStats().NumGC;
  const begin = performance.now();
  const collections = () => heap.memStats().NumGC - before;
  const isEnough = (rounds) =>
    collections() >= kCollectionsWanted || rounds >= kRoundsMax || performance.now() - begin > kRoundsMs;
  const progress = new Progress('replacing');
  const oldPercent = heap.setGCPercent(kBusyGcPercent);
  let isForced = false;
  const onReplace = (address, type) => {
    if (!isForced) heap.GC();
    isForced = true;
    if (type !== document.types.List && type !== document.types.Dict) return;
    if (finalizers.armed < kFinalizersMax) finalizers.arm(address);
  };
  const total = { replaced: 0, rounds: 0, firstReplaced: 0 };
  const { ms } = timed(() => {
    while (total.rounds === 0 || !isEnough(total.rounds)) {
      const { replaced, units } = editHeap(document, total.rounds, {
        onReplace,
        onProgress: (done) => progress.update(done, Math.max(done, total.units ?? done * 2)),
      });
      total.units = units;
      total.replaced += replaced;
      total.firstReplaced ||= replaced;
      total.rounds += 1;
    }
  });
  progress.stop();
  heap.setGCPercent(oldPercent);
  return { ...total, ms, collections: collections() };
}

/** These finalizers are on replaced lists and objects, by way of a view. */
class Finalizers {
  constructor(heap, document) {
    this.heap = heap;
    this.slot = heap.newobject(document.types.Slot);
    this.armed = 0;
    this.ran = 0;
  }

  arm(address) {
    this.heap.raw.storeRef(this.slot.$.address, address);
    const view = this.slot.value;
    this.heap.SetFinalizer(view, (value) => {
      this.ran += 1;
      value.$.dispose();
    });
    view.$.dispose();
    this.slot.value = null;
    this.armed += 1;
  }
}

/** Does the same edits on JS objects, and checks whether they come to the same text. */
function verifyEdited(document, file, rounds) {
  let root = JSON.parse(readText(file));
  for (let round = 0; round < rounds; round++) root = editJs(root, round);
  const { pieces, by } = stringify(root);
  if (!sameText(document.stringify(), pieces))
    throw new CheckError('after the edits the heap’s document differs from the JS objects');
  let values = 0;
  walk(root, () => (values += 1));
  return `byte for byte equal to ${by} of the same edits on JS objects (${values.toLocaleString('en-US')} values)`;
}

function measureJs(file) {
  const script = fileURLToPath(new URL('./measure-js.mjs', import.meta.url));
  const child = spawnSync(process.execPath, ['--expose-gc', script, file], { encoding: 'utf8' });
  return child.status === 0 ? JSON.parse(child.stdout) : undefined;
}

async function run(file) {
  const traces = [];
  const heap = await createHeap({
    schedule: 'manual',
    minHeapBytes: kMinHeapBytes,
    debug: { gctrace: true },
    onTrace: (line) => traces.push(line),
  });
  const document = new HeapDocument(heap);
  let text = readText(file);
  const textBytes = Buffer.byteLength(text);
  const { ms: loadMs } = timed(() => load(document, text));
  const { by, weak } = verifyLoaded(document, text);
  text = '';
  const dropped = await proveDropped(weak);
  const counts = count(document);
  heap.GC();
  const liveBytes = heap.memStats().HeapAlloc;
  const finalizers = new Finalizers(heap, document);
  const edits = edit(heap, document, finalizers);
  heap.GC();
  heap.runFinalizers();
  const edited = verifyEdited(document, file, edits.rounds);
  if (finalizers.ran !== finalizers.armed)
    throw new CheckError(`${finalizers.ran} of ${finalizers.armed} finalizers ran`);
  const stats = heap.memStats();
  const longestPauseMs = Math.max(...stats.PauseNs) / 1e6;
  return {
    file,
    textBytes,
    counts,
    edits,
    finalizers,
    js: measureJs(file),
    heap: { liveBytes, loadMs, traces, collections: stats.NumGC, longestPauseMs },
    checks: { dropped, loaded: `read back, it is byte for byte what ${by} gives`, edited },
  };
}

function explain(file, error) {
  if (error instanceof JsonError) return `${file}:${error.line}:${error.column}: ${error.reason}`;
  if (error instanceof MallocgcError) return `${file}: ${error.code}: ${error.message}`;
  if (error instanceof CheckError) return `${file}: check failed: ${error.message}`;
  if (error.code === 'ENOENT') return `${file}: there is no such file`;
  if (error.code === 'EISDIR') return `${file}: is a directory`;
  if (error.code === 'ERR_STRING_TOO_LONG' || error.code === 'ERR_FS_FILE_TOO_LARGE')
    return `${file}: too long for one JS string`;
  if (typeof error.code === 'string') return `${file}: ${error.message}`;
  return error.stack ?? String(error);
}

function parseArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    console.error(`${error.message}\n\n${kUsage}`);
    process.exit(1);
  }
}

const { values, positionals } = parseArguments();
if (values.help) {
  console.log(kUsage);
} else if (positionals.length > 1) {
  console.error(kUsage);
  process.exitCode = 1;
} else {
  const file = positionals[0] ?? kDefaultFile;
  try {
    console.log(report(await run(file)));
  } catch (error) {
    console.error(explain(file, error));
    process.exitCode = 1;
  }
}
