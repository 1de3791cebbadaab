// The tool reads and writes the binary itself: code that no compiler of C makes but that is valid, names, and functions
// that have other numbers once imports are added.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { kOpcode } from '../../tools/rooting/instructions.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { NeedsBinaryen } from '../../tools/rooting/optimise.mjs';
import { Output } from '../../tools/rooting/output.mjs';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { call, i32Const, localGet, localSet, localTee, unsigned } from '../../tools/rooting/writer.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, compile, kHeaps, outcome, World } from './support.ts';

const kI32 = 0x7f;
const { drop, br, end, i32Add, i32Sub, return: kReturn, if: kIf, else: kElse, block, loop, brIf, brTable } = kOpcode;
const { try: kTry, throw: kThrow, catch: kCatch } = kOpcode;
const kNoResult = 0x40;
const kLoad = [kOpcode.i32Load, 2, 0];
const kDrop = [drop];
const kMul = 0x6c;

/** Gives the numbers of functions by their names, and of types as a block has them. */
type Code = (
  name: (of: string) => number,
  type: (params: readonly number[], results: readonly number[]) => number[],
) => number[];

/** Returns the module of several values, whose test has this code and three locals of i32 beside its parameter. */
function withCode(code: Code): Bytes {
  const bytes = assemble(kTexts.values ?? '');
  const context = new WasmModule(bytes);
  const all = [...context.functions.values()];
  const numberOf = (of: string): number => all.find((each) => each.name === of)?.key ?? -1;
  const test = all.find((each) => each.aliases.includes('test_values'));
  const output = new Output(context, []);
  const typeOf = (params: readonly number[], results: readonly number[]): number[] =>
    unsigned(output.typeOf(params, results));
  const [start, close] = context.positions.bodies[test?.bodyIndex ?? 0] ?? [0, 0];
  output.edit(test, start, 0, [1, 3, kI32, ...code(numberOf, typeOf), end], close);
  const made = output.write(true) as Bytes;
  expect(WebAssembly.validate(made)).toBe(true);
  return made;
}

const make: Code = (name) => call(name('make'));
const fresh =
  (n: number): Code =>
  (name) => [...i32Const(0), ...i32Const(n), ...make(name)];
const value: Code = (name) => call(name('value'));
const collect: Code = (name) => [...fresh(90)(name), ...kDrop];
const down = (local: number): number[] => [...localGet(local), ...i32Const(1), i32Sub, ...localTee(local)];

const kCodes: Readonly<Record<string, Code>> = {
  'several results of a call wait': (name) => [
    ...[...localGet(0), ...call(name('two')), ...fresh(9)(name), ...kDrop, ...fresh(8)(name), ...kDrop, ...localSet(1)],
    ...[...value(name), ...localGet(1), ...kLoad, ...value(name), kMul],
  ],
  'an operand waits whose local is written meanwhile': (name) => [
    ...[...fresh(3)(name), ...localTee(1)],
    ...[...fresh(4)(name), ...localSet(1), ...fresh(5)(name), ...kDrop],
    ...[...value(name), ...localGet(1), ...value(name), kMul],
  ],
  'operands wait around a block with a branch': (name) => [
    ...[...fresh(6)(name), block, kI32, ...fresh(7)(name), ...localGet(0), brIf, 0, ...kDrop, ...fresh(2)(name), end],
    ...[...fresh(1)(name), ...kDrop, ...localSet(1), ...value(name), ...localGet(1), ...value(name), kMul],
  ],
  'a branch leaves the function': (name) => [
    ...[...fresh(3)(name), ...localSet(1), ...fresh(4)(name), ...localSet(2), ...fresh(1)(name), ...kDrop],
    ...[...localGet(0), kIf, kNoResult, ...localGet(1), ...value(name), br, 1, end],
    ...[...localGet(2), ...value(name)],
  ],
  'it returns in several places, once with more on the stack': (name) => [
    ...[...fresh(3)(name), ...localSet(1), ...fresh(4)(name), ...localSet(2), ...fresh(1)(name), ...kDrop],
    ...[...localGet(0), kIf, kNoResult, ...fresh(2)(name), ...localGet(1), ...value(name), kReturn, end],
    ...[...localGet(2), ...value(name), kReturn],
  ],
  'code is never reached': (name) => [
    ...[...fresh(3)(name), ...localSet(1), ...fresh(4)(name), ...localSet(2), ...fresh(1)(name), ...kDrop],
    ...[
      block,
      kNoResult,
      br,
      0,
      kIf,
      kI32,
      ...fresh(1)(name),
      kElse,
      ...fresh(2)(name),
      end,
      ...value(name),
      kIf,
      kNoResult,
    ],
    ...[loop, kNoResult, br, 0, end, end, end],
    ...[
      ...localGet(2),
      ...value(name),
      ...localGet(1),
      ...value(name),
      i32Add,
      kReturn,
      ...fresh(1)(name),
      ...value(name),
    ],
  ],
  'a loop has parameters': (name, type) => [
    ...[...i32Const(3), ...localSet(3), ...fresh(3)(name, type), ...fresh(4)(name, type)],
    ...[loop, ...type([kI32, kI32], [kI32]), ...localSet(1), ...collect(name, type), ...i32Const(2)],
    ...[...make(name, type), ...localGet(1), ...down(3), brIf, 0, ...localSet(1), end, ...localTee(2), ...kLoad],
    ...[...value(name, type), ...localGet(1), ...value(name, type), kMul, ...localGet(2), ...value(name, type), i32Add],
  ],
  'a parameter of a loop waits while another is carried to it': (name, type) => [
    ...[...i32Const(3), ...localSet(1), ...fresh(6)(name, type), loop, ...type([kI32], [kI32])],
    ...[...fresh(7)(name, type), ...down(1), brIf, 0],
    ...[...collect(name, type), ...value(name, type), ...localSet(2), ...value(name, type), ...localGet(2), kMul, end],
  ],
  'an if has a parameter': (name, type) => [
    ...[...fresh(3)(name, type), ...localGet(0), kIf, ...type([kI32], [kI32]), ...collect(name, type)],
    ...[...value(name, type), kElse, ...fresh(2)(name, type), ...localSet(1), ...collect(name, type)],
    ...[...value(name, type), ...localGet(1), ...value(name, type), kMul, end],
  ],
  'an if without an else has parameters': (name, type) => [
    ...[...fresh(3)(name, type), ...fresh(4)(name, type), ...localGet(0), kIf, ...type([kI32, kI32], [kI32, kI32])],
    ...[...localSet(1), ...collect(name, type), ...localGet(1), ...i32Const(8), ...make(name, type), end],
    ...[...collect(name, type), ...value(name, type), ...localSet(1), ...value(name, type), ...localGet(1), kMul],
  ],
  'a block with a parameter is left by a branch': (name, type) => [
    ...[...fresh(3)(name, type), ...fresh(4)(name, type), block, ...type([kI32], [kI32]), ...collect(name, type)],
    ...[...localGet(0), brIf, 0, ...i32Const(5), ...make(name, type), end],
    ...[...collect(name, type), ...value(name, type), ...localSet(1), ...value(name, type), ...localGet(1), kMul],
  ],
  'a try has a parameter': (name, type) => [
    ...[...fresh(3)(name, type), ...fresh(4)(name, type), kTry, ...type([kI32], [kI32]), ...collect(name, type)],
    ...[...localGet(0), kIf, kNoResult, ...fresh(7)(name, type), kThrow, 0, end, kCatch, 0],
    ...[...collect(name, type), end],
    ...[...collect(name, type), ...value(name, type), ...localSet(1), ...value(name, type), ...localGet(1), kMul],
  ],
  'a table of branches leads to loops with parameters': (name, type) => [
    ...[...i32Const(4), ...localSet(2), ...fresh(3)(name, type), loop, ...type([kI32], [kI32])],
    ...[...i32Const(2), ...make(name, type), loop, ...type([kI32], [kI32]), ...collect(name, type)],
    ...[...collect(name, type), block, ...type([kI32], [kI32]), ...i32Const(9), ...make(name, type)],
    ...[...down(2), brTable, 4, 3, 0, 1, 2, 0, end, end, end, ...localTee(1), ...collect(name, type)],
    ...[...kLoad, ...localTee(3), ...value(name, type), ...localGet(1), ...value(name, type), kMul],
    ...[...localGet(3), ...kLoad, ...value(name, type), i32Add],
  ],
};

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
    const value = [...context.functions.values()].find((each) => each.name === 'value')?.key ?? -1;
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
