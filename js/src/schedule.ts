// Tasks: how finalizers get to run after a collection (B3) without anybody asking, and how errors that nobody catches
// are reported.
//
// One task at most is pending, and none unless there is work, so a process with an idle heap exits. `schedule:
// 'manual'` makes `wanted` a no-op: no timer is ever started. Doors: cycle.ts and roots.ts say when there may be work;
// lifecycle.ts does it.

import { asTask, complain } from './engine.js';

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

export class Schedule {
  #pending = false;

  declare readonly automatic: boolean;
  declare private readonly work: () => boolean;

  /** `work` does a piece, and says whether more is left. */
  constructor(automatic: boolean, work: () => boolean) {
    this.automatic = automatic;
    this.work = work;
  }

  /** There may be work. */
  wanted(): void {
    if (!this.automatic || this.#pending) return;
    this.#pending = true;
    asTask(() => {
      this.#pending = false;
      if (this.work()) this.wanted();
    });
  }
}
