// Weak handles (F8): they do not keep their object alive, read as undefined once it was found unreachable, and equal
// each other for the same target even after its death.
// Doors: Heap.weak.

import { kNull, type Address, type HandleId } from './abi.js';
import type { Core } from './core.js';
import { foreign } from './errors.js';
import type { Events } from './events.js';
import { Handle, type Keeper, type Shape } from './handle.js';
import { kDispose } from './symbols.js';
import { targetOf } from './target.js';
import { Tickets, type Ticket } from './tickets.js';

/**
 * A reference that does not keep its object alive.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Item } = heap.defineTypes({ Item: { value: t.i32 } });
 * const item = heap.newobject(Item, { value: 1 });
 * const weak = heap.weak(item);
 * console.log(weak.deref()?.value); // 1
 * heap.dispose();
 * ```
 */
export class Weak<V = unknown> {
  readonly #weaks: Weaks;
  readonly #keeper: Keeper;
  readonly #shape: Shape;
  readonly #size: number;
  readonly #id: number;
  readonly #ticket: Ticket;
  /** Whether it was made of a handle, and so gives handles. */
  readonly #isBare: boolean;
  #disposed = false;

  /** @internal */
  constructor(weaks: Weaks, handle: Handle, ticket: Ticket, id: number, isBare: boolean) {
    this.#weaks = weaks;
    this.#ticket = ticket;
    this.#keeper = Handle.keeper(handle);
    this.#isBare = isBare;
    this.#shape = Handle.shape(handle);
    this.#size = handle.size;
    this.#id = id;
  }

  /**
   * Whether the object still is alive, as far as collections have found out. Asking roots nothing. False once this
   * handle or the heap is disposed.
   */
  get alive(): boolean {
    Weak.#branded(this);
    const { core } = this.#weaks;
    return !this.#disposed && !core.disposed && this.#address() !== 0;
  }

  /**
   * A fresh view of the object, or a handle if it was made of one; undefined once it is dead, or this handle or the
   * heap is disposed. Made of a scoped view, it gives scoped ones as long as the scope lasts. It roots the object: to
   * ask only, use `alive`.
   */
  deref(): V | undefined {
    Weak.#branded(this);
    const { core } = this.#weaks;
    if (this.#disposed || core.disposed) return undefined;
    const address = this.#address();
    if (address === 0) return undefined;
    const handle = this.#keeper.open(this.#shape, address, this.#size);
    return (this.#isBare ? handle : new this.#shape.maker(handle, this.#shape)) as V;
  }

  #address(): Address {
    const { core, events } = this.#weaks;
    const address = (core.wasm.mgc_weak_get(this.#id) >>> 0) as Address;
    events.afterCall();
    return address;
  }

  /** Whether the other is a weak handle of the same object, dead or alive. */
  equals(other: unknown): boolean {
    Weak.#branded(this);
    return (
      typeof other === 'object' &&
      other !== null &&
      #id in other &&
      other.#id === this.#id &&
      other.#weaks === this.#weaks
    );
  }

  get [Symbol.toStringTag](): string {
    return 'Weak';
  }

  [kDispose](): void {
    Weak.#branded(this);
    if (this.#disposed) return;
    this.#disposed = true;
    this.#weaks.close(this.#ticket, this.#id);
  }

  /** Refuses a method that is called on a Proxy, or on anything else that is no weak handle. */
  static #branded(value: object): void {
    if (!(#id in value)) foreign('a weak handle');
  }
}

/**
 * The weak handles of one heap. Their numbers are counted references in the core, so each is given back exactly once.
 * The JS engine watches their tickets, as it does those of registered handles.
 */
export class Weaks {
  readonly #tickets: Tickets;

  declare readonly core: Core;
  declare readonly events: Events;

  constructor(core: Core, events: Events) {
    this.core = core;
    this.events = events;
    this.#tickets = new Tickets((id) => this.#free(id));
  }

  open(target: unknown): Weak {
    const handle = targetOf(this.core, target, 'weak');
    const id = this.core.tryTwice(kNull, () => this.core.wasm.mgc_weak_new(Handle.address(handle)));
    this.events.afterCall();
    if (id === 0) this.core.fail();
    return new Weak(this, handle, this.#tickets.take(id as HandleId), id, Handle.isHandle(target));
  }

  close(ticket: Ticket, id: number): void {
    if (this.core.disposed) return;
    this.#tickets.give(ticket);
    this.#free(id);
  }

  clear(): void {
    this.#tickets.clear();
  }

  #free(id: number): void {
    if (!this.core.disposed) this.core.wasm.mgc_weak_free(id);
  }
}
