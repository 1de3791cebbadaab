// This chooses the order of a module's functions so that it compresses well: a compressor finds what was said shortly
// before, and gzip nothing that is more than 32 KB back. After each function comes the one, of those that are left,
// which repeats most of it. Binaryen orders functions only by name or by number of calls, hence the way through its
// text format.

import binaryen from 'binaryen';
import { functionsOf } from './sections.mjs';

const kSequenceBytes = 3; // what a compressor can refer to at the least
const kFunction = /^ \(func [^]*?^ \)$/gm;

function sequencesOf(body) {
  const sequences = new Set();
  for (let at = 0; at + kSequenceBytes <= body.length; at++)
    sequences.add((body[at] << 16) | (body[at + 1] << 8) | body[at + 2]);
  return sequences;
}

/** Returns how much of `next` is in `previous`: 0 to 1. */
function repeated(previous, next) {
  let count = 0;
  for (const sequence of next) if (previous.has(sequence)) count++;
  return next.size === 0 ? 0 : count / next.size;
}

function chain(functions) {
  const order = [];
  const left = new Set(functions.keys());
  for (let next = 0; next !== undefined; ) {
    left.delete(next);
    order.push(next);
    const share = new Map([...left].map((each) => [each, repeated(functions[next], functions[each])]));
    next = [...left].reduce(
      (best, each) => (best === undefined || share.get(each) > share.get(best) ? each : best),
      undefined,
    );
  }
  return order;
}

/** Returns the same module with its functions in that order. `module` is disposed of. */
export function orderFunctions(module) {
  const order = chain(functionsOf(module.emitBinary()).map(({ body }) => sequencesOf(body)));
  const text = module.emitText();
  const functions = text.match(kFunction);
  if (functions.length !== order.length)
    throw new Error(`Binaryen writes ${order.length} functions, but ${functions.length} as text`);
  const places = order.values();
  const ordered = binaryen.parseText(text.replace(kFunction, () => functions[places.next().value]));
  ordered.setFeatures(module.getFeatures());
  module.dispose();
  return ordered;
}
