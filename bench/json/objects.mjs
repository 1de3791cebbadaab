// This keeps the document as plain JS objects, made by the engine's own JSON.parse, or by the reader that fills the
// heap too. It is walked, and a third of it is replaced as demo/document/edit.mjs does, but by plain assignment, which
// is what such a program would do.

import { isReplaced, newLeaf } from '../../demo/document/edit.mjs';
import { isContainer, stringify, walk } from '../../demo/document/js-document.mjs';
import { parse } from '../../demo/document/parse.mjs';

/** A builder for parse.mjs that makes objects and arrays. */
function objectBuilder() {
  const open = [];
  const keys = [];
  const holder = [];
  let inner = holder;
  const add = (value) => {
    if (Array.isArray(inner)) inner.push(value);
    else inner[keys.pop()] = value;
  };
  const begin = (container) => {
    add(container);
    open.push(inner);
    inner = container;
  };
  const end = () => void (inner = open.pop());
  return {
    ...{ literal: add, number: add, text: add, key: (text) => void keys.push(text) },
    ...{ beginList: () => begin([]), beginDict: () => begin({}), endList: end, endDict: end },
    root: () => holder[0],
  };
}

function freshValue(old, unit) {
  if (!isContainer(old)) return newLeaf(unit, 0, 0);
  const keys = Object.keys(old);
  if (keys.length === 0) return [unit];
  if (Array.isArray(old)) return old.map((_, i) => newLeaf(unit, i, 0));
  const fresh = {};
  keys.forEach((key, i) => (fresh[key] = newLeaf(unit, i, 0)));
  return fresh;
}

/** Replaces every third unit: edit.mjs says what a unit is. */
function replaceThird(root) {
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
    if (isContainer(value) && Object.values(value).some(isContainer))
      open.push({ object: value, keys: Object.keys(value), i: 0 });
    else if (isReplaced(unit++, 0)) frame.object[key] = freshValue(value, unit);
  }
  return holder[0];
}

const kCollections = 3; // as often as the engine finds more

const used = () => {
  for (let i = 0; i < kCollections; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
};

export class Objects {
  /** `byReader` makes it by the reader in JS, else by JSON.parse. */
  constructor(byReader) {
    this.byReader = byReader;
    this.before = used();
  }

  parse(text) {
    if (!this.byReader) {
      this.root = JSON.parse(text);
      return;
    }
    const builder = objectBuilder();
    parse(text, builder);
    this.root = builder.root();
  }

  /** Returns the number of values and the sum of the numbers. */
  walk() {
    let [values, sum] = [0, 0];
    walk(this.root, (value) => {
      values += 1;
      if (typeof value === 'number') sum += value;
    });
    return { values, sum };
  }

  replace() {
    this.root = replaceThird(this.root);
  }

  collect() {
    globalThis.gc();
  }

  /** Returns the bytes of the document, after collections. */
  liveBytes() {
    return used() - this.before;
  }

  memoryBytes() {
    return process.memoryUsage().rss;
  }

  /** There are no collections except the engine's. */
  newPauses() {
    return [];
  }

  pieces() {
    return stringify(this.root).pieces;
  }

  dispose() {
    this.root = undefined;
  }
}
