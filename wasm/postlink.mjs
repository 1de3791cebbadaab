// This is the last step of a module: Binaryen takes the linked wasm, drops the exports that only Emscripten's
// JavaScript would want, optimises, strips, orders the functions, validates, checks that memory is the one import, and
// reports the size.
//
//   node wasm/postlink.mjs INPUT OUTPUT [NAME] [--names]
//
// The exports to keep are those of the flavour's lists (exports*.txt) and what the loader needs of the linker. The
// debug flavour keeps its function names for stack traces; with --names any does, so that its bytes can be told apart.

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { orderFunctions } from '../tools/steps/order.mjs';

/** The linker provides these, and a client may need them: the C++ stack, where static data ends, the constructors. */
const kLinkerExports = ['__stack_pointer', '__heap_base', '__data_end', '_initialize'];

/** A client puts its enumerators and trace functions there. The lean flavour calls nobody. */
const kTable = '__indirect_function_table';

/** The compiler was allowed to use these instructions. Binaryen must be told, since the linker drops the list. */
const kFeatures = ['MutableGlobals', 'NontrappingFPToInt', 'SignExt', 'BulkMemory', 'BulkMemoryOpt'];

/**
 * Larger functions stay functions even if they have one caller: an engine replaces its first, quick code of a function
 * between two calls.
 */
const kInlinedOnceMax = 300;
const kInlinedMax = 8;
const kRounds = 2;

/** Each flavour exports what these lists name. */
const kLists = {
  full: ['exports.txt'],
  debug: ['exports.txt', 'exports.debug.txt'],
  lean: ['exports.lean.txt'],
};
const flavourOf = (name) => /^heap\.(debug|lean)\.wasm$/.exec(name)?.[1] ?? 'full';

function exportsToKeep(flavour) {
  const lists = kLists[flavour];
  const here = dirname(fileURLToPath(import.meta.url));
  const texts = lists.map((name) => join(here, name));
  const lines = texts.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  const names = lines.map((line) => line.replace(/#.*/, '').trim()).filter((name) => name !== '');
  return new Set([...names, ...kLinkerExports, ...(flavour === 'lean' ? [] : [kTable])]);
}

function dropExports(module, keep) {
  const names = [];
  for (let i = 0; i < module.getNumExports(); i++) {
    names.push(binaryen.getExportInfo(module.getExportByIndex(i)).name);
  }
  for (const name of names) {
    if (!keep.has(name)) module.removeExport(name);
  }
}

function optimise(module, hasNames) {
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0); // a higher one makes fewer bytes, but more of them compressed
  binaryen.setDebugInfo(hasNames);
  binaryen.setFlexibleInlineMaxSize(kInlinedMax);
  binaryen.setOneCallerInlineMaxSize(kInlinedOnceMax);
  binaryen.setZeroFilledMemory(true); // as the host promises (platform/standalone.cc)
  // the stack's last kilobyte: no address is computed by wrapping into it, so offsets fold into loads and stores
  binaryen.setLowMemoryUnused(true);
  module.runPasses(['remove-unused-module-elements']);
  for (let round = 0; round < kRounds; round++) {
    module.runPasses(['optimize-added-constants-propagate']);
    module.optimize();
  }
  module.runPasses(hasNames ? ['strip-producers'] : ['strip-debug', 'strip-producers']);
}

/** Throws unless the module can be loaded with nothing but a memory and exports what it should. */
function check(bytes, keep, name) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
  if (imports.join(' ') !== 'env.memory') {
    throw new Error(`${name}: the only import must be env.memory, but there are: ${imports.join(' ')}`);
  }
  const exported = new Set(WebAssembly.Module.exports(module).map((entry) => entry.name));
  const lost = [...keep].filter((wanted) => !exported.has(wanted));
  if (lost.length > 0) throw new Error(`${name}: exports are missing: ${lost.join(' ')}`);
}

function postlink(input, name, wantsNames) {
  const flavour = flavourOf(name);
  const keep = exportsToKeep(flavour);
  let module = binaryen.readBinary(input);
  module.setFeatures(kFeatures.reduce((set, feature) => set | binaryen.Features[feature], 0));
  dropExports(module, keep);
  optimise(module, flavour === 'debug' || wantsNames);
  if (flavour !== 'debug') module = orderFunctions(module); // names compress best in the order of the sources
  if (!module.validate()) throw new Error(`${name}: Binaryen finds the module invalid`);
  const bytes = module.emitBinary();
  module.dispose();
  check(bytes, keep, name);
  return bytes;
}

const wantsNames = process.argv.includes('--names');
const [input, output, name = basename(output ?? '')] = process.argv
  .slice(2)
  .filter((argument) => argument !== '--names');
if (!input || !output) {
  console.error('usage: node wasm/postlink.mjs INPUT OUTPUT [NAME] [--names]');
  process.exit(2);
}
const bytes = postlink(new Uint8Array(readFileSync(input)), name, wantsNames);
writeFileSync(output, bytes);
console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
