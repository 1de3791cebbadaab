// The workloads of this folder share this: a step's size, xorshift32 with everybody's shifts and seed, and what a
// workload is.

export const kBatch: i32 = 1000;
export const kNodesOfAStep: i32 = 16384;
/** The collector and its allocator have these words before each object. */
export const kHeaderBytes: i32 = 20;

@final
export class Random {
  private state: u32 = 2463534242;
  next(): u32 {
    let x = this.state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return (this.state = x);
  }
  // Returns a number from 0 to n - 1.
  below(n: u32): u32 {
    return u32((u64(this.next()) * n) >> 32);
  }
}

export abstract class Workload {
  abstract step(): bool;
  abstract checksum(): f64;
  abstract operations(): f64;
  /** Returns about how many bytes the steps so far took. */
  abstract allocated(): f64;
}
