// What ships, weighed: every module in dist/, and the JavaScript that an application's bundle gets by importing the package. Raw, and
// compressed as servers do. `npm run sizes` prints it, and bench/gate compares it with what was recorded.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

function weigh(bytes) {
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

/** The outputs that a bundle's entry loads at once: itself and what it imports statically. */
function loadedAtOnce(outputs, entry) {
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement' && outputs[next]) found.add(next);
  }
  return found;
}

/** { 'js entry chunk': …, 'js on demand': … }: the minified package as bundlers split it. */
async function weighScripts(dist) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: "export * from './index.js';", resolveDir: dist, sourcefile: 'entry.js' },
    ...{ bundle: true, minify: true, splitting: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, metafile: true },
    ...{ outdir: 'out', absWorkingDir: dist, logLevel: 'error' },
  });
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === 'entry.js');
  const first = [...loadedAtOnce(metafile.outputs, entry)].map((path) => join(dist, path));
  const bytesOf = (isWanted) => Buffer.concat(outputFiles.filter((file) => isWanted(first.includes(file.path))).map((file) => file.contents));
  const later = bytesOf((isFirst) => !isFirst);
  return { 'js entry chunk': weigh(bytesOf((isFirst) => isFirst)), ...(later.length > 0 ? { 'js on demand': weigh(later) } : {}) };
}

/** Name → { raw, gzip, brotli } in bytes, of what lies built in `dist`. */
export async function weighArtifacts(dist) {
  const modules = readdirSync(dist).filter((name) => /^heap.*\.wasm$/.test(name)).sort();
  const weighed = Object.fromEntries(modules.map((name) => [name, weigh(readFileSync(join(dist, name)))]));
  return { ...weighed, ...(await weighScripts(dist)) };
}
