#!/usr/bin/env node
// npx mallocgc-check app.wasm: docs/rooting.md tells more. It exits with 1 if something is reported.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { customSection, Reader, RootingError, readCustom } from './binary.mjs';
import { withBinaryenIfNeeded } from './optimise.mjs';
import { verify } from './verify.mjs';

const kUsage = `usage: mallocgc-check INPUT.wasm [--harmless NAME]… [--floats] [--source-map FILE] [--json]

Reports each value of a WebAssembly module that may be a pointer, is live across a call that may collect, and lies in no
frame: with the function, the call and the variable; and with the line of the call where the module has DWARF (-g) or
the source map is given, or lies beside it as the module says.`;

const warn = (text) => console.error(`warning: ${text}`);

// A map that was asked for must be there. One that the module names may be missing.
function readSourceMap(asked, module, bytes) {
  const kName = 'sourceMappingURL';
  const section = customSection(bytes, kName);
  const named = (section && readCustom(kName, warn, () => new Reader(section).string())) ?? '';
  const path = asked ?? (named === '' || /^[a-z]+:/i.test(named) ? '' : join(dirname(module), named));
  if (path === '' || (asked === undefined && !existsSync(path))) return undefined;
  let text;
  try {
    text = readFileSync(path, 'utf8');
    return sourceMapOf(text);
  } catch (error) {
    const isNoMap = error instanceof SyntaxError || (asked === undefined && text === undefined);
    if (!isNoMap) throw error;
    const what = `${path} is no source map: ${error.message}`;
    if (asked !== undefined) throw new RootingError(what);
    warn(what);
    return undefined;
  }
}

function sourceMapOf(text) {
  const map = JSON.parse(text);
  const { sources = [], mappings = '' } = map ?? {};
  if (map === null || typeof mappings !== 'string' || !Array.isArray(sources))
    throw new SyntaxError('it has no mappings, or no sources');
  return map;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      harmless: { type: 'string', multiple: true, default: [] },
      floats: { type: 'boolean', default: false },
      'source-map': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(kUsage);
  } else {
    if (positionals.length !== 1) throw new RootingError(kUsage);
    const bytes = new Uint8Array(readFileSync(positionals[0]));
    const sourceMap = readSourceMap(values['source-map'], positionals[0], bytes);
    const reports = await withBinaryenIfNeeded((binaryen) =>
      verify(bytes, { ...values, sourceMap, binaryen, onWarning: warn }),
    );
    if (values.json) console.log(JSON.stringify(reports, null, 2));
    else {
      for (const report of reports)
        console.log(
          `${report.line === undefined ? '' : `${report.line}: `}${report.function}: ${report.variable} is live across ` +
            `the call of ${report.call}, in no frame`,
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
