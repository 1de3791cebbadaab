// These workloads are one loop each: churn (and pause), strings, drop.

import { kBatch, kHeaderBytes, Random, Workload } from './stepped';

abstract class Loop extends Workload {
  protected done: i32 = 0;
  constructor(protected count: i32) {
    super();
  }
  protected end(): i32 {
    return min(this.done + kBatch, this.count);
  }
  operations(): f64 {
    return f64(this.count);
  }
}

@final
class ChurnNode {
  link: ChurnNode | null = null;
  other: ChurnNode | null = null;
  constructor(
    public id: u32,
    public value: u32,
  ) {}
}

@final
export class Churn extends Loop {
  private random: Random = new Random();
  private table: StaticArray<ChurnNode>;
  private mask: i32;
  private serial: u32 = 0;
  constructor(k: i32, count: i32) {
    super(count);
    this.mask = (1 << k) - 1;
    this.table = new StaticArray<ChurnNode>(1 << k);
    for (let i = 0; i <= this.mask; i += kBatch) this.fill(i, min(i + kBatch, this.mask + 1));
  }
  private fill(from: i32, to: i32): void {
    for (let i = from; i < to; i++) unchecked((this.table[i] = this.make()));
  }
  private make(): ChurnNode {
    return new ChurnNode(this.serial++, this.random.next());
  }
  step(): bool {
    const table = this.table;
    const mask = this.mask;
    const random = this.random;
    for (const end = this.end(); this.done < end; this.done++) {
      const i = random.next() & mask;
      const j = random.next() & mask;
      const node = this.make();
      const old = unchecked(table[j]);
      old.link = null;
      node.link = old;
      unchecked((table[i] = node));
    }
    return this.done < this.count;
  }
  checksum(): f64 {
    let sum: u32 = 0;
    for (let i = 0; i <= this.mask; i++) {
      const node = this.table[i];
      const link = node.link;
      sum += node.id + node.value + (link ? 3 * link.id : 0);
    }
    return f64(sum);
  }
  allocated(): f64 {
    return f64(this.done) * (offsetof<ChurnNode>() + kHeaderBytes);
  }
}

const kRing: i32 = 100000;

@final
export class Strings extends Loop {
  private random: Random = new Random();
  private ring: StaticArray<StaticArray<u8> | null> = new StaticArray<StaticArray<u8> | null>(kRing);
  private place: i32 = 0;
  private sum: u32 = 0;
  private bytes: f64 = 0;
  step(): bool {
    const ring = this.ring;
    const random = this.random;
    for (const end = this.end(); this.done < end; this.done++) {
      const x = random.next();
      const length: i32 = 8 + (((x >> 8) * 57) >> 24);
      const old = unchecked(ring[this.place]);
      if (old) this.sum += u32(unchecked(old[0])) + u32(unchecked(old[unchecked(old[0]) - 1]));
      const bytes = new StaticArray<u8>(length);
      unchecked((bytes[0] = u8(length)));
      unchecked((bytes[length - 1] = u8(x)));
      unchecked((ring[this.place] = bytes));
      this.place = this.place + 1 == kRing ? 0 : this.place + 1;
      this.bytes += length + kHeaderBytes;
    }
    return this.done < this.count;
  }
  checksum(): f64 {
    return f64(this.sum);
  }
  allocated(): f64 {
    return this.bytes;
  }
}

@final
class Drop16 {
  first: Drop16 | null = null;
  second: Drop16 | null = null;
  a: i32 = 0;
  b: i32 = 0;
}
class Six {
  a: i32 = 0;
  b: i32 = 0;
  c: i32 = 0;
  d: i32 = 0;
  e: i32 = 0;
  f: i32 = 0;
}
@final
class Drop32 extends Six {
  first: Drop32 | null = null;
  second: Drop32 | null = null;
}
class Fourteen extends Six {
  g: i32 = 0;
  h: i32 = 0;
  i: i32 = 0;
  j: i32 = 0;
  k: i32 = 0;
  l: i32 = 0;
  m: i32 = 0;
  n: i32 = 0;
}
@final
class Drop64 extends Fourteen {
  first: Drop64 | null = null;
  second: Drop64 | null = null;
}

@final
export class Drop<T> extends Loop {
  private last: T | null = null;
  private made: i32 = 0;
  step(): bool {
    for (const end = this.end(); this.done < end; this.done++) {
      this.last = instantiate<T>();
      this.made += i32(this.last !== null);
    }
    return this.done < this.count;
  }
  checksum(): f64 {
    return f64(this.made);
  }
  allocated(): f64 {
    return f64(this.made) * (offsetof<T>() + kHeaderBytes);
  }
}

export function makeDrop(bytes: i32, count: i32): Workload {
  if (bytes == 64) return new Drop<Drop64>(count);
  if (bytes == 32) return new Drop<Drop32>(count);
  return new Drop<Drop16>(count);
}
