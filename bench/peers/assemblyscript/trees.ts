// This file has trees and gcbench.

import { kHeaderBytes, kNodesOfAStep, Workload } from './stepped';

@final
class Tree {
  constructor(
    public left: Tree | null,
    public right: Tree | null,
  ) {}
}

function build(depth: i32): Tree {
  return depth == 0 ? new Tree(null, null) : new Tree(build(depth - 1), build(depth - 1));
}
function count(node: Tree): i32 {
  const left = node.left;
  return left ? 1 + count(left) + count(node.right!) : 1;
}

@final
export class Trees extends Workload {
  private depth: i32 = 4;
  private done: i32 = 0;
  private phase: i32 = 0;
  private sum: f64 = 0;
  private longLived: Tree | null = null;
  constructor(private most: i32) {
    super();
  }
  step(): bool {
    if (this.phase == 0) {
      this.sum += count(build(this.most + 1));
      this.phase = 1;
      return true;
    }
    if (this.phase == 1) {
      this.longLived = build(this.most);
      this.phase = 2;
      return true;
    }
    if (this.depth > this.most) {
      this.sum += count(this.longLived!);
      return false;
    }
    const trees = 1 << (this.most - this.depth + 4);
    for (let nodes = 0; nodes < kNodesOfAStep && this.done < trees; nodes += 2 << this.depth, this.done++)
      this.sum += count(build(this.depth));
    if (this.done == trees) {
      this.done = 0;
      this.depth += 2;
    }
    return true;
  }
  checksum(): f64 {
    return this.sum;
  }
  operations(): f64 {
    return this.sum;
  }
  allocated(): f64 {
    return this.sum * (offsetof<Tree>() + kHeaderBytes);
  }
}

@final
class BenchNode {
  left: BenchNode | null = null;
  right: BenchNode | null = null;
  i: i32 = 0;
  j: i32 = 0;
}

function bottomUp(depth: i32): BenchNode {
  const node = new BenchNode();
  if (depth > 0) {
    node.left = bottomUp(depth - 1);
    node.right = bottomUp(depth - 1);
  }
  return node;
}
function populate(depth: i32, node: BenchNode): void {
  if (depth == 0) return;
  const left = (node.left = new BenchNode());
  const right = (node.right = new BenchNode());
  populate(depth - 1, left);
  populate(depth - 1, right);
}
// One conditional expression would keep the optimiser of the minimal runtime's build busy for ever.
function countAll(node: BenchNode | null): i32 {
  if (!node) return 0;
  return 1 + countAll(node.left) + countAll(node.right);
}
function sizeOf(depth: i32): i32 {
  return (2 << depth) - 1;
}

@final
export class GcBench extends Workload {
  private depth: i32 = 4;
  private done: i32 = 0;
  private phase: i32 = 0;
  private nodes: f64 = 0;
  private tree: BenchNode | null = null;
  private array: StaticArray<f64> | null = null;
  constructor(private most: i32) {
    super();
    if (most == 0) this.most = 16;
  }
  private longLived(): void {
    const tree = (this.tree = new BenchNode());
    populate(16, tree);
    const array = (this.array = new StaticArray<f64>(500000));
    for (let i = 0; i < 250000; i++) array[i] = 1.0 / f64(i + 1);
  }
  step(): bool {
    if (this.phase == 0) {
      bottomUp(18);
      this.phase = 1;
      return true;
    }
    if (this.phase == 1) {
      this.longLived();
      this.phase = 2;
      return true;
    }
    if (this.depth > this.most) return false;
    const size = sizeOf(this.depth);
    const trees = (2 * sizeOf(18)) / size;
    for (let made = 0; made < kNodesOfAStep && this.done < 2 * trees; made += size, this.done++, this.nodes += size) {
      if (this.done < trees) populate(this.depth, new BenchNode());
      else bottomUp(this.depth);
    }
    if (this.done == 2 * trees) {
      this.done = 0;
      this.depth += 2;
    }
    return true;
  }
  checksum(): f64 {
    return f64(countAll(this.tree)) + Math.floor(1 / this.array![999]);
  }
  operations(): f64 {
    return this.nodes;
  }
  allocated(): f64 {
    return this.nodes * (offsetof<BenchNode>() + kHeaderBytes);
  }
}
