// This roots a whole module: its functions, the barriers if they are asked for, and the thunks. Then it checks.

import { addBarriers, kBarrier, linkedBarrier } from './barriers.mjs';
import { RootingError } from './binary.mjs';
import { kType } from './instructions.mjs';
import { declareNoBarriers } from './linked.mjs';
import { kSection, WasmModule } from './module.mjs';
import { optimised, requireValid } from './optimise.mjs';
import { Output } from './output.mjs';
import { FunctionRooter } from './rewrite.mjs';
import { addedImports, addThunks } from './thunks.mjs';
import { readValid } from './validity.mjs';
import { verifyValid } from './verify.mjs';
import { sized, unsigned } from './writer.mjs';

/**
 * Returns { bytes, counters, warnings }. The `options` are `optimise` (0 to 4), for which `binaryen` is needed;
 * `barriers`, `harmless`, `floats`, `names` (keep the name section; by default true), and for tests `skip(n)`, which
 * leaves out store number n. Throws a RootingError for a module that cannot be rooted, or is not valid (validity.mjs).
 */
export function rootModule(bytes, options = {}) {
  return readValid(bytes, options, () => rootValid(bytes, options));
}

function rootValid(bytes, options) {
  const context = new WasmModule(bytes, options);
  if (context.mark !== undefined) throw new RootingError('the module is rooted already');
  context.keepsArguments = true;
  // Without names the checker cannot know thunks for what they stand for, and wants what they are given to be rooted.
  if (options.names === false) context.takingNumbers.clear();
  context.requireHeap();
  context.requireStackPointer();
  const hasBarriers = options.barriers === true;
  const output = outputFor(context, hasBarriers);
  const counters = { functions: 0, calls: 0, wanted: 0, stores: 0, thunks: 0, barriers: 0 };
  const skip = options.skip ?? (() => false);
  for (const each of context.functions.values()) {
    if (each.isImport || context.heapName(each) !== '' || !context.collectors.has(each.key)) continue;
    new FunctionRooter(context, output, each, counters, skip).run();
  }
  if (hasBarriers) counters.barriers = addBarriers(context, output);
  else declareNoBarriers(context, output);
  counters.thunks = addThunks(context, output, hasBarriers);
  const { warnings } = context;
  if (context.sections.some(({ name }) => name.startsWith('.debug_')))
    warnings.push('the DWARF of the module is dropped: it does not describe the rooted code');
  const names = options.names ?? true;
  const rooted = output.write(names);
  const out = options.optimise
    ? optimised(options.binaryen, rooted, options.optimise, names, context.onWarning)
    : rooted;
  requireValid(out, bytes, options.binaryen);
  const text = JSON.stringify({ barriers: hasBarriers ? 'marked' : 'none' });
  return { bytes: withSection(out, kSection, text), counters, warnings };
}

function outputFor(context, hasBarriers) {
  const { i32 } = kType;
  const barrier = hasBarriers && linkedBarrier(context) === undefined;
  const wanted = barrier ? [{ base: kBarrier, params: [i32, i32], results: [] }] : [];
  return new Output(context, addedImports(context, hasBarriers, wanted));
}

/**
 * Adds only the thunks to a module that is rooted in another way: then the heap finds its stack.
 */
export function withThunks(bytes) {
  const context = new WasmModule(bytes);
  const output = outputFor(context, false);
  addThunks(context, output, false);
  return output.write(true);
}

/**
 * Roots, and then checks the result as any other module. Returns `reports` besides: values that the checker finds in no
 * frame. A module with a report is not to be used.
 */
export function rootAndVerify(bytes, options = {}) {
  return readValid(bytes, options, () => {
    const result = rootValid(bytes, options);
    return { ...result, reports: verifyValid(result.bytes, options) };
  });
}

function withSection(bytes, name, text) {
  const payload = [...sized(name), ...new TextEncoder().encode(text)];
  const section = [0, ...unsigned(payload.length), ...payload];
  const out = new Uint8Array(bytes.length + section.length);
  out.set(bytes);
  out.set(section, bytes.length);
  return out;
}
