// A handle roots one object of the heap (B1). It is what every view carries as `$`, and what `mallocgc` gives.
//
// The address of a handle is 0 once it is disposed; that is the only test a field access makes. Handles that come from
// a scope have no number in the core's table: the scope's slot on the shadow stack roots them, and the scope's end sets
// their address to 0.
//
// inv.js.handle: address != 0 exactly while the object is rooted by this handle (or by its scope).
// Doors: made by roots.ts and scope.ts; read by every view, through `live`.

import type { Address } from './abi.js';
import { problem } from './errors.js';
import type { Core } from './core.js';
import { kDispose } from './symbols.js';

export declare const kSchema: unique symbol;

/** A field's place, for tools. */
export interface FieldInfo {
  readonly name: string;
  /** What it was written as: 'i32', 'ref', 'slice' … */
  readonly kind: string;
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes it takes. */
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
export type Cursor<V = AnyView> = V & {
  /**
   * Moves to the object that a `ref` field of the cursor's own type refers to; false, and stays, where that is null.
   */
  follow(field: string): boolean;
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

/** Who makes registered handles, as a handle sees it. */
export interface Registrar {
  /** A handle was disposed. `bytesOnBallast` are on a ballast. */
  closed(id: number, bytesOnBallast: number): void;
  /** Roots the object at `address` for as long as `owner`, any JS object, lives. */
  keepAliveWith<T extends object>(owner: T, address: Address): T;
}

/** What the face knows about the object at an address, once for all objects of a kind. */
export interface Shape {
  readonly core: Core;
  readonly roots: Registrar;
  readonly type: AnyType | null;
  /** Bytes of the object, where all of the kind have the same; -1 otherwise. */
  readonly size: number;
  /** What a reader gets for a handle of this kind: a view, an array, or the handle itself. */
  wrap(handle: Handle): object;
}

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
  #address: Address;
  readonly #id: number;
  readonly #shape: Shape;
  readonly #size: number;
  /**
   * Of a registered handle its ballast, of a scope's the one that the scope made before: a list that costs no further
   * memory.
   */
  #companion: object | undefined;

  /** @internal `companion` is what the engine is to see of the object's weight; in a scope the handle before. */
  constructor(address: Address, id: number, shape: Shape, size: number, companion: object | undefined) {
    this.#address = address;
    this.#id = id;
    this.#shape = shape;
    this.#size = size;
    this.#companion = companion;
  }

  /**
   * Where the object is: an unsigned byte address in `heap.memory`. Objects never move. Throws STALE_HANDLE once
   * disposed.
   */
  get address(): number {
    this.#shape.core.alive();
    return Handle.live(this, this.#shape);
  }

  /**
   * Bytes that the handle covers: what was asked for where it was allocated through this handle, else the object's
   * slot.
   */
  get size(): number {
    return this.#size;
  }

  /** The type of the object; null for untyped memory. For arrays the type of the elements. */
  get type(): AnyType | null {
    return this.#shape.type;
  }

  /** True once the handle roots nothing any more. */
  get disposed(): boolean {
    return this.#address === 0 || this.#shape.core.disposed;
  }

  /**
   * The object's bytes, in place. The array keeps the object alive for as long as it lives itself; growth of the heap
   * detaches it, so ask again after whatever may allocate.
   */
  bytes(): Uint8Array {
    const address = Handle.live(this, this.#shape);
    const { core, roots } = this.#shape;
    return roots.keepAliveWith(new Uint8Array(core.buffer(), address, this.#size), address);
  }

  /** Whether the other is the same object at the same address of the same heap. Disposed handles equal nothing. */
  equals(other: unknown): boolean {
    const that = Handle.of(other);
    if (that === undefined || this.disposed || that.disposed) return false;
    return this.#address === that.#address && this.#shape.core === that.#shape.core;
  }

  /** Gives the root up. Twice is harmless. */
  dispose(): void {
    if (this.#address === 0) return;
    this.#address = 0;
    if (this.#id === 0) return;
    this.#shape.roots.closed(this.#id, this.#companion === undefined ? 0 : this.#size);
    this.#companion = undefined;
  }

  [kDispose](): void {
    this.dispose();
  }

  /**
   * @internal The address, after the checks that every access makes: alive, and of the kind that the caller's offsets
   * are for.
   */
  static live(handle: Handle, shape: Shape): Address {
    if (handle.#shape !== shape) Handle.#mismatch(handle);
    const address = handle.#address;
    if (address === 0) Handle.#stale(handle);
    return address;
  }

  /** @internal The address of a handle of whatever kind. */
  static address(handle: Handle): Address {
    return Handle.live(handle, handle.#shape);
  }

  /** @internal The address, even if it is 0. */
  static peek(handle: Handle): Address {
    return handle.#address;
  }

  /** @internal The number in the core's table; 0 for handles of a scope. */
  static id(handle: Handle): number {
    return handle.#id;
  }

  /** @internal For cursors. */
  static move(handle: Handle, address: Address): void {
    handle.#address = address;
  }

  /**
   * @internal The end of a scope: its handles, from the last back to the first, root nothing any more, and forget each
   * other.
   */
  static endScope(last: Handle | undefined): void {
    for (let handle = last; handle !== undefined; ) {
      const before = handle.#companion as Handle | undefined;
      handle.#address = 0;
      handle.#companion = undefined;
      handle = before;
    }
  }

  /** @internal */
  static shape(handle: Handle): Shape {
    return handle.#shape;
  }

  /**
   * @internal The handle of a view, an array or a handle; undefined for anything else. Runs no code of the value's but
   * a getter of `$`.
   */
  static of(target: unknown): Handle | undefined {
    if (typeof target !== 'object' || target === null) return undefined;
    const inner: unknown = (target as { $?: unknown }).$;
    if (typeof inner === 'object' && inner !== null && #shape in inner) return inner;
    return #shape in target ? target : undefined;
  }

  static #mismatch(handle: unknown): never {
    const isHandle = typeof handle === 'object' && handle !== null && #shape in handle;
    throw problem(isHandle ? 'BAD_TYPE' : 'BAD_ARGUMENT', 'the view has another object’s handle as its $');
  }

  static #stale(handle: Handle): never {
    handle.#shape.core.alive();
    throw problem('STALE_HANDLE', 'handle is stale: it was disposed');
  }
}
