// The worked example of docs/abi.md is a module in WebAssembly text that lives in the heap's memory, beside heap.wasm
// and without the package's TypeScript. What the document tells other compilers is what runs here.

import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { beforeAll, describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

function assemble(text: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
  expect(module.validate()).toBe(1);
  const bytes = Uint8Array.from(module.emitBinary());
  module.dispose();
  return bytes;
}

describe('the example of docs/abi.md', () => {
  let program: WebAssembly.Module;
  let heapBytes: Uint8Array<ArrayBuffer>;

  beforeAll(() => {
    program = new WebAssembly.Module(
      assemble(readFileSync(new URL('../../docs/examples/list.wat', import.meta.url), 'utf8')),
    );
    heapBytes = shipped('heap.wasm');
  });

  it('keeps the list that is rooted, frees the other, and agrees with the heap about everything that it does by itself', () => {
    const heap = new BareHeap(heapBytes);
    expect(heap.number('abi')).toBe(2);
    const objectsAfterCollection: number[] = [];
    const instance = new WebAssembly.Instance(program, {
      env: { memory: heap.memory },
      abi: heap.abi,
      heap: {
        ...heap.exports,
        mgc_collect: () => {
          const status = heap.call('mgc_collect');
          objectsAfterCollection.push(heap.stat('heap_objects'));
          return status;
        },
      },
    });
    const { init, run } = instance.exports as { init: () => void; run: (n: number) => bigint };
    init();

    const n = 100_000;
    const refillsBefore = heap.stat('path_refills');
    expect(run(n)).toBe((BigInt(n) * BigInt(n + 1) * BigInt(2 * n + 1)) / 6n);
    expect(objectsAfterCollection).toEqual([n]);
    expect(heap.stat('mallocs')).toBe(2 * n);
    // The heap is called once for each run of slots, not for each object.
    expect(heap.stat('path_refills') - refillsBefore).toBeLessThan(n / 100);

    // The frame is popped: nothing lives any more.
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.stat('heap_objects')).toBe(0);
    expect(run(10)).toBe(385n);
  });

  it('knows the type of its objects by address, and sees the cards that the example marks', () => {
    const heap = new BareHeap(heapBytes, { mode: 1 }); // stop: no collection cleans cards
    const instance = new WebAssembly.Instance(program, {
      env: { memory: heap.memory },
      abi: heap.abi,
      heap: heap.exports,
    });
    (instance.exports as { init: () => void }).init();
    const node = heap.call('mgc_new', 1);
    expect(heap.call('mgc_type_of', node)).toBe(1);
    expect(heap.call('mgc_find_object', node + 4)).toBe(1);
    const view = new DataView(heap.memory.buffer);
    expect(view.getUint32(heap.call('mgc_found') + heap.number('found.base'), true)).toBe(node);
    // Initialising stores and frames need no barrier; the stores of the example that turn the list round mark their
    // cards.
    const cards = view.getUint32(heap.number('cards.address') + heap.number('cards.base'), true);
    const card = cards + (node >>> heap.number('card.shift'));
    expect(view.getUint8(card)).toBe(0);
    expect((instance.exports as { run: (n: number) => bigint }).run(10)).toBe(385n);
    expect(view.getUint8(card)).toBe(1);
  });
});
