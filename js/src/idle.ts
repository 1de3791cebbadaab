// Idle time, as far as the place where the code runs knows of any. A page knows how long nothing is to be done
// (requestIdleCallback). Elsewhere there are tasks that come after all others (scheduler.postTask), or just tasks:
// those come after a rest, so that the program gets at least as much of the time as the collector.
// Doors: schedule.ts.

import { asTask } from './engine.js';

/** Runs in idle time. `left` says how many milliseconds of it are left, as far as known; 0 where it is not known. */
export type IdleRun = (left: () => number, isTimedOut: boolean) => void;

interface IdleDeadline {
  readonly didTimeout: boolean;
  timeRemaining(): number;
}
interface Hosts {
  requestIdleCallback?: (run: (deadline: IdleDeadline) => void, options: { timeout: number }) => unknown;
  scheduler?: { postTask?: (run: () => void, options: { priority: 'background' }) => unknown };
  setTimeout?: (run: () => void, milliseconds: number) => unknown;
}

const unknown = (): number => 0;

/** Whether the host lets what is more urgent go first, so that a slice need not be followed by a rest. */
export function hasPriorities(): boolean {
  const { requestIdleCallback, scheduler } = globalThis as Hosts;
  return requestIdleCallback !== undefined || scheduler?.postTask !== undefined;
}

/**
 * Calls `run` once, in idle time: after `patienceMs` anyway where the host tells idle time; after a rest of `restMs`
 * where it does not know what is urgent.
 */
export function asIdle(run: IdleRun, patienceMs: number, restMs: number): void {
  const { requestIdleCallback, scheduler, setTimeout } = globalThis as Hosts;
  const plainly = (): void => run(unknown, false);
  if (requestIdleCallback !== undefined) {
    requestIdleCallback((deadline) => run(() => deadline.timeRemaining(), deadline.didTimeout), {
      timeout: patienceMs,
    });
  } else if (scheduler?.postTask !== undefined) {
    void scheduler.postTask(plainly, { priority: 'background' });
  } else if (restMs > 0 && setTimeout !== undefined) {
    setTimeout(plainly, restMs);
  } else {
    asTask(plainly);
  }
}
