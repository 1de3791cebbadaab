// The session has one heap, the workload that runs on it, and what was measured. The page asks it every frame; it knows
// no DOM.
//
// An exhausted heap is not the end: the workload is paused, the error is told, and the page goes on.

import { createHeap, MallocgcError, type Heap, type HeapOptions, type MemStats } from 'mallocgc';
import type { Running, Settings, Workload } from './workload.js';

/** This is a point of the time line. */
export interface Sample {
  readonly seconds: number;
  /** What the last collection reached, and what was allocated since: a collection starts when it meets the goal. */
  readonly live: number;
  readonly goal: number;
  /** What collections have found alive: the old generation. */
  readonly old: number;
  /** Collections that ended since the point before, minor and full ones, and slices of full ones. */
  readonly minors: number;
  readonly fulls: number;
  readonly slices: number;
  /** Bytes allocated a second since the point before. */
  readonly rate: number;
  /** The longest pause since the point before, in milliseconds; estimated where it was inside an allocation. */
  readonly pause: number;
  /** Finalizers and cleanups that ran since the point before. */
  readonly finalizers: number;
}

export type RunState = 'idle' | 'running' | 'paused';

export type Mode = NonNullable<HeapOptions['mode']>;

/** These are chosen when a heap is made. */
export interface Choice {
  readonly mode: Mode;
  readonly minHeapBytes: number;
  /** The heap records what it does. */
  readonly slow: boolean;
}

const kMaxBytes = 2 ** 29;
/** In slow motion the heap is small, so that a record has room for all that one collection frees. */
const kSlowMinHeapBytes = 3 * 2 ** 15;
const kTracesMax = 200;
const kFinalizersAFrame = 2000;

export class Session {
  state: RunState = 'idle';
  settings: Settings = { rate: 5000, live: 100_000 };
  /** The longest time that a step of the workload took, pauses included, in milliseconds. */
  longestStep = 0;
  onLog: (line: string) => void = () => undefined;
  onError: (error: unknown) => void = () => undefined;
  #running: Running | null = null;
  #workload: Workload | null = null;
  #pause = 0;
  #last: { stats: MemStats; time: number };
  readonly #begin = performance.now();

  private constructor(
    readonly heap: Heap,
    /** These are the last gctrace lines. */
    readonly traces: readonly string[],
    /** The heap records what it does. */
    readonly slow: boolean,
  ) {
    this.#last = { stats: heap.memStats(), time: this.#begin };
    heap.on('minorEnd', ({ work }) => {
      const { PauseMaxEstimateNs, PauseMaxUnits } = heap.memStats();
      this.#pause = Math.max(this.#pause, (work * PauseMaxEstimateNs) / Math.max(1, PauseMaxUnits) / 1e6);
    });
  }

  static async open({ mode, minHeapBytes, slow }: Choice): Promise<Session> {
    const traces: string[] = [];
    const heap = await createHeap({
      // What is played in slow motion is a collection in one piece.
      mode: slow ? 'stop' : mode,
      maxBytes: kMaxBytes,
      minHeapBytes: slow ? Math.min(minHeapBytes, kSlowMinHeapBytes) : minHeapBytes,
      schedule: 'manual',
      debug: { gctrace: true, cycleTrace: slow, allocFreeTrace: slow },
      onTrace: (line) => {
        traces.push(line);
        if (traces.length > kTracesMax) traces.shift();
      },
    });
    return new Session(heap, traces, slow);
  }

  start(workload: Workload): void {
    this.stop();
    this.#workload = workload;
    this.longestStep = 0;
    this.#guard(() => {
      this.#running = workload.onHeap(this.heap, this.settings, (line) => this.onLog(line));
      this.state = 'running';
    });
  }

  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  resume(): void {
    if (this.state === 'paused') this.state = 'running';
  }

  /** Ends the workload and drops its objects; the next collection frees them. */
  stop(): void {
    this.#running?.end();
    this.#running = null;
    this.state = 'idle';
  }

  /** Does one step of the workload. */
  step(): void {
    const running = this.#running;
    if (running === null) return;
    const begin = performance.now();
    const rate = Math.min(this.settings.rate, this.#workload?.rateMax ?? Infinity);
    this.#guard(() => {
      running.step(rate);
      // A full collection in slices goes on by one of the shortest a frame, so that it can be watched.
      if (this.heap.memStats().Marking) this.heap.step(0);
    });
    this.longestStep = Math.max(this.longestStep, performance.now() - begin);
    this.#notePauses();
    this.heap.runFinalizers(kFinalizersAFrame);
  }

  /** It is to be called once a frame. */
  frame(): void {
    if (this.state === 'running') this.step();
    else this.heap.runFinalizers(kFinalizersAFrame);
  }

  /** Does a whole collection. Returns the bytes and objects that it freed. */
  collect(): { bytes: number; objects: number } {
    const before = this.heap.memStats();
    this.heap.GC();
    const after = this.heap.memStats();
    this.#notePauses();
    return { bytes: before.HeapAlloc - after.HeapAlloc, objects: before.HeapObjects - after.HeapObjects };
  }

  /** Returns the point of the time line for now. */
  sample(): Sample {
    const time = performance.now();
    const stats = this.heap.memStats();
    const { stats: old, time: before } = this.#last;
    const seconds = Math.max(1e-3, (time - before) / 1000);
    const ran = (of: MemStats): number => of.FinalizersRun + of.CleanupsRun;
    const sample = {
      seconds: (time - this.#begin) / 1000,
      live: stats.HeapLive,
      goal: stats.NextGC,
      old: stats.OldBytes,
      minors: stats.MinorGCs - old.MinorGCs,
      fulls: stats.NumGC - old.NumGC,
      slices: stats.Slices - old.Slices,
      rate: (stats.TotalAlloc - old.TotalAlloc) / seconds,
      pause: this.#pause,
      finalizers: ran(stats) - ran(old),
    };
    this.#last = { stats, time };
    this.#pause = 0;
    return sample;
  }

  dispose(): void {
    this.stop();
    this.heap.dispose();
  }

  #seen = 0;
  /** Notes the pauses since the last look. Those of more than 256 collections ago are forgotten. */
  #notePauses(): void {
    const { NumGC, PauseNs } = this.heap.memStats();
    for (let n = Math.max(this.#seen, NumGC - 256) + 1; n <= NumGC; n++) {
      this.#pause = Math.max(this.#pause, (PauseNs[(n + 255) % 256] ?? 0) / 1e6);
    }
    this.#seen = NumGC;
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.pause();
      // What the heap refuses leaves a workload that can go on; anything else is a mistake of the workload's.
      if (!(error instanceof MallocgcError)) this.stop();
      this.onError(error);
    }
  }
}
