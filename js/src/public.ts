// Everything public but createHeap, which each entry of the package has in a way of its own: index.ts, worker.ts and
// inline.ts.

export { createHeapSync } from './sync.js';
export { MallocgcError, type ErrorCode } from './errors.js';
export { Flags } from './flags.js';
export { t } from './fields.js';
export { toJS, viewEquality } from './copy.js';
export type {
  ArrayField,
  BigKind,
  BytesField,
  Field,
  NumberArray,
  NumberKind,
  RefField,
  SliceField,
  StructField,
} from './fields.js';
export type { Heap, FoundObject, Target } from './heap.js';
export type { ArrayView } from './array.js';
export type { EventName, HeapEvent, HeapEvents } from './events.js';
export type { AnyType, AnyView, Cursor, FieldInfo, Handle } from './handle.js';
export type { Fields, Init, InitOf, Schema, View, ViewOf } from './infer.js';
export type { DebugOptions, HeapOptions } from './options.js';
export type { Link, LinkKind, Path, Referrers } from './path.js';
export type { RawHeap } from './raw.js';
export type { HeapRecord, RecordEntries, RecordEntry, RecordKind } from './record.js';
export type { HandleInfo } from './roots.js';
export type { Frame } from './scope.js';
export type { MemStats } from './stats.js';
export type { Defined, Type } from './type.js';
export type { HeapWalk, ObjectInfo, SlotState, SpanInfo, WalkOptions } from './walk.js';
export type { Weak } from './weak.js';
