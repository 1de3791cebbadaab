#!/usr/bin/env node
// npx mallocgc-root app.wasm -o out.wasm: docs/rooting.md tells more.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RootingError } from './binary.mjs';
import { loadBinaryen, withBinaryenIfNeeded } from './optimise.mjs';
import { rootAndVerify } from './root.mjs';

const kUsage = `usage: mallocgc-root INPUT.wasm -o OUTPUT.wasm [options]

Makes a WebAssembly module of an LLVM compiler keep its pointers where the heap of mallocgc finds them.

  -o FILE            where the rooted module goes; nothing is written on an error
  -O LEVEL           let Binaryen optimise afterwards, 0 to 4 (0)
  --barriers         mark the card after each store of a pointer; without it the heap is to be made with no_barriers
  --harmless NAME    an imported function that never comes to a collection; may be repeated
  --floats           doubles may hold pointers (NaN boxes)
  --no-names         drop the names of functions
  --quiet            say nothing but errors`;

// Binaryen is loaded only where it is needed.
async function rooted(input, options) {
  const loaded = options.optimise > 0 ? await loadBinaryen() : undefined;
  return withBinaryenIfNeeded((binaryen = loaded) => rootAndVerify(input, { ...options, binaryen }));
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      optimise: { type: 'string', short: 'O', default: '0' },
      barriers: { type: 'boolean', default: false },
      harmless: { type: 'string', multiple: true, default: [] },
      floats: { type: 'boolean', default: false },
      'no-names': { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(kUsage);
  } else {
    if (positionals.length !== 1 || values.output === undefined || !/^[0-4]$/.test(values.optimise))
      throw new RootingError(kUsage);
    const input = new Uint8Array(readFileSync(positionals[0]));
    const begin = performance.now();
    const { bytes, counters, warnings, reports } = await rooted(input, {
      optimise: Number(values.optimise),
      barriers: values.barriers,
      harmless: values.harmless,
      floats: values.floats,
      names: !values['no-names'],
    });
    if (reports.length > 0)
      throw new RootingError(`the checker finds ${reports.length} values in no frame: this is a mistake of the tool`);
    writeFileSync(values.output, bytes);
    if (!values.quiet) {
      for (const warning of warnings) console.log(`warning: ${warning}`);
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      console.log(
        `${counters.functions} functions, ${counters.calls} calls: ${counters.stores} stores of ${counters.wanted} live values; ` +
          `${input.length} to ${bytes.length} bytes in ${seconds} s`,
      );
      if (counters.thunks === 0) console.log('the heap is linked in: the program calls mgc_enable_c_stack');
      if (!values.barriers) console.log('stores are not barriered: make the heap with no_barriers, or mode stop');
    }
  }
} catch (error) {
  const isOurs =
    error instanceof RootingError || error?.code?.startsWith?.('ERR_PARSE_ARGS') || error?.code === 'ENOENT';
  console.error(isOurs ? error.message : error);
  process.exitCode = 1;
}
