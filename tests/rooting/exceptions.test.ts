// Modules with try_table are rooted and checked in any Node. They run where an engine knows that instruction.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootAndVerify, rootModule } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { engineOfTryTable, runIn } from './engines.ts';
import { kTryTable } from './programs/texts.ts';
import type { Answer, Request } from './run.ts';
import { assemble, type Bytes, kHeaps } from './support.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kFolder = here('../../build/rooting/exceptions/');
mkdirSync(kFolder, { recursive: true });
const engine = engineOfTryTable();
const kWhy = engine === undefined ? ' (no engine here knows try_table: npm run test:engines installs one)' : '';
const kTests = { test_try_table: 40 };

/** Returns what the tests of some modules come to, each with a collection at every so many allocations. */
function answers(name: string, modules: readonly { bytes: Bytes; heap: string; stressEvery: number }[]): Answer[] {
  const requests = modules.map(({ bytes, heap, stressEvery }, i): Request => {
    const module = `${kFolder}${name}${i}.wasm`;
    writeFileSync(module, bytes);
    return { module, heap, stressEvery, tests: kTests };
  });
  return engine === undefined ? [] : runIn(engine, `${kFolder}${name}.json`, requests);
}

describe('a module with try_table', () => {
  const bytes = assemble(kTryTable);
  const options = [0, 2].flatMap((optimise) => [false, true].map((barriers) => ({ binaryen, optimise, barriers })));

  it('has reports, and none once it is rooted', () => {
    expect(verify(bytes, { binaryen }).length).toBeGreaterThan(4);
    for (const each of options) expect(rootAndVerify(bytes, each).reports).toEqual([]);
  });

  it.skipIf(engine === undefined)(`is right once it is rooted, and wrong before${kWhy}`, () => {
    const rooted = options.map((each) => rootModule(bytes, each).bytes as Bytes);
    const [calm, unrooted, ...found] = answers('rooted', [
      { bytes, heap: 'heap.wasm', stressEvery: 0 },
      { bytes, heap: 'heap.debug.wasm', stressEvery: 1 },
      ...kHeaps.flatMap((heap) => rooted.map((each) => ({ bytes: each, heap, stressEvery: 1 }))),
    ]);
    const expected = calm?.[0]?.[1];
    expect(expected).toEqual(expect.any(Number));
    expect(unrooted?.[0]?.[1]).not.toBe(expected);
    expect(found).toEqual(found.map(() => [['test_try_table', expected, 0]]));
  });

  it.skipIf(engine === undefined)(`is reported or right with each store left out${kWhy}`, () => {
    const { stores } = rootModule(bytes, { binaryen }).counters;
    const holed = Array.from({ length: stores }, (_, hole) => {
      return rootModule(bytes, { binaryen, skip: (n: number) => n === hole }).bytes as Bytes;
    });
    const unseen = holed.filter((each) => verify(each, { binaryen }).length === 0);
    expect(unseen.length).toBeLessThan(stores / 3);
    const [calm, ...found] = answers('holed', [
      { bytes, heap: 'heap.wasm', stressEvery: 0 },
      ...unseen.map((each) => ({ bytes: each, heap: 'heap.debug.wasm', stressEvery: 1 })),
    ]);
    expect(found.map((each) => each[0]?.[1])).toEqual(found.map(() => calm?.[0]?.[1]));
  });
});

/** Builds the program with Emscripten, and returns the script that runs it. */
function build(script: string, flags: readonly string[]): void {
  const options = {
    env: { ...process.env, NODE_PATH: '/usr/share/nodejs' },
    stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'],
  };
  const folders = ['../../src/include/mallocgc/boehm', '../../src/include', '../../src/abi'].map(here);
  const object = script.replace(/js$/, 'o');
  const flavour = ['-DMALLOCGC_FLAVOUR_DEBUG=0', '-DMALLOCGC_FLAVOUR_LEAN=0'];
  const compiling = ['-O2', '-std=c++17', ...flavour, ...folders.map((folder) => `-I${folder}`)];
  execFileSync('em++', [...flags, ...compiling, '-c', here('./programs/thrown.cc'), '-o', object], options);
  const libraries = ['libmallocgc_boehm.a', 'libmallocgc.a'].map((name) => here(`../../build/wasm/${name}`));
  const memory = ['-sALLOW_MEMORY_GROWTH', '-sINITIAL_MEMORY=64MB', '-sMAXIMUM_MEMORY=1GB'];
  execFileSync(
    'em++',
    [
      ...[object, ...libraries, ...flags, '-O1', '-g2', '-o', script, ...memory],
      ...['-sENVIRONMENT=node', '-sEXIT_RUNTIME', '-sWASM_ASYNC_COMPILATION=0'],
    ],
    options,
  );
}

// An Emscripten that is too old for the setting has Binaryen translate the module, which others do too.
function buildWithTryTable(script: string): Bytes {
  const module = script.replace(/js$/, 'wasm');
  const flags = ['-fwasm-exceptions'];
  try {
    build(script, [...flags, '-sWASM_LEGACY_EXCEPTIONS=0']);
  } catch (error) {
    expect((error as Error).message).toMatch(/WASM_LEGACY_EXCEPTIONS/);
    build(script, flags);
    const translated = binaryen.readBinary(new Uint8Array(readFileSync(module)));
    binaryen.setDebugInfo(true);
    translated.runPasses(['translate-to-exnref']);
    writeFileSync(module, translated.emitBinary());
    binaryen.setDebugInfo(false);
    translated.dispose();
  }
  return new Uint8Array(readFileSync(module));
}

describe('a program in C++ with exceptions, built by Emscripten', () => {
  const script = `${kFolder}thrown.js`;
  const rooted = `${kFolder}thrown.rooted.js`;
  const run = (of: string, ...words: readonly string[]): string => {
    const { program = 'node', flags = [] } = engine ?? {};
    return spawnSync(program, [...flags, of, ...words], { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout.trim();
  };

  it('has try_table, reports, and none once it is rooted', () => {
    writeFileSync(`${kFolder}package.json`, '{ "type": "commonjs" }');
    const bytes = buildWithTryTable(script);
    const module = binaryen.readBinary(bytes);
    const text = module.emitText();
    module.dispose();
    expect([text.includes('(try_table'), text.includes('(throw_ref'), text.includes('(try\n')]).toEqual([
      ...[true, true, false],
    ]);
    expect(verify(bytes, { binaryen }).length).toBeGreaterThan(0);
    const made = rootAndVerify(bytes, { binaryen });
    expect(made.reports).toEqual([]);
    writeFileSync(rooted.replace(/js$/, 'wasm'), made.bytes);
    writeFileSync(rooted, readFileSync(script, 'utf8').replaceAll('thrown.wasm', 'thrown.rooted.wasm'));
  });

  it.skipIf(engine === undefined)(`is right with a collection at every allocation, and wrong unrooted${kWhy}`, () => {
    const expected = run(script, 'calm');
    expect(expected).toMatch(/^[0-9]+ [0-9]+$/);
    expect(run(rooted)).toBe(expected);
    expect(run(script)).not.toBe(expected);
  });
});
