// Each place runs this: it makes types and objects, collects, runs a finalizer, and reads back. It says the same
// everywhere.

export function work(heap, t) {
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32, name: t.string } });
  const gone = [];
  const kept = heap.newobject(Node, { value: 1, name: 'kept', next: heap.newobject(Node, { value: 2 }) });
  heap.scope((frame) => {
    let list = frame.newobject(Node, { value: 0 });
    for (let value = 1; value < 100; value++) list = frame.newobject(Node, { value, next: list });
    heap.SetFinalizer(list, (node) => void gone.push(node.value));
  });
  heap.GC();
  heap.runFinalizers();
  const said = `mallocgc works: ${[kept.value, kept.next.value, kept.name, gone].join(' ')}`;
  heap.dispose();
  return said;
}
