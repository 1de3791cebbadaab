// jest as it comes: CommonJS, in Node's environment and in jsdom's.

const { createHeap, MallocgcError, t } = require('mallocgc');
const inline = require('mallocgc/inline');

test.each([
  ['mallocgc', createHeap],
  ['mallocgc/inline', inline.createHeap],
])('%s', async (_, make) => {
  const heap = await make({ schedule: 'manual' });
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32, name: t.string } });
  const node = heap.newobject(Node, { value: 1, name: 'ü', next: heap.newobject(Node, { value: 2 }) });
  heap.GC();
  expect([node.value, node.next.value, node.name]).toEqual([1, 2, 'ü']);
  expect(() => heap.newobject(Node, { value: 'x' })).toThrow(MallocgcError);
  expect(inline.MallocgcError).toBe(MallocgcError);
  const fromBytes = await make({ module: inline.heapWasm() });
  expect(fromBytes.memStats().HeapObjects).toBe(0);
  for (const each of [heap, fromBytes]) each.dispose();
});
