// Rooted programs run beside the heap, with a collection at every allocation: in both flavours, allocating by call and
// from inlined slots, as rooted and optimised afterwards. The same programs unrooted must fail, or the tests would show
// nothing.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, compile, kHeaps, outcome, World } from './support.ts';

const kLists = {
  ...{ test_list: 60, test_tree: 5, test_operands: 40, test_pairs: 30, test_array: 12, test_sort: 24, test_map: 90 },
  ...{ test_inner: 30, test_switch: 60 },
};
const kWide = { test_vector: 20, test_tail: 60 };

interface Case {
  readonly name: string;
  readonly module: () => Bytes;
  readonly tests: Readonly<Record<string, number>>;
  readonly slots: boolean;
  /** The unrooted module passes these tests, by luck or because they lose nothing. */
  readonly lucky?: readonly string[];
}

const kCases: readonly Case[] = [
  { name: 'lists.c', module: () => compile(['lists.c']), tests: kLists, slots: true },
  {
    name: 'lists.c -O0',
    module: () => compile(['lists.c'], ['-O0']),
    tests: kLists,
    slots: false,
    lucky: Object.keys(kLists),
  },
  { name: 'wide.c', module: () => compile(['wide.c'], ['-O2', '-msimd128', '-mtail-call']), tests: kWide, slots: true },
  { name: 'exceptions', module: () => assemble(kTexts.exceptions ?? ''), tests: { test_exceptions: 40 }, slots: false },
  { name: 'several values', module: () => assemble(kTexts.values ?? ''), tests: { test_values: 20 }, slots: false },
  { name: 'br_table', module: () => assemble(kTexts.table ?? ''), tests: { test_table: 40 }, slots: false },
];
const kImports = { callback: () => undefined };

/** Returns what the program gives where nothing is ever collected. */
function truth({ module, tests }: Case): Map<string, number | 'trap'> {
  const world = new World(module(), { imports: kImports });
  return new Map(Object.entries(tests).map(([name, n]) => [name, outcome(() => world.call(name, n))]));
}

describe.each(kCases)('$name', (each) => {
  const expected = truth(each);
  const rooted = [0, 2].map((optimise) => rootAndVerify(each.module(), { binaryen, optimise }));

  it('gives numbers where nothing is collected', () => {
    expect([...expected.values()]).not.toContain('trap');
  });

  it('is in no need of alarm once it is rooted, and before and after optimising', () => {
    for (const { reports } of rooted) expect(reports).toEqual([]);
  });

  for (const heap of kHeaps) {
    for (const bySlot of each.slots ? [false, true] : [false]) {
      it.each([0, 1])(`is right in ${heap}, ${bySlot ? 'by slot' : 'by call'}, optimised: %i`, (which) => {
        const bytes = rooted[which]?.bytes as Bytes;
        const world = new World(bytes, { heap, bySlot, stressEvery: 1, imports: kImports });
        for (const [name, n] of Object.entries(each.tests)) {
          expect([name, outcome(() => world.call(name, n))]).toEqual([name, expected.get(name)]);
          expect([name, world.left()]).toEqual([name, 0]);
        }
      });
    }
  }

  it.each(Object.entries(each.tests))('fails unrooted: %s', (name, n) => {
    const world = new World(each.module(), { heap: 'heap.debug.wasm', stressEvery: 1, imports: kImports });
    const found = outcome(() => world.call(name, n));
    if (each.lucky?.includes(name)) return;
    expect(found).not.toBe(expected.get(name));
  });
});

describe('a tail call', () => {
  it('gives its frame back: a hundred thousand of them need no more stack than one', () => {
    const bytes = compile(['wide.c'], ['-O2', '-msimd128', '-mtail-call']);
    const { bytes: rooted } = rootAndVerify(bytes);
    const world = new World(rooted as Bytes, { stressEvery: 9973 });
    expect(world.call('test_tail_deep', 100_000)).toBe(new World(bytes).call('test_tail_deep', 100_000));
  });
});

describe('the stack in the cell', () => {
  it('is empty while the program does not run, and that of the callback while it does', () => {
    const { bytes } = rootAndVerify(assemble(kTexts.callbacks ?? ''));
    let world: World | undefined;
    let inside = 0;
    const callback = (): void => {
      inside += 1;
      world?.heap.call('mgc_collect');
      if (inside % 3 === 0) world?.call('alone', inside);
    };
    world = new World(bytes as Bytes, { heap: 'heap.debug.wasm', imports: { callback } });
    const calm = new World(bytes as Bytes, { imports: kImports });
    expect(world.call('test_callbacks', 20)).toBe(calm.call('test_callbacks', 20));
    expect(inside).toBe(20);
    expect(world.left()).toBe(0);
  });

  // An error of JavaScript leaves the stack pointer where it was, as in any module of LLVM's, until the host puts it back.
  it.each([false, true])('loses nothing where an imported function throws; stack put back: %s', (isPutBack) => {
    const text = (kTexts.callbacks ?? '').replace('(global $__stack_pointer', '$& (export "__stack_pointer")');
    const { bytes } = rootAndVerify(assemble(text));
    const expected = new World(bytes as Bytes, { imports: kImports }).call('test_callbacks', 20);
    let isThrowing = false;
    const callback = (): void => {
      if (isThrowing) throw new Error('thrown');
    };
    const world = new World(bytes as Bytes, { heap: 'heap.debug.wasm', stressEvery: 1, imports: { callback } });
    const { __stack_pointer: stackPointer } = world.program as unknown as { __stack_pointer: WebAssembly.Global };
    const top = stackPointer.value as number;
    const held: number[] = [];
    for (let i = 0; i < 20; ++i) {
      isThrowing = true;
      expect(() => world.call('test_callbacks', 20)).toThrow('thrown');
      if (isPutBack) stackPointer.value = top;
      isThrowing = false;
      expect(world.call('test_callbacks', 20)).toBe(expected);
      held.push(world.left());
    }
    // What lay in the frames then is held: those of one call, or of all that were left.
    expect(Math.max(...held)).toBe(isPutBack ? 2 : 40);
  });

  it('belongs to one program: a second one beside the same heap is refused loudly', () => {
    const { bytes } = rootAndVerify(compile(['lists.c']));
    const world = new World(bytes as Bytes);
    world.call('test_list', 3);
    const env = { memory: world.heap.memory };
    const second = new WebAssembly.Instance(new WebAssembly.Module(bytes as Bytes), { env, heap: world.heap.exports });
    const { setup, test_tree } = second.exports as Record<string, (...args: number[]) => number>;
    setup?.(world.node, world.words, 0);
    // The same cell is the same stack, which is harmless. Another program has another cell.
    expect(outcome(() => test_tree?.(3) ?? 0)).not.toBe('trap');
    const other = rootAndVerify(assemble(kTexts.table ?? '')).bytes as Bytes;
    const third = new WebAssembly.Instance(new WebAssembly.Module(other), {
      env: { ...env, ...kImports },
      heap: world.heap.exports,
    }).exports as Record<string, (...args: number[]) => number>;
    third.setup?.(world.node, world.words, 0);
    expect(outcome(() => third.test_table?.(3) ?? 0)).toBe('trap');
    expect(world.heap.call('mgc_status')).toBe(world.heap.number('status.BAD_ARGUMENT'));
  });
});
