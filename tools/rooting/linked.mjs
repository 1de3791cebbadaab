// A module that links the heap has to tell it that its stores mark no cards. The library asks a function of its own
// when the program enables the C stack (mgc_enable_c_stack), and that function says no. Here it is made to say yes. It
// is found by its name, as all functions of a linked heap are.

import { RootingError } from './binary.mjs';

const kAsked = /is_rooted_without_barriers/;

/** Throws where the heap is linked in, enables the stack, and cannot be told. */
export function declareNoBarriers(context) {
  const { module, binaryen } = context;
  const own = [...context.functions.values()].filter((each) => !each.isImport);
  if (!own.some((each) => context.heapName(each) === 'mgc_enable_c_stack')) return;
  const asked = own.find((each) => kAsked.test(each.name));
  if (asked === undefined)
    throw new RootingError(
      'the heap that is linked in cannot be told that stores mark no cards: link it as docs/rooting.md says, or root ' +
        'with --barriers',
    );
  binaryen.Function.setBody(asked.pointer, module.i32.const(1));
}
