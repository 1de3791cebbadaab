// --barriers marks the card of each store of a pointer into the heap; without it the module says that it does not.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { type Bytes, compile, World } from './support.ts';

/** The cards that are marked after a program has run. */
function marked(bytes: Bytes): { sum: number; cards: number } {
  const world = new World(bytes);
  const view = new DataView(world.heap.memory.buffer);
  const table = world.heap.number('cards.address');
  const base = view.getUint32(table + world.heap.number('cards.base'), true);
  const mask = view.getUint32(table + world.heap.number('cards.mask'), true);
  new Uint8Array(world.heap.memory.buffer).fill(0, base, base + mask + 1);
  const sum = world.call('test_map', 300);
  const cards = new Uint8Array(world.heap.memory.buffer, base, mask + 1).reduce(
    (count, card) => count + (card !== 0 ? 1 : 0),
    0,
  );
  return { sum, cards };
}

const said = (bytes: Bytes): unknown => {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'mallocgc-root');
  return JSON.parse(new TextDecoder().decode(section));
};

describe('--barriers', () => {
  const bytes = compile(['lists.c']);
  const plain = rootAndVerify(binaryen, bytes);
  const barriered = rootAndVerify(binaryen, bytes, { barriers: true });

  it('marks the cards of what is stored to, and changes nothing else', () => {
    const without = marked(plain.bytes as Bytes);
    const with_ = marked(barriered.bytes as Bytes);
    expect(with_.sum).toBe(without.sum);
    expect(without.cards).toBe(0);
    expect(with_.cards).toBeGreaterThan(3);
    expect(barriered.counters.barriers).toBeGreaterThan(10);
    expect(barriered.reports).toEqual([]);
  });

  it('is what the module says of itself', () => {
    expect(said(plain.bytes as Bytes)).toEqual({ barriers: 'none' });
    expect(said(barriered.bytes as Bytes)).toEqual({ barriers: 'marked' });
  });

  it('is right with a collection at every allocation', () => {
    const calm = new World(bytes);
    const world = new World(barriered.bytes as Bytes, { heap: 'heap.debug.wasm', stressEvery: 1 });
    for (const name of ['test_list', 'test_pairs', 'test_map', 'test_sort'])
      expect([name, world.call(name, 20)]).toEqual([name, calm.call(name, 20)]);
  });
});
