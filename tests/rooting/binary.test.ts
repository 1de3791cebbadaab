// The tool reads and writes the binary itself: code that no compiler of C makes but that is valid, names, and functions
// that have other numbers once imports are added.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { kOpcode } from '../../tools/rooting/instructions.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { NeedsBinaryen } from '../../tools/rooting/optimise.mjs';
import { Output } from '../../tools/rooting/output.mjs';
import { rootAndVerify, rootModule } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { call, i32Const, localSet } from '../../tools/rooting/writer.mjs';
import { kCodes, kNoResult, withCode } from './codes.ts';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, compile, kHeaps, outcome, World } from './support.ts';

const { br, end, if: kIf } = kOpcode;

describe.each(Object.entries(kCodes))('%s', (_name, code) => {
  const bytes = withCode(code);
  const numbers = [0, 1, 2];
  const results = (world: World): (number | 'trap')[] =>
    numbers.map((n) => outcome(() => world.call('test_values', n)));
  const imports = { callback: () => undefined };
  const expected = results(new World(bytes, { imports }));

  it('is right once it is rooted, and wrong before', () => {
    expect(expected).not.toContain('trap');
    expect(results(new World(bytes, { imports, heap: 'heap.debug.wasm', stressEvery: 1 }))).not.toEqual(expected);
    for (const optimise of [0, 2])
      for (const barriers of [false, true])
        for (const heap of kHeaps) {
          const { bytes: rooted, reports } = rootAndVerify(bytes, { binaryen, optimise, barriers });
          expect(reports).toEqual([]);
          const world = new World(rooted as Bytes, { imports, heap, stressEvery: 1 });
          expect([optimise, barriers, heap, results(world)]).toEqual([optimise, barriers, heap, expected]);
          expect(world.left()).toBe(0);
        }
  });

  it('is reported before', () => {
    expect(verify(bytes).length).toBeGreaterThan(0);
  });

  it('is reported or right with each store left out', () => {
    const { stores } = rootModule(bytes).counters;
    for (let hole = 0; hole < stores; ++hole) {
      const holed = rootModule(bytes, { skip: (n: number) => n === hole }).bytes as Bytes;
      if (verify(holed).length > 0) continue;
      expect([hole, results(new World(holed, { imports, stressEvery: 1 }))]).toEqual([hole, expected]);
    }
  });
});

describe('functions that are numbered anew', () => {
  const text = (kTexts.callbacks ?? '')
    .replace(
      '(func (export "alone")',
      '(export "again" (func $new)) (export "back" (func $callback)) (func (export "alone")',
    )
    .replace('$make $make)', '$make $make $new)')
    .replace('(table 4 funcref)', '(table (export "table") 4 funcref)');
  const bytes = assemble(text);
  const { bytes: rooted, counters } = rootAndVerify(bytes);

  it('are called through thunks from exports and tables, too', () => {
    expect(counters.thunks).toBe(2);
    const callback = (): undefined => undefined;
    const worlds = [bytes, rooted as Bytes].map((each) => new World(each, { imports: { callback }, stressEvery: 1 }));
    const [before, after] = worlds.map(
      ({ program }) => program as unknown as { again: unknown; table: WebAssembly.Table },
    );
    const own = worlds.map(({ heap }) => heap.exports.mgc_new as unknown);
    expect(before?.again).toBe(own[0]);
    expect(before?.table.get(2)).toBe(own[0]);
    expect(after?.again).not.toBe(own[1]);
    expect(after?.table.get(2)).toBe(after?.again);
    expect(worlds[1]?.call('again', worlds[1]?.node ?? 0)).toBeGreaterThan(0);
  });

  it('keep their names, and those of their locals', () => {
    for (const each of [bytes, compile(['lists.c'])]) {
      const [old, made] = [each, rootAndVerify(each).bytes].map((of) => new WasmModule(of));
      const shift = (made?.contents.importCount ?? 0) - (old?.contents.importCount ?? 0);
      expect(shift).toBe(2);
      let named = 0;
      for (const { key, name, isImport } of old?.functions.values() ?? []) {
        if (isImport) continue;
        expect(made?.functions.get(key + shift)?.name).toBe(name);
        for (let local = 0; local < 8; ++local) {
          const of = old?.contents.localName(key, local);
          expect(made?.contents.localName(key + shift, local)).toBe(of);
          if (of !== '') named += 1;
        }
      }
      if (each === bytes) expect(named).toBeGreaterThan(4);
    }
  });
});

describe('a module', () => {
  it('has no names where they are not wanted, and is rooted all the same', () => {
    const { bytes, reports } = rootAndVerify(assemble(kTexts.table ?? ''), { names: false });
    expect(reports).toEqual([]);
    expect(WebAssembly.Module.customSections(new WebAssembly.Module(bytes as Bytes), 'name')).toHaveLength(0);
  });

  // Thunks cannot be known then for what they stand for: what makes an array takes no object, and something of its type
  // might.
  it('has what a thunk is given rooted where it has no names', () => {
    const bytes = assemble(`(module (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32) (result i32)))
      (import "heap" "mgc_new_array" (func $array (param i32 i32) (result i32)))
      (global (export "__stack_pointer") (mut i32) (i32.const 1024))
      (func (export "f") (param $kind i32) (result i32)
        (call $array (i32.load (local.get $kind)) (i32.load (call $new (i32.const 1))))))`);
    for (const names of [true, false]) expect(rootAndVerify(bytes, { names }).reports).toEqual([]);
  });

  // Not every engine here knows several memories, Binaryen does.
  it('with features that the engine may not know is validated by Binaryen, or asks for it', () => {
    const module = binaryen.parseText(
      (kTexts.table ?? '').replace('(table 4 funcref)', '(memory $other 1) (table 4 funcref)'),
    );
    module.setFeatures(binaryen.Features.All);
    binaryen.setDebugInfo(true);
    const bytes = new Uint8Array(module.emitBinary());
    binaryen.setDebugInfo(false);
    module.dispose();
    expect(rootAndVerify(bytes, { binaryen }).reports).toEqual([]);
    if (WebAssembly.validate(bytes)) expect(rootAndVerify(bytes).reports).toEqual([]);
    else expect(() => rootAndVerify(bytes)).toThrow(NeedsBinaryen);
  });

  it('whose code is wrong is refused', () => {
    const text = assemble(kTexts.values ?? '');
    const context = new WasmModule(text);
    const test = [...context.functions.values()].find((each) => each.aliases.includes('test_values'));
    const [start, close] = context.positions.bodies[test?.bodyIndex ?? 0] ?? [0, 0];
    const refused = (code: number[]): string => {
      const output = new Output(context, []);
      output.edit(test, start, 0, [0, ...code, end], close);
      try {
        rootAndVerify(output.write(true), { binaryen });
      } catch (error) {
        return (error as Error).message;
      }
      return 'it was rooted';
    };
    const make = [...context.functions.values()].find((each) => each.name === 'make')?.key ?? -1;
    expect(refused([...i32Const(1), ...call(make)])).toMatch(/^the module is not valid: .*not enough arguments/);
    expect(refused([...i32Const(1), ...localSet(7), ...i32Const(1), ...i32Const(1), ...call(make)])).toMatch(
      /^the module is not valid: .*local index/,
    );
    expect(refused([...i32Const(0), ...i32Const(1), ...call(make), br, 9])).toMatch(
      /^the module is not valid: .*branch depth/,
    );
    expect(refused([...i32Const(0), ...i32Const(1), ...call(make), kIf, kNoResult])).toMatch(
      /^the module is not valid/,
    );
  });
});
