// Heap: the face. Every method checks its arguments here, so that nothing a caller passes can make a trap (B6), and
// then goes down to the room that does the work.
//
// Doors: createHeap in index.ts, which loads this file and all below it when it is called, and createHeapSync in
// sync.ts; on to types.ts, lifecycle.ts, cycle.ts, scope.ts, raw.ts.

import { checkAddress, checkFunction, checkSize } from './arguments.js';
import { debugFlags } from './configure.js';
import { problem, show } from './errors.js';
import type { EventName, HeapEvent } from './events.js';
import type { Field } from './fields.js';
import type { Further } from './further.js';
import { Handle, type AnyType, type AnyView } from './handle.js';
import type { ElementsOf, Fields, InitOf, NoOptions, Schema, Synchronous, ViewOf } from './infer.js';
import type { SoundFields, SoundInitOf, SoundSchema } from './infer.js';
import { checkDebug, checkLimit, checkNoOptions, checkNumber, checkPercent } from './options.js';
import type { DebugOptions, Settings } from './options.js';
import { makeArray, makeBlock, makeRaw, makeText } from './make.js';
import { linkKinds, referrers, whyAlive, type Path, type Referrers } from './path.js';
import { keepLent } from './loan.js';
import type { RawHeap } from './raw.js';
import type { HeapRecord } from './record.js';
import type { HandleInfo } from './roots.js';
import { Rooms } from './rooms.js';
import type { Frame } from './scope.js';
import { readStats, type MemStats } from './stats.js';
import { kDispose } from './symbols.js';
import { targetOf } from './target.js';
import type { Defined, Type } from './type.js';
import { HeapWalk, type WalkOptions } from './walk.js';
import type { Weak } from './weak.js';

const kRooms: unique symbol = Symbol('rooms');

/** A view, an array or a handle. */
export type Target = AnyView | Handle;

/** An object that an address is in. */
export interface FoundObject {
  readonly base: number;
  readonly size: number;
  readonly type: AnyType | null;
}

/**
 * A garbage-collected heap in WebAssembly memory. Objects live while something roots them: a view or handle in JS, a
 * scope, or a reference from an object that lives.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap({ maxBytes: 1 << 28 });
 * const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
 * const node = heap.newobject(Node, { value: 7 });
 * node.next = heap.newobject(Node, { value: 8 });
 * heap.GC();
 * console.log(node.next.value); // 8
 * heap.dispose();
 * ```
 */
export class Heap {
  /** Not private, so that a heap works behind a Proxy. @internal */
  declare readonly [kRooms]: Rooms;

  /** @internal */
  constructor(module: WebAssembly.Module, settings: Settings, further: Further) {
    Object.defineProperty(this, kRooms, { value: new Rooms(module, settings, further) });
  }

  /** The memory that the heap is in. Its buffer is detached by growth. */
  get memory(): WebAssembly.Memory & { readonly buffer: ArrayBuffer } {
    this[kRooms].core.alive();
    return this[kRooms].core.memory.wasm;
  }

  /** Addresses instead of views, unchecked: for hot paths. */
  get raw(): RawHeap {
    this[kRooms].core.alive();
    return this[kRooms].raw;
  }

  // ---- allocation

  /**
   * Go's mallocgc: `size` zeroed bytes of a type (an array of it, if several fit), or with `Flags.noScan` of none.
   * Returns a handle. May collect first. Throws BAD_SIZE, BAD_TYPE, OUT_OF_MEMORY.
   */
  mallocgc(size: number, type: AnyType | null, flags?: number): Handle {
    return makeBlock(this[kRooms], size, type, flags);
  }

  /**
   * A zeroed object of the type, as a view; `init` assigns some of its fields. May collect first. Throws BAD_TYPE,
   * BAD_ARGUMENT, OUT_OF_MEMORY.
   */
  newobject<T extends AnyType, I extends InitOf<T> = InitOf<T>>(type: T, init?: I & SoundInitOf<I, T>): ViewOf<T> {
    this[kRooms].core.alive();
    const record = this[kRooms].types.record(type, 'newobject');
    const address = this[kRooms].types.allocate(record);
    const view = new record.maker(this[kRooms].roots.open(record.shape, address, record.size));
    if (init === undefined) return view as unknown as ViewOf<T>;
    try {
      this[kRooms].types.initialiseWhole(view.$, record, init);
    } catch (error) {
      view.$.dispose();
      throw error;
    }
    return view as unknown as ViewOf<T>;
  }

  /**
   * `n` zeroed elements: of a type by value, or of a field kind (`t.f64`, `t.ref(Node)`). Throws BAD_SIZE where Go
   * would panic.
   */
  newarray<E extends AnyType | Field>(type: E, n: number): ElementsOf<E, Schema> {
    return makeArray(this[kRooms], type, n) as never;
  }

  /** `size` bytes without pointers, contents undefined. */
  rawmem(size: number): Handle {
    return makeRaw(this[kRooms], size);
  }

  /** The bytes that an allocation of `size` bytes really takes. */
  roundupsize(size: number): number {
    this[kRooms].core.alive();
    return this[kRooms].core.wasm.mgc_roundup(checkSize(size)) >>> 0;
  }

  /** A text in the heap, as UTF-8. A `string` field takes the handle without copying. */
  string(text: string): Handle {
    return makeText(this[kRooms], text);
  }

  // ---- collection

  /** A complete collection: afterwards everything that was unreachable is free, and its finalizers are ready (C1). */
  GC(): void {
    this[kRooms].core.alive();
    this[kRooms].cycle.full();
  }

  /** Begins a full collection in slices, unless one is under way. In mode 'stop' the first step is all of it. */
  startCycle(): void {
    this[kRooms].cycle.begin();
  }

  /** Works on a collection, or its sweep, for about so many milliseconds; true when nothing is left. BAD_ARGUMENT. */
  step(milliseconds: number): boolean {
    this[kRooms].core.alive();
    const isTime = typeof milliseconds === 'number' && milliseconds >= 0;
    if (!isTime) throw problem('BAD_ARGUMENT', `step: not a time: ${show(milliseconds)}`, 'range');
    return this[kRooms].cycle.step(milliseconds);
  }

  /** Frees what is young and unreachable. Is `GC` in modes without minor collections, and where one would not pay. */
  minorGC(): void {
    this[kRooms].core.alive();
    this[kRooms].cycle.minor();
  }

  /** Growth of the heap before it is collected, in percent; negative: never by itself. Returns the old value. */
  setGCPercent(percent: number): number {
    this[kRooms].core.alive();
    this[kRooms].host.setGCPercent(checkPercent(percent));
    return this[kRooms].core.wasm.mgc_set_gc_percent(percent);
  }

  /** The soft limit in bytes; 0 or Infinity for none. Returns the old one. */
  setMemoryLimit(bytes: number): number {
    this[kRooms].core.alive();
    const limit = checkLimit(bytes);
    this[kRooms].host.askAgain();
    return this[kRooms].core.wasm.mgc_set_memory_limit(limit);
  }

  /** Collects, and frees whatever is not needed then, records and tables too. Returns the bytes that came free. */
  trim(): number {
    return this[kRooms].cycle.trim();
  }

  /** Switches checks and traces on and off. BAD_ARGUMENT for what the loaded flavour of the module does not have. */
  setDebug(options: DebugOptions): void {
    this[kRooms].core.alive();
    const debug = checkDebug(options);
    const { core } = this[kRooms];
    core.check(core.wasm.mgc_set_debug(debugFlags(debug, core.description), debug.stressEvery ?? 0));
    this[kRooms].measures.isOn = debug.measures === true;
  }

  /** Calls `hook` before each collection, to drop caches (C11). Returns how to stop that. */
  onCycleStart(hook: () => void): () => void {
    this[kRooms].core.alive();
    checkFunction('onCycleStart', hook);
    return this[kRooms].cycle.onStart(hook);
  }

  // ---- lifecycle

  /**
   * Go's SetFinalizer: once the object is unreachable, `fn` is called with a fresh view of it. null clears. At most one
   * an object, and once: arm it again to be called again. Throws FINALIZER with Go's texts.
   */
  SetFinalizer<V extends Target>(target: V, fn: ((object: V) => unknown) | null): void {
    this[kRooms].lifecycle.setFinalizer(target, fn);
  }

  /** Go's AddCleanup: calls `fn(arg)` after the object is gone. Any number an object. */
  AddCleanup<A>(target: Target, fn: (arg: A) => unknown, arg: A): { stop(): void } {
    return { stop: this[kRooms].lifecycle.addCleanup(target, fn, arg) };
  }

  /** A reference that does not keep the object alive. */
  weak<V extends Target>(target: V): Weak<V> {
    return this[kRooms].weaks.open(target) as Weak<V>;
  }

  /**
   * In a finalizer: the view that it was given, or one read from it, outlives the call; returns the same view. It is a
   * registered view from then on. Anything else that is registered stays as it is. BAD_ARGUMENT for views of a scope.
   */
  keep<V extends Target>(view: V): V {
    keepLent(this[kRooms].core, this[kRooms].roots, view);
    return view;
  }

  /**
   * Makes a root of your own for the object of a view, of a part or scoped one too: a registered view (for a handle or
   * a typed array over an object, a handle), which stays when the other ends. Collects only where memory is out (M12).
   */
  own<V extends Target>(target: V): V;
  own(bytes: ArrayBufferView): Handle;
  own(target: unknown): object {
    return this[kRooms].roots.own(target, 'own');
  }

  /**
   * Whether two views or handles are of the same object (and, of its parts and arrays, of the same ones). Roots
   * nothing. False for what is disposed, of another heap, or no target at all.
   */
  same(a: unknown, b: unknown): boolean {
    this[kRooms].core.alive();
    const one = Handle.of(a);
    return Handle.same(one, Handle.of(b)) && Handle.shape(one as Handle).core === this[kRooms].core;
  }

  /** Keeps a view or handle, and so its object, alive up to this call (F9). */
  KeepAlive(x: unknown): void {
    this[kRooms].roots.keepAlive(x);
  }

  /** Runs finalizers and cleanups that are ready, at most `max`; says how many ran. Drops JS values of dead objects. */
  runFinalizers(max: number = Infinity): number {
    this[kRooms].core.alive();
    if (max !== Infinity) checkNumber('max', max, 0, Number.MAX_SAFE_INTEGER);
    this[kRooms].events.pump();
    return this[kRooms].lifecycle.run(max);
  }

  // ---- types and objects

  /**
   * Defines types that may refer to each other. The same name and fields again give the same type; other fields are
   * BAD_TYPE.
   */
  defineTypes<const S extends Schema>(schema: S & SoundSchema<S>, options?: NoOptions): Defined<S> {
    this[kRooms].core.alive();
    checkNoOptions('defineTypes', options);
    return this[kRooms].types.define(schema) as Defined<S>;
  }

  /** Defines one type, which may refer to itself by name. */
  defineType<const N extends string, const F extends Fields>(
    name: N,
    fields: F & SoundFields<F, N>,
    options?: NoOptions,
  ): Type<F, { readonly [K in N]: F }> {
    if (typeof name !== 'string') throw problem('BAD_TYPE', `not a name for a type: ${show(name)}`);
    const schema = Object.defineProperty({}, name, { value: fields, enumerable: true }) as Schema;
    return this.defineTypes(schema, options)[name] as unknown as Type<F, { readonly [K in N]: F }>;
  }

  /** The type of a target, or of the object that an address is in; null for untyped memory and outside any object. */
  typeOf(target: Target | number): AnyType | null {
    this[kRooms].core.alive();
    if (typeof target === 'number') return this[kRooms].known.typeAt(checkAddress('address', target));
    return Handle.shape(targetOf(this[kRooms].core, target, 'typeOf')).type;
  }

  /** The allocated object that contains an address, or null (M14). */
  findObject(address: number): FoundObject | null {
    this[kRooms].core.alive();
    const found = this[kRooms].core.found(checkAddress('address', address));
    if (found === undefined) return null;
    return { base: found.base, size: found.size, type: this[kRooms].known.type(found.typeId) };
  }

  // ---- roots

  /**
   * Calls `fn` with a frame whose objects live exactly until `fn` ends, however it ends (R3). Their views are stale
   * afterwards, unless kept with `frame.keep`. Async functions are refused.
   */
  scope<R>(fn: ((frame: Frame) => R) & Synchronous<R>): R {
    return this[kRooms].scopes.run(fn as (frame: Frame) => R);
  }

  /** Handles that still root something, for those who look for a leak. */
  handles(): Iterable<HandleInfo> {
    this[kRooms].core.alive();
    return this[kRooms].roots.list();
  }

  // ---- observation

  /** Counters under Go's names. */
  memStats(): MemStats {
    this[kRooms].core.alive();
    return readStats(this[kRooms].core, this[kRooms].cycle);
  }

  /**
   * The spans of the heap, or of a part of it, and their objects, by value: for viewers. Reads only; never collects or
   * sweeps. Cost: a microsecond a span.
   */
  walk(options: WalkOptions = {}): HeapWalk {
    this[kRooms].core.alive();
    if (typeof options !== 'object' || options === null)
      throw problem('BAD_ARGUMENT', `walk takes options, not ${show(options)}`);
    return new HeapWalk(this[kRooms].core, this[kRooms].known, options);
  }

  /**
   * Why an object lives: a shortest path to it from a root, by value. The object may be named by a view, a handle, or
   * any address in it; the handle that asks counts only if nothing else keeps the object. Finishes the sweep of the
   * last collection; never collects, and roots nothing. Cost: linear in the heap, with two words of memory for each
   * slot while it runs. Throws BAD_POINTER, OUT_OF_MEMORY.
   */
  whyAlive(target: Target | number): Path {
    return whyAlive(this[kRooms], target);
  }

  /**
   * What points to an object directly, garbage included, by value: the first `limit` links of at most 128. As whyAlive
   * otherwise; the asking handle does not count.
   */
  referrers(target: Target | number, limit?: number): Referrers {
    return referrers(this[kRooms], target, limit);
  }

  /**
   * What was recorded since the last time: collections with `debug.cycleTrace`, allocations and frees with
   * `debug.allocFreeTrace`. There is room for some ten thousand entries; what comes later is counted. BAD_ARGUMENT
   * where nothing is recorded.
   */
  async takeRecord(): Promise<HeapRecord> {
    this[kRooms].core.alive();
    const { takeRecord } = await this[kRooms].further.record();
    const record = takeRecord(this[kRooms].core, this[kRooms].known, linkKinds(this[kRooms].core));
    if (record === undefined)
      throw problem(
        'BAD_ARGUMENT',
        'nothing is recorded: that needs debug.cycleTrace or debug.allocFreeTrace, and the debug flavour',
      );
    return record;
  }

  /** Calls `listener` for each event of a kind. Returns how to stop that. */
  on<K extends EventName>(event: K, listener: (event: HeapEvent<K>) => void): () => void {
    this[kRooms].core.alive();
    if (!this[kRooms].events.isKnown(event)) throw problem('BAD_ARGUMENT', `there is no event ${show(event)}`);
    checkFunction('on', listener);
    return this[kRooms].events.on(event, listener);
  }

  /**
   * Walks and checks all structures of the heap; throws CORRUPT with the broken invariant. Thorough in the debug
   * flavour.
   */
  verify(): void {
    this[kRooms].core.alive();
    this[kRooms].core.check(this[kRooms].core.wasm.mgc_verify());
  }

  /**
   * Gives everything back. No finalizer runs (F6). Afterwards every use of the heap throws DISPOSED; twice is harmless.
   */
  dispose(): void {
    if (!this[kRooms].core.disposed) this[kRooms].dispose();
  }

  get [Symbol.toStringTag](): string {
    return 'Heap';
  }

  [kDispose](): void {
    this.dispose();
  }
}
