// This is the peer AssemblyScript, with its incremental or its minimal runtime:
//
//   node bench/peers/assemblyscript.mjs MODULE.wasm incremental|minimal WORKLOAD WARM SIZES
//
// The incremental runtime collects by itself. The minimal one never does: its host asks for it when nothing is on the
// stack. Here that is after a step, once half as many bytes were allocated as the memory has.

import { readFileSync } from 'node:fs';
import { measure } from '../measure.mjs';

const [path, runtime, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const kKinds = {
  trees: 'kTrees',
  gcbench: 'kGcBench',
  churn: 'kChurn',
  pause: 'kChurn',
  strings: 'kStrings',
  drop: 'kDrop',
  mark: 'kMark',
  list: 'kList',
  steady: 'kSteady',
};
const kLeastBetweenCollections = 4 << 20;

let wasm = null;
let isMark = false;
let collected = 0;

function abort() {
  throw new Error('the module aborted');
}

function collectWhenDue() {
  const allocated = wasm.allocated();
  if (allocated - collected <= Math.max(kLeastBetweenCollections, wasm.memory.buffer.byteLength / 2)) return;
  wasm.__collect();
  collected = allocated;
}

const subject = {
  begin(name, a, b) {
    wasm = new WebAssembly.Instance(module, { env: { abort } }).exports;
    isMark = name === 'mark' || name === 'list';
    collected = 0;
    wasm.begin(wasm[kKinds[name]].value, a, b);
    if (isMark || name === 'steady') wasm.__collect();
  },
  step() {
    if (isMark) wasm.__collect();
    const isMore = wasm.step() !== 0;
    if (runtime === 'minimal' && !isMark) collectWhenDue();
    return isMore;
  },
  checksum: () => wasm.checksum(),
  operations: () => wasm.operations(),
  memoryBytes: () => wasm.memory.buffer.byteLength,
  end: () => void (wasm = null),
};

measure(`assemblyscript-${runtime}`, subject, args);
