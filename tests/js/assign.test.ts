// Type.assign, structs and inline arrays assign several values: all of them or nothing (B9).

import { t, toJS, type Heap } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, defineUsers, errorOf, expectCode, verified } from './support.ts';

let heap: Heap;
beforeEach(async () => {
  heap = await checkedHeap();
});
afterEach(() => heap.dispose());

const define = () => defineUsers(heap);

describe('Type.assign', () => {
  it('takes what newobject takes, of a view, a part, a cursor, a handle or a scoped view', () => {
    const { Vec, User } = define();
    const ann = heap.newobject(User);
    const bob = heap.newobject(User, { name: 'Bob' });
    expect(User.assign(ann, { name: 'Ann', friend: bob.$, nums: [1, 2], pos: { x: 1 }, raw: [3, 4] })).toBe(ann);
    expect(toJS(ann)).toMatchObject({ name: 'Ann', nums: [1, 2], pos: { x: 1, y: 0 }, friend: { name: 'Bob' } });
    User.assign(ann, { nums: null, friend: null });
    expect([ann.nums.length, ann.friend]).toEqual([0, null]);
    Vec.assign(ann.pos, { y: 5 });
    User.assign(User.cursor(ann), { age: 7 });
    User.assign(ann.$, { big: 9n });
    heap.scope((frame) => User.assign(frame.view(ann), { ...bob, tag: 1 }));
    expect(toJS(ann)).toMatchObject({ name: 'Bob', age: 0, pos: { x: 0 }, tag: 1 });
    expect(expectCode(() => User.assign(bob.pos as never, {}), 'BAD_TYPE')).toBe('assign: takes a User, not a Vec');
    expectCode(() => User.assign({ name: 'x' } as never, {}), 'BAD_POINTER');
    expect(errorOf(() => User.assign(ann, { pos: { x: 'y' } } as never)).message).toBe(
      'User.pos.x takes a number, not "y"',
    );
    expect(errorOf(() => User.assign(ann, { nope: 1 } as never)).message).toBe('User has no field "nope"');
  });

  it('B9: all of it or nothing, and so do fields of structs and arrays', () => {
    const { Part, Doc } = heap.defineTypes({
      Part: { title: t.string, n: t.u8, j: t.js, xs: t.slice(t.u8) },
      Doc: {
        parts: t.array(t.struct('Part'), 2),
        one: t.struct('Part'),
        id: t.i32,
        ok: t.bool,
        names: t.array(t.string, 2),
      },
    });
    const part = { title: 'old', n: 1, j: 'old', xs: [1] };
    const doc = heap.newobject(Doc, { parts: [part, part], one: part, id: 1, names: ['a', 'b'] });
    const before = JSON.stringify(toJS(doc));
    const loose = doc as never as Record<string, unknown>;
    const thrower = {
      title: 'new',
      n: 2,
      j: 'new',
      get xs(): number[] {
        throw new Error('on purpose');
      },
    };
    for (const use of [
      () => (loose.one = thrower),
      () => (loose.one = { title: 'new', n: 'x' }),
      () => (loose.one = { n: 5, ok: 1 }),
      () => (loose.parts = [{ title: 'new' }, thrower]),
      () => (loose.parts = [{ n: 9 }, { n: 'x' }]),
      () => (loose.names = ['new', 5]),
      () => doc.parts.set(0, thrower),
      () => Part.assign(doc.one, thrower),
      () => Part.assign(doc.one, { n: 3, title: 5 } as never),
      () => Doc.assign(doc, { id: 2, ok: 1 } as never),
      () => Doc.assign(doc, { id: 2, one: { title: 'new', n: 'x' } } as never),
      () => Doc.assign(doc, { ...heap.newobject(Doc), id: 'x' } as never),
    ]) {
      expect(use).toThrow();
      expect(JSON.stringify(toJS(doc))).toBe(before);
    }
    // What a getter does to the object meanwhile stays. The assignment itself comes last.
    Doc.assign(doc, {
      id: 5,
      get ok(): boolean {
        doc.id = 4;
        return true;
      },
    });
    expect([doc.id, doc.ok]).toEqual([5, true]);
    expectCode(
      () =>
        Doc.assign(doc, {
          one: part,
          get id(): number {
            doc.$.dispose();
            return 1;
          },
        }),
      'STALE_HANDLE',
    );
    heap.GC();
    verified(heap);
  });
});
