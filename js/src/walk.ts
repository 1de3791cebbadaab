// The walk: what lies where in the heap, by value, for viewers. Nothing is collected or swept by looking, and nothing
// is rooted: what was read says how things were, and an address in it is good for questions (`findObject`) but not for
// reading without one.
//
// The core fills buffers of a fixed size in its own memory; here they are copied out, part by part.
// Doors: Heap.walk.

import type { Address } from './abi.js';
import { checkAddress } from './arguments.js';
import type { Core } from './core.js';
import { problem, show } from './errors.js';
import type { AnyType } from './handle.js';
import type { Known } from './known.js';
import { checkNames, checkNumber, kAddressMax } from './options.js';

/** Which part of the heap to walk. */
export interface WalkOptions {
  /** The walk begins with the span that this address is in or below: 0. */
  readonly from?: number | undefined;
  /** Spans from this address on are left out: the end of the memory. */
  readonly to?: number | undefined;
}

/** A span as it was: a run of pages with objects of one size. */
export interface SpanInfo {
  /** The address of its first slot. */
  readonly base: number;
  /** Bytes of its pages. */
  readonly bytes: number;
  /** Bytes from one slot to the next; of a large object those that were asked for. */
  readonly slotBytes: number;
  /** How many objects it has room for. */
  readonly slotCount: number;
  /** How many slots are taken, dead objects that are not swept yet included. */
  readonly allocated: number;
  /** The size class; 0 for a large object. */
  readonly sizeClass: number;
  /** The type of every object in it; null for untyped memory and for mixed spans. */
  readonly type: AnyType | null;
  /** One object with pages of its own. */
  readonly large: boolean;
  /** Its objects are of several types. */
  readonly mixed: boolean;
  /** The last collection's dead have not been freed yet. */
  readonly unswept: boolean;
  /** How many cards of the write barrier it lies on. */
  readonly cards: number;
  /** Those that a pointer was stored into since a collection cleaned them. Mode 'stop' cleans none. */
  readonly dirtyCards: number;
}

/**
 * `new`: allocated since the last collection; `survived`: reached by it, hence old; `dead`: not reached by it, and not
 * swept yet; `reached`: by the full collection that is under way, in slices. What that one may yet reach is `new`, too.
 */
export type SlotState = 'free' | 'new' | 'survived' | 'dead' | 'reached';

/** An object as it was. */
export interface ObjectInfo {
  readonly address: number;
  readonly size: number;
  readonly type: AnyType | null;
  readonly state: SlotState;
}

/**
 * The spans of a heap at one moment, in the order of their addresses, and the way to the objects in them.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Pair } = heap.defineTypes({ Pair: { left: t.ref('Pair'), right: t.ref('Pair') } });
 * const pair = heap.newobject(Pair);
 * const walk = heap.walk();
 * for (const span of walk.spans) {
 *   for (const object of walk.objects(span)) {
 *     if (object.address === pair.$.address) console.log(object.type?.name, object.size, object.state); // Pair 8 new
 *   }
 * }
 * heap.dispose();
 * ```
 */
export class HeapWalk {
  declare readonly spans: readonly SpanInfo[];
  readonly #core: Core;
  readonly #known: Known;
  readonly #states: readonly SlotState[];
  readonly #typeShift: number;

  /** @internal */
  constructor(core: Core, known: Known, given: WalkOptions) {
    this.#core = core;
    const options = { ...given };
    checkNames('walk', options, ['from', 'to']);
    this.#known = known;
    const { description } = core;
    const states: SlotState[] = [];
    for (const state of ['free', 'new', 'survived', 'dead', 'reached'] as const)
      states[description.get(`slot.${state.toUpperCase()}`)] = state;
    this.#states = states;
    this.#typeShift = description.get('slot.TYPE_SHIFT');
    this.spans = readSpans(
      core,
      known,
      checkNumber('from', options.from ?? 0, 0, kAddressMax),
      checkNumber('to', options.to ?? kAddressMax, 0, kAddressMax),
    );
  }

  /**
   * A number for each slot of a span as it is now, from slot `first` on, at most `count`: `state` and `type` explain
   * it, and equal numbers mean the same. A copy; empty if the span is gone. Cost: a few nanoseconds a slot. Throws
   * BAD_ARGUMENT.
   */
  slots(span: Pick<SpanInfo, 'base' | 'slotCount'>, first = 0, count = Infinity): Uint32Array {
    const core = this.#core;
    core.alive();
    if (typeof span !== 'object' || span === null)
      throw problem('BAD_ARGUMENT', `slots takes a span of the walk, not ${show(span)}`);
    const base = checkAddress('base', span.base);
    const { slotCount } = span;
    if (typeof slotCount !== 'number')
      throw problem('BAD_ARGUMENT', `slots takes a span of the walk, not ${show(span)}`);
    let at = checkNumber('first', first, 0, kAddressMax);
    if (count !== Infinity) checkNumber('count', count, 0, kAddressMax);
    const end = Math.min(at + count, slotCount);
    const buffer = ((core.wasm.mgc_walk() >>> 0) + core.description.get('walk.slots')) >>> 2;
    const parts: Uint32Array[] = [];
    let length = 0;
    while (at < end) {
      const got = Math.min(core.wasm.mgc_walk_slots(base, at) >>> 0, end - at);
      if (got === 0) break;
      core.memory.refresh();
      parts.push(core.memory.u32.slice(buffer, buffer + got));
      length += got;
      at += got;
    }
    return joined(parts, length);
  }

  get [Symbol.toStringTag](): string {
    return 'HeapWalk';
  }

  /** The state that a number of `slots` stands for. */
  state(slot: number): SlotState {
    return this.#states[slot & ((1 << this.#typeShift) - 1)] ?? 'free';
  }

  /** The type that a number of `slots` stands for; null for untyped memory and free slots. */
  type(slot: number): AnyType | null {
    return this.#known.type(slot >>> this.#typeShift);
  }

  /** The objects of a span as they are now, dead ones that wait for their sweep included. */
  *objects(span: SpanInfo): Generator<ObjectInfo, void, undefined> {
    const { base, slotBytes, slotCount } = { ...span };
    const slots = this.slots({ base, slotCount });
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const state = this.state(slot);
      if (state === 'free') continue;
      yield { address: base + i * slotBytes, size: slotBytes, type: this.type(slot), state };
    }
  }
}

function joined(parts: readonly Uint32Array[], length: number): Uint32Array {
  if (parts.length === 1) return parts[0] as Uint32Array;
  const whole = new Uint32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The spans that begin below `to`, from the one that `from` is in or below. */
function readSpans(core: Core, known: Known, from: number, to: number): SpanInfo[] {
  const { wasm, memory, description } = core;
  const cells = (wasm.mgc_walk() >>> 0) + description.get('walk.spans');
  const bytes = description.get('sizeof.span');
  const read = reader(core, known);
  const spans: SpanInfo[] = [];
  for (;;) {
    const count = wasm.mgc_walk_spans(from as Address) >>> 0;
    if (count === 0) return spans;
    memory.refresh();
    for (let i = 0; i < count; i++) {
      const span = read(cells + i * bytes);
      if (span.base >= to) return spans;
      spans.push(span);
      from = span.base + span.bytes;
    }
    if (from > kAddressMax) return spans;
  }
}

/** Reads the record at an address, with the offsets looked up once. */
function reader({ memory, description }: Core, known: Known): (record: number) => SpanInfo {
  const at = (name: string): number => description.get(`span.${name}`) >>> 2;
  const [base, slotBytes, slotCount, pageCount] = [at('base'), at('slot_bytes'), at('slot_count'), at('page_count')];
  const [sizeClass, typeId, allocated, flags] = [at('size_class'), at('type_id'), at('allocated'), at('flags')];
  const dirtyCards = at('dirty_cards');
  const [large, mixed, unswept] = ['LARGE', 'MIXED', 'UNSWEPT'].map((name) => description.get(`span.${name}`)) as [
    number,
    number,
    number,
  ];
  const pageBytes = description.get('page.bytes');
  const cardShift = description.get('card.shift');
  return (record) => {
    const word = record >>> 2;
    const get = (offset: number): number => memory.u32[word + offset] as number;
    const bits = get(flags);
    return {
      base: get(base),
      bytes: get(pageCount) * pageBytes,
      slotBytes: get(slotBytes),
      slotCount: get(slotCount),
      allocated: get(allocated),
      sizeClass: get(sizeClass),
      type: known.type(get(typeId)),
      large: (bits & large) !== 0,
      mixed: (bits & mixed) !== 0,
      unswept: (bits & unswept) !== 0,
      cards: (get(pageCount) * pageBytes) >>> cardShift,
      dirtyCards: get(dirtyCards),
    };
  };
}
