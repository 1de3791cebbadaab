// Registered handles and the JS engine's collector (B1). A registered handle gives its root up at `dispose()`, or when
// the engine finds it dead, whichever comes first. Its number carries a generation, so a second release hits nothing
// (R4). The engine does not watch the handles, but their tickets (tickets.ts).
//
// Within one task, a reference that is read again gives the same view again. A table of what was read lately finds the
// view by the address of the reference. The table is emptied at the end of the task, so it keeps no forgotten view for
// long.
//
// inv.js.roots: #numbers[index of id] is the last number given out for that index.
// Doors: views and arrays read references through their keeper; Heap opens handles for what it allocates; scope.ts and
// loan.ts make their own.

import { kNoHandle, kNull, type Address, type HandleId } from './abi.js';
import { AddressTable } from './address-table.js';
import { Ballasts } from './ballast.js';
import type { Core } from './core.js';
import { asMicrotask } from './engine.js';
import { problem } from './errors.js';
import type { Events } from './events.js';
import { Handle, type AnyType, type Keeper, type Shape } from './handle.js';
import type { Known } from './known.js';
import { plainShape } from './shape.js';
import { rootableOf } from './target.js';
import { Ticket, Tickets } from './tickets.js';

/** A live handle, for those who look for a leak. */
export interface HandleInfo {
  readonly address: number;
  readonly type: AnyType | null;
  /** Where it was made, if the heap has `debug.handleStacks`. */
  readonly stack: string | undefined;
}

/** So many undisposed handles from one task are probably a loop that wants a scope or a cursor. */
const kHandlesOfATaskMax = 100_000;
/** So many empty lists are noted in a task, to be the same when they are read again. More would only fill the table. */
const kEmptyNotedMax = 4096;
const kRemedy =
  'use heap.scope and read from its views (frame.newobject, frame.view), a cursor (Type.walk), or dispose() them';

/** Returns whether a view that was read before is a live one of just this. */
export function isStill(view: object | undefined, shape: Shape, address: Address, size: number): view is object {
  const handle = Handle.of(view);
  return handle !== undefined && Handle.is(handle, shape, address, size);
}

/** The array of a list without elements, as a part of the object that it was read from. */
export function emptyIn(owner: Handle, shape: Shape): object {
  return new shape.maker(Handle.part(owner, shape, shape.core.zerobase, 0), shape);
}

export class Roots implements Keeper {
  readonly #core: Core;
  readonly #known: Known;
  readonly #events: Events;
  /** The shape of memory without a type. */
  declare readonly untyped: Shape;
  readonly #tickets: Tickets;
  readonly #ballasts: Ballasts;
  readonly #indexSpan: number;
  readonly #stacks: Map<number, string> | undefined;
  readonly #withSite: boolean;
  readonly #lately = new AddressTable<object>();
  /** What keepAlive saw last. */
  keptAddress = kNull;
  #numbers = new Float64Array(1024);
  #madeInTask = 0;
  #emptyInTask = 0;
  #taskWatched = false;

  /** `withSite`: warnings say where the last handle was made. */
  constructor(
    core: Core,
    known: Known,
    events: Events,
    options: { ballastBytes: number; handleStacks: boolean; withSite: boolean },
  ) {
    this.#core = core;
    this.#known = known;
    this.#events = events;
    this.untyped = plainShape(core, null);
    this.#ballasts = new Ballasts(options.ballastBytes);
    this.#indexSpan = 2 ** core.description.get('handle.index_bits');
    this.#stacks = options.handleStacks ? new Map() : undefined;
    this.#withSite = options.withSite;
    this.#tickets = new Tickets((id) => this.release(id));
  }

  /** A registered handle of the object at `address`; what keeps it alive may be named by another address in it. */
  open(shape: Shape, address: Address, size = shape.size, rootAddress = address): Handle {
    return this.#opened(shape, address, size, this.number(rootAddress), kNull);
  }

  /** A registered handle for a number that is taken already. */
  adopt(shape: Shape, address: Address, size: number, id: HandleId): Handle {
    this.note(id);
    return this.#opened(shape, address, size, id, kNull);
  }

  /** A registered root of its own for a target; a handle for a handle or a typed array, a view for anything else. */
  own(target: unknown, what: string): object {
    const handle = rootableOf(this.#core, this.untyped, target, what);
    const shape = Handle.shape(handle);
    const owned = this.open(shape, Handle.address(handle), handle.size, Handle.rootAddress(handle));
    return handle === target ? owned : new shape.maker(owned, shape);
  }

  /** A lent handle is registered from now on. */
  keep(handle: Handle): void {
    Handle.adopt(handle, this, this.#ticket(Handle.id(handle), handle.size, kNull));
  }

  read(slot: Address, shape: Shape, address: Address, size: number): object {
    const known = this.#lately.get(slot);
    if (isStill(known, shape, address, size)) return known;
    const view = new shape.maker(this.#opened(shape, address, size, this.number(address), slot), shape);
    this.#lately.set(slot, view);
    return view;
  }

  readEmpty(slot: Address, shape: Shape): object {
    const known = this.#lately.get(slot);
    if (isStill(known, shape, this.#core.zerobase, 0)) return known;
    const view = new shape.maker(new Handle(this, this.#core.zerobase, kNoHandle, shape, 0, undefined), shape);
    if (this.#emptyInTask >= kEmptyNotedMax) return view;
    this.#emptyInTask += 1;
    this.#lately.set(slot, view);
    if (!this.#taskWatched) this.#watchTask();
    return view;
  }

  closed(handle: Handle, id: HandleId, companion: object | undefined, size: number): void {
    if (this.#core.disposed) return;
    this.release(id);
    this.#madeInTask -= 1;
    if (!(companion instanceof Ticket)) return;
    if (companion.ballast !== undefined) this.#ballasts.give(size);
    // By now the slot may have given another view.
    if (companion.slot !== 0 && Handle.of(this.#lately.get(companion.slot)) === handle)
      this.#lately.delete(companion.slot);
    this.#tickets.give(companion);
  }

  /** A number of the core's handle table that roots `address`. Whoever takes it gives it back. */
  number(address: Address): HandleId {
    const id = this.#core.wasm.mgc_handle_new(address) || this.#again(address);
    this.note(id);
    return id;
  }

  /** Gives a number back. Stale numbers are ignored: that is what their generation is for. */
  release(id: HandleId): void {
    if (this.#core.disposed) return;
    this.#core.wasm.mgc_handle_free(id);
    this.#stacks?.delete(id);
  }

  /** Where a handle was made, if that is noted. */
  stackOf(id: number): string | undefined {
    return this.#stacks?.get(id);
  }

  *list(): Generator<HandleInfo> {
    for (const id of this.#numbers.slice()) {
      if (id === 0) continue;
      this.#core.alive();
      const address = (this.#core.wasm.mgc_handle_get(id as HandleId) >>> 0) as Address;
      if (address === 0) continue;
      yield { address, type: this.#known.typeAt(address), stack: this.#stacks?.get(id) };
    }
  }

  /** A use of a view that no engine can leave out (F9). */
  keepAlive(view: unknown): void {
    const handle = Handle.of(view);
    this.keptAddress = handle === undefined ? kNull : Handle.peek(handle);
  }

  clear(): void {
    this.#lately.clear();
    this.#tickets.clear();
    this.#numbers = new Float64Array(0);
  }

  /** A number that was taken from the core. */
  note(id: HandleId): void {
    const index = id - Math.floor(id / this.#indexSpan) * this.#indexSpan;
    if (index >= this.#numbers.length) {
      const longer = new Float64Array(Math.max(index + 1, this.#numbers.length * 2));
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[index] = id;
    this.#stacks?.set(id, new Error('handle made').stack ?? '');
  }

  #opened(shape: Shape, address: Address, size: number, id: HandleId, slot: Address): Handle {
    const handle = new Handle(this, address, id, shape, size, this.#ticket(id, size, slot));
    if (++this.#madeInTask >= kHandlesOfATaskMax || !this.#taskWatched) this.#watchTask();
    return handle;
  }

  #ticket(id: HandleId, size: number, slot: Address): Ticket {
    const ticket = this.#tickets.take(id);
    ticket.slot = slot;
    ticket.ballast = this.#ballasts.take(size);
    return ticket;
  }

  /** Once more, after a collection if that may help. */
  #again(address: Address): HandleId {
    const core = this.#core;
    const id = core.tryTwice(address, () => core.wasm.mgc_handle_new(address)) as HandleId;
    if (id !== 0) return id;
    if (core.description.codeOf(core.wasm.mgc_status()) !== 'OUT_OF_MEMORY') core.fail();
    const live = [...this.list()].length;
    throw problem('OUT_OF_MEMORY', `out of memory: no room for a further handle, ${live} are alive: ${kRemedy}`);
  }

  #watchTask(): void {
    if (!this.#taskWatched) {
      this.#taskWatched = true;
      asMicrotask(() => {
        this.#taskWatched = false;
        this.#madeInTask = 0;
        this.#emptyInTask = 0;
        this.#lately.clear();
      });
      return;
    }
    const count = this.#madeInTask;
    this.#madeInTask = 0;
    const site = this.#withSite ? `; the last one was made here:\n${new Error('here').stack ?? ''}` : '';
    this.#events.warn(count, `one task has left ${count} views undisposed, made or read: ${kRemedy}${site}`);
  }
}
