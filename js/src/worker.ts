// The entry `mallocgc/worker`: as `mallocgc`, without import(), so that a bundler makes one script of it. For workers
// that are bundled into a single classic script, and for service workers, which refuse import(). The module is a file,
// as it is for the main entry.
// Doors: loader.ts, heap.ts.

import { kAtOnce } from './further.js';
import { Heap } from './heap.js';
import { loadModule } from './loader.js';
import { checkOptions, type HeapOptions } from './options.js';

export * from './public.js';

/**
 * As the createHeap of `mallocgc`, in one script. Nothing is inlined, so where the server answers something else than
 * the module the error is BAD_ARGUMENT and names `mallocgc/inline`.
 */
export async function createHeap(options?: HeapOptions): Promise<Heap> {
  const settings = checkOptions(options);
  return new Heap(await loadModule(settings), settings, kAtOnce);
}
