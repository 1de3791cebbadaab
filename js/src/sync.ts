// createHeapSync, in a file of its own: it needs the code of the heap at once, and a program that does not use it
// should not.
// Doors: public.ts; on to heap.ts.

import { kAtOnce } from './further.js';
import { Heap } from './heap.js';
import { checkOptions, type HeapOptions } from './options.js';

/**
 * A heap at once, from a compiled module; no `import()`, no `fetch`, and no global but `WebAssembly`. Throws
 * BAD_ARGUMENT for a wrong option or module, OUT_OF_MEMORY as createHeap.
 */
export function createHeapSync(module: WebAssembly.Module, options?: HeapOptions): Heap {
  return new Heap(module, checkOptions(options), kAtOnce);
}
