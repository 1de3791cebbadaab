// Every JS string in the heap comes back as it went in, lone surrogates included. The bytes are UTF-8.

import fc from 'fast-check';
import { t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, expectCode, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

describe('a string field', () => {
  it('is empty at first, and again when empty text is stored', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const box = heap.newobject(Box);
    expect(box.text).toBe('');
    box.text = 'something';
    box.text = '';
    expect(box.text).toBe('');
  });

  it('keeps every JS string', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const box = heap.newobject(Box);
    // These are units, not code points: surrogates come alone, too.
    const unit = fc.oneof(
      fc.nat(0x7f),
      fc.nat(0x7ff),
      fc.nat(0xffff),
      fc.integer({ min: 0xd7f0, max: 0xe010 }),
      fc.constantFrom(0, 0xfeff, 0xfffd),
    );
    const text = fc.array(unit, { maxLength: 80 }).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(text, (value) => {
        box.text = value;
        expect(box.text).toBe(value);
      }),
      { numRuns: 2000 },
    );
    verified(heap);
  });

  it('keeps long texts, and what is rare in them', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const box = heap.newobject(Box);
    const long = 'The quick brown fox — быстрая лиса 🦊 '.repeat(10_000);
    for (const value of [
      long,
      `${long}\ud800`,
      `\udc00${long}`,
      `${long}\ud83d\ud83d\ude00`,
      '\0'.repeat(100),
      '\ufeffx'.repeat(20),
    ]) {
      box.text = value;
      heap.GC();
      expect(box.text === value).toBe(true);
    }
  });

  it('keeps texts of middling length, also if another one is stored while the heap makes room', async () => {
    heap.dispose();
    heap = await checkedHeap({ mode: 'stop' }); // others can run when a cycle starts
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const [box, other] = [heap.newobject(Box), heap.newobject(Box)];
    const pieces = ['a', 'ö', '漢', '🦊', '\ud800', '\ufffd'];
    const textOf = (length: number, seed: number): string =>
      Array.from({ length }, (_, i) => pieces[(i * i + seed) % 6])
        .join('')
        .slice(0, length);
    let inside = 0;
    const stop = heap.onCycleStart(() => (other.text = textOf(41 + (inside++ % 200), inside)));
    heap.setGCPercent(10);
    for (let length = 30; length < 1500; length += length < 80 ? 1 : 53) {
      for (let seed = 0; seed < 24; seed++) {
        const value = seed % 4 === 0 ? 'x'.repeat(length) : textOf(length, seed);
        box.text = value;
        expect(box.text === value).toBe(true);
        for (let i = 0; i < 40; i++) heap.string(value).dispose();
      }
    }
    stop();
    expect(inside).toBeGreaterThan(3);
    expect(other.text).toBe(textOf(41 + ((inside - 1) % 200), inside));
    verified(heap);
  });

  it('is UTF-8 in memory, without copying a handle from heap.string', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const text = heap.string('naïve 🦊');
    expect(new TextDecoder().decode(text.bytes())).toBe('naïve 🦊');
    const [a, b] = [heap.newobject(Box, { text }), heap.newobject(Box, { text })];
    text.dispose();
    heap.GC();
    expect([a.text, b.text]).toEqual(['naïve 🦊', 'naïve 🦊']);
    expect(heap.string('').size).toBe(0);
    expect(heap.newobject(Box, { text: heap.string('') }).text).toBe('');
  });

  it('B6: takes nothing else', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const box = heap.newobject(Box, { text: 'kept' });
    for (const bad of [5, null, undefined, {}, [], true, 1n, Symbol('x')])
      expectCode(() => (box.text = bad as never), 'BAD_ARGUMENT');
    for (const bad of [5, null, undefined, {}]) expectCode(() => heap.string(bad as never), 'BAD_ARGUMENT');
    expectCode(() => (box.text = heap.mallocgc(8, null, 1) as never), 'BAD_TYPE');
    expectCode(() => (box.text = box as never), 'BAD_TYPE');
    expect(box.text).toBe('kept');
  });
});
