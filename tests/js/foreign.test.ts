// A module by another compiler runs beside the heap, and merged with it, as docs/abi.md says. These are the programs
// that bench/foreign measures, at sizes at which collections happen.

import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../bench/foreign/build.mjs';

interface Program {
  drop(count: number): number;
  drop_held(count: number): number;
  trees(trees: number, depth: number): number;
  keep(depth: number): number;
  count_kept(slot: number): number;
}

const nodesOf = (depth: number): number => (2 << depth) - 1;

describe.each([
  { bySlot: false, merged: false },
  { bySlot: true, merged: false },
  { bySlot: true, merged: true },
  { bySlot: false, merged: false, heapName: 'heap.lean.wasm' },
  { bySlot: true, merged: true, heapName: 'heap.lean.wasm' },
])('a foreign module, %o', (kind) => {
  it('keeps what it roots, and runs in a heap that is smaller than what it makes', () => {
    const { exports: program, memory } = makeProgram({ ...kind, nodeBytes: 16 })() as unknown as {
      exports: Program;
      memory: WebAssembly.Memory;
    };
    const kept = program.keep(12);
    expect(program.drop(2_000_000)).toBe(2_000_000);
    expect(program.drop_held(2_000_000)).toBe(2_000_000);
    expect(program.trees(200, 10)).toBe(200 * nodesOf(10));
    expect(program.count_kept(kept)).toBe(nodesOf(12));
    // The program drops 64 MB of nodes.
    expect(memory.buffer.byteLength).toBeLessThan(28 << 20);
  });
});
