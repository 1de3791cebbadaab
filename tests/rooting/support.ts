// The tests of the rooting tools share this: programs of tests/rooting/programs are compiled for wasm32 by a plain
// clang, and run beside a heap of dist/, with a collection at every allocation.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { BareHeap, shipped } from '../js/bare-heap.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kBuild = here('../../build/rooting/');
export const kDataBase = 32 << 20; // of the programs: above what the heap takes at first
export const kStackBytes = 256 << 10;
const kProgramBytes = 2 << 20;
const kWasmPageBytes = 65536;
export const kHeaps = ['heap.wasm', 'heap.debug.wasm'] as const;

/** A program beside the heap is linked like this. */
export const kLinking: readonly string[] = [
  ...['-Wl,--no-entry', '-Wl,--import-memory', `-Wl,--global-base=${kDataBase}`, '-Wl,--export=__stack_pointer'],
  ...[`-Wl,-z,stack-size=${kStackBytes}`, '-Wl,--import-undefined'],
];

export type Bytes = Uint8Array<ArrayBuffer>;

/** Returns the newest clang that knows wasm32 and has its linker. */
export function clang(): string {
  for (const suffix of ['-19', '-18', '-17', '-16', '-15', '-14', ''])
    if (existsSync(`/usr/bin/clang${suffix}`) && existsSync(`/usr/bin/wasm-ld${suffix}`))
      return `/usr/bin/clang${suffix}`;
  throw new Error('no clang with wasm-ld: install clang and lld');
}

const hasDebugInfo = (flags: readonly string[]): boolean => flags.some((flag) => flag.startsWith('-g'));

const compiled = new Map<string, Bytes>();

/** Compiles a program as a module whose memory and heap are imported. */
export function compile(
  sources: readonly string[],
  flags: readonly string[] = ['-O2'],
  name = sources.join('+'),
  headers: readonly string[] = [],
): Bytes {
  const key = [...sources, ...flags, name].join('\0');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  mkdirSync(kBuild, { recursive: true });
  const output = `${kBuild}${name.replaceAll('/', '_')}${flags.join('')}.${process.pid}`;
  const files = sources.map((source) => (existsSync(source) ? source : here(`./programs/${source}`)));
  const target = ['--target=wasm32', '-mmutable-globals', '-mbulk-memory', '-nostdlib'];
  const objects = hasDebugInfo(flags) ? files.map((_, i) => `${output}.${i}.o`) : files;
  const compiling = [
    ...target,
    ...['-ffreestanding', '-fno-builtin'],
    ...flags,
    ...[here('./programs'), ...headers].map((folder) => `-I${folder}`),
  ];
  // A driver that is told to optimise and link at once calls wasm-opt, which drops names and the lines.
  if (objects !== files)
    files.forEach((file, i) => {
      execFileSync(clang(), [...compiling, '-c', file, '-o', objects[i] ?? '']);
    });
  execFileSync(clang(), [
    ...(objects === files ? compiling : target),
    ...[...kLinking, '-o', `${output}.wasm`, ...objects],
  ]);
  compiled.set(key, new Uint8Array(readFileSync(`${output}.wasm`)));
  return compiled.get(key) as Bytes;
}

/** The programs here use these features, and engines know them. */
export const kFeatures = (
  [
    'MutableGlobals',
    'SignExt',
    'BulkMemory',
    'BulkMemoryOpt',
    'SIMD128',
    'ExceptionHandling',
    'TailCall',
    'Multivalue',
    'ReferenceTypes',
  ] as const
).reduce((set, name) => set | binaryen.Features[name], 0);

/** Returns a module in the text format, assembled. */
export function assemble(text: string): Bytes {
  const module = binaryen.parseText(text);
  module.setFeatures(kFeatures);
  if (!module.validate()) throw new Error('the text is no valid module');
  binaryen.setDebugInfo(true);
  const bytes = module.emitBinary();
  binaryen.setDebugInfo(false);
  module.dispose();
  return new Uint8Array(bytes);
}

export type Program = Record<string, (...args: number[]) => number>;

/** This is a heap, with a program beside it in the same memory. */
export class World {
  readonly heap: BareHeap;
  readonly program: Program;
  readonly node: number;
  readonly words: number;

  constructor(
    module: Bytes,
    {
      heap = 'heap.wasm' as string,
      stressEvery = 0,
      bySlot = false,
      imports = {} as Record<string, unknown>,
      setup = true,
      options = {} as Record<string, number>,
    } = {},
  ) {
    this.heap = new BareHeap(shipped(heap), options);
    const { memory, exports } = this.heap;
    const missing = kDataBase + kProgramBytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(missing / kWasmPageBytes);
    this.node = this.define(16, 3);
    this.words = this.define(4, 1);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
      env: { memory, ...imports },
      heap: exports,
    });
    this.program = instance.exports as unknown as Program;
    if (setup) this.call('setup', this.node, this.words, bySlot ? 1 : 0);
    this.stress(stressEvery);
  }

  /** Collects at every `n`-th allocation, in the debug flavour with all checks; 0 does not collect at all. */
  stress(n: number): void {
    const { number } = this.heap;
    const flag = (name: string): number => number.call(this.heap, `debug.${name}`);
    const flags =
      this.heap.number('flavour.debug') === 0 || n === 0 ? 0 : flag('CHECKMARK') | flag('POISON') | flag('VERIFY');
    this.heap.call('mgc_set_debug', flags, n);
    this.heap.call('mgc_set_gc_percent', n === 0 ? -1 : 100);
  }

  call(name: string, ...args: number[]): number {
    const { [name]: each } = this.program;
    if (each === undefined) throw new Error(`the program does not export ${name}`);
    return each(...args) >>> 0;
  }

  /** Returns the objects that are left after a collection. */
  left(): number {
    this.heap.call('mgc_collect');
    return this.heap.stat('heap_objects');
  }

  private define(size: number, mask: number): number {
    const at = this.heap.call('mgc_scratch', 512);
    const view = new DataView(this.heap.memory.buffer);
    new Uint8Array(this.heap.memory.buffer).fill(0, at, at + 512);
    const words = at + this.heap.number('sizeof.type_info');
    view.setUint32(at + this.heap.number('type_info.size'), size, true);
    view.setUint32(words, mask, true);
    view.setUint32(at + this.heap.number('type_info.pointers') + this.heap.number('words_info.mask'), words, true);
    return this.heap.call('mgc_type_define', at);
  }
}

/** Returns what a call comes to: a number, or that it trapped. */
export function outcome(call: () => number): number | 'trap' {
  try {
    return call();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return 'trap';
    throw error;
  }
}
