// This makes the foreign program runnable, with heap.wasm beside it, or both in one module. Binaryen assembles, merges
// and optimises.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'build', 'foreign');
const kWasmPageBytes = 65536;
const kMemory = { initial: 64, maximum: 16384 };
const kFeatures = ['mutable-globals', 'bulk-memory', 'bulk-memory-opt', 'sign-ext', 'nontrapping-float-to-int'].map(
  (name) => `--enable-${name}`,
);

/**
 * `-aimfs` lets functions of so many expressions be inlined wherever they are called, as the pieces that a compiler
 * emits in place have to be.
 */
const kOptimise = ['-O3', '-aimfs', '30'];

const modulePath = (name) => join(root, 'dist', name);
const compiled = (path) => new WebAssembly.Module(readFileSync(path));

function binaryen(tool, ...args) {
  execFileSync(process.execPath, [join(root, 'node_modules', 'binaryen', 'bin', tool), ...kFeatures, ...args]);
}

/** Returns a digest of everything that a product is made of. */
function digestOf(heapPath) {
  const hash = createHash('sha256');
  for (const path of [heapPath, fileURLToPath(new URL('program.wat', import.meta.url)), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * Optimising takes seconds and every run is a process of its own, so a product is made only where there is none of the
 * same digest.
 */
function made(name, heapPath, make) {
  const [product, stamp] = [join(folder, `${name}.wasm`), join(folder, `${name}.stamp`)];
  const digest = digestOf(heapPath);
  if (existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return product;
  mkdirSync(folder, { recursive: true });
  make(product);
  writeFileSync(stamp, digest);
  return product;
}

/** Returns what an instance of the heap describes, by name. */
function describe(exports, memory) {
  const bytes = new Uint8Array(memory.buffer);
  const values = new DataView(memory.buffer);
  const found = {};
  for (let name = exports.mgc_describe_names(), value = exports.mgc_describe_values(); bytes[name] !== 0; value += 4) {
    const end = bytes.indexOf(0, name);
    found[new TextDecoder().decode(bytes.slice(name, end))] = values.getUint32(value, true);
    name = end + 1;
  }
  return found;
}

/** Starts the heap as docs/abi.md says. Returns the description. */
function startHeap(exports, memory) {
  exports._initialize();
  const abi = describe(exports, memory);
  const view = new DataView(memory.buffer);
  view.setBigUint64(exports.mgc_options() + abi['options.max_bytes'], BigInt(kMemory.maximum * kWasmPageBytes), true);
  view.setUint32(exports.mgc_memory_end(), memory.buffer.byteLength, true);
  if (exports.mgc_init() !== 0) throw new Error('mgc_init failed');
  return abi;
}

function bareHeap(module) {
  const memory = new WebAssembly.Memory(kMemory);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, exports, abi: startHeap(exports, memory) };
}

/** Folds the constants of the program, as a compiler for one ABI number does, and assembles it. */
function assemble(name, heapPath, choice, product) {
  const constants = { abi: bareHeap(compiled(heapPath)).abi, choice };
  const text = readFileSync(new URL('program.wat', import.meta.url), 'utf8');
  const folded = text.replace(/\(import "(abi|choice)" "([^"]+)" \(global (\S+) i32\)\)/g, (_, from, key, id) => {
    if (constants[from][key] === undefined) throw new Error(`heap.wasm does not describe ${key}`);
    return `(global ${id} i32 (i32.const ${constants[from][key]}))`;
  });
  const source = join(folder, `${name}.wat`);
  writeFileSync(source, folded);
  binaryen('wasm-opt', source, ...kOptimise, '-o', product);
}

/**
 * Puts the program and the heap into one module, optimised as one. The memory, which both import, has its own module.
 */
function merge(name, heapPath, program, product) {
  const memory = join(folder, 'memory.wat');
  writeFileSync(memory, `(module (memory (export "memory") ${kMemory.initial} ${kMemory.maximum}))`);
  const whole = join(folder, `${name}.whole.wasm`);
  binaryen('wasm-merge', memory, 'env', heapPath, 'heap', program, 'program', '-o', whole);
  binaryen('wasm-opt', whole, ...kOptimise, '-o', product);
}

/**
 * Returns a function that starts a fresh heap with the program beside it: { exports, memory, abi }. With `bySlot` the
 * program allocates without calls; with `merged` both are one module; `nodeBytes` is 16, 32 or 64; `heapName` is the
 * module in dist/ that is the heap.
 */
export function makeProgram({ bySlot, merged, nodeBytes, heapName = 'heap.wasm' }) {
  const heapPath = modulePath(heapName);
  const name = `${heapName.replace('.wasm', '')}-${bySlot ? 'slot' : 'call'}-${nodeBytes}`;
  const program = made(name, heapPath, (product) =>
    assemble(name, heapPath, { by_slot: bySlot ? 1 : 0, node_bytes: nodeBytes }, product),
  );
  if (merged) {
    const whole = compiled(
      made(`${name}-merged`, heapPath, (product) => merge(`${name}-merged`, heapPath, program, product)),
    );
    return () => {
      const { exports } = new WebAssembly.Instance(whole);
      const abi = startHeap(exports, exports.memory);
      exports.init();
      return { exports, memory: exports.memory, abi };
    };
  }
  const [heap, alone] = [compiled(heapPath), compiled(program)];
  return () => {
    const { memory, exports: ours, abi } = bareHeap(heap);
    const { exports } = new WebAssembly.Instance(alone, { env: { memory }, heap: ours });
    exports.init();
    return { exports, memory, abi };
  };
}
