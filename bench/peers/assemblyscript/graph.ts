// mark, list and steady have a graph of nodes in random order, on one cycle by their left references.

import { kBatch, kHeaderBytes, Random, Workload } from './stepped';

@final
class GraphNode {
  left: GraphNode | null = null;
  right: GraphNode | null = null;
}

function makeSome(table: StaticArray<GraphNode>, from: i32, to: i32): void {
  for (let i = from; i < to; i++) unchecked((table[i] = new GraphNode()));
}
// This is the shuffle of Fisher and Yates, from the top down to `to`.
function shuffleSome(table: StaticArray<GraphNode>, from: i32, to: i32, random: Random): void {
  for (let i = from; i > to; i--) {
    const j = random.below(i + 1);
    const node = unchecked(table[i]);
    unchecked((table[i] = table[j]));
    unchecked((table[j] = node));
  }
}
function linkSome(table: StaticArray<GraphNode>, from: i32, to: i32, randomly: bool, random: Random): void {
  for (let i = from; i < to; i++) {
    const node = unchecked(table[i]);
    node.left = unchecked(table[i + 1 == table.length ? 0 : i + 1]);
    if (randomly) node.right = unchecked(table[random.below(table.length)]);
  }
}
function buildGraph(count: i32, randomly: bool): GraphNode {
  const random = new Random();
  const table = new StaticArray<GraphNode>(count);
  for (let i = 0; i < count; i += kBatch) makeSome(table, i, min(i + kBatch, count));
  for (let i = count - 1; i > 0; i = max(i - kBatch, 0)) shuffleSome(table, i, max(i - kBatch, 0), random);
  for (let i = 0; i < count; i += kBatch) linkSome(table, i, min(i + kBatch, count), randomly, random);
  return table[0];
}

const kCollections: i32 = 2;

/** The host collects before the first step and in each, as nothing may be on the stack then. */
@final
export class Mark extends Workload {
  private start: GraphNode;
  private done: i32 = 0;
  constructor(
    private count: i32,
    randomly: bool,
  ) {
    super();
    this.start = buildGraph(count, randomly);
  }
  step(): bool {
    return ++this.done < kCollections;
  }
  checksum(): f64 {
    let hops: f64 = 1;
    for (let node = this.start.left!; node !== this.start; node = node.left!) hops++;
    return hops;
  }
  operations(): f64 {
    return f64(kCollections) * f64(this.count);
  }
  allocated(): f64 {
    return 0;
  }
}

@final
class Short {
  first: Short | null = null;
  second: Short | null = null;
  unused: u32 = 0;
  constructor(public number: u32) {}
}

const kRing: i32 = 100000;

@final
export class Steady extends Workload {
  private graph: GraphNode;
  private ring: StaticArray<Short | null> = new StaticArray<Short | null>(kRing);
  private last: Short | null = null;
  private made: i32 = 0;
  private place: i32 = 0;
  constructor(
    live: i32,
    private count: i32,
  ) {
    super();
    this.graph = buildGraph(live, true);
  }
  step(): bool {
    for (const end = min(this.made + kBatch, this.count); this.made < end; this.made++) {
      const made = new Short(this.made);
      this.last = made;
      if (this.made % 64 != 0) continue;
      unchecked((this.ring[this.place] = made));
      this.place = this.place + 1 == kRing ? 0 : this.place + 1;
    }
    return this.made < this.count;
  }
  checksum(): f64 {
    const oldest = this.ring[this.place];
    return f64((oldest ? oldest : this.ring[0]!).number);
  }
  operations(): f64 {
    return f64(this.count);
  }
  allocated(): f64 {
    return f64(this.made) * (offsetof<Short>() + kHeaderBytes);
  }
}
