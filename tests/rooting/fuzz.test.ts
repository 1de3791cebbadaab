// Whatever bytes the tools are given: a module is rooted, and then the engine takes it and the checker finds nothing,
// or it is refused by name. A valid module may hold anything in its custom sections.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { RootingError } from '../../tools/rooting/binary.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { rootAndVerify, rootModule } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { type Code, kCodes, withCode } from './codes.ts';
import { customSections, damaged, damagedCustom, withCustom, withoutCustom } from './mutate.ts';
import { kTexts, kTryTable } from './programs/texts.ts';
import { Numbers } from './random.ts';
import { assemble, type Bytes, compile } from './support.ts';

const kMutants = Number(process.env.MALLOCGC_ROOTING_MUTANTS ?? 60); // of each kind and module
const kSeed = Number(process.env.MALLOCGC_ROOTING_SEED ?? 1);
const kFeature = /does not know|uses no function of the heap|no stack pointer|rooted already|cannot be told/;
const kOptions = [{}, { barriers: true }, { names: false }, { floats: true }];
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kFolder = here('../../build/rooting/fuzz/');

const kModules: Readonly<Record<string, () => Bytes>> = {
  'lists.c': () => compile(['lists.c']),
  'wide.c': () => compile(['wide.c'], ['-O2', '-msimd128', '-mtail-call']),
  ...Object.fromEntries(Object.entries(kTexts).map(([name, text]) => [name, () => assemble(text)])),
  try_table: () => assemble(kTryTable),
  parameters: () => withCode(kCodes['a table of branches leads to loops with parameters'] as Code),
};
const kWithDwarf = ['-gdwarf-2', '-gdwarf-4', '-gdwarf-5'];
const withDwarf = (flag: string): Bytes => {
  const bytes = compile(['lists.c'], ['-O2', flag]);
  return withCustom(bytes, 'sourceMappingURL', [5, ...new TextEncoder().encode('a.map')]);
};

/** Returns what a call gives, or the text of its RootingError. Others are thrown on, with the seed. */
function outcomeOf<T>(seed: number, call: () => T): { value: T } | { refused: string } {
  try {
    return { value: call() };
  } catch (error) {
    if (error instanceof RootingError) return { refused: error.message };
    throw new Error(`seed ${seed}: ${(error as Error).stack}`);
  }
}

const kNames = Object.keys(kModules);

describe.each(kNames)('a module with bytes that are damaged: %s', (name) => {
  const bytes = (kModules[name] as () => Bytes)();
  const first = kSeed * 1e6 + kNames.indexOf(name) * 1e4;
  // Of a module that is too new for this engine, only Binaryen can say what is valid.
  const isKnown = WebAssembly.validate(bytes);

  it('is rooted and valid, or is refused', () => {
    const counts = { rooted: 0, refused: 0 };
    for (let seed = first; seed < first + kMutants; ++seed) {
      const mutant = damaged(bytes, new Numbers(seed));
      const isValid = WebAssembly.validate(mutant);
      const options = {
        ...kOptions[seed % kOptions.length],
        binaryen: seed % 10 === 0 || !isKnown ? binaryen : undefined,
      };
      const root = outcomeOf(seed, () => rootAndVerify(mutant, options));
      if ('refused' in root) {
        counts.refused += 1;
        if (isValid) expect(root.refused, `seed ${seed}`).toMatch(kFeature);
      } else {
        counts.rooted += 1;
        const isRight = WebAssembly.validate(root.value.bytes as Bytes);
        expect([seed, isValid, isRight]).toEqual([seed, isKnown, isKnown]);
        expect([seed, root.value.reports]).toEqual([seed, []]);
      }
      const check = outcomeOf(seed, () => verify(mutant, options));
      if ('refused' in check && isValid) expect(check.refused, `seed ${seed}`).toMatch(kFeature);
      if (!isValid && isKnown) expect([seed, check]).toEqual([seed, { refused: expect.any(String) }]);
    }
    expect(counts.rooted).toBeGreaterThan(kMutants / 20);
    expect(counts.refused).toBeGreaterThan(kMutants / 20);
  });

  it.skipIf(!isKnown)(
    `is refused with what the engine says${isKnown ? '' : ' (this one does not know try_table)'}`,
    () => {
      const cut = Uint8Array.from(bytes);
      const { positions } = new WasmModule(bytes, {});
      const kUnknown = 0x27; // no instruction has this opcode
      cut[(positions.bodies[0]?.[1] ?? 0) - 1] = kUnknown;
      for (const call of [() => rootModule(cut), () => verify(cut), () => rootModule(cut, { binaryen })])
        expect(call).toThrow(/^the module is not valid.*Compiling function #\d+.*@\+\d+/);
    },
  );
});

describe.each(kWithDwarf)('a module whose custom sections are damaged: %s', (flag) => {
  const bytes = withDwarf(flag);
  const options = (seed: number) => ({ barriers: seed % 2 === 0 });
  const plain = [0, 1].map((seed) => withoutCustom(rootAndVerify(bytes, options(seed)).bytes as Bytes));
  // Names say what is the heap's, too: a function that is no more, or no less, by a damaged one.
  const ofHeap = (of: Bytes): string[] => {
    const context = new WasmModule(of, {});
    return [...context.functions.values()].map((each) => context.heapName(each));
  };

  it('is rooted like one whose are not, but for names, and checked', () => {
    for (let seed = kSeed * 1e6; seed < kSeed * 1e6 + kMutants; ++seed) {
      const mutant = damagedCustom(bytes, new Numbers(seed));
      expect(WebAssembly.validate(mutant)).toBe(true);
      const reports = outcomeOf(seed, () => verify(mutant, options(seed)));
      expect(reports, `seed ${seed}`).not.toHaveProperty('refused');
      if (`${ofHeap(mutant)}` !== `${ofHeap(bytes)}`) continue;
      const root = outcomeOf(seed, () => rootAndVerify(mutant, options(seed)));
      if ('refused' in root) throw new Error(`seed ${seed}: ${root.refused}`);
      expect([seed, root.value.reports]).toEqual([seed, []]);
      const isSame = Buffer.compare(withoutCustom(root.value.bytes as Bytes), plain[seed % 2] as Bytes) === 0;
      expect([seed, isSame]).toEqual([seed, true]);
    }
  });
});

describe('a custom section that is damaged', () => {
  const bytes = withDwarf('-gdwarf-4');
  const told = (of: Bytes): { reports: unknown[]; warnings: string[] } => {
    const warnings: string[] = [];
    const reports = verify(of, { onWarning: (text: string) => warnings.push(text) });
    return { reports, warnings: warnings.filter((text) => text.includes('damaged')) };
  };
  const contentOf = (name: string): number[] => {
    const found = customSections(bytes).find((each) => each.name === name);
    expect(found).toBeDefined();
    return [...bytes.subarray(found?.start, found?.end)];
  };
  const cutOff = (name: string): Bytes => withCustom(bytes, name, contentOf(name).slice(0, -3));

  it('is as if it were not there, with a warning: names', () => {
    const damage = withCustom(bytes, 'name', [1, 0xff, 0xff, 0x03, 7]);
    const { reports, warnings } = told(damage);
    expect(warnings).toEqual(['the custom section name is damaged, and passed over']);
    expect(reports).toEqual(told(withCustom(bytes, 'name', undefined)).reports);
    const { bytes: rooted, warnings: rootWarnings } = rootAndVerify(damage);
    expect(rootWarnings).toContain(warnings[0]);
    const left = new WasmModule(rooted, {});
    expect([...left.contents.functionNames()]).toEqual([]);
    expect([...left.contents.globalNames()]).toEqual([[left.stackPointer, '__stack_pointer']]);
  });

  it('leaves other names as they are', () => {
    const kGlobals = 7;
    const more = withCustom(bytes, 'name', [...contentOf('name'), kGlobals, 2, 9, 1]);
    expect(told(more).reports).toEqual(told(bytes).reports);
    expect(told(more).warnings).toEqual(['the custom section name, part 7, is damaged, and passed over']);
  });

  it('is as if it were not there, with a warning: types and lines', () => {
    expect(told(cutOff('.debug_abbrev'))).toEqual({
      reports: told(withCustom(bytes, '.debug_info', undefined)).reports,
      warnings: ['the custom section .debug_info is damaged, and passed over'],
    });
    const kNoRange = Array.from(contentOf('.debug_line'));
    kNoRange[14] = 0; // how many lines an operation of the table can go
    expect(told(withCustom(bytes, '.debug_line', kNoRange))).toEqual({
      reports: told(withCustom(bytes, '.debug_line', undefined)).reports,
      warnings: ['the custom section .debug_line is damaged, and passed over'],
    });
  });

  it('is not given to Binaryen: features', () => {
    const damage = withCustom(bytes, 'target_features', [9, 0x2b, 0x7f]);
    for (const optimise of [0, 2]) {
      const { bytes: rooted, warnings } = rootAndVerify(damage, { binaryen, optimise });
      expect(warnings).toContain('the custom section target_features is damaged, and passed over');
      expect(WebAssembly.validate(rooted as Bytes)).toBe(true);
    }
  });

  // They have the right form, and still Binaryen does not read them.
  it('does not keep Binaryen from optimising', () => {
    const damage = withCustom(bytes, 'target_features', [1, 0x00, 1, 0x61]);
    const { bytes: rooted, warnings, reports } = rootAndVerify(damage, { binaryen, optimise: 2 });
    expect(warnings).toContain('Binaryen cannot read the custom sections name or target_features, which are dropped');
    expect([reports, WebAssembly.validate(rooted as Bytes)]).toEqual([[], true]);
  });

  it('is told by the command: the name of a source map', () => {
    mkdirSync(kFolder, { recursive: true });
    writeFileSync(`${kFolder}named.wasm`, withCustom(bytes, 'sourceMappingURL', [200, 1, 0x61]));
    const run = (): { status: number | null; stderr: string } =>
      spawnSync('node', [here('../../tools/rooting/mallocgc-check.mjs'), `${kFolder}named.wasm`], { encoding: 'utf8' });
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringMatching(/sourceMappingURL is damaged/) });
    for (const text of ['no map', 'null', '{"mappings":7}']) {
      writeFileSync(`${kFolder}named.wasm`, bytes);
      writeFileSync(`${kFolder}a.map`, text);
      expect(run()).toMatchObject({ status: 1, stderr: expect.stringMatching(/a[.]map is no source map/) });
    }
  });

  it('may stand anywhere', () => {
    const names = customSections(bytes).find((each) => each.name === 'name');
    const content = [4, ...new TextEncoder().encode('name'), ...bytes.subarray(names?.start, names?.end)];
    const size = [(content.length & 0x7f) | 0x80, content.length >> 7];
    const rest = withCustom(bytes, 'name', undefined);
    const first = new Uint8Array([...rest.subarray(0, 8), 0, ...size, ...content, ...rest.subarray(8)]);
    expect(WebAssembly.validate(first)).toBe(true);
    expect(withoutCustom(rootAndVerify(first).bytes as Bytes)).toEqual(
      withoutCustom(rootAndVerify(bytes).bytes as Bytes),
    );
  });
});
