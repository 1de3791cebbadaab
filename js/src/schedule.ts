// Tasks: how finalizers get to run after a collection (B3) without anybody asking, and how errors that nobody catches
// are reported.
//
// One task at most is pending, and none unless there is work, so a process with an idle heap exits. `schedule:
// 'manual'` makes `wanted` a no-op: no timer is ever started. Doors: cycle.ts and roots.ts say when there may be work;
// lifecycle.ts does it.

import { asTask, complain } from './engine.js';

interface Host {
  reportError?: (error: unknown) => void;
}

/** As the host reports an uncaught exception, without ending the work at hand. */
export function reportUncaught(error: unknown): void {
  const { reportError } = globalThis as Host;
  if (reportError !== undefined) reportError(error);
  else complain('Uncaught', error);
}

export class Schedule {
  #pending = false;

  /** `work` does a piece, and says whether more is left. */
  constructor(
    readonly automatic: boolean,
    private readonly work: () => boolean,
  ) {}

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
