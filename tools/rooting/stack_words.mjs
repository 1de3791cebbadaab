// What a function stores on the linear stack counts as rooted, as long as it is above the stack pointer. It is so if
// somebody registers that stack: a rooted module does, a program that calls mgc_add_stack or mgc_enable_c_stack, or the
// host. Where the module does not, the checker cannot know, and says so.

import { analyse } from './analyse.mjs';
import { mayBe } from './operations.mjs';
import { kStackBase, Places } from './places.mjs';
import { kOp } from './stream.mjs';

const kRegisters = new Set(['mgc_add_stack', 'mgc_enable_c_stack']);
const kWordBytes = 4;
const kNamed = 3;

/** Returns whether the module registers its stack itself. */
export function registersStack(context) {
  if (context.mark !== undefined) return true;
  return [...context.functions.values()].some(
    (each) => kRegisters.has(context.heapName(each)) && context.callers.has(each.key),
  );
}

/** Returns a warning on those of some functions that store what may be a pointer on the stack, or undefined. */
export function warningOnStack(context, functions) {
  const found = functions.filter((each) => storesOnStack(context, each)).map((each) => context.titleOf(each));
  if (found.length === 0) return undefined;
  const more = found.length > kNamed ? ` and ${found.length - kNamed} others` : '';
  return (
    `${found.slice(0, kNamed).join(', ')}${more} may have pointers on the linear stack, which count as rooted; but the ` +
    'module does not register that stack (mgc_add_stack, mgc_enable_c_stack), so its host has to'
  );
}

function storesOnStack(context, each) {
  const { stream, may } = analyse(context, each);
  if (!stream.stores.some(({ bytes, value }) => bytes >= kWordBytes && mayBe(value, may))) return false;
  const places = new Places(stream, stream.predecessors(), context.mutators, [], true);
  const state = places.newState();
  for (let block = 0; block < stream.blockCount; ++block) {
    places.enter(block, state);
    for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
      if (stream.op[at] === kOp.store) {
        const { address, value, bytes } = stream.stores[stream.arg[at]];
        const isWord = bytes >= kWordBytes && mayBe(value, may);
        if (isWord && places.placeOf(address, state)?.[0] === kStackBase) return true;
      }
      places.step(at, state);
    }
  }
  return false;
}
