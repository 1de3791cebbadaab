// Collections as the face drives them. The core cannot read a clock, so before a slow path the face asks whether a
// collection is due and then runs its phases itself, writing the time into the core's clock cell between them: pauses
// are timed, and the core's own trace lines are right. What happens inside one call of the core cannot be timed: a
// slice that an allocation does, a minor collection, a whole one for want of memory. The core counts its units, and
// pace.ts knows what a unit takes.
//
// A pause is what the program waits for at one time: a slice, a step, a minor collection, or a whole one.
// User code — hooks, listeners — runs before the first phase and after the last one, never between.
// Doors: allocate.ts and types.ts ask `beforeSlowPath`; Heap.GC is `full`; lifecycle.ts calls `slice` in idle time.

import type { Core } from './core.js';
import { now } from './engine.js';
import type { Events } from './events.js';
import type { HostValues } from './host.js';
import type { Measures } from './measures.js';
import { Pace } from './pace.js';
import { Pauses } from './pauses.js';
import { reportUncaught, type Schedule } from './schedule.js';

const kAllSpans = 0xffffffff;
/** Every slice does at least so many units: less is not worth the call. */
const kLeastUnits = 4096;
/** A longer step is made of slices of so long, with a look at the clock between them. */
const kSliceMs = 1;
/** What mgc_collection_due says of a collection that its host may time. */
const kDueInOnePiece = 1;

/** What the core has done so far. */
interface Done {
  /** Full collections that have ended. */
  readonly collections: number;
  readonly units: number;
  /** A collection in slices is under way. */
  readonly isMarking: boolean;
}

export class Cycle {
  readonly #core: Core;
  readonly #host: HostValues;
  readonly #events: Events;
  readonly #schedule: Schedule;
  readonly #measures: Measures;
  readonly #clock: number;
  readonly #hooks = new Set<() => void>();
  #inHooks = false;
  readonly pauses = new Pauses();
  /** What a unit of marking takes, and one of sweeping. */
  readonly #marking = new Pace();
  readonly #sweeping = new Pace();
  /** Mode 'stop': collections are never in slices. */
  readonly #inOnePiece: boolean;
  /** Minor collections and slices are refused. */
  readonly #noBarriers: boolean;
  /** In mode 'stop': a collection was begun, and nothing of it is done. */
  #wanted = false;

  constructor(
    core: Core,
    host: HostValues,
    events: Events,
    schedule: Schedule,
    measures: Measures,
    noBarriers: boolean,
  ) {
    this.#core = core;
    this.#noBarriers = noBarriers;
    this.#host = host;
    this.#events = events;
    this.#schedule = schedule;
    this.#measures = measures;
    this.#clock = (core.wasm.mgc_clock() >>> 0) >>> 3;
    this.#inOnePiece = core.stat(core.stats(), 'mode') === core.description.get('mode.STOP');
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
    if (due === kDueInOnePiece) this.#whole(() => this.#phases(0));
    else if (this.#host.isDue()) this.#whole(() => this.#complete(0));
    // The allocation itself begins the collection; idle time goes on with it.
    else if (due !== 0) this.#runHooks();
  }

  /** Begins a collection in slices. In mode 'stop' the first step is all of it. */
  begin(): void {
    this.#core.alive();
    this.#needBarriers();
    if (this.#inOnePiece) {
      this.#wanted = true;
    } else {
      this.#runHooks();
      this.#core.alive();
      this.#core.check(this.#core.wasm.mgc_start_cycle());
    }
    this.#schedule.wanted();
  }

  /** Works for about so many milliseconds; true when nothing is left. */
  step(milliseconds: number): boolean {
    if (this.#wanted) this.full();
    const done = this.#pause('step', () => {
      const begin = this.tick();
      let estimatedMs = 0;
      for (;;) {
        const leftMs = milliseconds - Math.max((this.tick() - begin) / 1e6, estimatedMs);
        const { isOver, ms } = this.#work(Math.min(leftMs, kSliceMs));
        estimatedMs += ms;
        if (isOver) return true;
        if (Math.max((this.tick() - begin) / 1e6, estimatedMs) >= milliseconds) return false;
      }
    });
    this.#events.pump();
    if (done && !this.#core.disposed) this.#schedule.wanted();
    return done;
  }

  /** Runs a minor collection, or a whole one in modes that have no minor ones. */
  minor(): void {
    this.#needBarriers();
    if (this.#inOnePiece) {
      this.full();
      return;
    }
    const status = this.#pause('minor collection', () => this.#core.wasm.mgc_collect_minor());
    this.#core.check(status);
    this.#events.pump();
    if (!this.#core.disposed) this.#schedule.wanted();
  }

  // The core refuses to begin a cycle without barriers, and says why.
  #needBarriers(): void {
    if (this.#noBarriers) this.#core.check(this.#core.wasm.mgc_start_cycle());
  }

  /** A whole collection, sweeping included (C1). */
  full(): void {
    this.#wanted = false;
    this.#whole(() => this.#complete(1));
  }

  /** Collects, and frees what is not needed then, records and tables too. Returns the bytes that came free. */
  trim(): number {
    let bytes = 0;
    this.#whole(() => {
      bytes = this.#core.wasm.mgc_trim();
      this.#host.settle();
    });
    return bytes;
  }

  /** Whether there is work for `slice`. */
  isUnderWay(): boolean {
    return this.#wanted || this.#done().isMarking || !this.#isOver(this.#core.wasm.mgc_step_work(0));
  }

  /**
   * A slice of about so many milliseconds, by units, of the collection that is under way, or of the sweep behind the
   * last one; true when nothing is left.
   */
  slice(milliseconds: number): boolean {
    if (this.#wanted) {
      this.full();
      return true;
    }
    return this.#pause('slice', () => this.#work(milliseconds).isOver);
  }

  /** Nanoseconds that the longest pause has taken, about, whether it was timed or not. */
  estimate(units: number): number {
    return Math.round(this.#marking.nsOf(units));
  }

  /** Marks or sweeps for about so long, by units. Tells what they take as a rule, and whether nothing is left. */
  #work(milliseconds: number): { isOver: boolean; ms: number } {
    const before = this.#done();
    const pace = before.isMarking ? this.#marking : this.#sweeping;
    const units = Math.max(kLeastUnits, pace.unitsIn(milliseconds));
    const begin = this.tick();
    const isOver = this.#isOver(this.#core.wasm.mgc_step_work(units));
    const ns = this.tick() - begin;
    if (before.isMarking) pace.note(this.#done().units - before.units, ns);
    else if (!isOver) pace.note(units, ns);
    return { isOver, ms: pace.nsOf(units) / 1e6 };
  }

  /** A heap that is broken has nothing left to do, either: the next call says so. */
  #isOver(stepped: number): boolean {
    const { wasm, description } = this.#core;
    return stepped !== 0 || wasm.mgc_status() === description.get('status.CORRUPT');
  }

  #done(): Done {
    const core = this.#core;
    const stats = core.stats();
    return {
      collections: core.stat(stats, 'num_gc'),
      units: core.stat(stats, 'pause_total_units'),
      isMarking: core.stat(stats, 'marking') !== 0,
    };
  }

  #complete(forced: 0 | 1): void {
    this.#phases(forced);
    this.#core.wasm.mgc_sweep(kAllSpans);
    this.#host.settle();
  }

  #phases(forced: 0 | 1): void {
    const { wasm } = this.#core;
    this.#core.check(wasm.mgc_phase_start(forced));
    const { units } = this.#done();
    const begin = this.tick();
    this.#core.check(wasm.mgc_phase_mark());
    const ns = this.tick() - begin;
    this.#core.check(wasm.mgc_phase_finish());
    this.#marking.note(this.#done().units - units, ns);
  }

  #whole(work: () => void): void {
    if (!this.#inHooks) this.#runHooks();
    this.#core.alive();
    this.#pause('collection', work);
    this.#events.pump();
    if (!this.#core.disposed) this.#schedule.wanted();
  }

  /** Does something for which the program stands still. */
  #pause<R>(what: string, work: () => R): R {
    const { units } = this.#done();
    const begin = this.tick();
    const result = work();
    const end = this.tick();
    const after = this.#done();
    const collection = what === 'minor collection' ? 0 : after.collections + (after.isMarking ? 1 : 0);
    this.pauses.note(end - begin, collection);
    this.#measures.note(what, begin / 1e6, end / 1e6, { Collection: collection, Units: after.units - units });
    return result;
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
