// This script does what programs do with the package, and imports nothing of a host. Every engine runs it, each in its
// own way. The exported function gets the package and says what it found, as a line of JSON that is the same
// everywhere.

/** Does everything that a program does first; `options` go to createHeap. */
export async function smoke({ createHeap, createHeapSync, Flags, MallocgcError, t }, options = {}) {
  const found = {};
  const heap = await createHeap({ schedule: 'manual', ...options });
  const { Node } = heap.defineTypes({
    Node: {
      next: t.ref('Node'),
      n: t.i32,
      big: t.u64,
      x: t.f64,
      text: t.string,
      tag: t.js,
      kids: t.slice(t.ref('Node')),
      in: t.array(t.u8, 3),
    },
  });
  const node = heap.newobject(Node, {
    n: -7,
    big: 2n ** 63n,
    x: 0.5,
    text: 'wörld \u{1F30D} \ud800',
    tag: { any: 1 },
    in: [1, 2, 3],
  });
  node.kids = [node, null];
  found.fields = [node.n, String(node.big), node.x, node.text.length, node.tag.any, node.kids.at(0).n, [...node.in]];
  const gone = [];
  heap.scope((frame) => {
    let list = frame.newobject(Node);
    for (let n = 0; n < 100_000; n++)
      list = heap.scope((inner) => frame.keep(inner.newobject(Node, { n, next: list })));
    heap.SetFinalizer(list, (last) => gone.push(last.n));
    list.$.dispose();
  });
  const weak = heap.weak(node);
  // The user may have a buffer that grows in place, where engines offer it.
  heap.memory.toResizableBuffer?.();
  heap
    .mallocgc(1 << 25, null, Flags.noScan)
    .bytes()
    .fill(1);
  heap.GC();
  heap.runFinalizers();
  found.gone = gone;
  node.text = `${'long '.repeat(20)}ü`;
  found.long = [node.text.length, node.text.endsWith('long ü')];
  found.grown = [node.n, node.text.length, weak.deref().n];
  try {
    heap.newobject(Node, { n: 'x' });
  } catch (error) {
    found.error = [error instanceof MallocgcError, error instanceof TypeError, error.code];
  }
  found.raw = heap.scope((frame) => {
    const address = frame.root(heap.raw.newobject(heap.raw.typeId(Node)));
    heap.raw.storeRef(address, heap.raw.newobject(heap.raw.typeId(Node)));
    heap.GC();
    return heap.findObject(heap.raw.loadRef(address))?.type?.name;
  });
  if (options.debug !== undefined) heap.verify();
  heap.dispose();
  found.automatic = await finalizedByItself(createHeap, t, options);
  found.sync = typeof createHeapSync;
  return JSON.stringify(found);
}

/** A finalizer runs as a task, after a collection that nobody asked for. */
async function finalizedByItself(createHeap, t, options) {
  const heap = await createHeap({ minHeapBytes: 1 << 18, ...options });
  const { Leaf } = heap.defineTypes({ Leaf: { next: t.ref('Leaf'), n: t.i32 } });
  const ran = new Promise((done) =>
    heap.scope((frame) => heap.SetFinalizer(frame.newobject(Leaf, { n: 5 }), (leaf) => done(leaf.n))),
  );
  for (let i = 0; i < 200; i++)
    heap.scope((frame) => {
      for (let k = 0; k < 1000; k++) frame.newobject(Leaf);
    });
  const n = await ran;
  heap.dispose();
  return n;
}

export const kExpected =
  '{"fields":[-7,"9223372036854775808",0.5,10,1,-7,[1,2,3]],"gone":[99999],"long":[101,true],"grown":[-7,101,-7],"error":[true,true,"BAD_ARGUMENT"],"raw":"Node","automatic":5,"sync":"function"}';
