// These make the same deterministic edits on the heap's document and on JS objects: every third *unit* is replaced. A
// unit is a leaf, or a list or object of leaves only; so about a third of all values become garbage, and of all kinds.
// Replaced objects keep their keys.
//
// Both editors walk parents first and count units alike; what replaces a unit depends on its number and the round only.
// Doors: main.mjs.

import { isContainer } from './js-document.mjs';

const kEvery = 3;
const kUnitsPerReport = 1 << 14;

/** Returns the new value of leaf `i` of a unit. */
export function newLeaf(unit, i, round) {
  const n = unit + i;
  if (n % 4 === 3) return n % 8 === 3;
  return n % 2 === 0 ? (unit * 7 + i) / 4 + round : `round ${round}, unit ${unit}, leaf ${i} — edited`;
}

export const isReplaced = (unit, round) => unit % kEvery === round % kEvery;

/** Does one round of edits on JS objects, and returns the new root. */
export function editJs(root, round) {
  const holder = [root];
  const open = [{ object: holder, keys: ['0'], i: 0 }];
  let unit = 0;
  while (open.length > 0) {
    const frame = open[open.length - 1];
    if (frame.i === frame.keys.length) {
      open.pop();
      continue;
    }
    const key = frame.keys[frame.i++];
    const value = frame.object[key];
    if (isContainer(value) && Object.values(value).some(isContainer)) {
      open.push({ object: value, keys: Object.keys(value), i: 0 });
    } else if (isReplaced(unit++, round)) {
      const fresh = newJs(value, unit, round);
      // This is not an assignment: a key may be __proto__.
      Object.defineProperty(frame.object, key, { value: fresh, writable: true, enumerable: true, configurable: true });
    }
  }
  return holder[0];
}

function newJs(value, unit, round) {
  if (!isContainer(value)) return newLeaf(unit, 0, round);
  if (Object.keys(value).length === 0) return [unit];
  if (Array.isArray(value)) return value.map((_, i) => newLeaf(unit, i, round));
  const fresh = {};
  Object.keys(value).forEach((key, i) => {
    Object.defineProperty(fresh, key, {
      value: newLeaf(unit, i, round),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });
  return fresh;
}

class HeapEditor {
  constructor(document, round, hooks) {
    this.document = document;
    this.round = round;
    this.hooks = hooks;
    this.stack = document.newStack();
    this.unit = 0;
    this.replaced = 0;
  }

  run() {
    const { document } = this;
    const open = [document.rootAsChild()];
    while (open.length > 0) {
      const frame = open[open.length - 1];
      if (frame.i === frame.count) {
        open.pop();
        continue;
      }
      const slot = frame.base + frame.i * document.wordBytes;
      frame.i += 1;
      const value = document.raw.loadRef(slot);
      const type = document.typeOf(value);
      const children = document.children(value, type);
      if (children !== undefined && this.hasContainers(children)) open.push(children);
      else if (isReplaced(this.unit++, this.round)) this.replace(slot, value, type, children);
      if (this.unit % kUnitsPerReport === 0) this.hooks.onProgress?.(this.unit);
    }
    this.stack.dispose();
    return { units: this.unit, replaced: this.replaced };
  }

  hasContainers(children) {
    const { document } = this;
    for (let i = 0; i < children.count; i++)
      if (document.children(document.child(children, i)) !== undefined) return true;
    return false;
  }

  /** The new value is built on the stack, then stored into the slot of the old one. */
  replace(slot, value, type, children) {
    const { document, stack, unit } = this;
    this.hooks.onReplace?.(value, type);
    this.replaced += 1 + (children?.count ?? 0);
    if (children === undefined) {
      this.newLeaf(unit, 0);
    } else if (children.count === 0) {
      document.newNumber(stack, unit);
      document.newList(stack, stack.top - 1);
    } else if (type === document.types.List) {
      for (let i = 0; i < children.count; i++) this.newLeaf(unit, i);
      document.newList(stack, 0);
    } else {
      this.newDict(value, unit, children.count);
    }
    document.raw.storeRef(slot, stack.get(0));
    stack.top = 0;
  }

  newDict(old, unit, count) {
    const { document, stack } = this;
    const keys = document.raw.loadRef(old + document.at.keys);
    const order = [];
    for (let i = 0; i < count; i++) {
      stack.push(document.raw.loadRef(keys + i * document.wordBytes));
      this.newLeaf(unit, i);
      order.push([2 * i, 2 * i + 1]);
    }
    document.newDict(stack, 0, order);
  }

  newLeaf(unit, i) {
    const { document, stack } = this;
    const value = newLeaf(unit, i, this.round);
    if (typeof value === 'number') document.newNumber(stack, value);
    else if (typeof value === 'string') document.newText(stack, value);
    else document.newLiteral(stack, value);
  }
}

/**
 * Does one round of edits in the heap. Returns `{ units, replaced }`, the latter in values.
 * @param {import('./heap-document.mjs').HeapDocument} document
 * @param {number} round
 * @param {{ onReplace?: (address: number, type: unknown) => void, onProgress?: (units: number) => void }} [hooks]
 */
export function editHeap(document, round, hooks = {}) {
  return new HeapEditor(document, round, hooks).run();
}
