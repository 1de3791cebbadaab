// The checker: every value that may be a pointer and is live across a call that may collect must lie in a frame. It
// knows nothing of how the module was rooted: places.mjs finds addresses of frames, facts.mjs what the words there
// hold. Liveness is the pass's own (liveness.mjs): what is read later is a property of the code, not of the rooting.

import { RootingError } from './binary.mjs';
import { Facts } from './facts.mjs';
import { linesOf } from './lines.mjs';
import { WasmModule } from './module.mjs';
import { Positions } from './positions.mjs';
import { analyse } from './rewrite.mjs';
import { UnknownInstruction } from './stream.mjs';

/**
 * The reports on a module: { function, call, number, variable, line }; empty if all is rooted. `line`, 'file:line' of
 * the call, is there where the module has DWARF, or `options.sourceMap` (the object) is given.
 */
export function verify(binaryen, bytes, options = {}) {
  const context = new WasmModule(binaryen, bytes, options);
  try {
    context.requireHeap();
    const reports = [];
    const places = new Map(); // of reports: [function, ordinal of the call]
    for (const each of context.functions.values()) {
      if (each.isImport || context.heapName(each) !== '' || !context.collectors.has(each.key)) continue;
      try {
        checkFunction(context, each, reports, places);
      } catch (error) {
        if (!(error instanceof UnknownInstruction)) throw error;
        throw new RootingError(`${each.name}: an instruction that this tool does not know: ${error.message}`);
      }
    }
    addLines(bytes, options.sourceMap, places);
    return reports;
  } finally {
    context.dispose();
  }
}

function checkFunction(context, each, reports, places) {
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
      const report = {
        function: context.titleOf(each),
        call: call.target === 0 ? 'an indirect call' : context.titleOf(context.functions.get(call.target)),
        number: index,
        variable: temporary ? `an operand of ${context.kinds.nameOf(temporary.parent)}` : nameOfLocal(context, each, v),
      };
      reports.push(report);
      places.set(report, [each, call.ordinal]);
    }
  });
}

function addLines(bytes, sourceMap, places) {
  if (places.size === 0) return;
  const positions = new Positions(bytes);
  const lineAt = linesOf(bytes, positions.codeStart, sourceMap);
  const calls = new Map();
  for (const [report, [{ bodyIndex }, ordinal]] of places) {
    if (!calls.has(bodyIndex)) calls.set(bodyIndex, positions.callsOf(bodyIndex));
    const line = lineAt(calls.get(bodyIndex)[ordinal]);
    if (line !== undefined) report.line = line;
  }
}

function nameOfLocal(context, { pointer }, v) {
  const { binaryen } = context;
  if (binaryen._BinaryenFunctionHasLocalName(pointer, v) === 0) return `local ${v}`;
  return `local ${v} (${context.string(binaryen._BinaryenFunctionGetLocalName(pointer, v))})`;
}
