// Engines bring this peer along: WebAssembly GC, from the text in bench/peers/wasmgc.
//
//   node --expose-gc bench/peers/wasmgc.mjs MODULE.wasm WORKLOAD WARM SIZES

import { readFileSync } from 'node:fs';
import { collectEngine, measure, peakResidentBytes } from '../measure.mjs';
import { wasmGc } from '../subjects.mjs';

const [path, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
measure('wasmgc', wasmGc(module, collectEngine, peakResidentBytes), args);
