// This roots a whole module: its functions, the barriers if they are asked for, and the thunks. Then it checks.

import { addBarriers } from './barriers.mjs';
import { RootingError } from './binary.mjs';
import { declareNoBarriers } from './linked.mjs';
import { kSection, WasmModule } from './module.mjs';
import { FunctionRooter } from './rewrite.mjs';
import { addThunks } from './thunks.mjs';
import { reportsIn } from './verify.mjs';

/**
 * Returns { bytes, counters, warnings }. The `options` are `optimise` (0 to 4), `barriers`, `harmless`, `floats`,
 * `names` (keep the name section; by default true), and for tests `skip(n)`, which leaves out store number n. Throws a
 * RootingError for a module that cannot be rooted.
 */
export function rootModule(binaryen, bytes, options = {}) {
  return rooted(binaryen, bytes, options, (result) => result);
}

// `finish(result, module)` is told Binaryen's module, which is gone afterwards.
function rooted(binaryen, bytes, options, finish) {
  const context = new WasmModule(binaryen, bytes, options);
  try {
    if (context.mark !== undefined) throw new RootingError('the module is rooted already');
    context.keepsArguments = true;
    context.requireHeap();
    context.requireStackPointer();
    const warnings = [];
    const counters = { functions: 0, calls: 0, wanted: 0, stores: 0, thunks: 0, barriers: 0 };
    const skip = options.skip ?? (() => false);
    for (const each of context.functions.values()) {
      if (each.isImport || context.heapName(each) !== '') continue;
      if (!context.collectors.has(each.key)) continue;
      new FunctionRooter(context, each, counters, skip).run();
    }
    if (options.barriers) counters.barriers = addBarriers(context);
    else declareNoBarriers(context);
    counters.thunks = addThunks(context, options.barriers === true);
    const { module } = context;
    if (context.sections.some(({ name }) => name.startsWith('.debug_')))
      warnings.push('the DWARF of the module is dropped: it does not describe the rooted code');
    module.runPasses(['strip-dwarf']);
    binaryen.setDebugInfo(options.names ?? true);
    if (options.optimise) {
      binaryen.setOptimizeLevel(options.optimise);
      binaryen.setShrinkLevel(0);
      module.optimize();
    }
    if (!module.validate()) throw new RootingError('the rooted module is not valid: this is a mistake of the tool');
    let out = module.emitBinary();
    out = withSection(out, kSection, JSON.stringify({ barriers: options.barriers ? 'marked' : 'none' }));
    binaryen.setDebugInfo(false);
    return finish({ bytes: out, counters, warnings }, module);
  } finally {
    context.dispose();
  }
}

/**
 * Roots, and then checks the result as any other module, except that Binaryen has it already. Returns `reports`
 * besides: values that the checker finds in no frame. A module with a report is not to be used.
 */
export function rootAndVerify(binaryen, bytes, options = {}) {
  return rooted(binaryen, bytes, options, (result, module) => {
    const context = new WasmModule(binaryen, result.bytes, options, module);
    return { ...result, reports: reportsIn(context, result.bytes, options) };
  });
}

function leb(n) {
  const bytes = [];
  do {
    bytes.push((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    n = Math.floor(n / 128);
  } while (n > 0);
  return bytes;
}

function withSection(bytes, name, text) {
  const nameBytes = new TextEncoder().encode(name);
  const payload = [...leb(nameBytes.length), ...nameBytes, ...new TextEncoder().encode(text)];
  const section = [0, ...leb(payload.length), ...payload];
  const out = new Uint8Array(bytes.length + section.length);
  out.set(bytes);
  out.set(section, bytes.length);
  return out;
}
