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
import { problem, show } from './errors.js';
import { Handle, type AnyView, type Cursor, type Shape } from './handle.js';
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
  return viewMaker(Object.defineProperties(prototypeOf(shape, places, others), kMethods), name);
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

/** Makes the cursors of one heap. */
export class Cursors implements CursorMaker {
  readonly #core: Core;
  readonly #allocator: Allocator;
  readonly #roots: Roots;
  readonly #anchorType: number;

  /** `anchorType` is the core's type of two pointers. */
  constructor(core: Core, allocator: Allocator, roots: Roots, anchorType: number) {
    this.#core = core;
    this.#allocator = allocator;
    this.#roots = roots;
    this.#anchorType = anchorType;
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
    const cursor = new record.cursor(this.#roots.adopt(record.shape, first, record.size, id));
    const state: State = { record, anchor, followed: undefined, offset: 0, ...rest };
    return Object.defineProperty(cursor, kState, { value: state }) as Cursor;
  }

  walk(record: TypeRecord, target: unknown, field: unknown): IterableIterator<Cursor> {
    const offset = offsetIn(record, field, 'walk');
    const cursor = this.at(record, target) as unknown as Moving;
    const core = this.#core;
    const { memory } = core;
    const {
      $: handle,
      [kState]: { anchor },
    } = cursor;
    const place = anchor >>> 2;
    const card = core.cardOf(anchor);
    // Every step gives the same cursor, so one result does for all.
    const step = { done: false, value: cursor as unknown as Cursor } as const;
    let isNew = true;
    let isOver = false;
    const end = (): IteratorResult<Cursor> => {
      isNew = false;
      isOver = true;
      handle.dispose();
      return { done: true, value: undefined };
    };
    // This is no generator: those take several times as long for each step. The store into the anchor is written out,
    // since its place and its card stay the same.
    const iterator: IterableIterator<Cursor> = {
      next() {
        if (isNew) {
          isNew = false;
        } else {
          if (isOver) return end();
          const from = (Handle.address(handle) + offset) as Address;
          const object = (memory.u32[from >>> 2] ?? readPointer(core, from)) as Address;
          if (object === 0) return end();
          memory.u32[place] = object;
          memory.u8[card] = 1;
          Handle.move(handle, object);
        }
        return step;
      },
      return: end,
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
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
