// For the checker every value that may be a pointer and is live across a call that may collect must lie in a frame. It
// knows nothing of how the module was rooted: places.mjs finds addresses of frames, facts.mjs what the words there
// hold. Liveness is the pass's own (liveness.mjs): what is read later is a property of the code, not of the rooting.

import { analyse } from './analyse.mjs';
import { Facts } from './facts.mjs';
import { linesOf } from './lines.mjs';
import { WasmModule } from './module.mjs';
import { findMutators, mutatorParams } from './mutators.mjs';
import { Numbers } from './numbers.mjs';
import { registersStack, warningOnStack } from './stack_words.mjs';
import { readValid } from './validity.mjs';

/**
 * Returns the reports on a module: { function, call, number, variable, line }. The list is empty if all is rooted. The
 * `line`, 'file:line' of the call, is there where the module has DWARF, or `options.sourceMap` (the object) is given.
 * `options.onWarning(text)` is told what the checker cannot know (stack_words.mjs), and which custom sections are
 * damaged. Throws a RootingError for a module that is not valid (validity.mjs).
 */
export function verify(bytes, options = {}) {
  return readValid(bytes, options, () => verifyValid(bytes, options));
}

/** Checks a module that is known to be valid. */
export function verifyValid(bytes, options) {
  const context = new WasmModule(bytes, options);
  context.requireHeap();
  context.mutators = findMutators(context);
  const isChecked = (each) => !each.isImport && context.heapName(each) === '' && context.collectors.has(each.key);
  const checked = [...context.functions.values()].filter(isChecked);
  let found = reportsOn(context, checked);
  const warning = options.onWarning && !registersStack(context) ? warningOnStack(context, checked) : undefined;
  if (warning !== undefined) context.onWarning(warning);
  if (found.length > 0) {
    // Types, and what values are made of, are only looked at where there is something to report.
    context.numbers = Numbers.of(context, bytes, context.onWarning);
    context.isThorough = true;
    found = reportsOn(context, [...new Set(found.map(({ each }) => each))]);
    addLines(context, bytes, options.sourceMap, found);
  }
  for (const text of context.warnings) options.onWarning?.(text);
  return found.map(({ report }) => report);
}

// Returns [{ report, each, start }]: the reports on some functions, with the function and where the call is.
function reportsOn(context, functions) {
  const reports = [];
  for (const each of functions) checkFunction(context, each, reports);
  return reports;
}

function checkFunction(context, each, reports) {
  const found = analyse(context, each);
  const { stream, live } = found;
  if (live.every((list) => list.length === 0)) return;
  const facts = new Facts(context, { ...found, mutators: mutatorParams(stream, context.paramsOf(each)) });
  facts.solve();
  facts.atCalls((index, isCovered) => {
    const call = stream.calls[index];
    for (const v of live[index]) {
      if (isCovered(v)) continue;
      const temporary = stream.temporaries.find(({ variable }) => variable === v);
      const report = {
        function: context.titleOf(each),
        call: call.target < 0 ? 'an indirect call' : context.titleOf(context.functions.get(call.target)),
        number: index,
        variable: temporary ? `an operand of ${temporary.consumer}` : nameOfLocal(context, each, v),
      };
      reports.push({ report, each, start: call.start });
    }
  });
}

function addLines({ positions, onWarning }, bytes, sourceMap, found) {
  const lineAt = linesOf(bytes, positions.codeStart, sourceMap, onWarning);
  for (const { report, start } of found) {
    const line = lineAt(start);
    if (line !== undefined) report.line = line;
  }
}

function nameOfLocal({ contents }, { key }, v) {
  const name = contents.localName(key, v);
  return name === '' ? `local ${v}` : `local ${v} (${name})`;
}
