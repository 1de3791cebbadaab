// mallocgc: a garbage-collected heap in WebAssembly memory. This file is the package's door.
//
// A bundler that splits gets two scripts of it: this entry, which is small (options, loader, `t`, Flags, errors), and
// heap.ts with all below it, which createHeap loads while the module is on its way. createHeapSync cannot wait, so a
// program that uses it has both at once. Further scripts are loaded only where they are needed: the bytes of the module
// where the server has no module, and parts that most programs never use (further.ts). Where to go on: public.ts for
// what is exported, heap.ts for what a heap can do, view.ts for how objects become properties, loader.ts for where the
// module comes from; worker.ts and inline.ts are the entries without import().

import type { Further } from './further.js';
import type { Heap } from './heap.js';
import { later, loadModule } from './loader.js';
import { checkOptions, type HeapOptions } from './options.js';

export * from './public.js';

/**
 * A heap, from the module beside this file or the one in `options.module`. Needs no options.
 *
 * Where the server answers something else than the module, a warning says so and the module that the package carries
 * in its text is used. Throws BAD_ARGUMENT for a wrong option, and where `import()` is forbidden (service workers,
 * worklets: use `mallocgc/inline`, or `mallocgc/worker`); OUT_OF_MEMORY where the device does not give the address
 * space; and what the compiler or `import()` failed with, where the module or the heap's own script cannot be loaded.
 *
 * @example
 * ```ts
 * import { createHeap } from 'mallocgc';
 * const heap = await createHeap({ maxBytes: 1 << 30, gcPercent: 100 });
 * console.log(heap.memStats().HeapObjects); // 0
 * heap.dispose();
 * ```
 */
export async function createHeap(options?: HeapOptions): Promise<Heap> {
  const settings = checkOptions(options);
  const [module, { Heap }, reach] = await Promise.all([
    loadModule(settings, () => later(() => import('./bytes.js'))),
    later(() => import('./heap.js')),
    settings.debug.finalizerChecks ? later(() => import('./reach.js')) : undefined,
  ]);
  const record = (): ReturnType<Further['record']> => later(() => import('./record.js'));
  return new Heap(module, settings, { record, keepsItself: reach?.keepsItself });
}
