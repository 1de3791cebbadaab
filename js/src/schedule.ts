// What the heap does without being asked, with `schedule: 'auto'`: finalizers, as a task soon after a collection (B3),
// and slices of a collection or of a sweep, in idle time. And how errors that nobody catches are reported.
//
// At most one task and one idle run are pending, and none unless there is work, so a process with an idle heap exits.
// `schedule: 'manual'` makes `wanted` a no-op: no timer is ever started.
//
// A slice is short (kSliceMs), and cut by units of work (pace.ts). Where the host tells how much idle time there is, as
// many follow each other as fit. Where it does not, one slice comes at a time, and a rest after it. A host that lets us
// wait is busy: then the rest is doubled, again and again, or the time for which idle time is waited for. Meanwhile
// allocations do what the collection needs.
// Doors: cycle.ts, events.ts and roots.ts say when there may be work; lifecycle.ts does it; idle.ts finds the time.

import { asTask, complain, now } from './engine.js';
import { asIdle, hasPriorities } from './idle.js';

/** Milliseconds that a slice should take: the program cannot react to anything meanwhile. */
const kSliceMs = 1;
/** Idle time is waited for so long, and at most so long while the host is busy. */
const kPatienceMs = 250;
const kMostPatienceMs = 4000;
/** After a slice, where a rest is due; at most so long while the host is busy. */
const kRestMs = 1;
const kMostRestMs = 64;
/** A task that comes so much later than it was asked for has had to wait for the program. */
const kLateMs = 12;

interface Host {
  reportError?: (error: unknown) => void;
  process?: object;
}

/** As the host reports an uncaught exception, without ending the work at hand. */
export function reportUncaught(error: unknown): void {
  const { reportError, process } = globalThis as Host;
  if (reportError !== undefined) reportError(error);
  else if (process !== undefined && typeof queueMicrotask === 'function') {
    // Node has no reportError: what is thrown outside of everything is an uncaughtException there.
    queueMicrotask(() => {
      throw error;
    });
  } else complain('Uncaught', error);
}

/** What there is to do. */
export interface Work {
  /** What should not wait: a piece of it. Says whether more of it is left. */
  soon(): boolean;
  /** Whether there is something for idle time. */
  hasSlices(): boolean;
  /** A piece of that, of about so many milliseconds. Says whether nothing of it is left. */
  slice(milliseconds: number): boolean;
}

export class Schedule {
  #pending = false;
  #idlePending = false;
  #patienceMs = kPatienceMs;
  #restMs = 0;

  declare readonly automatic: boolean;
  declare private readonly work: Work;

  constructor(automatic: boolean, work: Work) {
    this.automatic = automatic;
    this.work = work;
  }

  /** There may be work. */
  wanted(): void {
    if (!this.automatic || this.#pending) return;
    this.#pending = true;
    asTask(() => {
      this.#pending = false;
      const isMore = this.work.soon();
      if (!this.#idlePending && this.work.hasSlices()) this.#waitForIdle();
      if (isMore) this.wanted();
    });
  }

  #waitForIdle(): void {
    this.#idlePending = true;
    const expected = now() + this.#restMs;
    asIdle(
      (left, isTimedOut) => {
        this.#idlePending = false;
        this.#noteBusy(isTimedOut, now() - expected > kLateMs);
        if (this.#slices(left)) this.#restMs = 0;
        // There may be finalizers now; and if anything is left for idle time, that task sees it.
        this.wanted();
      },
      this.#patienceMs,
      this.#restMs,
    );
  }

  /** One slice, and more while there is time. Its clock may be coarse: what slices should take counts, too. */
  #slices(left: () => number): boolean {
    let leftMs = left();
    for (;;) {
      if (this.work.slice(kSliceMs)) return true;
      leftMs = Math.min(leftMs - kSliceMs, left());
      if (leftMs < kSliceMs) return false;
    }
  }

  #noteBusy(isTimedOut: boolean, isLate: boolean): void {
    this.#patienceMs = isTimedOut ? Math.min(2 * this.#patienceMs, kMostPatienceMs) : kPatienceMs;
    if (hasPriorities()) this.#restMs = 0;
    else this.#restMs = isLate ? Math.min(2 * Math.max(this.#restMs, kRestMs), kMostRestMs) : kRestMs;
  }
}
