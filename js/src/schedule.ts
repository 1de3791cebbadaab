// Tasks: how finalizers get to run after a collection (B3) without anybody asking, and how errors that nobody catches
// are reported.
//
// One task at most is pending, and none unless there is work, so a process with an idle heap exits. `schedule:
// 'manual'` makes `wanted` a no-op: no timer is ever started. Doors: cycle.ts and roots.ts say when there may be work;
// lifecycle.ts does it.

interface Host {
  setImmediate?: (run: () => void) => unknown;
  reportError?: (error: unknown) => void;
}

/** Runs `run` as a task of its own, as soon as the host allows. */
function asTask(run: () => void): void {
  const { setImmediate } = globalThis as Host;
  if (setImmediate !== undefined) {
    setImmediate(run);
  } else if (typeof MessageChannel !== 'undefined') {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      run();
    };
    channel.port2.postMessage(null);
  } else {
    setTimeout(run, 0);
  }
}

/** As the host reports an uncaught exception, without ending the work at hand. */
export function reportUncaught(error: unknown): void {
  const { reportError } = globalThis as Host;
  if (reportError !== undefined) reportError(error);
  else console.error('Uncaught', error);
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
