// Cursors: loops over millions of objects with one root, which is moved along. Views in a loop would each be a handle
// that the JS engine has to find dead. The root of a cursor is a small object in the heap, its anchor, which the
// cursor's handle keeps alive. Moving the cursor is a store into the anchor, with its barrier.
//
//   Handle (number of the anchor, address of the current object)
//   anchor: [current object][base of the array, or 0]
//
// inv.js.cursor: anchor.current == address of the cursor's `$`.
// Doors: Type.cursor and Type.walk.

import { kNull, type Address } from './abi.js';
import type { Allocator } from './allocate.js';
import type { Codec } from './codec.js';
import { readPointer, storePointer, type Core } from './core.js';
import { foreign, problem, show } from './errors.js';
import { Handle, type AnyView, type Cursor, type Keeper, type Shape } from './handle.js';
import type { Roots } from './roots.js';
import { targetOf } from './target.js';
import type { CursorMaker, TypeRecord } from './type-record.js';
import { prototypeOf, viewMaker, type Place, type ViewMaker } from './view.js';

const kState = Symbol('cursor');

interface State {
  readonly record: TypeRecord;
  readonly anchor: Address;
  /** The array that `at` moves through. */
  readonly base: Address;
  readonly count: number;
  readonly stride: number;
  /** Elements are references to the objects, not the objects. */
  readonly byReference: boolean;
  /** The field that was followed last, and its offset. */
  followed: string | undefined;
  offset: number;
}
type Moving = AnyView & { readonly [kState]: State };

function moveTo(cursor: Moving, core: Core, anchor: Address, object: Address): boolean {
  if (object === 0) return false;
  storePointer(core, anchor, object);
  Handle.move(cursor.$, object);
  return true;
}

const kMethods = {
  follow: {
    value(this: Moving, field: unknown): boolean {
      const state = this[kState];
      const { core, shape } = state.record;
      if (field !== state.followed) {
        state.offset = offsetIn(state.record, field, 'follow');
        state.followed = field as string;
      }
      const object = readPointer(core, (Handle.live(this.$, shape, this) + state.offset) as Address);
      return moveTo(this, core, state.anchor, object);
    },
  },
  at: {
    value(this: Moving, i: unknown): boolean {
      const { record, anchor, base, count, stride, byReference } = this[kState];
      Handle.live(this.$, record.shape, this);
      if (typeof i !== 'number' || !Number.isInteger(i) || i < 0 || i >= count) return false;
      const element = (base + i * stride) as Address;
      return moveTo(this, record.core, anchor, byReference ? readPointer(record.core, element) : element);
    },
  },
};

/** The constructor of a type's cursors: its own fields' accessors, and the methods. */
export function cursorMaker(shape: Shape, places: readonly Place[], others: PropertyDescriptorMap): ViewMaker {
  const name = `Cursor<${shape.type?.name ?? ''}>`;
  return viewMaker(shape, Object.defineProperties(prototypeOf(shape, places, others), kMethods), name);
}

/** Where a cursor starts, and what it can move through by `at`. */
function startOf(
  record: TypeRecord,
  handle: Handle,
): Omit<State, 'record' | 'anchor' | 'followed' | 'offset'> & { first: Address } {
  const shape = Handle.shape(handle) as Shape & { readonly element?: Codec };
  const base = Handle.address(handle);
  const type = record.shape.type;
  if (shape.type === type && record.size > 0 && handle.size >= record.size) {
    return { first: base, base, count: Math.floor(handle.size / record.size), stride: record.size, byReference: false };
  }
  if (shape.element?.kind === 'ref' && shape.element.target === type) {
    const count = handle.size / shape.element.size;
    let first = kNull;
    for (let i = 0; i < count && first === 0; i++)
      first = readPointer(record.core, (base + i * shape.element.size) as Address);
    if (first !== 0) return { first, base, count, stride: shape.element.size, byReference: true };
  }
  throw problem(
    'BAD_TYPE',
    `a cursor of ${record.name} starts at a ${record.name}, or at an array of them that is not empty`,
  );
}

/**
 * Keeps a cursor over what is scoped or lent: its root is registered, and what is read from it lives as long as what is
 * read from its target.
 */
function through(reader: Keeper, roots: Keeper): Keeper {
  return {
    read: reader.read.bind(reader),
    readEmpty: reader.readEmpty.bind(reader),
    open: reader.open.bind(reader),
    closed: roots.closed.bind(roots),
  };
}

/** Makes the cursors of one heap. */
export class Cursors implements CursorMaker {
  readonly #core: Core;
  readonly #allocator: Allocator;
  readonly #roots: Roots;
  readonly #anchorType: number;
  readonly #step: Step;

  /** `anchorType` is the core's type of two pointers. */
  constructor(core: Core, allocator: Allocator, roots: Roots, anchorType: number) {
    this.#core = core;
    this.#allocator = allocator;
    this.#roots = roots;
    this.#anchorType = anchorType;
    this.#step = stepper(core);
  }

  at(record: TypeRecord, target: unknown): Cursor {
    const core = this.#core;
    const handle = targetOf(core, target, 'cursor');
    const { first, ...rest } = startOf(record, handle);
    const anchor = this.#allocator.newobject(this.#anchorType);
    const id = this.#roots.number(anchor);
    core.memory.refresh();
    storePointer(core, anchor, first);
    storePointer(core, (anchor + core.wordBytes) as Address, rest.base);
    const moving = this.#roots.adopt(record.shape, first, record.size, id);
    const keeper = Handle.keeper(handle);
    if (keeper !== this.#roots) Handle.adopt(moving, through(keeper, this.#roots));
    const cursor = new record.cursor(moving);
    const state: State = { record, anchor, followed: undefined, offset: 0, ...rest };
    return Object.defineProperty(cursor, kState, { value: state }) as Cursor;
  }

  walk(record: TypeRecord, target: unknown, field: unknown): IterableIterator<Cursor> {
    const offset = offsetIn(record, field, 'walk');
    return new Walk(this.#core, this.#step, this.at(record, target), offset);
  }
}

const { rooted, move } = Handle;

/** A step of a walk. */
type Step = (handle: Handle, offset: number, place: number, card: number) => boolean;

/**
 * Makes the step of walks: it moves the handle of a cursor to what the reference `offset` bytes into its object refers
 * to, and the anchor's word at `place`, whose card is `card`, with it. False, and nothing is moved, where that is null.
 * The function is over constants, which an engine folds.
 */
function stepper(core: Core): Step {
  const { memory } = core;
  const step: Step = (handle, offset, place, card) => {
    const object = memory.u32[(rooted(handle) + offset) >>> 2];
    if (object === undefined) {
      core.refresh();
      return step(handle, offset, place, card);
    }
    if (object === 0) return false;
    memory.u32[place] = object;
    memory.u8[card] = 1;
    move(handle, object as Address);
    return true;
  };
  return step;
}

/** Before the first step of a walk, between two, and after the last one. */
const [kNew, kUnderWay, kOver] = [0, 1, 2] as const;

/**
 * A cursor that is moved along one field. It is no generator: those take several times as long for each step. An engine
 * that inlines `next` makes no object of its result.
 */
class Walk implements IterableIterator<Cursor> {
  readonly #advance: Step;
  readonly #handle: Handle;
  /** Every step gives the same cursor, so one result does for all. */
  readonly #step: IteratorResult<Cursor>;
  // Zeros first, so that an engine knows these for small integers.
  #offset = 0;
  /** The word of the anchor, and its card: both stay where they are. */
  #place = 0;
  #card = 0;
  #state: number = kNew;

  constructor(core: Core, advance: Step, cursor: Cursor, offset: number) {
    const { anchor } = (cursor as unknown as Moving)[kState];
    this.#advance = advance;
    this.#step = { done: false, value: cursor };
    this.#handle = cursor.$;
    this.#offset = offset;
    this.#place = anchor >>> 2;
    this.#card = core.cardOf(anchor);
  }

  next(): IteratorResult<Cursor> {
    if (!(#state in this)) foreign('a walk');
    if (this.#state === kUnderWay) {
      if (!this.#advance(this.#handle, this.#offset, this.#place, this.#card)) return this.return();
    } else {
      if (this.#state === kOver) return this.return();
      this.#state = kUnderWay;
    }
    return this.#step;
  }

  return(): IteratorResult<Cursor> {
    if (!(#state in this)) foreign('a walk');
    this.#state = kOver;
    this.#handle.dispose();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** The offset of a reference to the type itself. */
function offsetIn(record: TypeRecord, field: unknown, what: string): number {
  const place = record.placeOf.get(field as string);
  if (place === undefined || place.codec.kind !== 'ref' || place.codec.target?.name !== record.name) {
    throw problem('BAD_ARGUMENT', `${what} takes a field that is a ref to ${record.name}, not ${show(field)}`);
  }
  return place.offset;
}
