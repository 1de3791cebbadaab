// These are the workloads with plain JS objects, written as one would write them, in any engine.

import { kPrograms } from '../programs/js/programs.mjs';
import { Random } from '../programs/js/random.mjs';

const kBatch = 1000;
const kNodesOfAStep = 16384;
const kCollections = 2;

class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}
const build = (depth) => (depth === 0 ? new Node(null, null) : new Node(build(depth - 1), build(depth - 1)));
const count = (node) => (node.left === null ? 1 : 1 + count(node.left) + count(node.right));

/** Repeats `one` until done, a batch a step. This is the frame of the workloads that are one loop. */
const loop = (operations, one, checksum, prepare = () => {}) => {
  let done = 0;
  const step = () => {
    const end = Math.min(done + kBatch, operations);
    for (; done < end; ++done) one(done);
    return done < operations;
  };
  return { prepare, step, checksum, operations: () => operations };
};

function trees(most) {
  let [sum, depth, done, longLived] = [0, 4, 0, null];
  let phase = 0;
  const step = () => {
    if (phase === 0) return ((sum += count(build(most + 1))), (phase = 1), true);
    if (phase === 1) return ((longLived = build(most)), (phase = 2), true);
    if (depth > most) return ((sum += count(longLived)), false);
    const trees = 2 ** (most - depth + 4);
    for (let nodes = 0; nodes < kNodesOfAStep && done < trees; nodes += 2 ** (depth + 1), ++done)
      sum += count(build(depth));
    if (done === trees) [done, depth] = [0, depth + 2];
    return true;
  };
  return { prepare() {}, step, checksum: () => sum, operations: () => sum };
}

class BenchNode {
  left = null;
  right = null;
  i = 0;
  j = 0;
}
const bottomUp = (depth) => {
  const node = new BenchNode();
  if (depth > 0) [node.left, node.right] = [bottomUp(depth - 1), bottomUp(depth - 1)];
  return node;
};
const populate = (depth, node) => {
  if (depth === 0) return;
  node.left = new BenchNode();
  node.right = new BenchNode();
  populate(depth - 1, node.left);
  populate(depth - 1, node.right);
};
const countAll = (node) => (node === null ? 0 : 1 + countAll(node.left) + countAll(node.right));

function gcbench(most) {
  const size = (depth) => 2 ** (depth + 1) - 1;
  let [phase, depth, done, tree, array, nodes] = [0, 4, 0, null, null, 0];
  const step = () => {
    if (phase === 0) return (bottomUp(18), (phase = 1), true);
    if (phase === 1) {
      tree = new BenchNode();
      populate(16, tree);
      array = new Float64Array(500000);
      for (let i = 0; i < 250000; ++i) array[i] = 1 / (i + 1);
      return ((phase = 2), true);
    }
    if (depth > (most || 16)) return false;
    const trees = Math.floor((2 * size(18)) / size(depth));
    for (let made = 0; made < kNodesOfAStep && done < 2 * trees; made += size(depth), ++done) {
      if (done < trees) populate(depth, new BenchNode());
      else bottomUp(depth);
      nodes += size(depth);
    }
    if (done === 2 * trees) [done, depth] = [0, depth + 2];
    return true;
  };
  return { prepare() {}, step, checksum: () => countAll(tree) + Math.floor(1 / array[999]), operations: () => nodes };
}

function churn(k, operations) {
  const mask = 2 ** k - 1;
  const random = new Random();
  const table = [];
  let serial = 0;
  const make = () => ({ link: null, other: null, id: serial++, value: random.next() });
  const one = () => {
    const i = random.next() & mask;
    const j = random.next() & mask;
    const node = make();
    const old = table[j];
    old.link = null;
    node.link = old;
    table[i] = node;
  };
  const checksum = () =>
    table.reduce((sum, node) => (sum + node.id + node.value + (node.link === null ? 0 : 3 * node.link.id)) >>> 0, 0);
  return loop(operations, one, checksum, () => {
    for (let i = 0; i <= mask; ++i) table.push(make());
  });
}

function fifo(count, operations) {
  const random = new Random();
  const make = (number, value) => ({ next: null, unused: null, number, value });
  let first = make(0, 0);
  let last = first;
  let [made, sum] = [0, 0];
  const put = () => {
    const node = make(made++, random.next());
    last.next = node;
    last = node;
  };
  const one = () => {
    put();
    sum = (sum + ((first.value ^ first.number) >>> 0)) >>> 0;
    first = first.next;
  };
  return loop(
    operations,
    one,
    () => sum,
    () => {
      for (let i = 0; i < count; ++i) put();
    },
  );
}

function strings(operations) {
  const random = new Random();
  const ring = new Array(100000).fill(null);
  let [sum, place] = [0, 0];
  const one = () => {
    const x = random.next();
    const length = 8 + (((x >>> 8) * 57) >>> 24);
    const old = ring[place];
    if (old !== null) sum = (sum + old[0] + old[old[0] - 1]) >>> 0;
    const bytes = new Uint8Array(length);
    bytes[0] = length;
    bytes[length - 1] = x;
    ring[place] = bytes;
    place = place + 1 === ring.length ? 0 : place + 1;
  };
  return loop(operations, one, () => sum);
}

function drop(bytes, operations) {
  let [made, last] = [0, null];
  const make = {
    16: () => ({ first: null, second: null, a: 0, b: 0 }),
    32: () => ({ first: null, second: null, a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 }),
    64: () => ({
      first: null,
      second: null,
      a: 0,
      b: 0,
      c: 0,
      d: 0,
      e: 0,
      f: 0,
      g: 0,
      h: 0,
      i: 0,
      j: 0,
      k: 0,
      l: 0,
      m: 0,
      n: 0,
    }),
  }[bytes];
  const one = () => {
    last = make();
    made += last !== null ? 1 : 0;
  };
  return loop(operations, one, () => made);
}

function graph(nodes, random, isRandom = true) {
  const table = Array.from({ length: nodes }, () => new Node(null, null));
  for (let i = nodes - 1; i > 0; --i) {
    const j = random.below(i + 1);
    [table[i], table[j]] = [table[j], table[i]];
  }
  for (let i = 0; i < nodes; ++i) {
    table[i].left = table[i + 1 === nodes ? 0 : i + 1];
    if (isRandom) table[i].right = table[random.below(nodes)];
  }
  return table[0];
}

function mark(nodes, isRandom, gc) {
  let start = null;
  const checksum = () => {
    let hops = 0;
    for (let node = start.left; ; node = node.left) if (++hops && node === start) return hops;
  };
  let done = 0;
  const step = () => (gc(), ++done < kCollections);
  return {
    prepare: () => void ((start = graph(nodes, new Random(), isRandom)), gc()),
    step,
    checksum,
    operations: () => kCollections * nodes,
  };
}

function steady(nodes, operations, gc) {
  let live = null;
  let place = 0;
  const ring = new Array(100000).fill(null);
  const one = (number) => {
    const made = { first: null, second: null, number, unused: 0 };
    if (number % 64 !== 0) return;
    ring[place] = made;
    place = place + 1 === ring.length ? 0 : place + 1;
  };
  const checksum = () => (live === null ? -1 : (ring[place] ?? ring[0]).number);
  return loop(operations, one, checksum, () => {
    live = graph(nodes, new Random());
    gc(); // The others begin with a collected heap too.
  });
}

const kMakers = {
  trees,
  gcbench,
  churn,
  pause: churn,
  fifo,
  strings,
  drop,
  mark: (nodes, _, gc) => mark(nodes, true, gc),
  list: (nodes, _, gc) => mark(nodes, false, gc),
  steady,
  ...kPrograms,
};

/** They are a subject of stepping.mjs; `gc` collects the engine's heap. */
export function objects(gc, memoryBytes) {
  let workload = null;
  return {
    begin(name, a, b) {
      workload = kMakers[name](a, b, gc);
      workload.prepare();
    },
    step: () => workload.step(),
    checksum: () => workload.checksum(),
    operations: () => workload.operations(),
    memoryBytes,
    end: () => void (workload = null),
  };
}
