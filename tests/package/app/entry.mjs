// This program waits for its heap, and uses all that the package's entry has for it.

import { createHeap, Flags, MallocgcError, t } from 'mallocgc';

globalThis.fields = { n: t.i32 };
createHeap().then(
  (heap) => (globalThis.block = heap.mallocgc(8, null, Flags.noScan)),
  (error) => console.log(error instanceof MallocgcError),
);
