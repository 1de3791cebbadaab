// The peer that engines bring along: WebAssembly GC, from the text in bench/peers/wasmgc. node --expose-gc
// bench/peers/wasmgc.mjs MODULE.wasm WORKLOAD WARM SIZES

import { readFileSync } from 'node:fs';
import { measure, peakResidentBytes } from '../measure.mjs';

const [path, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));

let workload = null;
const subject = {
  begin(name, a, b) {
    // What the text of `churn` does is `pause` too: there the steps' times count.
    const own = name === 'pause' ? 'churn' : name;
    const { exports } = new WebAssembly.Instance(module, { host: { gc } });
    if (!exports[`${own}_begin`]) throw new Error(`no workload ${name}`);
    const of = (what) => exports[`${own}_${what}`];
    workload = { step: of('step'), checksum: of('checksum'), operations: of('operations') };
    of('begin')(a, b);
    if (name === 'mark' || name === 'list') gc();
  },
  step: () => workload.step() !== 0,
  checksum: () => workload.checksum(),
  operations: () => workload.operations(),
  memoryBytes: peakResidentBytes,
  end: () => void (workload = null),
};

measure('wasmgc', subject, args);
