// A workload keeps a number of objects alive in a heap and replaces some of them at each step, and does the same on
// plain JS objects. The kinds are in workloads.ts and documents.ts; session.ts runs one, compare.ts both sides in turn.

import type { Heap } from 'mallocgc';

export interface Settings {
  /** About so many objects are allocated at each step. */
  readonly rate: number;
  /** About so many objects are kept alive. */
  readonly live: number;
}

/** A workload is at work on one heap, or on JS objects. */
export interface Running {
  /**
   * Allocates about so many objects, and drops as many once the live size is reached. Returns how many were allocated.
   */
  step(objects: number): number;
  /** Lets everything go. */
  end(): void;
}

export interface Workload {
  readonly id: string;
  readonly name: string;
  /** This is one sentence for the page. */
  readonly about: string;
  /** A document has its text here: another context needs it to make the workload. */
  readonly text?: string;
  /** A step allocates at most so many objects. */
  readonly rateMax: number;
  onHeap(heap: Heap, settings: Settings, log: (line: string) => void): Running;
  onJs(settings: Settings): Running;
}

/** This is a small generator of random numbers (mulberry32), so that both sides of a comparison do the same. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Returns an integer from 0 to `end` - 1. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4294967296) * end);
  }
}

/** Replaces random units out of `count`, each of about `size` objects, by what `make` puts in its place. */
export function replacer(count: number, make: (place: number, random: Random) => number): (objects: number) => number {
  const random = new Random(1);
  let filled = 0;
  return (objects) => {
    let done = 0;
    while (done < objects) done += make(filled < count ? filled++ : random.below(count), random);
    return done;
  };
}
