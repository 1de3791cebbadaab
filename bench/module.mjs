// Runs one workload of a C++ module (bench/CMakeLists.txt): node bench/module.mjs PEER MODULE.wasm WORKLOAD WARM SIZES.
// The module is a reactor; what it imports from its host is never needed but for the clock.

import { readFileSync } from 'node:fs';
import { measure } from './measure.mjs';

const [peer, path, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));

function instantiate() {
  let exports = null;
  const clock_time_get = (_id, _precision, place) => {
    const now = process.hrtime.bigint();
    new DataView(exports.memory.buffer).setBigUint64(place, now, true);
    return 0;
  };
  const proc_exit = (code) => {
    throw new Error(`the module ended with ${code}`);
  };
  const fd_write = (_fd, vectors, count, written) => {
    const view = new DataView(exports.memory.buffer);
    let bytes = 0;
    for (let i = 0; i < count; ++i) {
      const [base, length] = [view.getUint32(vectors + 8 * i, true), view.getUint32(vectors + 8 * i + 4, true)];
      process.stderr.write(Buffer.from(exports.memory.buffer, base, length));
      bytes += length;
    }
    view.setUint32(written, bytes, true);
    return 0;
  };
  const named = { clock_time_get, proc_exit, fd_write };
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = named[name] ?? (() => 0);
  exports = new WebAssembly.Instance(module, imports).exports;
  exports._initialize?.();
  return exports;
}

/**
 * What a collected heap knows of itself: live bytes, its pacer's goal, how often it took memory; and the whole memory
 * by the goal.
 */
function heapFigures(exports) {
  if (!exports.bench_heap_goal) return {};
  const [live, goal] = [exports.bench_heap_live(), exports.bench_heap_goal()];
  return {
    live_bytes: live,
    goal_bytes: goal,
    growths: exports.bench_growths(),
    memory_per_goal: exports.memory.buffer.byteLength / goal,
  };
}

// The warm-up has an instance, hence a memory, of its own; the engine keeps the compiled code for both.
let wasm = null;
let bytesBefore = 0;
const subject = {
  begin(name, a, b) {
    wasm = instantiate();
    const place = wasm.bench_text() >>> 0;
    new Uint8Array(wasm.memory.buffer).set(new TextEncoder().encode(`${name}\0`), place);
    if (!wasm.bench_begin(a, b)) throw new Error(`${peer} has no workload ${name}, or no memory for it`);
    bytesBefore = wasm.memory.buffer.byteLength;
  },
  step: () => wasm.bench_step() !== 0,
  checksum: () => wasm.bench_checksum(),
  operations: () => wasm.bench_operations(),
  memoryBytes: () => wasm.memory.buffer.byteLength,
  extra: () => ({
    collections: wasm.bench_collections(),
    sys_bytes: wasm.bench_heap_sys(),
    memory_before_bytes: bytesBefore,
    ...heapFigures(wasm),
  }),
  end: () => wasm.bench_end(),
};

measure(peer, subject, args);
