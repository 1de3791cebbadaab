// Frames of LLVM's gc "shadow-stack", as the compiler emits them, are roots of the heap.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clang, compile, kHeaps, outcome, World } from './support.ts';

const source = readFileSync(new URL('./programs/chain.ll', import.meta.url), 'utf8');

/** Newer compilers have one type of pointers. */
function program() {
  const folder = fileURLToPath(new URL('../../build/rooting/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const path = `${folder}chain.ll`;
  writeFileSync(path, /-1[5-9]$/.test(clang()) ? source.replace(/i8\*+/g, 'ptr') : source);
  return compile([path, 'chain.c'], ['-O2'], 'chain');
}

describe('mgc_add_shadow_chain', () => {
  const bytes = program();
  const expected = new World(bytes).call('test_chain', 50);

  it.each(kHeaps)('keeps what the frames hold, in %s', (heap) => {
    const world = new World(bytes, { heap, stressEvery: 1 });
    expect(world.heap.call('mgc_add_shadow_chain', world.call('chain'))).toBe(0);
    expect(world.call('test_chain', 50)).toBe(expected);
    expect(world.left()).toBe(0);
  });

  it('is needed: without it the list is lost', () => {
    const world = new World(bytes, { heap: 'heap.debug.wasm', stressEvery: 1 });
    expect(outcome(() => world.call('test_chain', 50))).not.toBe(expected);
  });

  it('refuses what is no place for a pointer', () => {
    const world = new World(bytes);
    const bad = world.heap.number('status.BAD_POINTER');
    expect(world.heap.call('mgc_add_shadow_chain', world.call('chain') + 1)).toBe(bad);
    expect(world.heap.call('mgc_add_shadow_chain', 0xfffffffc)).toBe(bad);
    expect(world.heap.call('mgc_add_stack', 0xfffffffc, 64)).toBe(bad);
    expect(world.heap.call('mgc_add_stack', 64, 0xfffffffc)).toBe(bad);
    expect(world.heap.call('mgc_add_stack', 66, 128)).toBe(bad);
  });
});
