// memStats: the core's counters under Go's names (runtime.MemStats, O1), and the pauses, which only the face can time.
// Doors: Heap.memStats.

import type { Core } from './core.js';
import type { Cycle } from './cycle.js';
import { kModes, type Mode } from './options.js';

/** Go's MemStats, where Go has the field; bytes are bytes, times nanoseconds. */
export interface MemStats {
  readonly Alloc: number;
  readonly TotalAlloc: number;
  readonly Sys: number;
  readonly Lookups: number;
  readonly Mallocs: number;
  readonly Frees: number;
  readonly HeapAlloc: number;
  readonly HeapSys: number;
  readonly HeapIdle: number;
  readonly HeapInuse: number;
  readonly HeapReleased: number;
  readonly HeapObjects: number;
  readonly StackInuse: number;
  readonly StackSys: number;
  readonly MSpanInuse: number;
  readonly MSpanSys: number;
  readonly MCacheInuse: number;
  readonly MCacheSys: number;
  readonly BuckHashSys: number;
  readonly GCSys: number;
  readonly OtherSys: number;
  readonly NextGC: number;
  /** When the last collection ended, on the clock of performance.now. */
  readonly LastGC: number;
  /** All pauses that this package has timed: slices, steps, minor collections, and whole ones. */
  readonly PauseTotalNs: number;
  /** The last 256 full collections: [(n + 255) % 256] is the longest pause of collection n, 0 if none was timed. */
  readonly PauseNs: readonly number[];
  /** Full collections, in slices or not. */
  readonly NumGC: number;
  /** Minor collections. */
  readonly MinorGCs: number;
  /** The longest pause that this package has timed. Slices inside an allocation cannot be: see PauseMaxUnits. */
  readonly PauseMaxNs: number;
  /** Work units of the longest slice, minor collection, or collection in one piece, timed or not. */
  readonly PauseMaxUnits: number;
  /** What so many units take here, about, by those that were timed. */
  readonly PauseMaxEstimateNs: number;
  /** Work units of all pauses. */
  readonly PauseTotalUnits: number;
  /** Slices of full collections so far: steps, those in idle time, and those that allocations do. */
  readonly Slices: number;
  /** Whether a full collection in slices is under way. */
  readonly Marking: boolean;
  /** How the heap collects: what `'auto'` stands for, where that is one of the others. */
  readonly Mode: Mode;
  readonly NumForcedGC: number;
  readonly TinyAllocs: number;
  readonly HeapLive: number;
  readonly HeapMarked: number;
  /** Bytes of the old generation: what the last full collection reached, and what minor ones have since. */
  readonly OldBytes: number;
  readonly LiveHandles: number;
  readonly LiveHostValues: number;
  readonly FinalizersRegistered: number;
  readonly CleanupsRegistered: number;
  readonly WeakLive: number;
  readonly ReadyQueued: number;
  readonly FinalizersRun: number;
  readonly CleanupsRun: number;
  /** Work done since the heap was made (O6), by what was worked on: exactly repeatable. */
  readonly work: Readonly<Record<string, number>>;
  /** How often each rare path was taken. */
  readonly paths: Readonly<Record<string, number>>;
}

const kWords: Readonly<Record<string, string>> = { gc: 'GC', gcs: 'GCs', mspan: 'MSpan', mcache: 'MCache' };

function goName(name: string): string {
  if (name === 'last_gc_ns') return 'LastGC';
  return name
    .split('_')
    .map((word) => kWords[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function camelName(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What only the face can time is asked of `cycle`. */
export function readStats(core: Core, cycle: Cycle): MemStats {
  const { memory, description } = core;
  const base = core.stats();
  const work: Record<string, number> = {};
  const paths: Record<string, number> = {};
  const stats: Record<string, unknown> = { work, paths };
  for (const [name, offset] of description.under('stats.')) {
    const value = Number(memory.u64[(base + offset) >>> 3]);
    if (name.startsWith('work_')) work[camelName(name.slice(5))] = value;
    else if (name.startsWith('path_')) paths[camelName(name.slice(5))] = value;
    else stats[goName(name)] = value;
  }
  const { pauses } = cycle;
  stats.PauseNs = [...pauses.ofCollections];
  stats.PauseMaxNs = pauses.maxNs;
  stats.PauseTotalNs = pauses.totalNs;
  stats.PauseMaxEstimateNs = cycle.estimate(stats.PauseMaxUnits as number);
  stats.Mode = kModes.find((mode) => description.get(`mode.${mode.toUpperCase()}`) === stats.Mode);
  stats.Marking = stats.Marking !== 0;
  return stats as unknown as MemStats;
}
