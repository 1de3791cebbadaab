// A module may have more functions, and a function more stores and calls, than a call of JavaScript takes arguments.

import { describe, expect, it } from 'vitest';
import { kOpcode } from '../../tools/rooting/instructions.mjs';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { Output } from '../../tools/rooting/output.mjs';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { access, call, i32Const, localGet, localSet } from '../../tools/rooting/writer.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, World } from './support.ts';

const kMany = 130_000;
const kStore = access(kOpcode.i32Store, 0);
const { end } = kOpcode;

/** Returns the module of several values, with many functions more, and a test of many stores. */
function large(): Bytes {
  const bytes = assemble(kTexts.values ?? '');
  const context = new WasmModule(bytes);
  const all = [...context.functions.values()];
  const make = all.find(({ name }) => name === 'make')?.key ?? -1;
  const test = all.find((each) => each.aliases.includes('test_values'));
  const output = new Output(context, []);
  for (let i = 0; i < kMany; ++i) output.addFunction(`function ${i}`, [], [], [], []);
  const [start, close] = context.positions.bodies[test?.bodyIndex ?? 0] ?? [0, 0];
  const fresh = [...i32Const(0), ...localGet(0), ...call(make)];
  const store = [...localGet(1), ...localGet(2), ...kStore];
  const code = [...fresh, ...localSet(1), ...fresh, ...localSet(2)];
  for (let i = 0; i < kMany; ++i) for (const byte of store) code.push(byte);
  for (const byte of [...fresh, kOpcode.drop, ...localGet(1), kOpcode.i32Load, 2, 0, kOpcode.i32Load, 2, 4, end])
    code.push(byte);
  output.edit(test, start, 0, [1, 2, 0x7f, ...code], close);
  return output.write(true) as Bytes;
}

describe('a large module', () => {
  const bytes = large();

  it('is rooted, with barriers', () => {
    const { bytes: rooted, reports, counters } = rootAndVerify(bytes, { barriers: true });
    expect(reports).toEqual([]);
    expect(counters.barriers).toBeGreaterThanOrEqual(kMany);
    const names = new Set([...new WasmModule(rooted).functions.values()].map(({ name }) => name));
    expect(names.has(`function ${kMany - 1}`)).toBe(true);
    const imports = { callback: () => undefined };
    const calm = new World(bytes, { imports });
    const world = new World(rooted as Bytes, { imports, heap: 'heap.debug.wasm', stressEvery: 1 });
    expect(world.call('test_values', 7)).toBe(calm.call('test_values', 7));
    expect(world.left()).toBe(0);
  });

  it('is checked, with a source map of as many lines', () => {
    const sourceMap = { sources: ['a.c'], mappings: 'AAAA,'.repeat(kMany) };
    const reports = verify(bytes, { sourceMap }) as { readonly line?: string }[];
    expect(reports.map(({ line }) => line)).toContain('a.c:1');
  });
});
