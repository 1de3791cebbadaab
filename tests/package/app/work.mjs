// Each consumer's program does this with a heap: it needs the module, types, a collection and a finalizer.

export function work(heap, t) {
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
  const gone = [];
  heap.scope((frame) => {
    let list = frame.newobject(Node, { value: 0 });
    for (let value = 1; value < 100; value++) list = frame.newobject(Node, { value, next: list });
    heap.SetFinalizer(list, (node) => gone.push(node.value));
  });
  heap.GC();
  heap.runFinalizers();
  console.log(`mallocgc works: ${gone}`);
  heap.dispose();
}
