// Collections as the face drives them. The core cannot read a clock, so before a slow path the face asks whether a
// collection is due and then runs its phases itself, writing the time into the core's clock cell between them: pauses
// are timed, and the core's own trace lines are right. A collection that the core starts by itself (memory exhausted,
// stress) is not timed.
//
// User code — hooks, listeners — runs before the first phase and after the last one, never between.
// Doors: allocate.ts and types.ts ask `beforeSlowPath`; Heap.GC is `full`.

import type { Core } from './core.js';
import { now } from './engine.js';
import type { Events } from './events.js';
import type { HostValues } from './host.js';
import { reportUncaught, type Schedule } from './schedule.js';

/** As many pauses as Go's MemStats remembers. */
const kPausesKept = 256;

const kAllSpans = 0xffffffff;
/** Some tens of microseconds. */
const kSpansOfASlice = 256;

export class Cycle {
  readonly #core: Core;
  readonly #host: HostValues;
  readonly #events: Events;
  readonly #schedule: Schedule;
  readonly #clock: number;
  readonly #hooks = new Set<() => void>();
  #inHooks = false;
  /** The last pauses, in nanoseconds, as Go keeps them: that of cycle n at (n + 255) % 256. */
  readonly pauses = new Float64Array(kPausesKept);
  count = 0;

  constructor(core: Core, host: HostValues, events: Events, schedule: Schedule) {
    this.#core = core;
    this.#host = host;
    this.#events = events;
    this.#schedule = schedule;
    this.#clock = (core.wasm.mgc_clock() >>> 0) >>> 3;
    this.tick();
  }

  /** Tells the core the time. */
  tick(): number {
    const { memory } = this.#core;
    memory.refresh();
    return (memory.f64[this.#clock] = now() * 1e6);
  }

  onStart(hook: () => void): () => void {
    const entry = (): void => hook();
    this.#hooks.add(entry);
    return () => void this.#hooks.delete(entry);
  }

  /** Collects now if the next slow path would. */
  beforeSlowPath(): void {
    if (this.#inHooks) return;
    if (this.#core.wasm.mgc_collection_due() !== 0) this.#timed(() => this.#phases(0));
    else if (this.#host.isDue()) this.#whole(0);
  }

  /** A whole collection, sweeping included (C1). */
  full(): void {
    this.#whole(1);
  }

  /** Sweeps a slice of what the last collection left; true when nothing is left. */
  sweepSlice(): boolean {
    return this.#core.wasm.mgc_sweep(kSpansOfASlice) !== 0;
  }

  #whole(forced: 0 | 1): void {
    this.#timed(() => {
      this.#phases(forced);
      this.#core.wasm.mgc_sweep(kAllSpans);
      this.#host.settle();
    });
  }

  #phases(forced: 0 | 1): void {
    const { wasm } = this.#core;
    this.#core.check(wasm.mgc_phase_start(forced));
    this.tick();
    this.#core.check(wasm.mgc_phase_mark());
    this.tick();
    this.#core.check(wasm.mgc_phase_finish());
  }

  #timed(phases: () => void): void {
    if (!this.#inHooks) this.#runHooks();
    this.#core.alive();
    const begin = this.tick();
    phases();
    this.pauses[this.count++ % kPausesKept] = this.tick() - begin;
    this.#events.pump();
    if (!this.#core.disposed) this.#schedule.wanted();
  }

  #runHooks(): void {
    this.#inHooks = true;
    for (const hook of [...this.#hooks]) {
      try {
        hook();
      } catch (error) {
        reportUncaught(error);
      }
    }
    this.#inHooks = false;
  }
}
