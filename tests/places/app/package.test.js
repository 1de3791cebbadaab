// jest runs this as it comes: CommonJS, in Node's environment and in jsdom's.

const { createHeap, MallocgcError, t, viewEquality } = require('mallocgc');
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

test('views of different objects are never equal, and the tester compares them with what they hold', async () => {
  const heap = await createHeap({ schedule: 'manual' });
  const { Node } = heap.defineTypes({ Node: { value: t.i32, at: t.struct('Vec') }, Vec: { x: t.f32 } });
  const [one, other] = [heap.newobject(Node, { value: 1 }), heap.newobject(Node, { value: 2 })];
  const pairs = [
    [one, other],
    [one.$, other.$],
    [one.at, other.at],
    [heap.newarray(t.i8, 1), heap.newarray(t.i8, 2)],
  ];
  for (const [a, b] of pairs) {
    expect(a).not.toEqual(b);
    expect(a).not.toStrictEqual(b);
    expect({ a }).not.toEqual({ a: b });
    expect(a).toEqual(a);
  }
  expect.addEqualityTesters([viewEquality]);
  expect(one).toEqual({ value: 1, at: { x: 0 } });
  expect(one).not.toEqual(other);
  heap.dispose();
});
