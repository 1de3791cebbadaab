// A module that links the heap has to tell it that its stores mark no cards. The library asks a function of its own
// when the program enables the C stack (mgc_enable_c_stack), and that function says no. Here it is made to say yes. It
// is found by its name, as all functions of a linked heap are.

import { RootingError } from './binary.mjs';
import { kOpcode } from './instructions.mjs';
import { kAt } from './output.mjs';
import { i32Const } from './writer.mjs';

const kAsked = /is_rooted_without_barriers/;

/** Throws where the heap is linked in, enables the stack, and cannot be told. */
export function declareNoBarriers(context, output) {
  const own = [...context.functions.values()].filter((each) => !each.isImport);
  if (!own.some((each) => context.heapName(each) === 'mgc_enable_c_stack')) return;
  const asked = own.find((each) => kAsked.test(each.name));
  if (asked === undefined)
    throw new RootingError(
      'the heap that is linked in cannot be told that stores mark no cards: link it as docs/rooting.md says, or root ' +
        'with --barriers',
    );
  const [start, end] = context.positions.bodies[asked.bodyIndex];
  const kNoLocals = 0;
  output.edit(asked, start, kAt.entry, [kNoLocals, ...i32Const(1), kOpcode.end], end);
}
