// Handles and the JS engine's collector (B1). A handle that is registered is released by `dispose()` or when the engine
// finds it dead, whichever comes first: the number carries a generation, so the second release hits nothing (R4). There
// is no unregister token, because one costs more than the registration itself; callbacks after a dispose are no-ops.
//
// inv.js.roots: #numbers[index of id] is the last number given out for that index.
// Doors: values.ts and all who make views open handles here; scope.ts makes its own.

import type { Address } from './abi.js';
import { Ballasts } from './ballast.js';
import { asMicrotask, registry } from './engine.js';
import type { Events } from './events.js';
import { Handle, type AnyType, type Shape } from './handle.js';
import type { Known } from './known.js';
import type { Core } from './core.js';

/** A live handle, for those who look for a leak. */
export interface HandleInfo {
  readonly address: number;
  readonly type: AnyType | null;
  /** Where it was made, if the heap has `debug.handleStacks`. */
  readonly stack: string | undefined;
}

/** So many undisposed handles from one task are probably a loop that wants a scope or a cursor. */
const kHandlesOfATaskMax = 100_000;

export class Roots {
  readonly #core: Core;
  readonly #known: Known;
  readonly #events: Events;
  /** The shape of memory without a type. */
  readonly untyped: Shape;
  readonly #registry: FinalizationRegistry<number>;
  readonly #ballasts: Ballasts;
  readonly #indexSpan: number;
  readonly #stacks: Map<number, string> | undefined;
  /** What KeepAlive saw last: a use of the view that no engine can leave out. */
  keptAddress: Address = 0;
  #numbers = new Float64Array(1024);
  #madeInTask = 0;
  #taskWatched = false;

  constructor(core: Core, known: Known, events: Events, options: { ballastBytes: number; handleStacks: boolean }) {
    this.#core = core;
    this.#known = known;
    this.#events = events;
    this.untyped = this.untypedShape(null);
    this.#ballasts = new Ballasts(options.ballastBytes);
    this.#indexSpan = 2 ** core.description.get('handle.index_bits');
    this.#stacks = options.handleStacks ? new Map() : undefined;
    this.#registry = registry((id) => this.release(id));
  }

  /** A shape of memory whose layout the face does not know; `type` is what it was allocated as. */
  untypedShape(type: AnyType | null): Shape {
    return { core: this.#core, roots: this, type, size: -1, wrap: (handle) => handle };
  }

  /** A registered handle that roots the object at `address`. */
  open(shape: Shape, address: Address, size = shape.size): Handle {
    const id = this.number(address);
    const handle = new Handle(address, id, shape, size, this.#ballasts.take(size));
    this.#registry.register(handle, id);
    if (++this.#madeInTask >= kHandlesOfATaskMax || !this.#taskWatched) this.#watchTask();
    return handle;
  }

  /** A handle for a number that is already taken; null is no number. */
  adopt(shape: Shape, address: Address, size: number, id: number): Handle {
    this.#note(id);
    const handle = new Handle(address, id, shape, size, this.#ballasts.take(size));
    this.#registry.register(handle, id);
    return handle;
  }

  /** Roots the object at `address` for as long as `owner`, any JS object, lives. */
  keepAliveWith<T extends object>(owner: T, address: Address): T {
    this.#registry.register(owner, this.number(address));
    return owner;
  }

  /** A number of the core's handle table that roots `address`. */
  number(address: Address): number {
    const id = this.#core.tryTwice(address, () => this.#core.wasm.mgc_handle_new(address));
    if (id === 0) this.#core.fail();
    this.#note(id);
    return id;
  }

  /** Gives a number back. Stale numbers are ignored: that is what their generation is for. */
  release(id: number): void {
    if (this.#core.disposed) return;
    this.#core.wasm.mgc_handle_free(id);
    this.#stacks?.delete(id);
  }

  /** Called by handles as they are disposed. `bytesOnBallast` are on a ballast. */
  closed(id: number, bytesOnBallast: number): void {
    if (this.#core.disposed) return;
    this.release(id);
    this.#madeInTask -= 1;
    if (bytesOnBallast !== 0) this.#ballasts.give(bytesOnBallast);
  }

  /** Where a handle was made, if that is noted. */
  stackOf(id: number): string | undefined {
    return this.#stacks?.get(id);
  }

  *list(): Generator<HandleInfo> {
    const { wasm } = this.#core;
    for (const id of this.#numbers.slice()) {
      if (id === 0) continue;
      this.#core.alive();
      const address = wasm.mgc_handle_get(id) >>> 0;
      if (address === 0) continue;
      yield { address, type: this.#known.typeAt(address), stack: this.#stacks?.get(id) };
    }
  }

  #note(id: number): void {
    const index = id - Math.floor(id / this.#indexSpan) * this.#indexSpan;
    if (index >= this.#numbers.length) {
      const longer = new Float64Array(Math.max(index + 1, this.#numbers.length * 2));
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[index] = id;
    this.#stacks?.set(id, new Error('handle made').stack ?? '');
  }

  #watchTask(): void {
    if (!this.#taskWatched) {
      this.#taskWatched = true;
      asMicrotask(() => {
        this.#taskWatched = false;
        this.#madeInTask = 0;
      });
      return;
    }
    const count = this.#madeInTask;
    this.#madeInTask = 0;
    this.#events.say('warning', {
      count,
      text: `one task has left ${count} views undisposed: use heap.scope, a cursor, or dispose() them`,
    });
  }
}
