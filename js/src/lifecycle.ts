// Finalizers and cleanups (F1–F7, B3). The core knows that an object has one, by a token; the function and its argument
// stand here, under that token. What has become ready waits in the core's queue; it runs as a task after a collection,
// or from runFinalizers.
//
// A finalizer gets a fresh view. The object's handle was made by the core before the entry left its queue, so nothing
// can free the object in between. inv.js.tokens: every token that the core holds is a key of #armed. Doors:
// Heap.SetFinalizer, AddCleanup, runFinalizers; schedule.ts calls runSlice.

import type { Address } from './abi.js';
import { now } from './engine.js';
import { problem, show } from './errors.js';
import type { Events } from './events.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import type { HostValues } from './host.js';
import type { Roots } from './roots.js';
import type { Core } from './core.js';
import type { Cycle } from './cycle.js';
import { reportUncaught } from './schedule.js';
import { targetOf } from './target.js';

type Callback = (this: undefined, value: never) => unknown;

interface Armed {
  readonly run: Callback;
  readonly shape: Shape;
  readonly size: number;
  /** Of a finalizer: whose. */
  readonly address: Address;
  /** Of a cleanup: its argument. */
  readonly arg: unknown;
}

/** A task of finalizers ends after so long, and goes on in another one. */
const kSliceMs = 8;

type OnError = ((error: unknown, type: AnyType | null) => void) | undefined;

export class Lifecycle {
  readonly #core: Core;
  readonly #roots: Roots;
  readonly #host: HostValues;
  readonly #cycle: Cycle;
  readonly #events: Events;
  readonly #onError: OnError;
  readonly #ready: number;
  readonly #armed = new Map<number, Armed>();
  readonly #finalizerAt = new Map<Address, number>();
  #lastToken = 0;
  #running = false;

  constructor(core: Core, roots: Roots, host: HostValues, cycle: Cycle, events: Events, onError: OnError) {
    this.#core = core;
    this.#roots = roots;
    this.#host = host;
    this.#cycle = cycle;
    this.#events = events;
    this.#onError = onError;
    this.#ready = core.wasm.mgc_ready() >>> 0;
  }

  /** F4: the checks are made in Go's order. */
  setFinalizer(target: unknown, run: unknown): void {
    this.#core.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = targetOf(this.#core, target, 'SetFinalizer');
    const address = Handle.address(handle);
    const { wasm } = this.#core;
    if (run === null) {
      this.#core.check(wasm.mgc_clear_finalizer(address));
      this.#forget(address);
      return;
    }
    const found = this.#core.found(address);
    if (typeof run !== 'function') {
      if (found !== undefined && found.base !== address && found.typeId !== 0) {
        throw problem('BAD_POINTER', 'pointer not at beginning of allocated block');
      }
      throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    }
    const token = ++this.#lastToken;
    this.#core.checkTwice(() => wasm.mgc_set_finalizer(address, token));
    this.#events.afterCall();
    if (found === undefined) return;
    this.#finalizerAt.set(address, token);
    this.#armed.set(token, { run: run as Callback, ...this.#kindOf(handle), address, arg: undefined });
  }

  addCleanup(target: unknown, run: unknown, arg: unknown): () => void {
    this.#core.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = targetOf(this.#core, target, 'AddCleanup');
    if (typeof run !== 'function') throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    if (Handle.of(arg)?.equals(handle) === true)
      throw problem('FINALIZER', 'AddCleanup: the argument is the object itself, which would keep it alive');
    const address = Handle.address(handle);
    const isObject = this.#core.found(address) !== undefined;
    const token = ++this.#lastToken;
    const id = this.#core.tryTwice(0, () => this.#core.wasm.mgc_add_cleanup(address, token));
    this.#events.afterCall();
    if (id === 0) {
      if (isObject) this.#core.fail();
      return () => undefined;
    }
    this.#armed.set(token, { run: run as Callback, ...this.#kindOf(handle), address: 0, arg });
    return () => {
      if (this.#core.disposed) return;
      this.#core.wasm.mgc_stop_cleanup(id);
      this.#armed.delete(token);
    };
  }

  /**
   * Runs what is ready, in order, at most `max`; returns how many ran. Called from a finalizer it runs nothing: there
   * is one executor.
   */
  run(max: number, deadline = Infinity): number {
    if (this.#running) return 0;
    this.#running = true;
    let ran = 0;
    try {
      while (ran < max && !this.#core.disposed && this.#runNext()) {
        ran += 1;
        if (deadline !== Infinity && now() > deadline) break;
      }
      if (!this.#core.disposed) this.#host.pull();
    } finally {
      this.#running = false;
    }
    if (ran > 0) this.#events.say('finalizerRun', { count: ran });
    return ran;
  }

  /** One task's worth; true if more is waiting. */
  runSlice(): boolean {
    if (this.#core.disposed) return false;
    // Objects that an automatic collection found dead queue their finalizers when their span is swept.
    const swept = this.#cycle.sweepSlice();
    this.#events.pump();
    this.run(Infinity, now() + kSliceMs);
    return !this.#core.disposed && (!swept || this.#core.wasm.mgc_ready_count() > 0);
  }

  clear(): void {
    this.#armed.clear();
    this.#finalizerAt.clear();
  }

  #kindOf(handle: Handle): { shape: Shape; size: number } {
    return { shape: Handle.shape(handle), size: handle.size };
  }

  #forget(address: Address): void {
    const token = this.#finalizerAt.get(address);
    if (token === undefined) return;
    this.#finalizerAt.delete(address);
    this.#armed.delete(token);
  }

  /** False if nothing is ready. */
  #runNext(): boolean {
    const { wasm, memory, description } = this.#core;
    const next = wasm.mgc_ready_next();
    if (next === 0 && (wasm.mgc_ready_count() === 0 || this.#core.tryTwice(0, () => wasm.mgc_ready_next()) === 0))
      return false;
    memory.refresh();
    const cell = (name: string): number => this.#ready + description.get(`ready.${name}`);
    const address = memory.u32[cell('address') >>> 2] as number;
    const id = memory.f64[cell('handle') >>> 3] as number;
    const token = memory.f64[cell('token') >>> 3] as number;
    const armed = this.#armed.get(token);
    this.#armed.delete(token);
    if (armed === undefined) {
      if (id !== 0) this.#roots.release(id);
      return true;
    }
    if (this.#finalizerAt.get(armed.address) === token) this.#finalizerAt.delete(armed.address);
    const { shape, size } = armed;
    this.#call(armed, id === 0 ? armed.arg : shape.wrap(this.#roots.adopt(shape, address, size, id)));
    return true;
  }

  #call(armed: Armed, value: unknown): void {
    const { type } = armed.shape;
    try {
      const result = armed.run.call(undefined, value as never);
      if (typeof result !== 'object' || result === null || !('then' in result)) return;
      Promise.resolve(result).catch((error: unknown) => this.#report(error, type));
    } catch (error) {
      this.#report(error, type);
    }
  }

  #report(error: unknown, type: Shape['type']): void {
    const onFinalizerError = this.#onError;
    if (onFinalizerError === undefined) {
      reportUncaught(error);
      return;
    }
    try {
      onFinalizerError(error, type);
    } catch (second) {
      reportUncaught(second);
    }
  }
}
