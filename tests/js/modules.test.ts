// The shipped modules have one import, and their exports are those of wasm/exports.txt and what the loader needs beside
// them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const listed = (name: string): string[] =>
  readFileSync(new URL(`wasm/${name}`, root), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
const linkage = ['__data_end', '__heap_base', '__stack_pointer', '_initialize'];

const kLists: Record<string, string[]> = {
  'heap.wasm': ['exports.txt'],
  'heap.debug.wasm': ['exports.txt', 'exports.debug.txt'],
  'heap.lean.wasm': ['exports.lean.txt'],
};

describe.each(Object.entries(kLists))('%s', (name, lists) => {
  const module = new WebAssembly.Module(readFileSync(new URL(`dist/${name}`, root)));

  it('B7: imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('exports what the list says, and nothing else', () => {
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    const table = name === 'heap.lean.wasm' ? [] : ['__indirect_function_table'];
    expect(exported.sort()).toEqual([...lists.flatMap(listed), ...linkage, ...table].sort());
  });
});
