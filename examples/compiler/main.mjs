// node examples/compiler/main.mjs FILE [FUNCTION [NUMBER…]] compiles a program and calls one of its functions, main if
// none is named. It runs after npm run build, which makes heap.wasm.

import { readFileSync } from 'node:fs';
import { compile } from './compiler.mjs';
import { Host } from './host.mjs';
import { SourceError } from './parser.mjs';

const [file, name = 'main', ...numbers] = process.argv.slice(2);
try {
  if (file === undefined) throw new Error('usage: node examples/compiler/main.mjs FILE [FUNCTION [NUMBER…]]');
  const heap = new WebAssembly.Module(readFileSync(new URL('../../dist/heap.wasm', import.meta.url)));
  const host = new Host(heap);
  const program = host.load(compile(readFileSync(file, 'utf8'), host.abi));
  if (program[name] === undefined) throw new Error(`no function ${name} of numbers in ${file}`);
  console.log(program[name](...numbers.map(Number)));
} catch (error) {
  console.error(error instanceof SourceError ? `${file}: ${error.message}` : error.message);
  process.exitCode = 1;
}
