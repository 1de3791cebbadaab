// --barriers marks the card of each store of a pointer into the heap. Without it the module says that it does not.

import { describe, expect, it } from 'vitest';
import { rootAndVerify, rootModule } from '../../tools/rooting/root.mjs';
import { type Bytes, compile, kHeaps, outcome, World } from './support.ts';

const kTests = ['test_list', 'test_pairs', 'test_map', 'test_sort', 'test_array', 'test_switch'];
const kModes = ['auto', 'stop', 'incremental', 'generational'];

/** The options are 64 bits wide here: `mode` is the lower half, `no_barriers` behind it the upper. */
const modeNumber = (mode: string): number => kModes.indexOf(mode);

/** Returns the cards that are marked after a program has run. */
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
  const plain = rootAndVerify(bytes);
  const barriered = rootAndVerify(bytes, { barriers: true });

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
    for (const name of kTests) expect([name, world.call(name, 20)]).toEqual([name, calm.call(name, 20)]);
  });
});

// A rooted program runs in each mode that it may run in, and in no other.
describe.each(kModes)('mode %s', (mode) => {
  const bytes = compile(['lists.c']);
  const calm = new World(bytes);
  const world = (rooted: Uint8Array, heap: string, stressEvery: number, options = {}): World =>
    new World(rooted as Bytes, { heap, stressEvery, options: { mode: modeNumber(mode), ...options } });
  const barriered = rootAndVerify(bytes, { barriers: true }).bytes;
  const plain = rootAndVerify(bytes).bytes;

  it.each(kHeaps)('a program with barriers is right in %s, at many rates of collections', (heap) => {
    for (const every of [1, 2, 3, 7]) {
      const each = world(barriered, heap, every);
      for (const name of kTests) expect([every, name, each.call(name, 30)]).toEqual([every, name, calm.call(name, 30)]);
      expect(each.left()).toBe(0);
    }
  });

  it.each(kHeaps)('a program without is right in %s, or traps before it has made anything', (heap) => {
    for (const every of [1, 2, 3, 7]) {
      const each = world(plain, heap, every);
      for (const name of kTests) {
        const isRefused = mode === 'incremental' || mode === 'generational';
        const expected = isRefused ? 'trap' : calm.call(name, 30);
        expect([every, name, outcome(() => each.call(name, 30))]).toEqual([every, name, expected]);
        if (isRefused) expect(each.heap.stat('mallocs')).toBe(0);
      }
      expect(each.left()).toBe(0);
      expect(each.heap.stat('minor_gcs')).toBe(0);
    }
  });
});

describe('a heap with no_barriers', () => {
  const bytes = compile(['lists.c']);
  it.each(kHeaps)('%s refuses what other modes need, and takes a program without barriers', (heap) => {
    const world = new World(rootModule(bytes).bytes as Bytes, {
      ...{ heap, stressEvery: 2, options: { no_barriers: 1 } },
    });
    const bad = world.heap.number('status.BAD_ARGUMENT');
    expect(world.call('test_map', 30)).toBe(new World(bytes).call('test_map', 30));
    expect(world.heap.call('mgc_collect_minor')).toBe(bad);
    expect(world.heap.call('mgc_start_cycle')).toBe(bad);
    expect(world.heap.call('mgc_status')).toBe(bad);
    expect(world.heap.call('mgc_set_no_barriers')).toBe(0);
    expect(world.left()).toBe(0);
  });

  it.each(['INCREMENTAL', 'GENERATIONAL'])('is not made in mode %s', (name) => {
    const number = modeNumber(name.toLowerCase());
    expect(() => new World(bytes, { options: { mode: number + 2 ** 32 } })).toThrow();
  });
});
