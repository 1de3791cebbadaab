// The tool's table of instructions says of each how many operands it takes and what it gives. The engine here knows
// better: a function that has just the instruction, with operands before it, is valid or is not. Instructions that the
// engine does not know are passed over.

import { describe, expect, it } from 'vitest';
import { kAtomic, kMisc, kOpcode, kPlain, kSimd, kType } from '../../tools/rooting/instructions.mjs';
import { sized, unsigned } from '../../tools/rooting/writer.mjs';

interface Instruction {
  readonly takes: number;
  readonly type: number;
  readonly bytes: number;
}

const { i32, i64, f32, f64, v128 } = kType;
const kConstants: readonly (readonly number[])[] = [
  [0x41, 0],
  [0x42, 0],
  [0x43, 0, 0, 0, 0],
  [0x44, ...new Array<number>(8).fill(0)],
  [0xfd, 12, ...new Array<number>(16).fill(0)],
];
const kDrop = 0x1a;

const section = (id: number, content: number[]): number[] => [id, ...sized(content)];
/** Returns whether a function with this code and result is valid, in a module with a memory, a table and segments. */
function isValid(code: readonly number[], results: readonly number[]): boolean {
  const body = [0, ...code, kOpcode.end];
  return WebAssembly.validate(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 0, ...unsigned(results.length), ...results])],
      ...[...section(3, [1, 0]), ...section(4, [1, 0x70, 0, 1]), ...section(5, [1, 3, 1, 1])],
      ...[...section(9, [1, 1, 0, 1, 0]), ...section(12, [1]), ...section(10, [1, ...sized(body)])],
      ...section(11, [1, 1, 0]),
    ]),
  );
}

/** These may follow an opcode: numbers of an access (its alignment is tried), of a lane, of segments, bytes. */
const kImmediates: readonly (readonly number[])[] = [
  [],
  [0],
  [0, 0],
  ...[1, 2, 3, 4].map((alignment) => [alignment, 0]),
  ...[0, 1, 2, 3].map((alignment) => [alignment, 0, 0]),
  new Array<number>(16).fill(0),
];

function* operands(count: number): Generator<number[]> {
  if (count === 0) yield [];
  else for (const rest of operands(count - 1)) for (const constant of kConstants) yield [...rest, ...constant];
}

/** Returns what the engine says that an instruction does, undefined if it does not know it. */
function askEngine(opcode: readonly number[]): { takes: number; type: number } | undefined {
  for (const immediates of kImmediates)
    for (let takes = 0; takes <= 3; ++takes)
      for (const before of operands(takes)) {
        const code = [...before, ...opcode, ...immediates];
        if (isValid(code, [])) return { takes, type: 0 };
        if (!isValid([...code, kDrop], [])) continue;
        // It may have taken fewer, and the drop another: what it gives is on top.
        const type = [i32, i64, f32, f64, v128, kType.funcref].find((each) => isValid(code, [each]));
        if (type !== undefined) return { takes, type };
      }
  return undefined;
}

/** Returns whether the engine takes an instruction as the table has it. */
function agrees(opcode: readonly number[], { takes, type }: Instruction): boolean {
  for (const immediates of kImmediates)
    for (const before of operands(takes))
      if (isValid([...before, ...opcode, ...immediates], type === 0 ? [] : [type])) return true;
  return false;
}

const kTables: Readonly<Record<string, readonly [number[], readonly (Instruction | undefined)[], number, number]>> = {
  plain: [[], kPlain, 256, 150],
  'of tables and memory': [[kOpcode.misc], kMisc, 18, 15],
  'of vectors': [[kOpcode.simd], kSimd, 256, 220],
  atomic: [[kOpcode.atomic], kAtomic, 0x4f, 60],
};

describe.each(Object.entries(kTables))('instructions: %s', (_name, [prefix, table, count, least]) => {
  const encoded = (n: number): number[] => [...prefix, ...(prefix.length === 0 ? [n] : unsigned(n))];
  const isPlain = (n: number): boolean =>
    prefix.length > 0 || n === 1 || (n >= 0x28 && n < 0xd0 && (n < 0x41 || n > 0x44));

  it('are as the engine has them', () => {
    const wrong: number[] = [];
    let right = 0;
    for (let n = 0; n < count; ++n) {
      const each = table[n];
      // References need operands of their own.
      if (each === undefined || (prefix.length === 0 && n >= 0xd0)) continue;
      if (agrees(encoded(n), each)) right += 1;
      else if (askEngine(encoded(n)) !== undefined) wrong.push(n);
    }
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(least);
  });

  it('are all that the engine knows', () => {
    const missing: number[] = [];
    for (let n = 0; n < count; ++n)
      if (isPlain(n) && table[n] === undefined && askEngine(encoded(n)) !== undefined) missing.push(n);
    expect(missing).toEqual([]);
  });
});
