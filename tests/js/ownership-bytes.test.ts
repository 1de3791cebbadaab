// Typed arrays over an object (`bytes` fields, `handle.bytes()`, `array.view()`) are targets of what makes roots (B8):
// `heap.own`, `frame.view` and `frame.keep` give handles of just their bytes.

import { t, type Handle, type Heap, type ViewOf } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, expectCode } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

const live = () => heap.memStats().LiveHandles;
const objects = () => {
  heap.GC();
  return heap.memStats().HeapObjects;
};

describe('a root of a typed array', () => {
  it('B8: roots typed arrays over an object, as handles of just their bytes', () => {
    const { Blob } = heap.defineTypes({ Blob: { n: t.i32, raw: t.bytes(8), xs: t.slice(t.u16), none: t.bytes(0) } });
    const blob = heap.newobject(Blob, { raw: [1, 2, 3, 4, 5, 6, 7, 8], xs: [9, 10] });
    const { $: list } = blob.xs;
    const arrays = [blob.raw, blob.raw.subarray(0), blob.xs.view(), blob.$.bytes().fill(7, 0, 1), blob.none];
    // What is made from such an array holds nothing, so it is no target.
    expect(expectCode(() => heap.own(arrays[1] as Uint8Array), 'BAD_POINTER')).toMatch(/own/);
    expectCode(() => heap.own(new Uint8Array(heap.memory.buffer, blob.$.address, 8)), 'BAD_POINTER');
    // Nor is one believed that says where it is.
    Object.defineProperties(blob.raw, { byteOffset: { value: 8 }, byteLength: { value: 1 << 20 } });
    const targets = arrays.filter((_, i) => i !== 1) as Uint8Array[];
    const before = live();
    const owned = targets.map((array) => heap.own(array));
    expect(live() - before).toBe(4);
    const shown = owned.map((handle) => [handle.type, [...handle.bytes()]]);
    heap.scope((frame) => {
      const scoped = targets.map((array) => frame.view(array));
      expect(scoped.map((handle) => [handle.type, [...handle.bytes()]])).toEqual(shown);
      owned.push(frame.keep(blob.raw));
      expect(live() - before).toBe(5);
    });
    blob.$.dispose();
    heap.GC();
    expect(owned.map((handle) => [...handle.bytes()])).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [9, 0, 10, 0],
      [...(owned[2] as Handle).bytes()],
      [],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    expect([owned[2]?.size, owned[2]?.bytes()[0]]).toEqual([Blob.size, 7]);
    for (const handle of [...owned, list]) handle.dispose();
    expect(objects()).toBe(0);
    // The array's own root is over.
    expectCode(() => heap.own(targets[0] as Uint8Array), 'STALE_HANDLE');
  });

  it('B8: refuses an array of an object that its cursor has left', () => {
    const { Blob } = heap.defineTypes({ Blob: { next: t.ref('Blob'), raw: t.bytes(16) } });
    const [a, b, c] = [1, 2, 3].map((n) => heap.newobject(Blob, { raw: new Uint8Array(16).fill(n) })) as [
      ViewOf<typeof Blob>,
      ViewOf<typeof Blob>,
      ViewOf<typeof Blob>,
    ];
    [a.next, b.next] = [b, c];
    const cursor = Blob.cursor(a);
    cursor.follow('next');
    const { raw } = cursor;
    const own = heap.own(raw);
    cursor.follow('next');
    expect(expectCode(() => heap.own(raw), 'STALE_HANDLE')).toMatch(/cursor has left/);
    heap.scope((frame) => {
      expectCode(() => frame.view(raw), 'STALE_HANDLE');
      expectCode(() => frame.keep(raw), 'STALE_HANDLE');
    });
    a.next = null;
    for (const view of [a, b, c, cursor]) view.$.dispose();
    heap.GC();
    expect([...own.bytes()]).toEqual(new Array(16).fill(2));
  });

  it('B8: refuses an array that growth has detached, and one of another heap', async () => {
    const { Blob } = heap.defineTypes({ Blob: { raw: t.bytes(8) } });
    const [blob, other] = [heap.newobject(Blob), await checkedHeap()];
    const before = blob.raw;
    expectCode(() => other.own(before), 'WRONG_HEAP');
    heap.mallocgc(24 << 20, null, 1).dispose();
    expect(before).toHaveLength(0);
    for (const use of [() => heap.own(before), () => heap.scope((frame) => frame.view(before))])
      expect(expectCode(use, 'STALE_HANDLE')).toMatch(/detached.*read it again/);
    expect(heap.own(blob.raw).size).toBe(8);
    other.dispose();
  });
});
