// A handle roots one object of the heap (B1). It is what every view carries as `$`, and what `mallocgc` gives.
//
// The address of a handle is 0 once it is disposed. A field access makes no other test. There are four kinds of
// handles, by their keeper, which is who roots the object:
//
//   registered   holds a number of the core's table, which dispose() gives back, or the JS engine when it finds it dead
//   scoped       holds a slot of the shadow stack; the end of the scope sets the address to 0
//   lent         is what a finalizer gets; the end of the finalizer's function sets the address to 0
//   part         is a part of the object of another handle; it roots nothing, and is stale when that handle is
//
// inv.js.handle: address != 0 exactly while the object is rooted by this handle (or by its scope); a part's address is
// good while its whole's is not 0. Doors: made by roots.ts, scope.ts and loan.ts; read by every view, through `live`.

import type { Address, HandleId } from './abi.js';
import { endOf, titleOf, kPart, kReturned } from './ends.js';
import { foreign, problem } from './errors.js';
import { holding } from './holds.js';
import type { Core } from './core.js';
import { kDispose, kInspect, kIsView } from './symbols.js';

export declare const kSchema: unique symbol;

/** A field's place, for tools: `offset` and `size` are bytes, from the start of the object. */
export interface FieldInfo {
  readonly name: string;
  /** What it was written as: 'i32', 'ref', 'slice' … */
  readonly kind: string;
  readonly offset: number;
  readonly size: number;
  /** The type referred to or embedded. */
  readonly target: AnyType | null;
  /** Elements of an array, bytes of `bytes`; else 1. */
  readonly count: number;
}

/** What every view has besides its fields. */
export interface AnyView {
  /** The handle that roots the object. */
  readonly $: Handle;
  /** Gives the root up: `using view = …`, or `view[Symbol.dispose]()`, or `view.$.dispose()`. */
  [Symbol.dispose](): void;
}

/** A view that moves. Its properties are the fields of the object it is at. */
export type Cursor<V = AnyView, N extends string = string> = V & {
  /** Moves to the object that a `ref` field of the cursor's own type refers to; false, and stays, where that is null. */
  follow(field: N): boolean;
  /** Moves to element `i` of the array it was made for; false, and stays, outside. */
  at(i: number): boolean;
};

/** What every type of every heap is; `F` and `S` are for TypeScript only. */
export interface AnyType<F = unknown, S = unknown> {
  readonly name: string;
  readonly size: number;
  readonly fields: { readonly [name: string]: FieldInfo };
  pointerMask(): boolean[];
  cursor(target: unknown): Cursor;
  walk(target: unknown, field: string): Iterable<Cursor>;
  /** Never there at run time: carries what the views of the type are inferred from. */
  readonly [kSchema]?: { readonly fields: F; readonly schema: S };
}

/** Who roots what is read from a handle, and for how long. Each is a kind of handle. */
export interface Keeper {
  /** What a reader of the reference at `slot` gets: a view, array or handle of what is there. May run no user code. */
  read(slot: Address, shape: Shape, address: Address, size: number): object;
  /** The same for the array of a list without elements, in an object of `owner`: there is nothing to root. */
  readEmpty(slot: Address, shape: Shape, owner: Handle): object;
  /** A fresh handle of this kind; a registered one, where the keeper's time is over. */
  open(shape: Shape, address: Address, size: number): Handle;
  /** A handle of this kind was disposed. */
  closed(handle: Handle, id: HandleId, companion: object | undefined, size: number): void;
}

/** What the face knows about the object at an address, once for all objects of a kind. */
export interface Shape {
  readonly core: Core;
  readonly type: AnyType | null;
  /** Bytes of the object, where all of the kind have the same; -1 otherwise. */
  readonly size: number;
  /** Makes what a reader gets for a handle of this kind: a view, an array, or the handle itself. */
  readonly maker: Maker;
  /** The same for a handle of a part, whose staleness is that of its whole. */
  readonly partMaker: Maker;
}

/** A constructor of what a reader gets. */
export type Maker = new (handle: Handle, shape: Shape) => object;

/**
 * A root of one object: the object lives while the handle does. Dispose it, or let the JS engine find it.
 *
 * @example
 * ```ts
 * import { createHeap, Flags } from 'mallocgc';
 * const heap = await createHeap();
 * const block = heap.mallocgc(64, null, Flags.noScan);
 * block.bytes().fill(7);
 * block.dispose();
 * console.log(block.disposed); // true
 * heap.dispose();
 * ```
 */
export class Handle {
  /**
   * @internal Enumerable, so that handles of two heaps are never equal; a symbol, so that no structured clone takes a
   * handle or a view for an empty object. The text of the clone's error is the symbol's.
   */
  declare readonly heap: symbol;
  #address = 0 as Address; // which tells an engine that it is a small integer; below 2 GiB it stays one
  #id: HandleId;
  readonly #shape: Shape;
  readonly #size: number;
  #keeper: Keeper;
  /** A registered handle has its ticket here, a scoped one the scope's handle before it, a part that of its whole. */
  #companion: object | undefined;
  /** The view whose `$` this is, while the address is not 0. */
  #view: object | undefined;
  /** The parts and bytes that were read, by the numbers of their fields. */
  #parts: (object | undefined)[] | undefined;

  /** @internal */
  constructor(
    keeper: Keeper,
    address: Address,
    id: HandleId,
    shape: Shape,
    size: number,
    companion: object | undefined,
  ) {
    this.heap = shape.core.mark;
    this.#address = address;
    this.#id = id;
    this.#shape = shape;
    this.#size = size;
    this.#keeper = keeper;
    this.#companion = companion;
    this.#view = undefined;
    this.#parts = undefined;
  }

  /** Where the object is, in bytes, in `heap.memory`: a key for a `Map` while it lives. Throws STALE_HANDLE once disposed. */
  get address(): number {
    Handle.#branded(this);
    this.#shape.core.alive();
    return Handle.address(this);
  }

  /** Bytes that the handle covers: what was asked for where it was allocated through it, else the object's slot. */
  get size(): number {
    Handle.#branded(this);
    return this.#size;
  }

  /** The type of the object; null for untyped memory. For arrays the type of the elements. */
  get type(): AnyType | null {
    Handle.#branded(this);
    return this.#shape.type;
  }

  /** True once the handle roots nothing any more; of a part, once its whole is disposed. */
  get disposed(): boolean {
    Handle.#branded(this);
    return Handle.peek(this) === 0 || this.#shape.core.disposed;
  }

  /**
   * The object's bytes, in place. The array keeps this handle reachable for the JS engine, so it stays as long as the
   * array unless `dispose()` ends it: then the bytes are anybody's. What is made from the array (`subarray`, `new
   * DataView(array.buffer)`) keeps nothing. Growth of the heap detaches it: ask again after whatever may allocate.
   */
  bytes(): Uint8Array {
    Handle.#branded(this);
    const address = Handle.address(this);
    const bytes = new Uint8Array(this.#shape.core.buffer(), this.#size === 0 ? 0 : address, this.#size);
    return holding(bytes, Handle.whole(this));
  }

  /** Whether the other is the same object at the same address of the same heap. Disposed handles equal nothing. */
  equals(other: unknown): boolean {
    Handle.#branded(this);
    return !this.#shape.core.disposed && Handle.same(this, Handle.of(other));
  }

  /** Gives the root up. Twice is harmless. A part has no root of its own: nothing happens. */
  dispose(): void {
    Handle.#branded(this);
    if (this.#address === 0 || this.#id === kPart) return;
    this.#address = 0 as Address;
    this.#view = undefined;
    this.#parts = undefined;
    const id = this.#id;
    if (id <= 0) return void (this.#id = 0 as HandleId);
    const companion = this.#companion;
    this.#companion = undefined;
    this.#keeper.closed(this, id, companion, this.#size);
  }

  [kDispose](): void {
    this.dispose();
  }

  /** Type, address and size: test runners that compare by this text find handles of two objects different. */
  get [Symbol.toStringTag](): string {
    return #shape in this ? titleOf(this.#shape.type?.name, Handle.peek(this), this.#size) : 'Handle';
  }

  /** @internal */
  [kInspect](): string {
    return `[${this[Symbol.toStringTag]}]`;
  }

  /**
   * @internal The address, after the checks that every access makes: the view's own handle, alive, and of the kind that
   * the caller's offsets are for. Not for parts.
   */
  static live(handle: Handle, shape: Shape, view: object): Address {
    try {
      // A handle that was disposed has no view any more.
      if (handle.#view === view && handle.#shape === shape) return handle.#address;
    } catch {
      // Not a handle at all.
    }
    return Handle.#refuse(handle, shape, view);
  }

  /** @internal The same for views of parts, whose handle's companion is their whole. */
  static livePartOf(handle: Handle, shape: Shape, view: object): Address {
    try {
      if (handle.#view === view && handle.#shape === shape && (handle.#companion as Handle).#address !== 0)
        return handle.#address;
    } catch {
      // Not a handle at all.
    }
    return Handle.#refuse(handle, shape, view);
  }

  /** @internal The one view whose `$` the handle is: another view that comes by it is refused. */
  static bind(handle: Handle, view: object): void {
    handle.#view = view;
  }

  /** @internal The same for arrays, which hold their handle themselves. */
  static livePart(handle: Handle, shape: Shape): Address {
    if (handle.#shape !== shape) Handle.#refuse(handle, shape, undefined);
    return Handle.address(handle);
  }

  /** @internal The address of a handle that is of no part. */
  static rooted(handle: Handle): Address {
    return handle.#address === 0 ? Handle.#stale(handle) : handle.#address;
  }

  /** @internal The address of a handle of whatever kind. */
  static address(handle: Handle): Address {
    const address = handle.#address;
    if (address === 0 || (handle.#id === kPart && (handle.#companion as Handle).#address === 0)) Handle.#stale(handle);
    return address;
  }

  /** @internal The address, even if it is 0. */
  static peek(handle: Handle): Address {
    const isStalePart = handle.#id === kPart && (handle.#companion as Handle).#address === 0;
    return isStalePart ? (0 as Address) : handle.#address;
  }

  /** @internal The address that roots the object: of a part its whole's, since a part may be empty and at the end. */
  static rootAddress(handle: Handle): Address {
    return Handle.address(Handle.whole(handle));
  }

  /** @internal The number in the core's table; 0 for handles without one. */
  static id(handle: Handle): HandleId {
    return handle.#id > 0 ? handle.#id : (0 as HandleId);
  }

  /** @internal */
  static keeper(handle: Handle): Keeper {
    return handle.#keeper;
  }

  /** @internal Whether two handles of heaps that live are of the same object. */
  static same(one: Handle | undefined, other: Handle | undefined): boolean {
    if (one === undefined || other === undefined) return false;
    const address = Handle.peek(one);
    return address !== 0 && address === Handle.peek(other) && one.#shape.core === other.#shape.core;
  }

  /** @internal Whether it is a live handle of just this. */
  static is(handle: Handle, shape: Shape, address: Address, size: number): boolean {
    return handle.#address === address && handle.#shape === shape && handle.#size === size;
  }

  /** @internal A handle of a part, `address` and `size` of which lie in the owner's object. */
  static part(owner: Handle, shape: Shape, address: Address, size: number): Handle {
    const place = size === 0 ? shape.core.zerobase : address;
    return new Handle(owner.#keeper, place, kPart, shape, size, Handle.whole(owner));
  }

  /** @internal The part that was read from a field, by its number. */
  static knownPart(owner: Handle, field: number): object | undefined {
    const parts = owner.#parts;
    return parts === undefined || field >= parts.length ? undefined : parts[field];
  }

  /** @internal The list of parts has no holes: engines ask less of it then. */
  static keepPart<T extends object>(owner: Handle, field: number, part: T): T {
    const parts = (owner.#parts ??= []);
    while (parts.length <= field) parts.push(undefined);
    return (parts[field] = part);
  }

  /** @internal Cursors: the handle is of another object now, and its parts with it. */
  static move(handle: Handle, address: Address): void {
    if (handle.#parts !== undefined) Handle.#moveParts(handle.#parts, address - handle.#address);
    handle.#address = address;
  }

  /** @internal The end of a scope: its handles, from the last back to the first, end and forget each other. */
  static endScope(last: Handle | undefined): void {
    for (let handle = last; handle !== undefined; ) {
      const before = handle.#companion as Handle | undefined;
      handle.#address = 0 as Address;
      handle.#view = undefined;
      handle.#companion = undefined;
      handle = before;
    }
  }

  /** @internal The end of a loan, for one handle. */
  static giveBack(handle: Handle): void {
    handle.#address = 0 as Address;
    handle.#view = undefined;
    handle.#parts = undefined;
    handle.#id = kReturned;
  }

  /** @internal A lent handle, or that of a cursor, is somebody else's from now on. */
  static adopt(handle: Handle, keeper: Keeper, companion: object | undefined = handle.#companion): void {
    handle.#keeper = keeper;
    handle.#companion = companion;
  }

  /** @internal The handle whose root keeps the object: of a part its whole's. */
  static whole(handle: Handle): Handle {
    return handle.#id === kPart ? (handle.#companion as Handle) : handle;
  }

  /** @internal */
  static shape(handle: Handle): Shape {
    return handle.#shape;
  }

  static isHandle(value: unknown): value is Handle {
    return typeof value === 'object' && value !== null && #shape in value;
  }

  /**
   * @internal The handle of a target, which may be an object of the caller's with a handle as its `$`; undefined for a
   * view with another one's `$`, a Proxy around a view, and all else. Runs a getter `$` once, and a Proxy's traps.
   */
  static of(target: unknown): Handle | undefined {
    if (typeof target !== 'object' || target === null) return undefined;
    // Views come first, by a property: engines do not make `in` faster that meets objects of many kinds.
    const inner: unknown = (target as { $?: unknown }).$;
    if (typeof inner === 'object' && inner !== null && #shape in inner)
      return inner.#view === target || inner.#address === 0 || !(kIsView in target) ? inner : undefined;
    return #shape in target ? target : undefined;
  }

  static #moveParts(parts: readonly (object | undefined)[], bytes: number): void {
    parts.forEach((part, field) => {
      const handle = part === undefined ? undefined : Handle.of(part);
      // Bytes in place cannot move: they are made anew when they are read again.
      if (handle === undefined) (parts as (object | undefined)[])[field] = undefined;
      else if (handle.#size !== 0) Handle.move(handle, (handle.#address + bytes) as Address);
    });
  }

  /** Refuses a method that is called on a Proxy, or on anything else that is no handle. */
  static #branded(value: object): void {
    if (!(#shape in value)) foreign('a handle');
  }

  static #refuse(handle: unknown, shape: Shape, view: object | undefined): never {
    if (!Handle.isHandle(handle))
      throw problem('BAD_ARGUMENT', 'a field of what is not a view: is there a Proxy around it?');
    const isAnothers = view !== undefined && handle.#address !== 0 && handle.#view !== view;
    if (handle.#shape !== shape || isAnothers)
      throw problem('BAD_TYPE', 'the view has another object’s handle as its $, or there is a Proxy around it');
    return Handle.#stale(handle);
  }

  static #stale(handle: Handle): never {
    handle.#shape.core.alive();
    throw problem('STALE_HANDLE', endOf(Handle.whole(handle).#id));
  }
}
