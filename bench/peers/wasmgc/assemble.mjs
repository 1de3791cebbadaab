// This makes one optimised module of WebAssembly GC of the fragments of this folder:
//
//   node bench/peers/wasmgc/assemble.mjs OUT.wasm
//
// It is made by Binaryen's program, because its JS interface cannot be told before parsing that the text uses types of
// WebAssembly GC. --closed-world is not given: with it Binaryen takes away the fields that nobody reads, and objects
// are smaller than the workloads say.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wasmOpt = fileURLToPath(new URL('bin/wasm-opt', import.meta.resolve('binaryen')));
const product = process.argv[2];

const texts = readdirSync(here)
  .filter((name) => name.endsWith('.wat'))
  .map((name) => readFileSync(join(here, name), 'utf8'))
  // A module's text begins with its imports.
  .sort((a, b) => Number(b.includes('\n(import')) - Number(a.includes('\n(import')));
mkdirSync(dirname(product), { recursive: true });
writeFileSync(`${product}.wat`, `(module\n${texts.join('\n')}\n)\n`);
const { status } = spawnSync(
  process.execPath,
  [wasmOpt, `${product}.wat`, '-all', '--disable-custom-descriptors', '-O3', '-o', product],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
