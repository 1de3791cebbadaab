// This runs drop and trees in a module by another compiler (program.wat), which imports the heap. It is one run, and
// prints one line of JSON as measure.mjs says:
//
//   node bench/foreign/run.mjs PEER WORKLOAD WARM SIZES     (after npm run build)
//   node bench/foreign/run.mjs foreign-merged drop 16,2000000 16,20000000
//
// The peers:
//
//   foreign-call           two modules; each object by a call of mgc_new
//   foreign-slot           two modules; objects from the allocation slot
//   foreign-merged-call    one module, by wasm-merge and wasm-opt; each object by mgc_new, of which the optimiser may
//                          inline what it likes
//   foreign-merged         one module; objects from the allocation slot
//
// drop with slots also gives nanoseconds for an object as long as the window lasts, without the heap's part, which
// clears and sweeps. `inlined_ns` has the cursor in memory, and `held_ns` has the window in locals.

import { measure } from '../measure.mjs';
import { makeProgram } from './build.mjs';

const kPeers = {
  'foreign-call': { bySlot: false, merged: false },
  'foreign-slot': { bySlot: true, merged: false },
  'foreign-merged-call': { bySlot: false, merged: true },
  'foreign-merged': { bySlot: true, merged: true },
};
const kBatch = 1000;
const kNodesOfAStep = 16384;
const kTreeNodeBytes = 16; // as in C++, where the smallest slot for two pointers has room for four
const kLeastDepth = 4;
const kInlinedRounds = 9;
const kInlinedObjects = 20e6;

/** Runs the steps of drop: each yields how many objects were made. */
function* drop({ exports }, _bytes, count) {
  for (let left = count; left > 0; left -= kBatch) yield exports.drop(Math.min(left, kBatch));
}

/** Runs the steps of trees: each yields a part of the sum of counts. */
function* trees({ exports }, most) {
  yield exports.trees(1, most + 1);
  const kept = exports.keep(most);
  yield 0;
  for (let depth = kLeastDepth; depth <= most; depth += 2) {
    const batch = Math.max(1, Math.floor(kNodesOfAStep / (2 << depth)));
    for (let left = 1 << (most - depth + kLeastDepth); left > 0; left -= batch)
      yield exports.trees(Math.min(left, batch), depth);
  }
  yield exports.count_kept(kept);
}

/** Returns the best of some rounds: the window is filled, its cursor put back to where it began, and filled again. */
function bestNs({ exports, memory, abi }, bytes, drop) {
  exports.drop(1);
  const words = new Uint32Array(memory.buffer);
  const cursor = (exports.node_slot() + abi['alloc_slot.cursor']) >>> 2;
  const from = words[cursor];
  const objects = Math.floor((words[(exports.node_slot() + abi['alloc_slot.limit']) >>> 2] - from) / bytes);
  let best = Infinity;
  for (let round = 0; round < kInlinedRounds; round++) {
    const times = Math.floor(kInlinedObjects / kInlinedRounds / objects);
    const begin = performance.now();
    for (let i = 0; i < times; i++) {
      words[cursor] = from;
      drop(objects);
    }
    best = Math.min(best, ((performance.now() - begin) * 1e6) / (times * objects));
  }
  return best;
}

class Foreign {
  constructor(kind) {
    this.kind = kind;
    this.makers = new Map();
  }

  begin(name, a, b) {
    const nodeBytes = name === 'drop' ? a : kTreeNodeBytes;
    if (!this.makers.has(nodeBytes)) this.makers.set(nodeBytes, makeProgram({ ...this.kind, nodeBytes }));
    this.instance = this.makers.get(nodeBytes)();
    this.nodeBytes = name === 'drop' && this.kind.bySlot ? nodeBytes : 0;
    this.steps = (name === 'drop' ? drop : trees)(this.instance, a, b);
    this.sum = 0;
  }

  step() {
    const { value, done } = this.steps.next();
    if (!done) this.sum += value;
    return !done;
  }

  checksum() {
    return this.sum;
  }

  operations() {
    return this.sum;
  }

  memoryBytes() {
    return this.instance.memory.buffer.byteLength;
  }

  extra() {
    if (this.nodeBytes === 0) return {};
    const best = (drop) => bestNs(this.instance, this.nodeBytes, drop);
    return { inlined_ns: best(this.instance.exports.drop), held_ns: best(this.instance.exports.drop_held) };
  }

  end() {
    this.instance = null;
  }
}

const [peer, ...args] = process.argv.slice(2);
if (!Object.hasOwn(kPeers, peer ?? ''))
  throw new Error(`no such peer: ${peer}; there are ${Object.keys(kPeers).join(', ')}`);
measure(peer, new Foreign(kPeers[peer]), args);
