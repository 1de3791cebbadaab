// The record: what the debug flavour wrote down about collections and allocations, as plain values, for replays and for
// those who hunt one object. Loaded when it is asked for.
// Doors: Heap.takeRecord.

import type { Core } from './core.js';
import type { AnyType } from './handle.js';
import type { Known } from './known.js';
import type { LinkKind } from './path.js';

/** What each kind of entry says. Addresses are those of objects, or of spans where the name says so. */
export interface RecordEntries {
  cycleStart: { cycle: number; live: number; goal: number };
  /** An object that a root points to. */
  root: { root: LinkKind; address: number };
  /** The marker takes a span from its queue; the `scan` entries that follow are its grey objects. */
  scanSpan: { span: number; slotBytes: number };
  /** An object turned grey: it is reached, and waits in its span. */
  shade: { address: number; type: AnyType | null };
  /** An object was scanned: it is black. */
  scan: { address: number; type: AnyType | null };
  /** An object without pointers was met: it is black at once. */
  mark: { address: number; type: AnyType | null };
  markEnd: { objects: number; bytes: number };
  /** The collection itself is over; the sweep comes lazily. */
  cycleEnd: { cycle: number; marked: number; goal: number };
  free: { address: number; bytes: number; type: AnyType | null };
  /** A dead object has a finalizer: it lives until that has run. All of these come before the first span is swept. */
  queued: { address: number };
  /** A span was swept: after the `free` entries of its objects. */
  sweepSpan: { span: number; freed: number; live: number };
  /** An empty span went back to the page heap. */
  spanFreed: { span: number; bytes: number };
  /** An object was allocated: after the entries of what that took. With none of them the run had room: a bump. */
  allocation: { address: number; bytes: number; type: AnyType | null };
  /** There was room in the shared tiny block. */
  tiny: { address: number };
  /** A fresh run of free slots in the span. */
  run: { address: number; slots: number; bytes: number };
  /** A span of the class that has room, swept for that if need be. */
  span: { span: number; bytes: number };
  /** A span from the page heap. */
  newSpan: { span: number; bytes: number };
  /** The memory grew. */
  growth: { bytes: number; total: number };
}

export type RecordKind = keyof RecordEntries;

/** One entry. */
export type RecordEntry = { [K in RecordKind]: Readonly<RecordEntries[K]> & { readonly kind: K } }[RecordKind];

/**
 * What was recorded since the last time.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap({ debug: { allocFreeTrace: true } });
 * const { Pair } = heap.defineTypes({ Pair: { left: t.ref('Pair'), right: t.ref('Pair') } });
 * heap.newobject(Pair).$.dispose();
 * heap.GC();
 * const { entries } = await heap.takeRecord();
 * const said = entries.flatMap((entry) =>
 *   entry.kind === 'allocation' || entry.kind === 'free' ? `${entry.kind} of ${entry.type?.name}, ${entry.bytes} bytes` : [],
 * );
 * console.log(said); // ["allocation of Pair, 8 bytes","free of Pair, 8 bytes"]
 * heap.dispose();
 * ```
 */
export interface HeapRecord {
  readonly entries: readonly RecordEntry[];
  /** How many more entries there was no room for. */
  readonly lost: number;
}

/** What an entry calls a record's number, its a and its b; '' where the value says nothing. */
const kNames: Readonly<Record<RecordKind, readonly [string, string, string]>> = {
  cycleStart: ['cycle', 'live', 'goal'],
  root: ['root', 'address', ''],
  scanSpan: ['', 'span', 'slotBytes'],
  shade: ['type', 'address', ''],
  scan: ['type', 'address', ''],
  mark: ['type', 'address', ''],
  markEnd: ['', 'objects', 'bytes'],
  free: ['type', 'address', 'bytes'],
  queued: ['', 'address', ''],
  sweepSpan: ['freed', 'span', 'live'],
  spanFreed: ['', 'span', 'bytes'],
  cycleEnd: ['cycle', 'marked', 'goal'],
  allocation: ['type', 'address', 'bytes'],
  tiny: ['', 'address', ''],
  run: ['slots', 'address', 'bytes'],
  span: ['', 'span', 'bytes'],
  newSpan: ['', 'span', 'bytes'],
  growth: ['', 'bytes', 'total'],
};

/** Takes the record and empties it; undefined where nothing is recorded. */
export function takeRecord(core: Core, known: Known, rootKinds: ReadonlyMap<number, LinkKind>): HeapRecord | undefined {
  core.alive();
  const { wasm, memory } = core;
  // The default flavour has none.
  if (wasm.mgc_records === undefined || wasm.mgc_record_kinds === undefined) return undefined;
  const cells = wasm.mgc_records() >>> 2;
  let name = wasm.mgc_record_kinds() >>> 0;
  memory.refresh();
  const [records = 0, count = 0, lost = 0, stride = 0, kindAt = 0, numberAt = 0, aAt = 0, bAt = 0] = memory.u32.slice(
    cells,
    cells + 8,
  );
  if (records === 0) return undefined;
  const kinds: string[] = [''];
  for (let text = memory.text(name); text !== ''; text = memory.text(name)) {
    kinds.push(text);
    name += text.length + 1;
  }
  const meaning = (key: string, value: number): unknown => {
    if (key === 'type') return known.type(value);
    return key === 'root' ? (rootKinds.get(value) ?? 'object') : value;
  };
  const entries = Array.from({ length: count }, (_, i): RecordEntry => {
    const record = records + i * stride;
    const kind = kinds[memory.u32[(record + kindAt) >>> 2] as number] as RecordKind;
    const values = [
      memory.u32[(record + numberAt) >>> 2],
      Number(memory.u64[(record + aAt) >>> 3]),
      Number(memory.u64[(record + bAt) >>> 3]),
    ];
    const entry: Record<string, unknown> = { kind };
    kNames[kind].forEach((key, n) => {
      if (key !== '') entry[key] = meaning(key, values[n] as number);
    });
    return entry as RecordEntry;
  });
  wasm.mgc_records_clear?.();
  return { entries, lost };
}
