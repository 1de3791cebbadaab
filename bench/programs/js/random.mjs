// This is xorshift32 (Marsaglia, "Xorshift RNGs", 2003) with the shifts and the seed that every peer uses.

export class Random {
  state = 2463534242;
  next() {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (this.state = x >>> 0);
  }
  /** Returns a number from 0 to n - 1, near enough to even. */
  below(n) {
    return Math.floor((this.next() * n) / 4294967296);
  }
}
