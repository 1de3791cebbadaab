// This weighs what ships: every module in dist/, and the JavaScript that an application's bundle gets by importing the
// package, raw, and compressed as servers do. `npm run sizes` prints it, and bench/gate compares it with what was
// recorded.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

function weigh(bytes) {
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

/** Weighs several files, each compressed by itself, as they are sent. */
function weighFiles(files) {
  const weights = files.map(weigh);
  const sum = (how) => weights.reduce((bytes, weight) => bytes + weight[how], 0);
  return { raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') };
}

/** Returns outputs of a bundler with what they import statically. */
function withImports(outputs, paths) {
  const found = new Set(paths);
  for (const path of found) {
    for (const { path: next, kind } of outputs[path].imports)
      if (kind === 'import-statement' && outputs[next]) found.add(next);
  }
  return [...found];
}

/**
 * Weighs the minified package as a bundler splits it for a program that uses createHeap: the entry chunk, which the
 * program loads at once; all that createHeap() loads, the entry chunk included; and what waits behind a further
 * import().
 */
async function weighScripts(dist) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: {
      contents: "export { createHeap, t, Flags, MallocgcError } from './index.js';",
      resolveDir: dist,
      sourcefile: 'entry.js',
    },
    ...{
      bundle: true,
      minify: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
      metafile: true,
    },
    ...{ outdir: 'out', absWorkingDir: dist, logLevel: 'error' },
  });
  const { outputs } = metafile;
  const pathOf = (entryPoint) => Object.keys(outputs).find((path) => outputs[path].entryPoint === entryPoint);
  const entry = withImports(outputs, [pathOf('entry.js')]);
  const loaded = withImports(outputs, [...entry, pathOf('heap.js')]);
  const later = Object.keys(outputs).filter((path) => !loaded.includes(path));
  const weighed = (paths) =>
    weighFiles(
      outputFiles.filter(({ path }) => paths.some((name) => join(dist, name) === path)).map(({ contents }) => contents),
    );
  return { 'js entry chunk': weighed(entry), 'js of createHeap': weighed(loaded), 'js on demand': weighed(later) };
}

/** Returns name → { raw, gzip, brotli } in bytes, of what lies built in `dist`. */
export async function weighArtifacts(dist) {
  const modules = readdirSync(dist)
    .filter((name) => /^heap.*\.wasm$/.test(name))
    .sort();
  const weighed = Object.fromEntries(modules.map((name) => [name, weigh(readFileSync(join(dist, name)))]));
  return { ...weighed, ...(await weighScripts(dist)) };
}
