// The compiler takes a text and gives a module and the layouts of its objects.

import { check } from './checker.mjs';
import { emit } from './emitter.mjs';
import { parse } from './parser.mjs';

/** `abi` is what the heap describes (host.mjs). Throws a SourceError with the line of what is wrong. */
export function compile(source, abi, options = {}) {
  const tree = parse(source);
  check(tree, source);
  return emit(tree, abi, options);
}
