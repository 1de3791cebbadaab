// Programs are rooted in three ways, beside the same heap: by mallocgc-root, by Binaryen's --flatten --spill-pointers,
// which gets the thunks of mallocgc-root so that the heap finds its stack, and by frames that their author wrote. Each
// is optimised afterwards (-O2). The bytes are those of the module without custom sections. Times are of the processor,
// medians of interleaved runs, in which the three give the same sums.
//
//   node bench/rooting/run.mjs [--rounds N]      (after npm run build; a clang with wasm-ld is needed)

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import binaryen from 'binaryen';
import { sections } from '../../tools/rooting/binary.mjs';
import { optimised } from '../../tools/rooting/optimise.mjs';
import { rootAndVerify, withThunks } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { root } from '../../tools/steps/process.mjs';

const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '21' } } }).values;
const kFolder = join(root, 'build', 'bench-rooting');
const kDataBase = 32 << 20;
const kStackBytes = 1 << 20;
const kMaxBytes = 256 << 20;
const kWasmPageBytes = 65536;
const kOptimise = 2;
const kWorkloads = { list: 200_000, trees: 60, sort: 20_000, map: 300_000 };

// ---- The modules ----

function clang() {
  const suffix = ['-19', '-18', '-17', '-16', '-15', '-14', ''].find(
    (each) => existsSync(`/usr/bin/clang${each}`) && existsSync(`/usr/bin/wasm-ld${each}`),
  );
  if (suffix === undefined) throw new Error('no clang with wasm-ld: install clang and lld');
  return `/usr/bin/clang${suffix}`;
}

function compile(file, name, flags) {
  mkdirSync(kFolder, { recursive: true });
  const target = ['--target=wasm32', '-mmutable-globals', '-mbulk-memory', '-nostdlib'];
  const object = join(kFolder, `${name}.o`);
  const output = join(kFolder, `${name}.wasm`);
  execFileSync(clang(), [...target, '-O2', '-ffreestanding', '-fno-builtin', ...flags, '-c', file, '-o', object]);
  execFileSync(clang(), [
    ...[...target, '-Wl,--no-entry', '-Wl,--import-memory', `-Wl,--global-base=${kDataBase}`],
    ...[`-Wl,-z,stack-size=${kStackBytes}`, '-Wl,--export=__stack_pointer', '-Wl,--import-undefined'],
    ...['-o', output, object],
  ]);
  return new Uint8Array(readFileSync(output));
}

/** Runs --flatten --spill-pointers. Returns null where Binaryen cannot flatten the module. */
function spilled(bytes) {
  binaryen.setDebugInfo(true); // the pass looks for the stack pointer by its name
  const module = binaryen.readBinary(bytes);
  module.setFeatures(module.getFeatures() | binaryen.Features.MutableGlobals);
  module.runPasses(['flatten', 'spill-pointers']);
  const flat = module.emitBinary();
  module.dispose();
  binaryen.setDebugInfo(false);
  return {
    withoutThunks: optimised(binaryen, flat, kOptimise, false),
    withThunks: optimised(binaryen, withThunks(flat), kOptimise, false),
  };
}

const sizeOf = (bytes) => sections(bytes).reduce((sum, { id, start, end }) => sum + (id === 0 ? 0 : end - start), 0);

// ---- Running ----

class World {
  constructor(program, isByHand) {
    this.memory = new WebAssembly.Memory({ initial: 64, maximum: kMaxBytes / kWasmPageBytes });
    const heap = new WebAssembly.Module(readFileSync(join(root, 'dist', 'heap.wasm')));
    this.heap = new WebAssembly.Instance(heap, { env: { memory: this.memory } }).exports;
    this.heap._initialize();
    this.abi = this.#describe();
    const view = new DataView(this.memory.buffer);
    const options = this.heap.mgc_options();
    view.setBigUint64(options + this.abi['options.max_bytes'], BigInt(kMaxBytes / 2), true);
    if (isByHand) view.setBigUint64(options + this.abi['options.no_barriers'], 1n, true);
    view.setUint32(this.heap.mgc_memory_end(), this.memory.buffer.byteLength, true);
    if (this.heap.mgc_init() !== 0) throw new Error('no heap');
    const missing = kDataBase + 2 * kStackBytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(missing / kWasmPageBytes);
    const imports = { env: { memory: this.memory, ...this.heap }, heap: this.heap };
    this.program = new WebAssembly.Instance(new WebAssembly.Module(program), imports).exports;
    this.program.setup(this.#define(16, 3), this.#define(4, 1), 1);
    this.program.prepare?.(this.abi['mutator.shadow_top'], this.abi['mutator.shadow_limit']);
  }

  // Names end with NUL, the list with an empty name; the values stand in the same order.
  #describe() {
    const bytes = new Uint8Array(this.memory.buffer);
    const view = new DataView(this.memory.buffer);
    const found = {};
    let value = this.heap.mgc_describe_values();
    for (let name = this.heap.mgc_describe_names(); bytes[name] !== 0; value += 4) {
      const end = bytes.indexOf(0, name);
      found[new TextDecoder().decode(bytes.slice(name, end))] = view.getUint32(value, true);
      name = end + 1;
    }
    return found;
  }

  #define(size, mask) {
    const at = this.heap.mgc_scratch(512);
    const view = new DataView(this.memory.buffer);
    new Uint8Array(this.memory.buffer).fill(0, at, at + 512);
    const words = at + this.abi['sizeof.type_info'];
    view.setUint32(at + this.abi['type_info.size'], size, true);
    view.setUint32(words, mask, true);
    view.setUint32(at + this.abi['type_info.pointers'] + this.abi['words_info.mask'], words, true);
    return this.heap.mgc_type_define(at);
  }

  run(name, n) {
    const begin = process.cpuUsage();
    const sum = this.program[name](n) >>> 0;
    const { user, system } = process.cpuUsage(begin);
    return { ms: (user + system) / 1000, sum };
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// ---- The tables ----

const programs = join(root, 'bench', 'rooting', 'programs.c');
const plain = compile(programs, 'plain', []);
const spilledPlain = spilled(plain);
const tool = rootAndVerify(plain, { binaryen, optimise: kOptimise, names: false });
const byHand = optimised(binaryen, compile(programs, 'by-hand', ['-DBY_HAND']), kOptimise, false);
const modules = { tool: tool.bytes, spill: spilledPlain.withThunks, hand: byHand };

console.log(
  '| program | mallocgc-root | --flatten --spill-pointers | with thunks | unrooted | reports of the checker |',
);
console.log(
  '| ------- | ------------- | -------------------------- | ----------- | -------- | ---------------------- |',
);
const tests = (name) => join(root, 'tests', 'rooting', 'programs', name);
for (const [name, bytes] of [
  ['bench/rooting/programs.c', plain],
  ['lists.c', compile(tests('lists.c'), 'lists', [])],
  ['wide.c', compile(tests('wide.c'), 'wide', ['-msimd128', '-mtail-call'])],
]) {
  const ours = rootAndVerify(bytes, { binaryen, optimise: kOptimise, names: false });
  const theirs = spilled(bytes);
  const sizes = [ours.bytes, theirs.withoutThunks, theirs.withThunks, bytes].map(sizeOf);
  const reports = `${ours.reports.length}, and ${verify(theirs.withThunks).length} of theirs`;
  console.log(`| ${[name, ...sizes, reports].join(' | ')} |`);
}

const worlds = Object.entries(modules).map(([name, bytes]) => [name, new World(bytes, name === 'hand')]);
console.log(
  '\n| workload | mallocgc-root, ms | --flatten --spill-pointers | frames by hand | to spilled | to frames |',
);
console.log('| -------- | ----------------- | -------------------------- | -------------- | ---------- | --------- |');
for (const [workload, n] of Object.entries(kWorkloads)) {
  const times = Object.fromEntries(worlds.map(([name]) => [name, []]));
  for (let round = -3; round < Number(rounds); ++round) {
    const results = worlds.map(([name, world]) => [name, world.run(workload, n)]);
    const sums = new Set(results.map(([, { sum }]) => sum));
    if (sums.size !== 1) throw new Error(`${workload}: the sums differ: ${[...sums].join(', ')}`);
    if (round >= 0) for (const [name, { ms }] of results) times[name].push(ms);
  }
  const [ours, theirs, hand] = ['tool', 'spill', 'hand'].map((name) => median(times[name]));
  const ratio = (other) => median(times.tool.map((ms, i) => ms / times[other][i])).toFixed(2);
  const cells = [ours, theirs, hand].map((ms) => ms.toFixed(1));
  console.log(`| ${[workload, ...cells, ratio('spill'), ratio('hand')].join(' | ')} |`);
}
