// The tools read a module that is valid, and nothing else: the engine is asked first. Where it says no, that may be for
// a feature that it does not know. Binaryen knows more of these, and is asked then.

import { RootingError, sections, UnknownInstruction } from './binary.mjs';
import { WasmModule } from './module.mjs';
import { isTakenByBinaryen, NeedsBinaryen } from './optimise.mjs';

/**
 * Calls read() for a module that is valid, and returns what that gives. Throws a RootingError with what the engine says
 * where it is not. `binaryen` may be undefined: then a module that the engine does not take is a NeedsBinaryen, which
 * says the same.
 */
export function readValid(bytes, options, read) {
  sections(bytes); // what is no module at all is named so
  const said = engineSays(bytes);
  if (said === '') return read();
  nameUnknown(bytes, options, said);
  if (options.binaryen === undefined)
    throw new NeedsBinaryen(
      `the module is not valid here: ${said}; if it has a feature that this engine lacks, this needs Binaryen`,
    );
  const invalid = new RootingError(`the module is not valid: ${said}`);
  if (!isTakenByBinaryen(options.binaryen, bytes)) throw invalid;
  try {
    return read();
  } catch (error) {
    // Binaryen takes some modules that no engine does, and to these the reader need not come to an end.
    if (error instanceof RootingError) throw error;
    throw invalid;
  }
}

// Returns what the engine has against a module, '' if nothing.
function engineSays(bytes) {
  if (WebAssembly.validate(bytes)) return '';
  try {
    return new WebAssembly.Module(bytes) && '';
  } catch (error) {
    return error.message.replace(/^WebAssembly[.]Module[(][)]: /, '');
  }
}

// Instructions that the tools do not know either are named, and their function.
function nameUnknown(bytes, options, said) {
  try {
    new WasmModule(bytes, options);
  } catch (error) {
    if (error instanceof UnknownInstruction) throw new UnknownInstruction(`${error.message} (the engine: ${said})`);
  }
}
