// Heap: the face. Every method checks its arguments here, so that nothing a caller passes can make a trap (B6), and
// then goes down to the room that does the work.
//
// Doors: createHeap in index.ts, which loads this file and all below it when it is called, and createHeapSync in
// sync.ts; on to types.ts, lifecycle.ts, cycle.ts, scope.ts, raw.ts.

import { checkFlags, checkFunction, checkSize } from './arguments.js';
import type { ArrayView } from './array.js';
import { debugFlags } from './configure.js';
import { problem, show } from './errors.js';
import type { EventName, HeapEvent } from './events.js';
import type { Field } from './fields.js';
import { Flags } from './flags.js';
import type { Further } from './further.js';
import { Handle, type AnyType, type AnyView } from './handle.js';
import type { ElementRead, ElementWrite, Fields, InitOf, Schema, ViewOf } from './infer.js';
import { checkDebug, checkLimit, checkNumber, checkPercent, type DebugOptions, type Settings } from './options.js';
import { linkKinds, referrers, whyAlive, type Path, type Referrers } from './path.js';
import type { RawHeap } from './raw.js';
import type { HeapRecord } from './record.js';
import type { HandleInfo } from './roots.js';
import { Rooms } from './rooms.js';
import type { Frame } from './scope.js';
import { newArray } from './sequences.js';
import { readStats, type MemStats } from './stats.js';
import { kDispose } from './symbols.js';
import { targetOf } from './target.js';
import type { Defined, Type } from './type.js';
import { newText } from './values.js';
import { HeapWalk, type WalkOptions } from './walk.js';
import type { Weak } from './weak.js';

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
  readonly #rooms: Rooms;
  readonly #further: Further;
  #cycleWanted = false;

  /** @internal */
  constructor(module: WebAssembly.Module, settings: Settings, further: Further) {
    this.#further = further;
    this.#rooms = new Rooms(module, settings);
  }

  /** The memory that the heap is in. Its buffer is detached by growth. */
  get memory(): WebAssembly.Memory {
    return this.#rooms.core.memory.wasm;
  }

  /** Addresses instead of views, unchecked: for hot paths. */
  get raw(): RawHeap {
    this.#rooms.core.alive();
    return this.#rooms.raw;
  }

  // ---- allocation

  /**
   * Go's mallocgc: `size` zeroed bytes of a type (an array of it, if several fit), or with `Flags.noScan` of none.
   * Returns a handle. May collect first. Throws BAD_SIZE, BAD_TYPE, OUT_OF_MEMORY.
   */
  mallocgc(size: number, type: AnyType | null, flags?: number): Handle {
    this.#rooms.core.alive();
    const bytes = checkSize(size);
    const bits = checkFlags(flags);
    const record = type === null || type === undefined ? undefined : this.#rooms.types.record(type, 'mallocgc');
    const address = this.#rooms.allocator.allocate(bytes, record?.id ?? 0, bits);
    const shape =
      record === undefined
        ? this.#rooms.roots.untyped
        : bytes === record.size
          ? record.shape
          : this.#rooms.types.layouts.arrayShape(this.#rooms.types.layouts.byValue(record));
    return this.#rooms.roots.open(shape, address, bytes);
  }

  /**
   * A zeroed object of the type, as a view; `init` assigns some of its fields. May collect first. Throws BAD_TYPE,
   * BAD_ARGUMENT, OUT_OF_MEMORY.
   */
  newobject<T extends AnyType>(type: T, init?: InitOf<T>): ViewOf<T> {
    this.#rooms.core.alive();
    const record = this.#rooms.types.record(type, 'newobject');
    const address = this.#rooms.types.allocate(record);
    const view = new record.maker(this.#rooms.roots.open(record.shape, address, record.size));
    return (init === undefined ? view : this.#rooms.types.initialised(view, record, init)) as ViewOf<T>;
  }

  /**
   * `n` zeroed elements: of a type by value, or of a field kind (`t.f64`, `t.ref(Node)`). Throws BAD_SIZE where Go
   * would panic.
   */
  newarray<E extends AnyType | Field>(type: E, n: number): ArrayView<ElementRead<E, Schema>, ElementWrite<E, Schema>> {
    this.#rooms.core.alive();
    const element = this.#rooms.types.layouts.element(type, 'newarray');
    const shape = this.#rooms.types.layouts.arrayShape(element);
    return newArray(
      this.#rooms.core,
      this.#rooms.roots,
      this.#rooms.allocator,
      shape,
      this.#rooms.types.elementType(element),
      n,
      Flags.noScan,
    ) as never;
  }

  /** `size` bytes without pointers, contents undefined. */
  rawmem(size: number): Handle {
    this.#rooms.core.alive();
    const bytes = checkSize(size);
    const address = bytes === 0 ? this.#rooms.core.zerobase : this.#rooms.allocator.raw(bytes);
    return this.#rooms.roots.open(this.#rooms.roots.untyped, address, bytes);
  }

  /** The bytes that an allocation of `size` bytes really takes. */
  roundupsize(size: number): number {
    this.#rooms.core.alive();
    return this.#rooms.core.wasm.mgc_roundup(checkSize(size)) >>> 0;
  }

  /** A text in the heap, as UTF-8. A `string` field takes the handle without copying. */
  string(text: string): Handle {
    this.#rooms.core.alive();
    if (typeof text !== 'string') throw problem('BAD_ARGUMENT', `string takes a string, not ${show(text)}`);
    const { address, bytes } = newText(this.#rooms.core, this.#rooms.allocator, text);
    return this.#rooms.roots.open(
      this.#rooms.types.stringShape,
      address === 0 ? this.#rooms.core.zerobase : address,
      bytes,
    );
  }

  // ---- collection

  /** A complete collection: afterwards everything that was unreachable is free, and its finalizers are ready (C1). */
  GC(): void {
    this.#rooms.core.alive();
    this.#cycleWanted = false;
    this.#rooms.cycle.full();
  }

  /** Begins a collection that `step` carries out. */
  startCycle(): void {
    this.#rooms.core.alive();
    this.#cycleWanted = true;
  }

  /** Works on a collection that was started, for about so many milliseconds; true when none is under way any more. */
  step(milliseconds: number): boolean {
    this.#rooms.core.alive();
    if (typeof milliseconds !== 'number' || !(milliseconds >= 0))
      throw problem('BAD_ARGUMENT', `step: not a time: ${show(milliseconds)}`, 'range');
    if (this.#cycleWanted) this.GC();
    return true;
  }

  /** Collects what was allocated lately; in mode 'stop' everything. */
  minorGC(): void {
    this.GC();
  }

  /**
   * How much the heap may grow before it is collected, in percent; negative: never by itself. Returns the old value.
   */
  setGCPercent(percent: number): number {
    this.#rooms.core.alive();
    this.#rooms.host.setGCPercent(checkPercent(percent));
    return this.#rooms.core.wasm.mgc_set_gc_percent(percent);
  }

  /** The soft limit in bytes; 0 or Infinity for none. Returns the old one. */
  setMemoryLimit(bytes: number): number {
    this.#rooms.core.alive();
    const limit = checkLimit(bytes);
    this.#rooms.host.askAgain();
    return this.#rooms.core.wasm.mgc_set_memory_limit(limit);
  }

  /** Switches checks and traces on and off. BAD_ARGUMENT for what the loaded flavour of the module has not. */
  setDebug(options: DebugOptions): void {
    this.#rooms.core.alive();
    const debug = checkDebug(options);
    this.#rooms.core.check(
      this.#rooms.core.wasm.mgc_set_debug(debugFlags(debug, this.#rooms.core.description), debug.stressEvery ?? 0),
    );
  }

  /** Calls `hook` before each collection, to drop caches (C11). Returns how to stop that. */
  onCycleStart(hook: () => void): () => void {
    this.#rooms.core.alive();
    checkFunction('onCycleStart', hook);
    return this.#rooms.cycle.onStart(hook);
  }

  // ---- lifecycle

  /**
   * Go's SetFinalizer: once the object is unreachable, `fn` is called with a fresh view of it. null clears. At most one
   * an object, and once: arm it again to be called again. Throws FINALIZER with Go's texts.
   */
  SetFinalizer<V extends Target>(target: V, fn: ((object: V) => unknown) | null): void {
    this.#rooms.lifecycle.setFinalizer(target, fn);
  }

  /** Go's AddCleanup: calls `fn(arg)` after the object is gone. Any number an object. */
  AddCleanup<A>(target: Target, fn: (arg: A) => unknown, arg: A): { stop(): void } {
    return { stop: this.#rooms.lifecycle.addCleanup(target, fn, arg) };
  }

  /** A reference that does not keep the object alive. */
  weak<V extends Target>(target: V): Weak<V> {
    return this.#rooms.weaks.open(target) as Weak<V>;
  }

  /** Keeps a view or handle, and so its object, alive up to this call (F9). */
  KeepAlive(x: unknown): void {
    const handle = Handle.of(x);
    this.#rooms.roots.keptAddress = handle === undefined ? 0 : Handle.peek(handle);
  }

  /**
   * Runs finalizers and cleanups that are ready, at most `max`; returns how many ran. Also drops JS values of dead
   * objects.
   */
  runFinalizers(max: number = Infinity): number {
    this.#rooms.core.alive();
    if (max !== Infinity) checkNumber('max', max, 0, Number.MAX_SAFE_INTEGER);
    this.#rooms.events.pump();
    return this.#rooms.lifecycle.run(max);
  }

  // ---- types and objects

  /**
   * Defines types that may refer to each other. The same name and fields again give the same type; other fields are
   * BAD_TYPE.
   */
  defineTypes<const S extends Schema>(schema: S, options?: Readonly<Record<string, never>>): Defined<S> {
    this.#rooms.core.alive();
    if (options !== undefined && (typeof options !== 'object' || options === null))
      throw problem('BAD_ARGUMENT', `options are ${show(options)}, not an object`);
    return this.#rooms.types.define(schema) as Defined<S>;
  }

  /** Defines one type, which may refer to itself by name. */
  defineType<const N extends string, const F extends Fields>(
    name: N,
    fields: F,
    options?: Readonly<Record<string, never>>,
  ): Type<F, { readonly [K in N]: F }> {
    if (typeof name !== 'string') throw problem('BAD_TYPE', `not a name for a type: ${show(name)}`);
    const schema = Object.defineProperty({}, name, { value: fields, enumerable: true }) as Schema;
    return this.defineTypes(schema, options)[name] as unknown as Type<F, { readonly [K in N]: F }>;
  }

  /**
   * The type of a target, or of the object that an address is in; null for untyped memory and for addresses outside any
   * object.
   */
  typeOf(target: Target | number): AnyType | null {
    this.#rooms.core.alive();
    if (typeof target === 'number') return this.#rooms.known.typeAt(checkNumber('address', target, 0, 0xffffffff));
    return Handle.shape(targetOf(this.#rooms.core, target, 'typeOf')).type;
  }

  /** The allocated object that contains an address, or null (M14). */
  findObject(address: number): FoundObject | null {
    this.#rooms.core.alive();
    const found = this.#rooms.core.found(checkNumber('address', address, 0, 0xffffffff));
    if (found === undefined) return null;
    return { base: found.base, size: found.size, type: this.#rooms.known.type(found.typeId) };
  }

  // ---- roots

  /**
   * Calls `fn` with a frame whose objects live exactly until `fn` ends, however it ends (R3). Their views are stale
   * afterwards, unless kept with `frame.keep`. Async functions are refused.
   */
  scope<R>(fn: (frame: Frame) => R): R {
    return this.#rooms.scopes.run(fn);
  }

  /** Handles that still root something, for those who look for a leak. */
  handles(): Iterable<HandleInfo> {
    this.#rooms.core.alive();
    return this.#rooms.roots.list();
  }

  // ---- observation

  /** Counters under Go's names. */
  memStats(): MemStats {
    this.#rooms.core.alive();
    return readStats(this.#rooms.core, this.#rooms.cycle.pauses);
  }

  /**
   * The spans of the heap, or of a part of it, and their objects, by value: for viewers. Reads only; never collects or
   * sweeps. Cost: a microsecond a span.
   */
  walk(options: WalkOptions = {}): HeapWalk {
    this.#rooms.core.alive();
    if (typeof options !== 'object' || options === null)
      throw problem('BAD_ARGUMENT', `walk takes options, not ${show(options)}`);
    return new HeapWalk(this.#rooms.core, this.#rooms.known, options);
  }

  /**
   * Why an object lives: a shortest path to it from a root, by value. The object may be named by a view, a handle, or
   * any address in it; the handle that asks counts only if nothing else keeps the object. Finishes the sweep of the
   * last collection; never collects, and roots nothing. Cost: linear in the heap, with two words of memory for each
   * slot while it runs. Throws BAD_POINTER, OUT_OF_MEMORY.
   */
  whyAlive(target: Target | number): Path {
    return whyAlive(this.#rooms, target);
  }

  /**
   * What points to an object directly, garbage included, by value: the first `limit` links of at most 128. As whyAlive
   * otherwise; the asking handle does not count.
   */
  referrers(target: Target | number, limit?: number): Referrers {
    return referrers(this.#rooms, target, limit);
  }

  /**
   * What was recorded since the last time: collections with `debug.cycleTrace`, allocations and frees with
   * `debug.allocFreeTrace`. There is room for some ten thousand entries; what comes later is counted. BAD_ARGUMENT
   * where nothing is recorded.
   */
  async takeRecord(): Promise<HeapRecord> {
    this.#rooms.core.alive();
    const { takeRecord } = await this.#further.record();
    const record = takeRecord(this.#rooms.core, this.#rooms.known, linkKinds(this.#rooms.core));
    if (record === undefined)
      throw problem(
        'BAD_ARGUMENT',
        'nothing is recorded: that needs debug.cycleTrace or debug.allocFreeTrace, and the debug flavour',
      );
    return record;
  }

  /** Calls `listener` for each event of a kind. Returns how to stop that. */
  on<K extends EventName>(event: K, listener: (event: HeapEvent<K>) => void): () => void {
    this.#rooms.core.alive();
    if (!this.#rooms.events.isKnown(event)) throw problem('BAD_ARGUMENT', `there is no event ${show(event)}`);
    checkFunction('on', listener);
    return this.#rooms.events.on(event, listener);
  }

  /**
   * Walks and checks all structures of the heap; throws CORRUPT with the broken invariant. Thorough in the debug
   * flavour.
   */
  verify(): void {
    this.#rooms.core.alive();
    this.#rooms.core.check(this.#rooms.core.wasm.mgc_verify());
  }

  /**
   * Gives everything back. No finalizer runs (F6). Afterwards every use of the heap throws DISPOSED; twice is harmless.
   */
  dispose(): void {
    if (!this.#rooms.core.disposed) this.#rooms.dispose();
  }

  [kDispose](): void {
    this.dispose();
  }
}
