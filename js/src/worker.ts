// The entry `mallocgc/worker`: as `mallocgc`, without import(), so that a bundler makes one script of it. For workers
// that are bundled into a single classic script, and for service workers, which refuse import(). The module is a file,
// as it is for the main entry.
// Doors: loader.ts, sync.ts.

import type { Heap } from './heap.js';
import { loadModule } from './loader.js';
import { checkOptions, type HeapOptions } from './options.js';
import { createHeapSync } from './sync.js';

export * from './public.js';

/**
 * As the createHeap of `mallocgc`, in one script. Nothing is inlined, so where the server answers something else than
 * the module the error is BAD_ARGUMENT and names `mallocgc/inline`.
 */
export async function createHeap(options?: HeapOptions): Promise<Heap> {
  return createHeapSync(await loadModule(checkOptions(options)), options);
}
