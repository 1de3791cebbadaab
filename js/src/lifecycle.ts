// Finalizers and cleanups (F1–F7, B3). The core knows that an object has one, by a token; the function and its argument
// stand here, under that token. What has become ready waits in the core's queue; it runs as a task after a collection,
// or from runFinalizers.
//
// A finalizer is lent a fresh view (loan.ts). The object's handle was made by the core before the entry left its queue,
// so nothing can free the object in between.
// inv.js.tokens: every token that the core holds has an entry in #runs; an entry is there while a token has it.
// Doors: Heap.SetFinalizer, AddCleanup, runFinalizers; schedule.ts calls soon, hasSlices and slice.

import { kNull, type Address, type HandleId } from './abi.js';
import { AddressTable } from './address-table.js';
import { elementOf, lengthOf, placesOf } from './copy.js';
import { now } from './engine.js';
import { problem, show } from './errors.js';
import type { Events } from './events.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import { heldBy } from './holds.js';
import type { HostValues } from './host.js';
import { Loan } from './loan.js';
import { ownHandleOf } from './own-handle.js';
import type { KeepsItself } from './reach.js';
import type { Roots } from './roots.js';
import type { Core } from './core.js';
import type { Cycle } from './cycle.js';
import { reportUncaught, type Work } from './schedule.js';
import { targetOf } from './target.js';
import { Type } from './type.js';

type Callback = (this: undefined, value: never) => unknown;

/** What an object is. Neighbours that are alike share one of these: programs arm many objects of a type. */
interface Kind {
  readonly shape: Shape;
  readonly size: number;
}

/** A task of finalizers ends after so long, and goes on in another one. */
const kTaskMs = 8;
/** There is room for so many tokens at first. */
const kLeastTokens = 64;

type OnError = ((error: unknown, type: AnyType | null) => void) | undefined;

/** Returns the numbers, with as much room again. */
function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(numbers.length * 2);
  longer.set(numbers);
  return longer;
}

export class Lifecycle implements Work {
  readonly #core: Core;
  readonly #roots: Roots;
  readonly #host: HostValues;
  readonly #cycle: Cycle;
  readonly #events: Events;
  readonly #onError: OnError;
  readonly #keepsItself: KeepsItself | undefined;
  /** Where the core says what is ready, as indices. */
  declare readonly ready: { readonly address: number; readonly handle: number; readonly token: number };
  /**
   * By entry: what is called. Tokens that are armed alike, one after the other, share an entry. These are lists side by
   * side and not one of objects, which the JS engine would have to move and to mark.
   */
  readonly #runs: (Callback | undefined)[] = [undefined];
  /** By entry. */
  readonly #kinds: (Kind | undefined)[] = [undefined];
  /**
   * By entry: a cleanup has its argument here, and a finalizer whether it takes a handle, since it was armed with one.
   */
  readonly #args: unknown[] = [undefined];
  /** By entry: how many tokens have it. */
  readonly #counts: number[] = [0];
  readonly #freeEntries: number[] = [];
  #lastEntry = 0;
  /** By token: its entry; 0: none. Tokens that came back are given out again. */
  #entries = new Uint32Array(kLeastTokens);
  /** By token: a finalizer has the address of its object here, and a cleanup 0. */
  #addresses = new Uint32Array(kLeastTokens);
  /** By token: how often it came back. */
  #uses = new Uint32Array(kLeastTokens);
  readonly #freeTokens: number[] = [];
  /** So many tokens were ever given out. */
  #issued = 0;
  /** Tokens of finalizers by address. Only who clears one asks, so there is none until then. */
  #finalizerAt: AddressTable<number> | undefined;
  #running = false;

  /** With `keepsItself`, what can never run is reported, as far as JS values are the cause. */
  constructor(
    core: Core,
    roots: Roots,
    host: HostValues,
    cycle: Cycle,
    events: Events,
    options: { onError: OnError; keepsItself: KeepsItself | undefined },
  ) {
    this.#core = core;
    this.#roots = roots;
    this.#host = host;
    this.#cycle = cycle;
    this.#events = events;
    this.#onError = options.onError;
    this.#keepsItself = options.keepsItself;
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
    if (typeof run !== 'function') {
      const found = this.#core.found(address);
      if (found !== undefined && found.base !== address && found.typeId !== 0) {
        throw problem('BAD_POINTER', 'pointer not at beginning of allocated block');
      }
      throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    }
    const isNowhere = this.#isNowhere(handle);
    const token = this.#arm(run as Callback, handle, Handle.isHandle(target), address);
    try {
      if (wasm.mgc_set_finalizer(address, token) !== 0)
        this.#core.checkTwice(() => wasm.mgc_set_finalizer(address, token));
    } catch (error) {
      this.#disarm(token);
      throw error;
    }
    if (isNowhere) this.#disarm(token);
    this.#events.afterCall();
    if (isNowhere) return;
    this.#finalizerAt?.set(address, token);
    this.#diagnose('finalizer', handle, undefined);
  }

  addCleanup(target: unknown, run: unknown, arg: unknown): () => void {
    this.#core.alive();
    if (target === null || target === undefined) throw problem('BAD_POINTER', 'first argument is nil');
    const handle = targetOf(this.#core, target, 'AddCleanup');
    if (typeof run !== 'function') throw problem('FINALIZER', `second argument is ${show(run)}, not a function`);
    const address = Handle.address(handle);
    if (typeof arg === 'object' && arg !== null && this.#isInside(arg, address))
      throw problem('FINALIZER', 'AddCleanup: the argument is the object itself or in it, which would keep it alive');
    const isNowhere = this.#isNowhere(handle);
    const token = this.#arm(run as Callback, handle, arg, kNull);
    const { wasm } = this.#core;
    const id =
      wasm.mgc_add_cleanup(address, token) || this.#core.tryTwice(kNull, () => wasm.mgc_add_cleanup(address, token));
    this.#events.afterCall();
    if (id === 0) {
      this.#disarm(token);
      if (!isNowhere) this.#core.fail();
      return () => undefined;
    }
    this.#diagnose('cleanup', handle, arg);
    return this.#stopper(token, id);
  }

  /**
   * Ends one cleanup. It is made in a function of its own: closures of one function share what any of them uses, and
   * whoever keeps this one of a disposed heap must not keep its memory.
   */
  #stopper(token: number, id: number): () => void {
    const use = this.#uses[token];
    return () => {
      // It may have run, and its token be another's.
      if (this.#core.disposed || this.#uses[token] !== use) return;
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
    for (const list of [this.#runs, this.#kinds, this.#args, this.#counts]) list.length = 1;
    this.#freeTokens.length = this.#freeEntries.length = this.#lastEntry = 0;
    this.#entries = new Uint32Array(kLeastTokens);
    this.#addresses = new Uint32Array(kLeastTokens);
    this.#uses = new Uint32Array(kLeastTokens);
    this.#finalizerAt = undefined;
  }

  /** Returns a token for what was asked. A finalizer has an `address`. */
  #arm(run: Callback, handle: Handle, arg: unknown, address: Address): number {
    const token = this.#freeTokens.pop() ?? ++this.#issued;
    if (token >= this.#uses.length) {
      this.#addresses = doubled(this.#addresses);
      this.#uses = doubled(this.#uses);
      this.#entries = doubled(this.#entries);
    }
    const entry = this.#entryOf(run, handle, arg);
    this.#entries[token] = entry;
    this.#counts[entry] = (this.#counts[entry] as number) + 1;
    this.#addresses[token] = address;
    return token;
  }

  /** Returns the last entry, if it says the same, or else a new one. */
  #entryOf(run: Callback, handle: Handle, arg: unknown): number {
    const shape = Handle.shape(handle);
    const { size } = handle;
    const last = this.#lastEntry;
    const kind = this.#kinds[last];
    const isKind = kind !== undefined && kind.shape === shape && kind.size === size;
    if (isKind && this.#runs[last] === run && this.#args[last] === arg) return last;
    const entry = this.#freeEntries.pop() ?? this.#runs.length;
    this.#runs[entry] = run;
    this.#kinds[entry] = isKind ? kind : { shape, size };
    this.#args[entry] = arg;
    this.#counts[entry] = 0;
    this.#lastEntry = entry;
    return entry;
  }

  /** Gives a token back; what it stood for is let go. */
  #disarm(token: number): void {
    const entry = this.#entries[token] as number;
    if (entry === 0) return;
    this.#entries[token] = 0;
    this.#uses[token] = (this.#uses[token] as number) + 1;
    this.#freeTokens.push(token);
    const count = (this.#counts[entry] as number) - 1;
    this.#counts[entry] = count;
    if (count > 0) return;
    this.#runs[entry] = this.#args[entry] = undefined;
    this.#freeEntries.push(entry);
  }

  /** Returns whether nothing can be armed: for empty objects and static addresses. */
  #isNowhere(handle: Handle): boolean {
    return handle.size === 0 && this.#core.found(Handle.address(handle)) === undefined;
  }

  /** Returns whether a target, or a typed array over an object, is in the object at an address. */
  #isInside(arg: object, target: Address): boolean {
    const handle = Handle.of(arg) ?? Handle.of(heldBy(arg));
    if (handle === undefined || Handle.shape(handle).core !== this.#core || handle.disposed) return false;
    const address = Handle.rootAddress(handle);
    const found = this.#core.found(target);
    return found !== undefined && address >= found.base && address < found.base + Math.max(found.size, 1);
  }

  #diagnose(what: string, handle: Handle, arg: unknown): void {
    if (this.#keepsItself === undefined) return;
    const found = this.#core.found(Handle.address(handle));
    const asked = { Handle, Type, heldBy, ownHandleOf, elementOf, lengthOf, placesOf };
    if (found === undefined || !this.#keepsItself(asked, { core: this.#core, handle, found, argument: arg })) return;
    const name = handle.type?.name ?? 'untyped memory';
    const cause = what === 'cleanup' ? 'its argument, or a js field,' : 'a js field';
    const text = `the ${what} of a ${name} at 0x${found.base.toString(16)} can never run: ${cause} leads back to the object`;
    this.#events.say('diagnosis', { text });
  }

  #byAddress(): AddressTable<number> {
    const table = new AddressTable<number>();
    this.#entries.forEach((entry, token) => {
      const address = this.#addresses[token] as Address;
      if (entry !== 0 && address !== 0) table.set(address, token);
    });
    return table;
  }

  #forget(address: Address): void {
    const table = (this.#finalizerAt ??= this.#byAddress());
    const token = table.get(address);
    if (token === undefined) return;
    table.delete(address);
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
    const entry = this.#entries[token] as number;
    const arg = this.#args[entry];
    const run = this.#runs[entry];
    const kind = this.#kinds[entry];
    this.#disarm(token);
    if (id !== 0) this.#roots.note(id);
    if (run === undefined || kind === undefined) {
      if (id !== 0) this.#roots.release(id);
      return true;
    }
    const { shape, size } = kind;
    if (id === 0) {
      this.#call(run, shape.type, arg, undefined);
      return true;
    }
    const armedAt = this.#addresses[token] as Address;
    if (this.#finalizerAt?.get(armedAt) === token) this.#finalizerAt.delete(armedAt);
    const loan = new Loan(this.#roots);
    const handle = loan.lend(shape, address, size, id);
    this.#call(run, shape.type, arg === true ? handle : new shape.maker(handle, shape), loan);
    return true;
  }

  /** What was lent to the function is over when it returns, or when its promise settles. */
  #call(run: Callback, type: AnyType | null, value: unknown, loan: Loan | undefined): void {
    let isPending = false;
    try {
      const result = run.call(undefined, value as never);
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
