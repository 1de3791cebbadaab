// JS values that heap objects hold in their `js` fields (B2). The field holds a number, the core's table of numbers
// says which are in use, and the values themselves stand here. When an object dies, the core's sweeper releases its
// numbers; the face pulls them and drops the values.
//
//
// Each value weighs on the collector's goal as if it were bytes of the heap: otherwise a small heap object could hold a
// large JS value for ever. The core paces what it sees; the weight is added here, and looked at only when it has grown
// by what was missing last time.
//
// inv.js.host: values[n] is held exactly while number n is live or not yet pulled.
// inv.js.weight: a collection is due when live + weight >= goal + what the weight may grow to, in the same proportion.
// Doors: values.ts (the field), lifecycle.ts (pulls the released ones), cycle.ts (asks whether a collection is due).

import type { Runtime } from './runtime.js';
import { readPace } from './stats.js';

const kAllSpans = 0xffffffff;
/** Growth by less than this part of the goal is not worth asking again. */
const kAsksPerGoal = 64;

export class HostValues {
  readonly #runtime: Runtime;
  readonly #weightOfValue: number;
  #values: unknown[] = [undefined];
  #held = 0;
  /** So many were held when the last collection was over. */
  #kept = 0;
  /** Below so many there is nothing to ask. */
  #askAt = Infinity;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#weightOfValue = runtime.settings.jsValueBytes;
    this.askAgain();
  }

  get(number: number): unknown {
    return this.#values[number];
  }

  /** The number to store in a field whose number so far is `old` (0: none). `undefined` is stored as no number. */
  put(old: number, value: unknown): number {
    const { wasm, memory } = this.#runtime;
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
      number = wasm.mgc_host_new() >>> 0;
      memory.refresh();
      if (number === 0) this.#runtime.fail();
      this.#held += 1;
    }
    while (this.#values.length < number) this.#values.push(undefined);
    this.#values[number] = value;
    return number;
  }

  /** Drops the values of dead objects. */
  pull(): void {
    const { wasm } = this.#runtime;
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
    const { live, goal } = readPace(this.#runtime);
    const missing = goal - live - (this.#held - this.#kept * this.#runtime.growth) * this.#weightOfValue;
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

  /** The goal has changed. */
  askAgain(): void {
    if (this.#weightOfValue !== 0) this.#askAt = 0;
  }

  #dropDead(): void {
    this.#runtime.wasm.mgc_sweep(kAllSpans);
    this.pull();
  }

  clear(): void {
    this.#values = [];
  }
}
