// The emitter looks up here which objects a program has, which of its expressions may collect, and the instructions of
// operators.

import { isPointer } from './checker.mjs';

export const kWord = 4;

export const kOperations = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div_s',
  '%': 'rem_s',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt_s',
  '<=': 'le_s',
  '>': 'gt_s',
  '>=': 'ge_s',
};

/** Returns whether the evaluation of a node may collect. */
export function mayCollect(node) {
  if (node === null || typeof node !== 'object') return false;
  if (Array.isArray(node)) return node.some(mayCollect);
  if ((node.kind === 'call' && !node.isLength) || ['make', 'array', 'fn'].includes(node.kind)) return true;
  const parts = 'condition yes no first second value body left right operand of index place'.split(' ');
  return parts.some((part) => mayCollect(node[part])) || mayCollect(node.arguments);
}

/**
 * These are the types that a program's objects have: name, bytes of the unit, and which words of it and of array items
 * are pointers.
 */
export class Layouts {
  list = [];
  #byName = new Map();

  number(name, words, items = undefined) {
    if (!this.#byName.has(name)) {
      this.#byName.set(name, this.list.length);
      this.list.push({ name, bytes: Math.max(1, words.length) * kWord, pointers: words.map(isPointer), items });
    }
    return this.#byName.get(name);
  }
  record({ name, fields }) {
    return this.number(
      name,
      fields.map(({ type }) => type),
    );
  }
  array(element) {
    return this.number(`[${isPointer(element) ? 'object' : 'int'}]`, [{ kind: 'int' }], isPointer(element));
  }
  closure(captures) {
    const words = captures.map(({ type }) => type);
    return this.number(`closure ${words.map((type) => (isPointer(type) ? 'p' : 'i')).join('')}`, [
      { kind: 'int' },
      ...words,
    ]);
  }
}
