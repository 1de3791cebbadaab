// This keeps the document in the garbage-collected heap, as the document program does
// (demo/document/heap-document.mjs). It is made, walked, a third of it is replaced, and it is collected.

import { createHeapSync } from 'mallocgc';
import { editHeap } from '../../demo/document/edit.mjs';
import { HeapDocument } from '../../demo/document/heap-document.mjs';
import { parse } from '../../demo/document/parse.mjs';

export class Nodes {
  constructor(module) {
    this.heap = createHeapSync(module, { schedule: 'manual' });
    this.document = new HeapDocument(this.heap);
    this.seen = 0;
  }

  parse(text) {
    const builder = this.document.builder();
    parse(text, builder);
    builder.finish();
  }

  /** Returns the number of values and the sum of the numbers. */
  walk() {
    const { document } = this;
    const { Number: NumberNode } = document.types;
    let [values, sum] = [0, 0];
    document.walk((type, address) => {
      values += 1;
      if (type === NumberNode) sum += document.leaf(address, type);
    });
    return { values, sum };
  }

  replace() {
    editHeap(this.document, 0);
  }

  collect() {
    this.heap.GC();
  }

  liveBytes() {
    this.heap.GC();
    return this.heap.memStats().HeapAlloc;
  }

  memoryBytes() {
    return this.heap.memory.buffer.byteLength;
  }

  /**
   * Returns the pauses of the heap's collections since the last call, in milliseconds: those of the last 256 at most,
   * as Go remembers them.
   */
  newPauses() {
    const { NumGC, PauseNs } = this.heap.memStats();
    const count = Math.min(NumGC - this.seen, PauseNs.length);
    this.seen = NumGC;
    return Array.from({ length: count }, (_, i) => (PauseNs[(NumGC - 1 - i) % PauseNs.length] ?? 0) / 1e6);
  }

  pieces() {
    return this.document.stringify();
  }

  dispose() {
    this.heap.dispose();
  }
}
