// mallocgc: a garbage-collected heap in WebAssembly memory. This file is the package's door: everything public is exported here.
// Where to go on: heap.ts for what a heap can do, view.ts for how objects become properties, loader.ts for how the module starts.

import { Heap } from './heap.js';
import { loadModule } from './loader.js';
import { checkOptions, type HeapOptions } from './options.js';

/**
 * A heap, from the module beside this file or the one in `options.module`. Needs no options.
 *
 * Throws BAD_ARGUMENT for a wrong option, OUT_OF_MEMORY where the device does not give the address space.
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
  return new Heap(await loadModule(settings), settings);
}

/** A heap at once, from a compiled module. */
export function createHeapSync(module: WebAssembly.Module, options?: HeapOptions): Heap {
  return new Heap(module, checkOptions(options));
}

export { MallocgcError, type ErrorCode } from './errors.js';
export { Flags } from './flags.js';
export { t } from './fields.js';
export type { ArrayField, BigKind, BytesField, Field, NumberKind, RefField, SliceField, StructField } from './fields.js';
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
