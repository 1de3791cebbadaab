// `$` is a view's one own property, and its handle: whoever replaces it is told so, by the write itself in the debug
// flavour, by the next access to a field in the others. No view becomes an alias of another object.

import { isDeepStrictEqual } from 'node:util';
import { createHeap, t, toJS, type ViewOf } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { defineUsers, errorOf, expectCode } from './support.ts';

describe('the $ of a view', () => {
  it('refuses a view whose $ was replaced, for every field, reading and writing', async () => {
    const heap = await createHeap();
    const { User } = defineUsers(heap);
    const [ann, bob] = [heap.newobject(User, { age: 30 }), heap.newobject(User, { age: 50 })];
    const own = ann.$;
    for (const handle of [bob.$, heap.own(own), ann.nums.$, null, 5, {}]) {
      (ann as { $: unknown }).$ = handle;
      const { message } = errorOf(() => ann.age);
      expect(message).toMatch(/another object’s handle as its \$|what is not a view/);
      for (const name of Object.keys(User.fields)) {
        const field = name as 'age';
        expect(errorOf(() => ann[field]).message).toBe(message);
        expect(errorOf(() => (ann[field] = 1)).message).toBe(message);
      }
      expect(bob.age).toBe(50);
    }
    (ann as { $: unknown }).$ = own;
    expect(ann.age).toBe(30);
    heap.dispose();
  });

  it('refuses a view whose $ was replaced wherever a target is taken, and so arrays', async () => {
    const heap = await createHeap();
    const { Node } = heap.defineTypes({
      Node: { n: t.i32, next: t.ref('Node'), any: t.any, xs: t.slice(t.i32), four: t.array(t.i32, 4) },
    });
    const [ann, bob, other] = [1, 2, 3].map((n) => heap.newobject(Node, { n })) as [
      ViewOf<typeof Node>,
      ViewOf<typeof Node>,
      ViewOf<typeof Node>,
    ];
    const [long, short] = [heap.newarray(t.i32, 64), heap.newarray(t.i32, 4)];
    const owns = [ann.$, long.$];
    (ann as { $: unknown }).$ = bob.$;
    (long as { $: unknown }).$ = short.$;
    const before = heap.memStats().LiveHandles;
    for (const [name, use] of Object.entries({
      own: () => heap.own(ann),
      'own of an array': () => heap.own(long),
      weak: () => heap.weak(ann),
      SetFinalizer: () => heap.SetFinalizer(ann, () => 0),
      AddCleanup: () => heap.AddCleanup(long as never, () => 0, 1),
      cursor: () => Node.cursor(ann),
      assign: () => Node.assign(ann, { n: 5 }),
      toJS: () => toJS(ann),
      'frame.view': () => heap.scope((frame) => frame.view(ann)),
      'frame.keep': () => heap.scope((frame) => frame.keep(long)),
      'a reference': () => (other.next = ann),
      any: () => (other.any = ann as never),
      'a slice': () => (other.xs = long as never),
      'a copied array': () => Node.assign(other, { four: long as never }),
      'Symbol.dispose': () => ann[Symbol.dispose](),
    }))
      expect([name, errorOf(use).code]).toEqual([name, expect.stringMatching(/^BAD_(TYPE|POINTER|ARGUMENT)$/)]);
    expect([heap.same(ann, bob), heap.same(long, short)]).toEqual([false, false]);
    // Its own elements are still its own.
    long.set(63, 7);
    expect([long.at(63), bob.n, other.next, other.xs.length, bob.$.disposed]).toEqual([7, 2, null, 0, false]);
    expect(heap.memStats().LiveHandles).toBe(before);
    [(ann as { $: unknown }).$, (long as { $: unknown }).$] = owns;
    other.next = ann;
    other.xs = long as never;
    expect([other.next?.n, other.xs.at(63)]).toEqual([1, 7]);
    heap.dispose();
  });

  it('refuses to have its $ written, in the debug flavour by the write itself', async () => {
    const checked = await createHeap({ debug: { poison: true } });
    const { Point, User } = checked.defineTypes({
      Point: { x: t.f32 },
      User: { age: t.i32, place: t.struct('Point'), nums: t.slice(t.i32), friend: t.ref('User') },
    });
    const [ann, bob] = [1, 2].map((age) => checked.newobject(User, { age, nums: [age], friend: null })) as [
      ViewOf<typeof User>,
      ViewOf<typeof User>,
    ];
    const pairs: [object, object, RegExp][] = [
      [ann, bob, /User\.\$ is the handle of its object and cannot be replaced/],
      [ann.place, bob.place, /Point\.\$ is/],
      [ann.nums, bob.nums, /ArrayView\.\$ is/],
      [User.cursor(ann), bob, /Cursor<User>\.\$ is/],
      [checked.newobject(Point), bob, /Point\.\$ is/],
    ];
    checked.scope((frame) => {
      pairs.push([frame.view(ann), bob, /User\.\$ is/]);
      for (const [one, other, text] of pairs) {
        const own = (one as typeof ann).$;
        expect(expectCode(() => ((one as { $: unknown }).$ = (other as typeof bob).$), 'BAD_ARGUMENT')).toMatch(text);
        expect(expectCode(() => Object.assign(one, other), 'BAD_ARGUMENT')).toMatch(text);
        // What is not strict cannot look away either.
        expectCode(() => new Function('one', 'one.$ = null')(one), 'BAD_ARGUMENT');
        expect((one as typeof ann).$).toBe(own);
        expect(Object.keys(one)).toEqual(['$']);
        expect({ ...(one as typeof ann) }.$).toBe(own);
      }
    });
    const copy = checked.newobject(User, { ...ann, age: 31 });
    expect([copy.age, [...copy.nums]]).toEqual([31, [1]]);
    expect(isDeepStrictEqual(ann, bob)).toBe(false);
    expect(isDeepStrictEqual(ann, ann)).toBe(true);
    expect(() => structuredClone(ann)).toThrow(/toJS/);
    checked.dispose();
  });
});
