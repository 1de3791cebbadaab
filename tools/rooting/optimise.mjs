// Binaryen optimises, and says whether a module is valid where the engine here does not know its features.

import { RootingError, sections } from './binary.mjs';

const kFeatures = [
  ...['MVP', 'MutableGlobals', 'SignExt', 'NontrappingFPToInt', 'BulkMemory', 'BulkMemoryOpt', 'SIMD128'],
  ...['ExceptionHandling', 'TailCall', 'ReferenceTypes', 'Multivalue', 'ExtendedConst', 'Atomics', 'RelaxedSIMD'],
  ...['CallIndirectOverlong', 'MultiMemory'],
];

/** Thrown where Binaryen is needed and not given. */
export class NeedsBinaryen extends RootingError {}

export async function loadBinaryen(why = 'this needs Binaryen') {
  try {
    return (await import('binaryen')).default;
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RootingError(`${why}, which is not installed: npm i binaryen`);
  }
}

/** Calls use(binaryen), with undefined first, and with Binaryen where that turns out to be needed. */
export async function withBinaryenIfNeeded(use) {
  try {
    return use(undefined);
  } catch (error) {
    if (!(error instanceof NeedsBinaryen)) throw error;
    return use(await loadBinaryen(error.message));
  }
}

function withModule(binaryen, bytes, use) {
  if (binaryen === undefined) throw new NeedsBinaryen('this needs Binaryen');
  let module;
  try {
    module = binaryen.readBinary(bytes);
  } catch (error) {
    throw new RootingError(`Binaryen cannot read the module: ${error?.message ?? error}`);
  }
  try {
    // A module that does not say which features it has may have all that are known here.
    const isSilent = sections(bytes).every(({ name }) => name !== 'target_features');
    const known = kFeatures.reduce((set, name) => set | (binaryen.Features[name] ?? 0), 0);
    if (isSilent) module.setFeatures(module.getFeatures() | known);
    return use(module);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw new RootingError(`Binaryen fails on the module: ${error.message}`);
  } finally {
    module.dispose();
  }
}

/**
 * Returns a module that Binaryen has optimised, at a level from 1 to 4. Where Binaryen cannot read its names or what it
 * says of its features, `onWarning` is told, and it is optimised without.
 */
export function optimised(binaryen, bytes, level, keepsNames, onWarning = () => {}) {
  try {
    return optimisedWith(binaryen, bytes, level, keepsNames);
  } catch (error) {
    if (!(error instanceof RootingError) || error instanceof NeedsBinaryen) throw error;
    const out = optimisedWith(binaryen, withoutRead(bytes), level, keepsNames);
    onWarning('Binaryen cannot read the custom sections name or target_features, which are dropped');
    return out;
  }
}

// Returns a module without the custom sections that Binaryen reads.
function withoutRead(bytes) {
  const parts = [bytes.subarray(0, 8)];
  let at = 8;
  for (const { name, end } of sections(bytes)) {
    if (name !== 'name' && name !== 'target_features') parts.push(bytes.subarray(at, end));
    at = end;
  }
  return new Uint8Array(Buffer.concat(parts));
}

function optimisedWith(binaryen, bytes, level, keepsNames) {
  return withModule(binaryen, bytes, (module) => {
    binaryen.setDebugInfo(keepsNames);
    binaryen.setOptimizeLevel(level);
    binaryen.setShrinkLevel(0);
    module.optimize();
    const out = module.emitBinary();
    binaryen.setDebugInfo(false);
    return out;
  });
}

/**
 * Returns whether a module that the engine does not take is valid for Binaryen. It is not where the engine takes what
 * Binaryen writes of it: then it has no feature that the engine lacks.
 */
export function isTakenByBinaryen(binaryen, bytes) {
  try {
    return withModule(
      binaryen,
      bytes,
      (module) => module.validate() !== 0 && !WebAssembly.validate(module.emitBinary()),
    );
  } catch (error) {
    if (error instanceof RootingError) return false;
    throw error;
  }
}

/** Throws where a module is not valid that was made of a valid one. */
export function requireValid(bytes, input, binaryen) {
  if (WebAssembly.validate(bytes)) return;
  if (!WebAssembly.validate(input) && withModule(binaryen, bytes, (module) => module.validate()) !== 0) return;
  throw new RootingError('the rooted module is not valid: this is a mistake of the tool');
}
