// splay with JS objects is a self-adjusting tree of nodes with large payloads (see bench/programs/cpp/splay.cc).

import { Random } from './random.mjs';

const kPayloadDepth = 5;

class Node {
  left = null;
  right = null;
  constructor(key, payload) {
    this.key = key;
    this.payload = payload;
  }
}

function makePayload(depth, key) {
  if (depth === 0) return { numbers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], text: `String for key ${key} in leaf node` };
  return { left: makePayload(depth - 1, key), right: makePayload(depth - 1, key) };
}

function sumOf(payload, depth) {
  if (depth > 0) return sumOf(payload.left, depth - 1) + sumOf(payload.right, depth - 1);
  const { numbers, text } = payload;
  return text.length + text.charCodeAt(text.length - 1) + numbers.reduce((sum, value) => sum + value, 0);
}

class Tree {
  root = null;
  side = new Node(0, null);

  splay(key) {
    const { side } = this;
    let current = this.root;
    let [smaller, greater] = [side, side];
    while (key !== current.key) {
      if (key < current.key) {
        const next = current.left;
        if (next === null) break;
        if (key < next.key) {
          current.left = next.right;
          next.right = current;
          current = next;
          if (current.left === null) break;
        }
        greater.left = current;
        greater = current;
        current = current.left;
      } else {
        const next = current.right;
        if (next === null) break;
        if (key > next.key) {
          current.right = next.left;
          next.left = current;
          current = next;
          if (current.right === null) break;
        }
        smaller.right = current;
        smaller = current;
        current = current.right;
      }
    }
    smaller.right = current.left;
    greater.left = current.right;
    current.left = side.right;
    current.right = side.left;
    side.left = null;
    side.right = null;
    this.root = current;
  }

  has(key) {
    if (this.root === null) return false;
    this.splay(key);
    return this.root.key === key;
  }

  /** Inserts a node, after has(key). */
  insert(node) {
    const { root } = this;
    if (root !== null && node.key > root.key) {
      node.left = root;
      node.right = root.right;
      root.right = null;
    } else if (root !== null) {
      node.right = root;
      node.left = root.left;
      root.left = null;
    }
    this.root = node;
  }

  greatestBelow(key) {
    this.splay(key);
    if (this.root.key < key) return this.root;
    let node = this.root.left;
    while (node !== null && node.right !== null) node = node.right;
    return node;
  }

  remove(key) {
    this.splay(key);
    const { left, right } = this.root;
    this.root = left;
    if (left === null) {
      this.root = right;
      return;
    }
    this.splay(key);
    this.root.right = right;
  }

  sum() {
    let sum = 0;
    const stack = [this.root];
    while (stack.length > 0) {
      const node = stack.pop();
      if (node === null) continue;
      sum = (sum + node.key + sumOf(node.payload, kPayloadDepth)) >>> 0;
      stack.push(node.left, node.right);
    }
    return sum;
  }
}

export function splay(nodes, operations) {
  const random = new Random();
  const tree = new Tree();
  let left = operations;
  const insertNew = () => {
    let key = random.next();
    while (tree.has(key)) key = random.next();
    tree.insert(new Node(key, makePayload(kPayloadDepth, key)));
    return key;
  };
  return {
    prepare() {
      for (let i = 0; i < nodes; ++i) insertNew();
    },
    step() {
      const key = insertNew();
      tree.remove(tree.greatestBelow(key)?.key ?? key);
      return --left > 0;
    },
    checksum: () => tree.sum(),
    operations: () => operations,
  };
}
