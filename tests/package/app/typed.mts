// In this TypeScript program the declarations say what the types of a view are.

import { createHeap, createHeapSync, t, type Heap } from 'mallocgc';
import { heapWasm } from 'mallocgc/inline';

const heap: Heap = await createHeap({ ballast: true, jsValueBytes: 1024 });
const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32, big: t.u64 } });
const node = heap.newobject(Node, { value: 7 });
const big: bigint = node.big;
const value: number | undefined = node.next?.value;
// @ts-expect-error: a number field takes no text.
node.value = 'text';
createHeapSync(new WebAssembly.Module(heapWasm())).dispose();
console.log(big, value);
