// These are the modules that a peer brings along, as subjects of stepping.mjs, in any engine.

/**
 * Makes a subject of a C++ module (bench/CMakeLists.txt), a reactor. It needs nothing that it imports from its host
 * except the clock, and a place for its last words, which go to `say`. `mode` is that of the heap, '' for the default.
 */
export function reactor(peer, module, { say = console.error, mode = '' } = {}) {
  // The warm-up has an instance, hence a memory, of its own; the engine keeps the compiled code for both.
  let wasm = null;
  let bytesBefore = 0;
  const setText = (text) =>
    new Uint8Array(wasm.memory.buffer).set(new TextEncoder().encode(`${text}\0`), wasm.bench_text() >>> 0);
  return {
    begin(name, a, b) {
      wasm = instantiate(module, say);
      if (mode !== '') {
        setText(mode);
        if (!wasm.bench_mode?.()) throw new Error(`${peer} has no mode ${mode}`);
      }
      setText(name);
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
}

function instantiate(module, say) {
  let exports = null;
  const clock_time_get = (_id, _precision, place) => {
    const now = BigInt(Math.round(performance.now() * 1e6));
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
      say(new TextDecoder().decode(new Uint8Array(exports.memory.buffer, base, length)));
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
 * Returns what a collected heap knows of itself: live bytes, its pacer's goal, how often it took memory, and the whole
 * memory in parts of the goal.
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

/** Makes a subject of the module of WebAssembly GC (bench/peers/wasmgc); `gc` collects the engine's heap. */
export function wasmGc(module, gc, memoryBytes) {
  let workload = null;
  return {
    begin(name, a, b) {
      // The text of `churn` does `pause` too: there the steps' times count.
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
    memoryBytes,
    end: () => void (workload = null),
  };
}
