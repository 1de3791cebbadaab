// mallocgc: a garbage-collected heap in WebAssembly memory. This file is the package's door: everything public is
// exported here.
//
// A bundler that splits gets two scripts of it: this entry, which is small (options, loader, `t`, Flags, errors), and
// heap.ts with all below it, which createHeap loads while the module is on its way. createHeapSync cannot wait, so a
// program that uses it has both at once. Where to go on: heap.ts for what a heap can do, view.ts for how objects become
// properties, loader.ts for where the module comes from.

import type { Heap } from './heap.js';
import { loadModule } from './loader.js';
import { checkOptions, type HeapOptions } from './options.js';

/**
 * A heap, from the module beside this file or the one in `options.module`. Needs no options.
 *
 * Throws BAD_ARGUMENT for a wrong option, OUT_OF_MEMORY where the device does not give the address space; and what
 * `fetch`, the compiler or `import()` failed with, where the module or the heap's own script cannot be loaded.
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
  const [module, { Heap }] = await Promise.all([loadModule(settings), import('./heap.js')]);
  return new Heap(module, settings);
}

export { createHeapSync } from './sync.js';
export { MallocgcError, type ErrorCode } from './errors.js';
export { Flags } from './flags.js';
export { t } from './fields.js';
export type {
  ArrayField,
  BigKind,
  BytesField,
  Field,
  NumberKind,
  RefField,
  SliceField,
  StructField,
} from './fields.js';
export type { Heap, FoundObject, Target } from './heap.js';
export type { ArrayView } from './array.js';
export type { Cursor } from './cursor.js';
export type { EventName, HeapEvent, HeapEvents } from './events.js';
export type { Handle } from './handle.js';
export type { AnyType, AnyView, Defined, Fields, Init, InitOf, NumberArray, Schema, View, ViewOf } from './infer.js';
export type { DebugOptions, HeapOptions } from './options.js';
export type { Link, LinkKind, Path, Referrers } from './path.js';
export type { RawHeap } from './raw.js';
export type { HeapRecord, RecordEntries, RecordEntry, RecordKind } from './record.js';
export type { HandleInfo } from './roots.js';
export type { Frame } from './scope.js';
export type { MemStats } from './stats.js';
export type { FieldInfo, Type } from './type.js';
export type { HeapWalk, ObjectInfo, SlotState, SpanInfo, WalkOptions } from './walk.js';
export type { Weak } from './weak.js';
