// This is a host for tests of scheduling: the ways to wait that a place has, a clock, and a performance time line.
// Everything else of the real one stays. vi.unstubAllGlobals() undoes it.

import { expect, vi } from 'vitest';

export type Wait = 'setImmediate' | 'MessageChannel' | 'setTimeout' | 'postTask' | 'requestIdleCallback' | 'microtask';

interface Measured {
  readonly name: string;
  readonly detail: { readonly devtools: Readonly<Record<string, unknown>> };
}

/**
 * This place has just these ways to wait. They share a queue, which the test empties. The test moves the clock, too.
 */
export class FakeHost {
  nowMs = 1000;
  readonly waiting: { way: Wait; run: () => void; after: number }[] = [];
  readonly used = new Set<Wait>();
  most = 0;
  /** An idle callback is told this. */
  leftMs = () => 0;
  isTimedOut = false;
  readonly measured: Measured[] = [];

  constructor(ways: readonly Wait[]) {
    const add = (way: Wait, run: () => void, after = 0): void => {
      this.waiting.push({ way, run, after });
      this.used.add(way);
      this.most = Math.max(this.most, this.waiting.length);
    };
    const only = <T>(way: Wait, value: T): T | undefined => (ways.includes(way) ? value : undefined);
    class Channel {
      readonly port1 = { onmessage: null as (() => void) | null, close: () => undefined };
      readonly port2 = { postMessage: () => add('MessageChannel', () => this.port1.onmessage?.()) };
    }
    vi.stubGlobal(
      'setImmediate',
      only('setImmediate', (run: () => void) => add('setImmediate', run)),
    );
    vi.stubGlobal('MessageChannel', only('MessageChannel', Channel));
    vi.stubGlobal(
      'setTimeout',
      only('setTimeout', (run: () => void, ms: number) => add('setTimeout', run, ms)),
    );
    const postTask = (run: () => void, options: object): void => {
      expect(options).toEqual({ priority: 'background' });
      add('postTask', run);
    };
    vi.stubGlobal('scheduler', only('postTask', { postTask }));
    const idle = (run: (deadline: object) => void, { timeout }: { timeout: number }): void =>
      add('requestIdleCallback', () => run({ didTimeout: this.isTimedOut, timeRemaining: this.leftMs }), timeout);
    vi.stubGlobal('requestIdleCallback', only('requestIdleCallback', idle));
    vi.stubGlobal('performance', {
      now: () => this.nowMs,
      measure: (name: string, { detail }: Pick<Measured, 'detail'>) => this.measured.push({ name, detail }),
    });
  }

  /** Runs what waits longest. */
  next(): { way: Wait; after: number } {
    const task = this.waiting.shift();
    if (task === undefined) throw new Error('nothing waits');
    task.run();
    return task;
  }

  /** Runs until nothing waits. Returns the ways that were taken. */
  runAll(): Wait[] {
    const ways: Wait[] = [];
    while (this.waiting.length > 0 && ways.length < 10_000) ways.push(this.next().way);
    expect(this.waiting).toEqual([]);
    return ways;
  }
}
