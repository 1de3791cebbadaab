// Rust and Zig compile the same program as C's lists.c, each with the flags that docs/rooting.md gives. Zig links it
// itself; of Rust's static library clang makes a module, since rustc puts the stack below the data, where the heap is.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rustc, zig } from '../../../tools/steps/toolchains.mjs';
import { type Bytes, clang, kDataBase, kLinking, kStackBytes } from '../support.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kBuild = here('../../../build/rooting/toolchains/');
const kExports = ['setup', 'list', 'tree', 'operands', 'pairs', 'array', 'sort', 'shapes', 'map'];
const exported = (flag: string): string[] =>
  kExports.map((name) => `${flag}${name === 'setup' ? name : `test_${name}`}`);

export interface Compiler {
  /** What a skipped test says. */
  readonly missing: string;
  readonly isThere: boolean;
  readonly levels: readonly string[];
  readonly compile: (level: string) => Bytes;
}

function fileFor(language: string, level: string): string {
  mkdirSync(kBuild, { recursive: true });
  return `${kBuild}${language}-${level}.${process.pid}`;
}

function compileRust(level: string): Bytes {
  const output = fileFor('rust', level);
  execFileSync(rustc() ?? '', [
    ...['--edition', '2021', '--target', 'wasm32-unknown-unknown', '--crate-type', 'staticlib'],
    ...['-C', `opt-level=${level}`, '-C', 'panic=abort', '-C', 'target-feature=+mutable-globals'],
    ...['-o', `${output}.a`, here('./lists.rs')],
  ]);
  execFileSync(clang(), [
    ...['--target=wasm32', '-nostdlib', ...kLinking, ...exported('-Wl,--export=')],
    ...['-o', `${output}.wasm`, `${output}.a`],
  ]);
  return new Uint8Array(readFileSync(`${output}.wasm`));
}

function compileZig(level: string): Bytes {
  const output = fileFor('zig', level);
  const cache = `${kBuild}cache`;
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const flags = [
    ...['-target', 'wasm32-freestanding', '-O', level, '-fno-entry', '--import-memory', `--global-base=${kDataBase}`],
    ...['--stack', String(kStackBytes), '--export=__stack_pointer', ...exported('--export=')],
  ];
  execFileSync(zig() ?? '', ['build-exe', ...flags, `-femit-bin=${output}.wasm`, here('./lists.zig')], { env });
  return new Uint8Array(readFileSync(`${output}.wasm`));
}

export const kCompilers: Readonly<Record<string, Compiler>> = {
  Rust: {
    missing: 'there is no rustc with the library of wasm32: npm run test:toolchains installs it on Debian and Ubuntu',
    isThere: rustc() !== null,
    levels: ['2', 's'],
    compile: compileRust,
  },
  Zig: {
    missing: 'there is no Zig: npm run test:toolchains installs it',
    isThere: zig() !== null,
    levels: ['ReleaseFast', 'ReleaseSmall'],
    compile: compileZig,
  },
};
