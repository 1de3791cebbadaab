// The checker reports little on programs that their author has rooted: at most one value to five calls that may
// collect. Types of DWARF tell it which values are numbers, and never that a pointer is one.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../../tools/rooting/analyse.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { type Bytes, clang, compile } from './support.ts';

interface Report {
  function: string;
  variable: string;
}
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kFolder = here('../../build/rooting/framed/');
const kLevels = ['-O0', '-O1', '-O2', '-O3', '-Os'];
const kMostReports = 1 / 5; // of the calls
const kHeaders = [here('../../src/include'), here('../../src/abi'), kFolder];
const kFlavour = ['-DMALLOCGC_FLAVOUR_DEBUG=0', '-DMALLOCGC_FLAVOUR_LEAN=0'];

// The headers want the first of these from a C library.
mkdirSync(kFolder, { recursive: true });
writeFileSync(`${kFolder}string.h`, '#include <stddef.h>\nvoid* memcpy(void*, const void*, size_t);\n');

/** Returns the calls that may collect in the functions that are checked. */
function callsIn(bytes: Bytes): number {
  const context = new WasmModule(bytes, {});
  let calls = 0;
  for (const each of context.functions?.values() ?? [])
    if (!each.isImport && context.heapName(each) === '' && context.collectors?.has(each.key))
      calls += streamOf(context, each).calls.length;
  return calls;
}
const reportsOn = (bytes: Bytes): Report[] => verify(bytes) as Report[];

const kKinds: Record<string, string[]> = {
  'by calls, the mutator a parameter': ['-DBY_CALL'],
  'by calls, the mutator in a variable': ['-DBY_CALL', '-DIN_GLOBAL'],
  'inlined, the mutator a parameter': [],
  'inlined, the mutator in a variable': ['-DIN_GLOBAL'],
};
const framed = (kind: readonly string[], level: string): Bytes =>
  compile(['framed.c'], [level, '-g', ...kind, ...kFlavour], 'framed', kHeaders);

describe('false reports on rooted programs', () => {
  it.each(Object.entries(kKinds))('are at most one to five calls at each level: %s', (_name, kind) => {
    for (const level of kLevels) {
      const bytes = framed(kind, level);
      const calls = callsIn(bytes);
      expect(calls).toBeGreaterThanOrEqual(20);
      const reports = reportsOn(bytes);
      expect([level, reports.length <= calls * kMostReports, reports]).toEqual([level, true, reports]);
    }
  });

  it("are at most one to five calls at each level: LLVM's text, the mutator in a variable", () => {
    const source = readFileSync(here('./programs/framed.ll'), 'utf8');
    // Newer ones have one type of pointers.
    writeFileSync(`${kFolder}framed.ll`, /-1[5-9]$/.test(clang()) ? source.replace(/i8\*+/g, 'ptr') : source);
    for (const level of kLevels) {
      const bytes = compile([`${kFolder}framed.ll`], [level, '-g'], 'framed-text');
      const calls = callsIn(bytes);
      expect(calls).toBeGreaterThanOrEqual(8);
      const reports = reportsOn(bytes);
      expect([level, reports.length <= calls * kMostReports, reports]).toEqual([level, true, reports]);
    }
  });

  it('are not what a frame that is left out gives', () => {
    for (const [name, kind] of Object.entries(kKinds))
      for (const level of kLevels.slice(1)) {
        const source = readFileSync(here('./programs/framed.c'), 'utf8');
        const holed = source.replace('KEEP(0, left);\n  right = tree_of', 'right = tree_of');
        expect(holed).not.toBe(source);
        writeFileSync(`${kFolder}holed.c`, holed);
        const bytes = compile([`${kFolder}holed.c`], [level, '-g', ...kind, ...kFlavour], 'holed', kHeaders);
        expect([name, level, reportsOn(bytes).map((each) => each.function)]).toEqual([
          name,
          level,
          expect.arrayContaining(['tree_of']),
        ]);
      }
  });
});

describe('types of DWARF', () => {
  it.each(['-gdwarf-2', '-gdwarf-3', '-gdwarf-4', '-gdwarf-5'])('tell numbers, and hide no pointer: %s', (debug) => {
    const source = readFileSync(here('./programs/typed.c'), 'utf8');
    const names = (prefix: string): string[] =>
      [...source.matchAll(/EXPORT\((\w+)\)/g)].flatMap(([, name]) => (name?.startsWith(prefix) ? [name] : [])).sort();
    for (const level of kLevels.slice(1)) {
      const found = [...new Set(reportsOn(compile(['typed.c'], [level, debug])).map((each) => each.function))];
      expect([level, found.filter((name) => name.startsWith('hole_')).sort()]).toEqual([level, names('hole_')]);
      expect([level, found.filter((name) => name.startsWith('number_'))]).toEqual([level, []]);
      const untyped = new Set(reportsOn(compile(['typed.c'], [level])).map((each) => each.function));
      for (const name of names('number_')) expect([level, name, untyped.has(name)]).toEqual([level, name, true]);
    }
  });
});
