// A literal `undefined` is no value for a field, except for one of kind `js`.

import { createHeap, t } from 'mallocgc';
import { expect, it } from 'vitest';
import { expectCode } from './support.ts';

it('undefined is refused by every kind of field but js, and changes nothing', async () => {
  const heap = await createHeap({ schedule: 'manual' });
  const { Node } = heap.defineTypes({
    Node: {
      next: t.ref('Node'),
      any: t.any,
      kids: t.slice(t.ref('Node')),
      s: t.string,
      n: t.i32,
      tag: t.js,
      on: t.bool,
    },
  });
  const other = heap.newobject(Node);
  const node = heap.newobject(Node, { next: other, any: other, kids: [other], s: 'text', n: 1, tag: 5, on: true });
  for (const name of ['next', 'any', 'kids', 's', 'n', 'on'] as const) {
    const code = name === 'next' || name === 'any' ? 'BAD_POINTER' : 'BAD_ARGUMENT';
    expectCode(() => ((node as never as Record<string, unknown>)[name] = undefined), code);
    expectCode(() => heap.newobject(Node, { [name]: undefined } as never), code);
  }
  expectCode(() => node.kids.set(0, undefined as never), 'BAD_POINTER');
  expect([node.next?.$.equals(other), node.kids.length, node.s, node.n, node.on]).toEqual([true, 1, 'text', 1, true]);
  node.tag = undefined;
  expect(node.tag).toBe(undefined);
  heap.dispose();
});
