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
import { Handle, type Shape } from './handle.js';
import type { Runtime } from './runtime.js';
import { reportUncaught } from './schedule.js';

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

export class Lifecycle {
  readonly #runtime: Runtime;
  readonly #ready: number;
  readonly #armed = new Map<number, Armed>();
  readonly #finalizerAt = new Map<Address, number>();
  #lastToken = 0;
  #running = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#ready = runtime.wasm.mgc_ready() >>> 0;
  }

  /** F4: the checks are made in Go's order. */
  setFinalizer(target: unknown, run: unknown): void {
    this.#runtime.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = this.#runtime.target(target, 'SetFinalizer');
    const address = Handle.address(handle);
    const { wasm } = this.#runtime;
    if (run === null) {
      this.#runtime.check(wasm.mgc_clear_finalizer(address));
      this.#forget(address);
      return;
    }
    const found = this.#runtime.found(address);
    if (typeof run !== 'function') {
      if (found !== undefined && found.base !== address && found.typeId !== 0) {
        throw problem('BAD_POINTER', 'pointer not at beginning of allocated block');
      }
      throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    }
    const token = ++this.#lastToken;
    this.#runtime.check(wasm.mgc_set_finalizer(address, token));
    this.#runtime.afterCall();
    if (found === undefined) return;
    this.#finalizerAt.set(address, token);
    this.#armed.set(token, { run: run as Callback, ...this.#kindOf(handle), address, arg: undefined });
  }

  addCleanup(target: unknown, run: unknown, arg: unknown): () => void {
    this.#runtime.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = this.#runtime.target(target, 'AddCleanup');
    if (typeof run !== 'function') throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    if (Handle.of(arg)?.equals(handle) === true)
      throw problem('FINALIZER', 'AddCleanup: the argument is the object itself, which would keep it alive');
    const address = Handle.address(handle);
    const isObject = this.#runtime.found(address) !== undefined;
    const token = ++this.#lastToken;
    const id = this.#runtime.wasm.mgc_add_cleanup(address, token);
    this.#runtime.afterCall();
    if (id === 0) {
      if (isObject) this.#runtime.fail();
      return () => undefined;
    }
    this.#armed.set(token, { run: run as Callback, ...this.#kindOf(handle), address: 0, arg });
    return () => {
      if (this.#runtime.disposed) return;
      this.#runtime.wasm.mgc_stop_cleanup(id);
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
      while (ran < max && !this.#runtime.disposed && this.#runNext()) {
        ran += 1;
        if (deadline !== Infinity && now() > deadline) break;
      }
      if (!this.#runtime.disposed) this.#runtime.host.pull();
    } finally {
      this.#running = false;
    }
    if (ran > 0) this.#runtime.events.say('finalizerRun', { count: ran });
    return ran;
  }

  /** One task's worth; true if more is waiting. */
  runSlice(): boolean {
    if (this.#runtime.disposed) return false;
    // Objects that an automatic collection found dead queue their finalizers when their span is swept.
    const swept = this.#runtime.cycle.sweepSlice();
    this.#runtime.events.pump();
    this.run(Infinity, now() + kSliceMs);
    return !this.#runtime.disposed && (!swept || this.#runtime.wasm.mgc_ready_count() > 0);
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
    const { wasm, memory, description } = this.#runtime;
    if (wasm.mgc_ready_next() === 0) return false;
    memory.refresh();
    const cell = (name: string): number => this.#ready + description.get(`ready.${name}`);
    const address = memory.u32[cell('address') >>> 2] as number;
    const id = memory.f64[cell('handle') >>> 3] as number;
    const token = memory.f64[cell('token') >>> 3] as number;
    const armed = this.#armed.get(token);
    this.#armed.delete(token);
    if (armed === undefined) {
      if (id !== 0) this.#runtime.roots.release(id);
      return true;
    }
    if (this.#finalizerAt.get(armed.address) === token) this.#finalizerAt.delete(armed.address);
    const { shape, size } = armed;
    this.#call(armed, id === 0 ? armed.arg : shape.wrap(this.#runtime.roots.adopt(shape, address, size, id)));
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
    const { onFinalizerError } = this.#runtime.settings;
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
