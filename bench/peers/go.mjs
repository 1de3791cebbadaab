// This is the peer Go as js/wasm:
//
//   node bench/peers/go.mjs GOROOT MODULE.wasm WORKLOAD WARM SIZES
//
// The program times itself (bench/peers/go/main.go). This loads it by Go's own script, from where Go is installed.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [goroot, path, ...args] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const script = ['lib', 'misc'].map((folder) => join(goroot, folder, 'wasm', 'wasm_exec.js')).find(existsSync);
// Go's own runner for Node gives the script these.
globalThis.require = require;
globalThis.fs = require('node:fs');
require(script);

const go = new globalThis.Go();
go.argv = [path, ...args];
go.env = {};
go.exit = (code) => (process.exitCode = code);
const { instance } = await WebAssembly.instantiate(readFileSync(path), go.importObject);
globalThis.benchMemoryBytes = () => instance.exports.mem.buffer.byteLength;
globalThis.benchCpuMs = () => Object.values(process.cpuUsage()).reduce((sum, us) => sum + us / 1000, 0);
await go.run(instance);
