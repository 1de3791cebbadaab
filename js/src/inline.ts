// The entry `mallocgc/inline`: as `mallocgc`, with heap.wasm in its text, for places where no file can be fetched. It
// needs no global but WebAssembly, and no import().
// Doors: loader.ts, heap.ts; the build writes bytes.js.

import { heapWasm } from './bytes.js';
import { kAtOnce } from './further.js';
import { Heap } from './heap.js';
import { compiled, loadModule } from './loader.js';
import { checkOptions, needsDebugFlavour, type HeapOptions } from './options.js';

export { heapWasm };
export * from './public.js';

/**
 * As the createHeap of `mallocgc`, without a file or a script to load; the debug flavour is not inlined and still is a
 * file. Throws BAD_ARGUMENT where modules cannot be compiled from bytes (workerd): import the module there, and give it
 * to createHeapSync.
 */
export async function createHeap(options?: HeapOptions): Promise<Heap> {
  const settings = checkOptions(options);
  const isFile = settings.module !== undefined || needsDebugFlavour(settings.debug);
  return new Heap(await (isFile ? loadModule(settings) : compiled(heapWasm())), settings, kAtOnce);
}
