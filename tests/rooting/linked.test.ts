// C and C++ programs that link the heap with Emscripten, once they are rooted: programs of Boehm's interface, whose
// locals are their only roots.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { beforeAll, describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kFolder = here('../../build/rooting/linked/');
const kLibraries = ['libmallocgc_boehm.a', 'libmallocgc.a'].map((name) => here(`../../build/wasm/${name}`));
const kTimeout = 300_000;

/** Builds a program; gives the script that runs it, beside its module. */
function build(name: string, source: string): string {
  mkdirSync(kFolder, { recursive: true });
  writeFileSync(`${kFolder}package.json`, '{ "type": "commonjs" }');
  const script = `${kFolder}${name}.js`;
  execFileSync(
    source.endsWith('.c') ? 'emcc' : 'em++',
    [
      ...[source, ...kLibraries, '-O1', '-g2', '-o', script, ...(source.endsWith('.c') ? [] : ['-std=c++17'])],
      ...['-DMALLOCGC_FLAVOUR_DEBUG=0', '-DMALLOCGC_FLAVOUR_LEAN=0', '-sENVIRONMENT=node', '-sEXIT_RUNTIME'],
      ...['-sALLOW_MEMORY_GROWTH', '-sINITIAL_MEMORY=64MB', '-sMAXIMUM_MEMORY=1GB', '-sWASM_ASYNC_COMPILATION=0'],
      ...['-I', here('../../src/include/mallocgc/boehm'), '-I', here('../../src/include'), '-I', here('../../src/abi')],
    ],
    { env: { ...process.env, NODE_PATH: '/usr/share/nodejs' } },
  );
  return script;
}

function root(script: string, optimise: number): string {
  const module = script.replace(/js$/, 'wasm');
  const { bytes, reports, counters } = rootAndVerify(binaryen, new Uint8Array(readFileSync(module)), { optimise });
  expect(reports).toEqual([]);
  expect(counters.thunks).toBe(0);
  const rooted = script.replace(/[.]js$/, `.rooted${optimise}.js`);
  writeFileSync(rooted.replace(/js$/, 'wasm'), bytes);
  const base = module.slice(kFolder.length);
  writeFileSync(
    rooted,
    readFileSync(script, 'utf8').replaceAll(base, rooted.replace(/js$/, 'wasm').slice(kFolder.length)),
  );
  return rooted;
}

function lastLine(script: string): string {
  const { stdout } = spawnSync('node', [script], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return stdout.trim().split('\n').at(-1) ?? '';
}

beforeAll(() => {
  for (const library of kLibraries)
    if (!existsSync(library)) throw new Error(`${library} is missing: npm run build makes it`);
});

describe.each(['boehm_test.c', 'boehm_lifecycle_test.c'])("Boehm's interface as wasm: %s", (name) => {
  let script = '';
  it('is built', { timeout: kTimeout }, () => {
    script = build(name.replace(/[.].*/, ''), here(`../boehm/${name}`));
  });
  it('works once it is rooted', { timeout: kTimeout }, () => {
    expect(lastLine(root(script, 0))).toMatch(/^[1-9][0-9]* passed, 0 failed$/);
  });
  it('does not, unrooted', { timeout: kTimeout }, () => {
    expect(lastLine(script)).not.toMatch(/passed, 0 failed$/);
  });
});
