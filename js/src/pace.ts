// The pace: how long a unit of the collector's work takes here. Clocks of hosts are coarse (5 µs to 100 ms, so that
// nobody times others by them), and a slice is shorter than most of their ticks: so slices are cut by counted units,
// and time only says, over many of them, what a unit costs.
//
// Work on which the clock has not moved is added up until it does: the sum of many short times is right although each
// of them was read as 0 or as a whole tick. What was measured long ago counts less and less.
// Doors: cycle.ts.

/** As a unit takes on a machine of a few years ago, natively; until the first tick. */
const kFirstNsPerUnit = 16;
const kLeastNsPerUnit = 1;
const kMostNsPerUnit = 1000;
/** Less work than this takes its time for other things. */
const kLeastUnits = 2048;
/** Measured time beyond which older measurements count half; at least so many ticks of the clock. */
const kWindowNs = 20e6;
const kWindowTicks = 8;

export class Pace {
  #units = 0;
  #ns = 0;
  /** Units since the clock moved. */
  #pending = 0;
  /** The shortest time but none that was measured. */
  #tickNs = Infinity;
  #nsPerUnit = kFirstNsPerUnit;

  /** So many units were done; the clock has moved by `ns` meanwhile. */
  note(units: number, ns: number): void {
    if (units < kLeastUnits) return;
    this.#pending += units;
    if (!(ns > 0)) return;
    this.#tickNs = Math.min(this.#tickNs, ns);
    this.#units += this.#pending;
    this.#ns += ns;
    this.#pending = 0;
    this.#nsPerUnit = Math.min(kMostNsPerUnit, Math.max(kLeastNsPerUnit, this.#ns / this.#units));
    if (this.#ns <= Math.max(kWindowNs, kWindowTicks * this.#tickNs)) return;
    this.#units /= 2;
    this.#ns /= 2;
  }

  /** Units that so many milliseconds are about worth; at least 1. */
  unitsIn(milliseconds: number): number {
    return Math.max(1, Math.floor((milliseconds * 1e6) / this.#nsPerUnit));
  }

  /** Nanoseconds that so many units take, about. */
  nsOf(units: number): number {
    return units * this.#nsPerUnit;
  }
}
