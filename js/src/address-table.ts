// A table by address: open addressing, for what is looked up at every read. Keys are addresses of words; 0 is no key.
//
// A Map would cost several times as much: it hashes numbers above 2^30 as objects, and leaves a hole for each key that
// was deleted.
// inv.js.table: from the home of a key on, no place before the key's is free.
// Doors: roots.ts (what was read lately), lifecycle.ts (finalizers by object).

import type { Address } from './abi.js';

const kLeast = 64;
/** The golden ratio, as a fraction of 2^32: spreads neighbours. */
const kSpread = 0x9e3779b1;

export class AddressTable<V> {
  #keys = new Uint32Array(kLeast);
  #values: (V | undefined)[] = new Array<V | undefined>(kLeast).fill(undefined);
  #mask = kLeast - 1;
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get(key: Address): V | undefined {
    return this.#values[this.#placeOf(key)];
  }

  set(key: Address, value: V): void {
    if (this.#count * 2 > this.#mask) this.#grow();
    const place = this.#placeOf(key);
    if (this.#keys[place] === 0) {
      this.#keys[place] = key;
      this.#count += 1;
    }
    this.#values[place] = value;
  }

  /** Takes a key out; what stands behind it moves up. */
  delete(key: Address): void {
    let hole = this.#placeOf(key);
    if (this.#keys[hole] === 0) return;
    this.#count -= 1;
    for (let next = (hole + 1) & this.#mask; this.#keys[next] !== 0; next = (next + 1) & this.#mask) {
      const home = this.#homeOf(this.#keys[next] as number);
      // A key stays if its home lies behind the hole, on the way round.
      if (((next - home) & this.#mask) < ((next - hole) & this.#mask)) continue;
      this.#keys[hole] = this.#keys[next] as number;
      this.#values[hole] = this.#values[next];
      hole = next;
    }
    this.#keys[hole] = 0;
    this.#values[hole] = undefined;
  }

  /** Empties the table. What was large becomes small again. */
  clear(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    if (this.#keys.length > kLeast) {
      this.#mask = kLeast - 1;
      this.#keys = new Uint32Array(kLeast);
      this.#values = new Array<V | undefined>(kLeast);
    } else {
      this.#keys.fill(0);
    }
    this.#values.fill(undefined);
  }

  #homeOf(key: number): number {
    return (Math.imul(key, kSpread) >>> 7) & this.#mask;
  }

  /** The place of a key, or the free one where it would stand. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    let place = this.#homeOf(key);
    while (keys[place] !== key && keys[place] !== 0) place = (place + 1) & this.#mask;
    return place;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#mask = keys.length * 2 - 1;
    this.#keys = new Uint32Array(keys.length * 2);
    this.#values = new Array<V | undefined>(keys.length * 2).fill(undefined);
    keys.forEach((key, i) => {
      if (key === 0) return;
      const place = this.#placeOf(key);
      this.#keys[place] = key;
      this.#values[place] = values[i];
    });
  }
}
