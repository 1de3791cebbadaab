#!/usr/bin/env node
// npx mallocgc-check app.wasm: see docs/rooting.md. Exits with 1 if something is reported.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RootingError } from './binary.mjs';
import { loadBinaryen } from './module.mjs';
import { verify } from './verify.mjs';

const kUsage = `usage: mallocgc-check INPUT.wasm [--harmless NAME]… [--floats] [--json]

Reports each value of a WebAssembly module that may be a pointer, is live across a call that may collect, and lies in no
frame: with the function, the call and the variable.`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      harmless: { type: 'string', multiple: true, default: [] },
      floats: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(kUsage);
  } else {
    if (positionals.length !== 1) throw new RootingError(kUsage);
    const binaryen = await loadBinaryen();
    const reports = verify(binaryen, new Uint8Array(readFileSync(positionals[0])), values);
    if (values.json) console.log(JSON.stringify(reports, null, 2));
    else {
      for (const report of reports)
        console.log(
          `${report.line ?? report.function}: ${report.variable} is live across the call of ${report.call}, in no frame`,
        );
      console.log(`${reports.length} values in no frame`);
    }
    if (reports.length > 0) process.exitCode = 1;
  }
} catch (error) {
  const isOurs =
    error instanceof RootingError || error?.code?.startsWith?.('ERR_PARSE_ARGS') || error?.code === 'ENOENT';
  console.error(isOurs ? error.message : error);
  process.exitCode = 2;
}
