// The workload `compiled` is what the compiler of the examples makes of examples/compiler/programs.txt, beside the
// heap.
//
//   node bench/compiled.mjs PEER compiled WARM SIZES [MODE]

import { readFileSync } from 'node:fs';
import { compile } from '../examples/compiler/compiler.mjs';
import { Host } from '../examples/compiler/host.mjs';
import { measure } from './measure.mjs';
import { compiledBy } from './programs/js/compiled.mjs';

/** The modes stand in the order of MGC_MODE_*. */
const kModes = ['auto', 'stop', 'incremental', 'generational'];

const [peer, group, warm, sizes, mode = ''] = process.argv.slice(2);
if (mode !== '' && !kModes.includes(mode)) throw new Error(`no mode ${mode}`);
const options = mode === '' ? {} : { mode: kModes.indexOf(mode) };
const module = new WebAssembly.Module(readFileSync(new URL('../dist/heap.wasm', import.meta.url)));
const source = readFileSync(new URL('../examples/compiler/programs.txt', import.meta.url), 'utf8');
let program = null;
let host = null;
let workload = null;

const subject = {
  begin(_name, depth, rounds) {
    host = new Host(module, options);
    program ??= compile(source, host.abi);
    workload = compiledBy(host.load(program))(depth, rounds);
  },
  step: () => workload.step(),
  checksum: () => workload.checksum(),
  operations: () => workload.operations(),
  memoryBytes: () => host.memory.buffer.byteLength,
  extra: () => ({ collections: host.stat('num_gc') }),
  end: () => void (host = null),
};
measure(peer, subject, [group, warm, sizes]);
