// This runs one workload of a C++ module (bench/CMakeLists.txt); of our heap, in a mode of it if one is named:
//
//   node bench/module.mjs PEER MODULE.wasm WORKLOAD WARM SIZES [MODE]

import { readFileSync } from 'node:fs';
import { measure } from './measure.mjs';
import { reactor } from './subjects.mjs';

const [peer, path, workload, warm, sizes, mode] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const say = (text) => process.stderr.write(text);
measure(peer, reactor(peer, module, { say, mode }), [workload, warm, sizes]);
