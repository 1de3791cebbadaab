// Strings in the heap: every JS string comes back as it went in, lone surrogates included; the bytes are UTF-8.

import fc from 'fast-check';
import { t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, expectCode } from './support.ts';

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
    // Units, not code points: surrogates come alone, too.
    const unit = fc.oneof(fc.nat(0x7f), fc.nat(0x7ff), fc.nat(0xffff), fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.constantFrom(0, 0xfeff, 0xfffd));
    const text = fc.array(unit, { maxLength: 80 }).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(text, (value) => {
        box.text = value;
        expect(box.text).toBe(value);
      }),
      { numRuns: 2000 },
    );
    heap.verify();
  });

  it('keeps long texts, and what is rare in them', () => {
    const { Box } = heap.defineTypes({ Box: { text: t.string } });
    const box = heap.newobject(Box);
    const long = 'The quick brown fox — быстрая лиса 🦊 '.repeat(10_000);
    for (const value of [long, `${long}\ud800`, `\udc00${long}`, `${long}\ud83d\ud83d\ude00`, '\0'.repeat(100), '\ufeffx'.repeat(20)]) {
      box.text = value;
      heap.GC();
      expect(box.text === value).toBe(true);
    }
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
    for (const bad of [5, null, undefined, {}, [], true, 1n, Symbol('x')]) expectCode(() => (box.text = bad as never), 'BAD_ARGUMENT');
    for (const bad of [5, null, undefined, {}]) expectCode(() => heap.string(bad as never), 'BAD_ARGUMENT');
    expectCode(() => (box.text = heap.mallocgc(8, null, 1) as never), 'BAD_TYPE');
    expectCode(() => (box.text = box as never), 'BAD_TYPE');
    expect(box.text).toBe('kept');
  });
});
