// JS values that heap objects hold in their `js` fields (B2). The field holds a number, the core's table of numbers
// says which are in use, and the values themselves stand here. When an object dies, the core's sweeper releases its
// numbers; the face pulls them and drops the values.
//
// Each value weighs on the collector's goal as if it were bytes of the heap: otherwise a small heap object could hold a
// large JS value for ever. The core paces what it sees; the weight is added here, and looked at only when it has grown
// by what was missing last time.
//
// inv.js.host: values[n] is held exactly while number n is live or not yet pulled.
// inv.js.weight: a collection is due when live + weight >= goal + what the weight may grow to, in the same proportion.
// Doors: values.ts (the field), lifecycle.ts (pulls the released ones), cycle.ts (asks whether a collection is due).

import { kNull } from './abi.js';
import type { Core } from './core.js';

const kAllSpans = 0xffffffff;
/** Growth by less than this part of the goal is not worth asking again. */
const kAsksPerGoal = 64;

/** Negative percentages switch automatic collection off; what the memory limit then asks for allows no growth. */
function growthOf(gcPercent: number): number {
  return 1 + Math.max(gcPercent, 0) / 100;
}

export class HostValues {
  readonly #core: Core;
  readonly #weightOfValue: number;
  /** What may be live at the next collection, as a multiple of what was live after the last (C6). */
  #growth: number;
  #values: unknown[] = [undefined];
  #held = 0;
  /** So many were held when the last collection was over. */
  #kept = 0;
  /** Below so many there is nothing to ask. */
  #askAt = Infinity;

  /** A value weighs `weightOfValue` bytes; 0: nothing. */
  constructor(core: Core, weightOfValue: number, gcPercent: number) {
    this.#core = core;
    this.#weightOfValue = weightOfValue;
    this.#growth = growthOf(gcPercent);
    this.askAgain();
  }

  get(number: number): unknown {
    return this.#values[number];
  }

  /** The number to store in a field whose number so far is `old` (0: none). `undefined` is stored as no number. */
  put(old: number, value: unknown): number {
    const { wasm, memory } = this.#core;
    if (value === undefined) {
      if (old !== 0) {
        this.#values[old] = undefined;
        this.#held -= 1;
        wasm.mgc_host_free(old);
      }
      return 0;
    }
    let number = old;
    if (number === 0) {
      this.pull();
      number = this.#core.tryTwice(kNull, () => wasm.mgc_host_new()) >>> 0;
      memory.refresh();
      if (number === 0) this.#core.fail();
      this.#held += 1;
    }
    while (this.#values.length < number) this.#values.push(undefined);
    this.#values[number] = value;
    return number;
  }

  /** Drops the values of dead objects. */
  pull(): void {
    const { wasm } = this.#core;
    for (;;) {
      const number = wasm.mgc_host_next_released() >>> 0;
      if (number === 0) return;
      this.#values[number] = undefined;
      this.#held -= 1;
    }
  }

  /** Whether isDue() should be asked. */
  get hasGrown(): boolean {
    return this.#held >= this.#askAt;
  }

  /** Whether the values alone ask for a collection. What the last one found dead is dropped first. */
  isDue(): boolean {
    if (!this.hasGrown) return false;
    this.#dropDead();
    this.#kept = Math.min(this.#kept, this.#held);
    const { live, goal } = this.#pace();
    const missing = goal - live - (this.#held - this.#kept * this.#growth) * this.#weightOfValue;
    this.#askAt = this.#held + Math.max(missing, goal / kAsksPerGoal) / this.#weightOfValue;
    return missing <= 0;
  }

  /** After a collection: what it found dead is dropped, and the rest is where growth is counted from. */
  settle(): void {
    if (this.#weightOfValue === 0) return;
    this.#dropDead();
    this.#kept = this.#held;
    this.askAgain();
  }

  setGCPercent(gcPercent: number): void {
    this.#growth = growthOf(gcPercent);
    this.askAgain();
  }

  /** The goal has changed. */
  askAgain(): void {
    if (this.#weightOfValue !== 0) this.#askAt = 0;
  }

  /** What the pacer compares, in bytes; the goal is beyond every number where no collection starts by itself. */
  #pace(): { live: number; goal: number } {
    const core = this.#core;
    const stats = core.stats();
    return { live: core.stat(stats, 'heap_live'), goal: core.stat(stats, 'next_gc') };
  }

  #dropDead(): void {
    this.#core.wasm.mgc_sweep(kAllSpans);
    this.pull();
  }

  clear(): void {
    this.#values = [];
  }
}
