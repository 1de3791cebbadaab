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
/** Of marking or sweeping: some hundreds of microseconds. */
const kUnitsOfASlice = 16384;
/** What mgc_collection_due says of a collection that its host may time. */
const kDueInOnePiece = 1;

export class Cycle {
  readonly #core: Core;
  readonly #host: HostValues;
  readonly #events: Events;
  readonly #schedule: Schedule;
  readonly #clock: number;
  readonly #hooks = new Set<() => void>();
  #inHooks = false;
  /** The last pauses, in nanoseconds, as Go keeps them: that of cycle n at (n + 255) % 256. */
  readonly pauses: Float64Array = new Float64Array(kPausesKept);
  count = 0;
  pauseMaxNs = 0;
  /** Mode 'stop': collections are never in slices. */
  readonly #inOnePiece: boolean;
  #wanted = false;

  constructor(core: Core, host: HostValues, events: Events, schedule: Schedule, inOnePiece: boolean) {
    this.#inOnePiece = inOnePiece;
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
    const due = this.#core.wasm.mgc_collection_due();
    if (due === kDueInOnePiece) this.#timed(() => this.#phases(0));
    else if (this.#host.isDue()) this.#whole(0);
    else if (due !== 0) {
      // The allocation itself begins the collection; idle time goes on with it.
      this.#runHooks();
      this.#schedule.wanted();
    }
  }

  /** Begins a collection in slices. In mode 'stop' the first step is all of it. */
  begin(): void {
    this.#core.alive();
    if (this.#inOnePiece) this.#wanted = true;
    else {
      this.#runHooks();
      this.#core.alive();
      this.#core.check(this.#core.wasm.mgc_start_cycle());
      this.#schedule.wanted();
    }
  }

  /** Works for about so many milliseconds; true when nothing is left. */
  step(milliseconds: number): boolean {
    if (this.#wanted) this.full();
    const begin = this.tick();
    let done = false;
    do {
      const before = this.tick();
      done = this.#core.wasm.mgc_step_work(kUnitsOfASlice) !== 0;
      this.#note(this.tick() - before);
    } while (!done && this.tick() - begin < milliseconds * 1e6);
    this.#events.pump();
    if (done && !this.#core.disposed) this.#schedule.wanted();
    return done;
  }

  /** A minor collection; a whole one in modes without. */
  minor(): void {
    if (this.#inOnePiece) {
      this.full();
      return;
    }
    const begin = this.tick();
    const status = this.#core.wasm.mgc_collect_minor();
    this.#note(this.tick() - begin);
    this.#core.check(status);
    this.#events.pump();
    if (!this.#core.disposed) this.#schedule.wanted();
  }

  /** A whole collection, sweeping included (C1). */
  full(): void {
    this.#wanted = false;
    this.#whole(1);
  }

  /** A whole collection, and what is not needed then, records and tables too, is free; the bytes that came free. */
  trim(): number {
    let bytes = 0;
    this.#timed(() => {
      bytes = this.#core.wasm.mgc_trim();
      this.#host.settle();
    });
    return bytes;
  }

  /** A slice of the collection that is under way, or of the sweep behind the last one; true when nothing is left. */
  slice(): boolean {
    const begin = this.tick();
    const done = this.#core.wasm.mgc_step_work(kUnitsOfASlice) !== 0;
    this.#note(this.tick() - begin);
    return done;
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
    this.pauses[this.count++ % kPausesKept] = this.#note(this.tick() - begin);
    this.#events.pump();
    if (!this.#core.disposed) this.#schedule.wanted();
  }

  #note(pauseNs: number): number {
    if (pauseNs > this.pauseMaxNs) this.pauseMaxNs = pauseNs;
    return pauseNs;
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
