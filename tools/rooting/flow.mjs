// Basic blocks are made here: operations in the order of evaluation, and the ways between blocks. A block is numbered
// when it begins, so that every way except those to loop heads goes to a higher number.

export const kOp = { nop: 0, get: 1, set: 2, call: 3, store: 4, sp: 5, pop: 6, global: 7 };

export class Flow {
  op = [];
  arg = [];
  values = []; // of SET and SP, by operation
  starts = [0]; // the first operation of each block
  successors = [[]];

  // These are for the time while the blocks are made.
  block = 0;
  reached = true;

  get blockCount() {
    return this.starts.length;
  }
  blockEnd(block) {
    return block + 1 < this.starts.length ? this.starts[block + 1] : this.op.length;
  }

  /** Returns for each block those that go on to it. */
  predecessors() {
    const lists = this.successors.map(() => []);
    this.successors.forEach((list, block) => {
      for (const next of list) lists[next].push(block);
    });
    return lists;
  }

  /**
   * Carries states forward over the blocks until nothing changes. `through(block)` says whether what comes out of a
   * block is another than it was.
   */
  forward(through) {
    const isDue = new Uint8Array(this.blockCount).fill(1);
    for (let left = true; left; ) {
      left = false;
      for (let block = 0; block < this.blockCount; ++block) {
        if (isDue[block] === 0) continue;
        isDue[block] = 0;
        if (!through(block)) continue;
        for (const next of this.successors[block]) {
          isDue[next] = 1;
          if (next <= block) left = true;
        }
      }
    }
  }

  emit(op, arg, value = null) {
    this.op.push(op);
    this.arg.push(arg);
    this.values.push(value);
  }

  begin(from, reached = true) {
    this.starts.push(this.op.length);
    this.successors.push([]);
    this.block = this.starts.length - 1;
    this.reached = reached;
    for (const block of from) this.successors[block].push(this.block);
    return this.block;
  }

  /** Begins a fresh block that goes on from this one, if this one is reached. */
  cut() {
    return this.begin(this.reached ? [this.block] : [], this.reached);
  }

  /** Says that what follows is not reached from here. */
  leave() {
    this.reached = false;
  }

  /** Goes on at a label: { loop: block } or { from: blocks }, of which the block behind it is made. */
  jump(label) {
    if (label.loop !== undefined) this.successors[this.block].push(label.loop);
    else label.from.push(this.block);
  }
}

/** Copies numbers to a place among others; true if some were others before. */
export function copyTo(to, from, at = 0) {
  let changed = false;
  for (let i = 0; i < from.length; ++i) {
    if (to[at + i] === from[i]) continue;
    to[at + i] = from[i];
    changed = true;
  }
  return changed;
}
