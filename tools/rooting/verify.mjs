// The checker: every value that may be a pointer and is live across a call that may collect must lie in a frame. It
// knows nothing of how the module was rooted: places.mjs finds addresses of frames, facts.mjs what the words there
// hold. Liveness is the pass's own (liveness.mjs): what is read later is a property of the code, not of the rooting.

import { RootingError } from './binary.mjs';
import { Facts } from './facts.mjs';
import { WasmModule } from './module.mjs';
import { analyse } from './rewrite.mjs';
import { UnknownInstruction } from './stream.mjs';

/** The reports on a module: { function, call, variable, index, kind }; empty if all is rooted. */
export function verify(binaryen, bytes, options = {}) {
  const context = new WasmModule(binaryen, bytes, options);
  try {
    context.requireHeap();
    const reports = [];
    for (const each of context.functions.values()) {
      if (each.isImport || context.heapName(each) !== '' || !context.collectors.has(each.key)) continue;
      try {
        checkFunction(context, each, reports);
      } catch (error) {
        if (!(error instanceof UnknownInstruction)) throw error;
        throw new RootingError(`${each.name}: an instruction that this tool does not know: ${error.message}`);
      }
    }
    return reports;
  } finally {
    context.dispose();
  }
}

function checkFunction(context, each, reports) {
  const found = analyse(context, each);
  const { stream, live } = found;
  if (live.every((list) => list.length === 0)) return;
  const facts = new Facts(context, found);
  facts.solve();
  facts.atCalls((index, isCovered) => {
    const call = stream.calls[index];
    for (const v of live[index]) {
      if (context.parts(stream.types[v]).every(([, part]) => isCovered(v, part))) continue;
      const temporary = stream.temporaries.find(({ variable }) => variable === v);
      reports.push({
        function: context.titleOf(each),
        call: call.target === 0 ? 'an indirect call' : context.titleOf(context.functions.get(call.target)),
        number: index,
        variable: temporary ? `an operand of ${context.kinds.nameOf(temporary.parent)}` : nameOfLocal(context, each, v),
      });
    }
  });
}

function nameOfLocal(context, { pointer }, v) {
  const { binaryen } = context;
  if (binaryen._BinaryenFunctionHasLocalName(pointer, v) === 0) return `local ${v}`;
  return `local ${v} (${context.string(binaryen._BinaryenFunctionGetLocalName(pointer, v))})`;
}
