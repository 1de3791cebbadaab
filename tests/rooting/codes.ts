// Code that no compiler of C makes but that is valid, as bytes: operands that wait in odd places, and blocks with
// parameters. Each is the body of a function of $n that gives an i32.

import { kOpcode } from '../../tools/rooting/instructions.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { Output } from '../../tools/rooting/output.mjs';
import { call, i32Const, localGet, localSet, localTee, unsigned } from '../../tools/rooting/writer.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes } from './support.ts';

const kI32 = 0x7f;
const { drop, br, end, i32Add, i32Sub, return: kReturn, if: kIf, else: kElse, block, loop, brIf, brTable } = kOpcode;
const { try: kTry, throw: kThrow, catch: kCatch } = kOpcode;
export const kNoResult = 0x40;
const kLoad = [kOpcode.i32Load, 2, 0];
const kDrop = [drop];
const kMul = 0x6c;

/** Returns the number of a function. */
type Name = (of: string) => number;
/** Is given the numbers of functions by their names, and of types as a block has them. */
export type Code = (name: Name, type: (params: readonly number[], results: readonly number[]) => number[]) => number[];

/** Returns the module of several values, whose test has this code and three locals of i32 beside its parameter. */
export function withCode(code: Code): Bytes {
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
  if (!WebAssembly.validate(made)) throw new Error('the code is not valid');
  return made;
}

const make = (name: Name): number[] => call(name('make'));
const fresh =
  (n: number) =>
  (name: Name): number[] => [...i32Const(0), ...i32Const(n), ...make(name)];
const value = (name: Name): number[] => call(name('value'));
const collect = (name: Name): number[] => [...fresh(90)(name), ...kDrop];
const down = (local: number): number[] => [...localGet(local), ...i32Const(1), i32Sub, ...localTee(local)];

export const kCodes: Readonly<Record<string, Code>> = {
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
    ...[...i32Const(3), ...localSet(3), ...fresh(3)(name), ...fresh(4)(name)],
    ...[loop, ...type([kI32, kI32], [kI32]), ...localSet(1), ...collect(name), ...i32Const(2)],
    ...[...make(name), ...localGet(1), ...down(3), brIf, 0, ...localSet(1), end, ...localTee(2), ...kLoad],
    ...[...value(name), ...localGet(1), ...value(name), kMul, ...localGet(2), ...value(name), i32Add],
  ],
  'a parameter of a loop waits while another is carried to it': (name, type) => [
    ...[...i32Const(3), ...localSet(1), ...fresh(6)(name), loop, ...type([kI32], [kI32])],
    ...[...fresh(7)(name), ...down(1), brIf, 0],
    ...[...collect(name), ...value(name), ...localSet(2), ...value(name), ...localGet(2), kMul, end],
  ],
  'an if has a parameter': (name, type) => [
    ...[...fresh(3)(name), ...localGet(0), kIf, ...type([kI32], [kI32]), ...collect(name)],
    ...[...value(name), kElse, ...fresh(2)(name), ...localSet(1), ...collect(name)],
    ...[...value(name), ...localGet(1), ...value(name), kMul, end],
  ],
  'an if without an else has parameters': (name, type) => [
    ...[...fresh(3)(name), ...fresh(4)(name), ...localGet(0), kIf, ...type([kI32, kI32], [kI32, kI32])],
    ...[...localSet(1), ...collect(name), ...localGet(1), ...i32Const(8), ...make(name), end],
    ...[...collect(name), ...value(name), ...localSet(1), ...value(name), ...localGet(1), kMul],
  ],
  'a block with a parameter is left by a branch': (name, type) => [
    ...[...fresh(3)(name), ...fresh(4)(name), block, ...type([kI32], [kI32]), ...collect(name)],
    ...[...localGet(0), brIf, 0, ...i32Const(5), ...make(name), end],
    ...[...collect(name), ...value(name), ...localSet(1), ...value(name), ...localGet(1), kMul],
  ],
  'a try has a parameter': (name, type) => [
    ...[...fresh(3)(name), ...fresh(4)(name), kTry, ...type([kI32], [kI32]), ...collect(name)],
    ...[...localGet(0), kIf, kNoResult, ...fresh(7)(name), kThrow, 0, end, kCatch, 0],
    ...[...collect(name), end],
    ...[...collect(name), ...value(name), ...localSet(1), ...value(name), ...localGet(1), kMul],
  ],
  'a table of branches leads to loops with parameters': (name, type) => [
    ...[...i32Const(4), ...localSet(2), ...fresh(3)(name), loop, ...type([kI32], [kI32])],
    ...[...i32Const(2), ...make(name), loop, ...type([kI32], [kI32]), ...collect(name)],
    ...[...collect(name), block, ...type([kI32], [kI32]), ...i32Const(9), ...make(name)],
    ...[...down(2), brTable, 4, 3, 0, 1, 2, 0, end, end, end, ...localTee(1), ...collect(name)],
    ...[...kLoad, ...localTee(3), ...value(name), ...localGet(1), ...value(name), kMul],
    ...[...localGet(3), ...kLoad, ...value(name), i32Add],
  ],
};
