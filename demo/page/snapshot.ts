// A snapshot is a heap as it was at one moment, whose cells a replay changes. It has the same face as a walk, so that
// the heap map can draw it.

import type { AnyType, Heap, SpanInfo } from 'mallocgc';
import type { MapSource, MapState, MapWalk } from './map-tiles.js';

const kStates: readonly MapState[] = ['free', 'new', 'survived', 'dead', 'freed', 'grey'];
const kStateBits = 3;

export class Snapshot implements MapSource, MapWalk {
  readonly spans: SpanInfo[] = [];
  readonly #slots = new Map<number, Uint32Array>();
  readonly #types: (AnyType | null)[] = [null];

  /** Objects are as new, until the replay says what they become; those that wait for their sweep are dead. */
  static of(heap: Heap): Snapshot {
    const snapshot = new Snapshot();
    snapshot.add(heap, (state) => (state === 'dead' ? 'dead' : state === 'free' ? 'free' : 'new'));
    return snapshot;
  }

  /** Takes in the spans of a heap that are not known yet. */
  add(heap: Heap, stateOf: (state: MapState) => MapState): void {
    const walk = heap.walk();
    for (const span of walk.spans) {
      if (this.#slots.has(span.base)) continue;
      const words = walk.slots(span).map((slot) => this.#word(stateOf(walk.state(slot)), walk.type(slot)));
      this.spans.push(span);
      this.#slots.set(span.base, words);
    }
    this.spans.sort((a, b) => a.base - b.base);
  }

  copy(): Snapshot {
    const copy = new Snapshot();
    copy.spans.push(...this.spans);
    copy.#types.splice(0, 1, ...this.#types);
    for (const [base, words] of this.#slots) copy.#slots.set(base, words.slice());
    return copy;
  }

  // ---- what the map asks

  walk(): MapWalk {
    return this;
  }
  slots(span: SpanInfo): Uint32Array {
    return this.#slots.get(span.base) ?? new Uint32Array(0);
  }
  state(slot: number): MapState {
    return kStates[slot & (2 ** kStateBits - 1)] ?? 'free';
  }
  type(slot: number): AnyType | null {
    return this.#types[slot >>> kStateBits] ?? null;
  }

  // ---- what the replay does

  /** Returns the span that an address is in. */
  spanAt(address: number): SpanInfo | undefined {
    let [low, high] = [0, this.spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.spans[middle] as SpanInfo).base <= address) low = middle + 1;
      else high = middle;
    }
    const span = this.spans[low - 1];
    return span !== undefined && address < span.base + span.bytes ? span : undefined;
  }

  stateAt(address: number): MapState {
    const place = this.#place(address);
    return place === undefined ? 'free' : this.state(place.words[place.slot] ?? 0);
  }

  set(address: number, state: MapState, type?: AnyType | null): void {
    const place = this.#place(address);
    if (place === undefined) return;
    const of = type === undefined ? this.type(place.words[place.slot] ?? 0) : type;
    place.words[place.slot] = this.#word(state, of);
  }

  /** Gives the addresses of all cells in a state. */
  *cells(state: MapState): Generator<number> {
    for (const span of this.spans) {
      const words = this.slots(span);
      for (let slot = 0; slot < words.length; slot++)
        if (this.state(words[slot] as number) === state) yield span.base + slot * span.slotBytes;
    }
  }

  #place(address: number): { words: Uint32Array; slot: number } | undefined {
    const span = this.spanAt(address);
    if (span === undefined) return undefined;
    return {
      words: this.slots(span),
      slot: Math.min(span.slotCount - 1, Math.floor((address - span.base) / span.slotBytes)),
    };
  }

  #word(state: MapState, type: AnyType | null): number {
    let index = this.#types.indexOf(type);
    if (index < 0) index = this.#types.push(type) - 1;
    return (index << kStateBits) | kStates.indexOf(state);
  }
}
