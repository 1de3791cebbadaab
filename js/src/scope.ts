// Scopes (R2, R3): objects that live until the end of a function, rooted by slots of the core's shadow stack, without a
// registration with the JS engine each. However the function ends, the shadow stack's top is put back to where it was,
// and the scope's views are stale.
//
// Slots are taken from the core a frame at a time. Only the innermost scope may push frames; an outer scope that is
// used while an inner one runs, and one that finds the stack full, roots by handle numbers instead, which it frees at
// its end.
// Doors: Heap.scope.

import type { Address, HandleId } from './abi.js';
import { checkAddress } from './arguments.js';
import type { Core } from './core.js';
import { kScoped } from './ends.js';
import { foreign, problem, show } from './errors.js';
import { Handle, type AnyType, type AnyView, type Shape } from './handle.js';
import type { InitOf, SoundInitOf, ViewOf } from './infer.js';
import type { Memory } from './memory.js';
import { emptyIn, type Roots } from './roots.js';
import { rootableOf } from './target.js';
import type { Types } from './types.js';

const kFirstFrame = 8;
const kFrameMax = 1024;
/** Frames of so many slots are pushed without a call. */
const kShortFrame = 16;

/** What a scope's function gets. It is of no use after the scope. */
export class Frame {
  readonly #scopes: Scopes;
  readonly #memory: Memory;
  /** What it roots by numbers. */
  #numbers: HandleId[] | undefined;
  /** The newest handle; each knows the one before. */
  #last: Handle | undefined;
  /** The next slot, and where the slots end, as indices of words. Both are the same once the scope is over. */
  #next = 0;
  #end = 0;
  #frameSlots = kFirstFrame / 2;
  #open = true;

  /** @internal */
  constructor(scopes: Scopes) {
    this.#scopes = scopes;
    this.#memory = scopes.memory;
  }

  /** A new object whose view lives as long as the scope: no registration, tens of nanoseconds. May collect. */
  newobject<T extends AnyType, I extends InitOf<T> = InitOf<T>>(type: T, init?: I & SoundInitOf<I, T>): ViewOf<T> {
    if (!(#scopes in this) || !this.#open) Frame.#refuse(this);
    const { types } = this.#scopes;
    const record = types.record(type, 'frame.newobject');
    const address = types.allocate(record);
    const place = this.#hold(address);
    const handle = (this.#last = new Handle(this, address, kScoped, record.shape, record.size, this.#last));
    if (init !== undefined) {
      try {
        types.initialiseWhole(handle, record, init);
      } catch (error) {
        this.#undo(handle, place);
        throw error;
      }
    }
    return new record.maker(handle) as unknown as ViewOf<T>;
  }

  /**
   * A view of the same object that lives as long as the scope; of a handle or a typed array over an object, a handle.
   * What is read from it, references, elements, whatever iteration gives, lives as long, too, and costs no registration
   * either. Never collects.
   */
  view<V extends AnyView | Handle>(target: V): V;
  view(bytes: ArrayBufferView): Handle;
  view(target: unknown): object {
    if (!(#scopes in this) || !this.#open) Frame.#refuse(this);
    const { core, roots } = this.#scopes;
    const handle = rootableOf(core, roots.untyped, target, 'frame.view');
    const shape = Handle.shape(handle);
    const address = Handle.address(handle);
    core.refresh();
    this.#hold(Handle.rootAddress(handle));
    const scoped = (this.#last = new Handle(this, address, kScoped, shape, handle.size, this.#last));
    return handle === target ? scoped : new shape.maker(scoped, shape);
  }

  /** Keeps the object at an address alive until the scope's end; returns the address. For use with `heap.raw`. */
  root(address: number): number {
    if (!(#scopes in this) || !this.#open) Frame.#refuse(this);
    this.#scopes.core.refresh();
    this.#hold(checkAddress('root: address', address));
    return address;
  }

  /** A view of the same object that outlives the scope; of a handle or a typed array, a handle. As `heap.own`. */
  keep<V extends AnyView | Handle>(view: V): V;
  keep(bytes: ArrayBufferView): Handle;
  keep(view: unknown): object {
    if (!(#scopes in this) || !this.#open) Frame.#refuse(this);
    return this.#scopes.roots.own(view, 'keep');
  }

  get [Symbol.toStringTag](): string {
    return 'Frame';
  }

  /** @internal What is read from a view of the scope. The memory is fresh: the reference was just read. */
  read(slot: Address, shape: Shape, address: Address, size: number): object {
    const place = this.#next;
    if (place === this.#end) return this.#readSlowly(slot, shape, address, size);
    this.#memory.u32[place] = address;
    this.#next = place + 1;
    const handle = (this.#last = new Handle(this, address, kScoped, shape, size, this.#last));
    return new shape.maker(handle, shape);
  }

  /** @internal */
  readEmpty(slot: Address, shape: Shape, owner: Handle): object {
    return this.#open ? emptyIn(owner, shape) : this.#scopes.roots.readEmpty(slot, shape);
  }

  #readSlowly(slot: Address, shape: Shape, address: Address, size: number): object {
    if (!this.#open) return this.#scopes.roots.read(slot, shape, address, size);
    return new shape.maker(this.open(shape, address, size), shape);
  }

  /** @internal */
  open(shape: Shape, address: Address, size: number): Handle {
    if (!this.#open) return this.#scopes.roots.open(shape, address, size);
    this.#scopes.core.refresh();
    this.#hold(address);
    return (this.#last = new Handle(this, address, kScoped, shape, size, this.#last));
  }

  /** @internal The scope ends all its roots together. */
  closed(): void {}

  /** @internal */
  close(): void {
    this.#open = false;
    this.#next = this.#end = 0;
    Handle.endScope(this.#last);
    this.#last = undefined;
    if (this.#numbers === undefined) return;
    for (const number of this.#numbers) this.#scopes.roots.release(number);
  }

  /** A new object could not be initialised. `place`: its slot, or less the index of its number. */
  #undo(handle: Handle, place: number): void {
    handle.dispose();
    if (this.#scopes.core.disposed) return;
    if (place <= 0) {
      for (const id of this.#numbers?.splice(-place, 1) ?? []) this.#scopes.roots.release(id);
    } else {
      this.#memory.refresh();
      this.#memory.u32[place] = 0;
    }
  }

  static #refuse(frame: object): never {
    if (!(#scopes in frame)) foreign('a frame');
    frame.#scopes.core.alive();
    throw problem('BAD_ARGUMENT', 'the scope of this frame is over', 'plain');
  }

  /**
   * Returns the place of the slot that roots the object now, or less the index of its number if one does. The memory
   * must be fresh.
   */
  #hold(address: Address): number {
    const place = this.#next;
    if (place === this.#end) return this.#holdSlowly(address);
    this.#memory.u32[place] = address;
    this.#next = place + 1;
    return place;
  }

  #holdSlowly(address: Address): number {
    if (this.#push()) return this.#hold(address);
    return address === 0 ? 0 : 1 - (this.#numbers ??= []).push(this.#scopes.roots.number(address));
  }

  /** A further frame of slots; false if this scope may not push one now, or the stack is full. */
  #push(): boolean {
    if (this.#scopes.innermost !== this) return false;
    this.#frameSlots = Math.min(this.#frameSlots * 2, kFrameMax);
    const place = this.#scopes.push(this.#frameSlots);
    if (place === 0) return false;
    this.#next = place;
    this.#end = place + this.#frameSlots;
    return true;
  }
}

export class Scopes {
  declare readonly memory: Memory;
  /** Where the top of the shadow stack stands, as the index of a word; and the end of the stack. */
  readonly #top: number;
  readonly #limit: number;
  declare innermost: Frame | undefined;

  declare readonly core: Core;
  declare readonly roots: Roots;
  declare readonly types: Types;

  constructor(core: Core, roots: Roots, types: Types) {
    this.core = core;
    this.roots = roots;
    this.types = types;
    this.memory = core.memory;
    const mutator = core.wasm.mgc_mutator() >>> 0;
    core.memory.refresh();
    this.#top = (mutator + core.description.get('mutator.shadow_top')) >>> 2;
    this.#limit = core.memory.u32[(mutator + core.description.get('mutator.shadow_limit')) >>> 2] as number;
  }

  /**
   * Pushes a frame of empty slots, as docs/abi.md tells it, and returns the place of the first one, as the index of a
   * word; 0 if the stack is full. The memory must be fresh, and is so afterwards.
   */
  push(slots: number): number {
    const { u32 } = this.memory;
    const header = (u32[this.#top] as number) >>> 2;
    const end = (header + 1 + slots) * this.core.wordBytes;
    if (slots > kShortFrame || end > this.#limit) {
      const first = this.core.wasm.mgc_frame_push(slots) >>> 2;
      this.memory.refresh();
      return first;
    }
    u32[header] = slots;
    for (let slot = 1; slot <= slots; slot++) u32[header + slot] = 0;
    u32[this.#top] = end;
    return header + 1;
  }

  run<R>(fn: (frame: Frame) => R): R {
    const { core } = this;
    core.alive();
    if (typeof fn !== 'function') throw problem('BAD_ARGUMENT', `scope takes a function, not ${show(fn)}`);
    // Async functions and generators have a tag. Generators run when the scope is over.
    const tag: unknown = (fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
    if (typeof tag === 'string' && tag !== 'Function') throw refusal();
    const { innermost } = this;
    const frame = (this.innermost = new Frame(this));
    core.memory.refresh();
    const top = core.memory.u32[this.#top] as Address;
    try {
      const result = fn(frame);
      if (typeof result === 'object' && result !== null && result instanceof Promise) throw refusal();
      return result;
    } finally {
      this.innermost = innermost;
      frame.close();
      if (!core.disposed) core.check(core.wasm.mgc_shadow_restore(top));
    }
  }
}

function refusal(): Error {
  return problem('BAD_ARGUMENT', 'scope takes no async function and no generator: its roots end when it returns');
}
