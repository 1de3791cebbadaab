// Finalizers and cleanups (F1–F7, B3). The core knows that an object has one, by a token; the function and its argument
// stand here, under that token. What has become ready waits in the core's queue; it runs as a task after a collection,
// or from runFinalizers.
//
// A finalizer is lent a fresh view (loan.ts). The object's handle was made by the core before the entry left its queue,
// so nothing can free the object in between.
// inv.js.tokens: every token that the core holds is one of #armed.
// Doors: Heap.SetFinalizer, AddCleanup, runFinalizers; schedule.ts calls soon, hasSlices and slice.

import { kNull, type Address, type HandleId } from './abi.js';
import { AddressTable } from './address-table.js';
import { now } from './engine.js';
import { problem, show } from './errors.js';
import type { Events } from './events.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import type { HostValues } from './host.js';
import { Loan } from './loan.js';
import { keepsItself } from './reach.js';
import type { Roots } from './roots.js';
import type { Core, Found } from './core.js';
import type { Cycle } from './cycle.js';
import { reportUncaught, type Work } from './schedule.js';
import { targetOf } from './target.js';

type Callback = (this: undefined, value: never) => unknown;

interface Armed {
  readonly run: Callback;
  readonly shape: Shape;
  readonly size: number;
  /** Of a finalizer: whose; 0 of a cleanup. */
  readonly address: Address;
  /** Of a cleanup: its argument. Of a finalizer: whether it takes a handle, since it was armed with one. */
  readonly arg: unknown;
}

/** A task of finalizers ends after so long, and goes on in another one. */
const kTaskMs = 8;

type OnError = ((error: unknown, type: AnyType | null) => void) | undefined;

function kindOf(handle: Handle): { shape: Shape; size: number } {
  return { shape: Handle.shape(handle), size: handle.size };
}

export class Lifecycle implements Work {
  readonly #core: Core;
  readonly #roots: Roots;
  readonly #host: HostValues;
  readonly #cycle: Cycle;
  readonly #events: Events;
  readonly #onError: OnError;
  readonly #checks: boolean;
  /** Where the core says what is ready, as indices. */
  declare readonly ready: { readonly address: number; readonly handle: number; readonly token: number };
  /** By token. Tokens that came back are given out again, so the list is as long as it ever has to be. */
  readonly #armed: (Armed | undefined)[] = [undefined];
  readonly #freeTokens: number[] = [];
  readonly #finalizerAt = new AddressTable<number>();
  #running = false;

  /** With `checks`, what can never run is reported, as far as JS values are the cause. */
  constructor(
    core: Core,
    roots: Roots,
    host: HostValues,
    cycle: Cycle,
    events: Events,
    options: { onError: OnError; checks: boolean },
  ) {
    this.#core = core;
    this.#roots = roots;
    this.#host = host;
    this.#cycle = cycle;
    this.#events = events;
    this.#onError = options.onError;
    this.#checks = options.checks;
    const cell = core.wasm.mgc_ready() >>> 0;
    const at = (name: string): number => cell + core.description.get(`ready.${name}`);
    this.ready = { address: at('address') >>> 2, handle: at('handle') >>> 3, token: at('token') >>> 3 };
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
    const { shape, size } = kindOf(handle);
    const armed: Armed = { run: run as Callback, shape, size, address, arg: Handle.isHandle(target) };
    const token = this.#arm(armed);
    try {
      this.#core.checkTwice(() => wasm.mgc_set_finalizer(address, token));
    } catch (error) {
      this.#disarm(token);
      throw error;
    }
    // Nothing is armed for empty objects and static addresses.
    if (found === undefined) this.#disarm(token);
    this.#events.afterCall();
    if (found === undefined) return;
    this.#finalizerAt.set(address, token);
    this.#diagnose('finalizer', handle, found, undefined);
  }

  addCleanup(target: unknown, run: unknown, arg: unknown): () => void {
    this.#core.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = targetOf(this.#core, target, 'AddCleanup');
    if (typeof run !== 'function') throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    const address = Handle.address(handle);
    const found = this.#core.found(address);
    if (found !== undefined && this.#isInside(arg, found))
      throw problem('FINALIZER', 'AddCleanup: the argument is the object itself or in it, which would keep it alive');
    const armed: Armed = { run: run as Callback, ...kindOf(handle), address: kNull, arg };
    const token = this.#arm(armed);
    const id = this.#core.tryTwice(kNull, () => this.#core.wasm.mgc_add_cleanup(address, token));
    this.#events.afterCall();
    if (id === 0) {
      this.#disarm(token);
      if (found !== undefined) this.#core.fail();
      return () => undefined;
    }
    if (found !== undefined) this.#diagnose('cleanup', handle, found, arg);
    return () => {
      // It may have run, and its token be another's.
      if (this.#core.disposed || this.#armed[token] !== armed) return;
      this.#core.wasm.mgc_stop_cleanup(id);
      this.#disarm(token);
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

  /** One task's worth of finalizers; true if more are waiting. */
  soon(): boolean {
    if (this.#core.disposed) return false;
    this.#events.pump();
    this.run(Infinity, now() + kTaskMs);
    return !this.#core.disposed && this.#core.wasm.mgc_ready_count() > 0;
  }

  hasSlices(): boolean {
    return !this.#core.disposed && this.#cycle.isUnderWay();
  }

  /** A slice of a collection, which queues finalizers when it ends, or of the sweep behind one. */
  slice(milliseconds: number): boolean {
    if (this.#core.disposed) return true;
    const isOver = this.#cycle.slice(milliseconds);
    this.#events.pump();
    return isOver;
  }

  clear(): void {
    this.#armed.length = 1;
    this.#finalizerAt.clear();
  }

  #arm(armed: Armed): number {
    const token = this.#freeTokens.pop() ?? this.#armed.length;
    this.#armed[token] = armed;
    return token;
  }

  #disarm(token: number): Armed | undefined {
    const armed = this.#armed[token];
    if (armed === undefined) return undefined;
    this.#armed[token] = undefined;
    this.#freeTokens.push(token);
    return armed;
  }

  /** Whether a target, or a typed array over an object, is in the object that was found. */
  #isInside(arg: unknown, { base, size }: Found): boolean {
    if (typeof arg !== 'object' || arg === null) return false;
    const handle = Handle.of(arg) ?? Handle.holderOf(arg);
    if (handle === undefined || Handle.shape(handle).core !== this.#core || handle.disposed) return false;
    const address = Handle.rootAddress(handle);
    return address >= base && address < base + Math.max(size, 1);
  }

  #diagnose(what: string, handle: Handle, found: Found, arg: unknown): void {
    if (!this.#checks || !keepsItself(this.#core, handle, found, arg)) return;
    const name = handle.type?.name ?? 'untyped memory';
    const cause = what === 'cleanup' ? 'its argument, or a js field,' : 'a js field';
    const text = `the ${what} of a ${name} at 0x${found.base.toString(16)} can never run: ${cause} leads back to the object`;
    this.#events.say('diagnosis', { text });
  }

  #forget(address: Address): void {
    const token = this.#finalizerAt.get(address);
    if (token === undefined) return;
    this.#finalizerAt.delete(address);
    this.#disarm(token);
  }

  /** Runs the next one; false if nothing is ready. */
  #runNext(): boolean {
    const { wasm, memory } = this.#core;
    const next = wasm.mgc_ready_next();
    if (next === 0 && (wasm.mgc_ready_count() === 0 || this.#core.tryTwice(kNull, () => wasm.mgc_ready_next()) === 0))
      return false;
    memory.refresh();
    const { ready } = this;
    const address = memory.u32[ready.address] as Address;
    const id = memory.f64[ready.handle] as HandleId;
    const token = memory.f64[ready.token] as number;
    const armed = this.#disarm(token);
    if (id !== 0) this.#roots.note(id);
    if (armed === undefined) {
      if (id !== 0) this.#roots.release(id);
      return true;
    }
    if (id === 0) {
      this.#call(armed, armed.arg, undefined);
      return true;
    }
    if (this.#finalizerAt.get(armed.address) === token) this.#finalizerAt.delete(armed.address);
    const { shape, size } = armed;
    const loan = new Loan(this.#roots);
    const handle = loan.lend(shape, address, size, id);
    this.#call(armed, armed.arg === true ? handle : shape.wrap(handle), loan);
    return true;
  }

  /** What was lent to the function is over when it returns, or when its promise settles. */
  #call(armed: Armed, value: unknown, loan: Loan | undefined): void {
    const { type } = armed.shape;
    let isPending = false;
    try {
      const result = armed.run.call(undefined, value as never);
      if (typeof result !== 'object' || result === null || !('then' in result)) return;
      isPending = true;
      void Promise.resolve(result)
        .catch((error: unknown) => this.#report(error, type))
        .then(() => loan?.end());
    } catch (error) {
      this.#report(error, type);
    } finally {
      if (!isPending) loan?.end();
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
