// The checker finds what is in no frame, and only that: every store of the rooter that is left out, holes seeded into
// programs with loops, exceptions, tables, tail calls and inlined allocation, what Binaryen's own --spill-pointers
// misses, and frames that a program makes by hand on the shadow stack.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootModule } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, compile, kFeatures, outcome, World } from './support.ts';

interface Report {
  function: string;
  call: string;
  variable: string;
}
const check = (bytes: Uint8Array): Report[] => verify(bytes) as Report[];

const kManyStores = 50;

interface Program {
  readonly make: () => Bytes;
  readonly tests: Readonly<Record<string, number>>;
}
const text = (name: string, n: number): Program => ({
  make: () => assemble(kTexts[name] ?? ''),
  tests: { [`test_${name}`]: n },
});
const kPrograms: Record<string, Program> = {
  lists: {
    make: () => compile(['lists.c']),
    tests: {
      test_list: 40,
      test_tree: 4,
      test_operands: 20,
      test_pairs: 20,
      test_array: 4,
      test_sort: 16,
      test_map: 60,
      test_inner: 20,
      test_switch: 40,
    },
  },
  wide: {
    make: () => compile(['wide.c'], ['-O2', '-msimd128', '-mtail-call']),
    tests: { test_vector: 10, test_tail: 30 },
  },
  exceptions: text('exceptions', 20),
  values: text('values', 10),
  table: text('table', 20),
  callbacks: text('callbacks', 10),
};

/** Returns what the tests of a program come to, with a collection at every `n`-th allocation. */
function outcomes(bytes: Bytes, tests: Program['tests'], stressEvery: number): (number | 'trap')[] {
  const world = new World(bytes, { heap: 'heap.debug.wasm', stressEvery, imports: { callback: () => undefined } });
  return Object.entries(tests).map(([name, n]) => outcome(() => world.call(name, n)));
}

// A store is not needed where another place holds the same value. Then nothing is to be reported, and the program is
// right.
describe.each(Object.entries(kPrograms))('each store left out of %s', (_name, { make, tests }) => {
  const bytes = make();
  const { stores } = rootModule(bytes).counters;
  it.each([0, 2])('is reported or was not needed, optimised: %i', (optimise) => {
    expect(stores).toBeGreaterThan(0);
    const expected = outcomes(bytes, tests, 0);
    const unseen: number[] = [];
    const stride = optimise > 0 && stores > kManyStores ? 6 : 1; // optimising takes its time
    for (let hole = 0; hole < stores; hole += stride) {
      const holed = rootModule(bytes, { skip: (n: number) => n === hole, binaryen, optimise }).bytes as Bytes;
      if (check(holed).length > 0) continue;
      unseen.push(hole);
      expect([hole, outcomes(holed, tests, 1)]).toEqual([hole, expected]);
    }
    expect(unseen.length).toBeLessThan(stores / stride / 3);
  });
});

describe('spill-pointers of Binaryen', () => {
  const spilled = (bytes: Bytes, passes: string[]): Uint8Array => {
    // The pass looks for the stack pointer by its name.
    const unnamed = binaryen.readBinary(bytes);
    const text = unnamed.emitText().replaceAll('$global$0', '$__stack_pointer');
    unnamed.dispose();
    const module = binaryen.parseText(text);
    module.setFeatures(kFeatures);
    module.runPasses(passes);
    binaryen.setDebugInfo(true);
    const out = module.emitBinary();
    binaryen.setDebugInfo(false);
    module.dispose();
    return out;
  };
  const named = (): Bytes => compile(['lists.c']);

  it('is flagged where it loses operands and pairs', () => {
    const reports = check(spilled(named(), ['spill-pointers']));
    expect(reports.some(({ variable }) => variable === 'an operand of Call')).toBe(true);
    expect(reports.map((report) => report.function)).toContain('test_pairs');
  });

  it('with flatten is flagged where it loses pairs, and nowhere else', () => {
    const found = new Set(check(spilled(named(), ['flatten', 'spill-pointers'])).map((report) => report.function));
    expect([...found].every((name) => /spend|test_pairs/.test(name))).toBe(true);
    expect(found.size).toBeGreaterThan(0);
  });
});

describe('frames by hand', () => {
  const module = (body: string): Bytes =>
    assemble(`(module
      (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32) (result i32)))
      (import "heap" "mgc_frame_push" (func $push (param i32) (result i32)))
      (import "heap" "mgc_frame_pop" (func $pop (param i32) (result i32)))
      (func (export "test") (param $type i32) (result i32)
        (local $slots i32) (local $a i32) (local $b i32)
        (local.set $type (i32.const 1))
        (local.set $slots (call $push (i32.const 2)))
        ${body}))`);
  const kRooted = `
    (i32.store (local.get $slots) (local.tee $a (call $new (local.get $type))))
    (local.set $b (call $new (local.get $type)))`;

  it('count from the store to the pop', () => {
    expect(
      check(module(`${kRooted} (drop (call $pop (local.get $slots))) (i32.add (local.get $a) (local.get $b))`)),
    ).toEqual([]);
  });

  it('are no objects themselves, nor is the mutator', () => {
    const inlined = (after: string): Bytes =>
      assemble(`(module
      (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32) (result i32)))
      (import "heap" "mgc_mutator" (func $mutator (result i32)))
      (func (export "test") (result i32)
        (local $mutator i32) (local $top i32) (local $a i32)
        (local.set $mutator (call $mutator))
        (local.set $top (i32.load (local.get $mutator)))
        (i32.store (local.get $top) (i32.const 1))
        (i32.store (local.get $mutator) (i32.add (local.get $top) (i32.const 8)))
        (i32.store offset=4 (local.get $top) (local.tee $a (call $new (i32.const 1))))
        ${after}
        (local.get $a)))`);
    const kCall = '(drop (call $new (i32.const 1)))';
    const kPop = '(i32.store (local.get $mutator) (local.get $top))';
    const kUnknownPop = '(i32.store (local.get $mutator) (i32.load offset=64 (local.get $top)))';
    expect(check(inlined(`${kCall} ${kPop}`))).toEqual([]);
    expect(check(inlined(`${kPop} ${kCall}`)).map(({ variable }) => variable)).toEqual(['local 2 (a)']);
    expect(check(inlined(`${kUnknownPop} ${kCall}`)).map(({ variable }) => variable)).toEqual(['local 2 (a)']);
  });

  // An inlined push with the call where the stack is full; $mutator is had in three ways.
  describe.each([
    ['a call', '(local.set $mutator (call $mutator))', ''],
    ['a word of static data', '(local.set $mutator (i32.load (i32.const 33554500)))', ''],
    ['a global', '(local.set $mutator (global.get $kept))', ''],
    ['a parameter', '', '(param $mutator i32)'],
  ])('inlined, beside the call of a push, with the mutator from %s', (_name, get, parameter) => {
    const reports = (body: string): string[] =>
      check(
        assemble(`(module
      (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32 i32) (result i32)))
      (import "heap" "mgc_mutator" (func $mutator (result i32)))
      (import "heap" "mgc_frame_push" (func $push (param i32 i32) (result i32)))
      (global $kept (mut i32) (i32.const 0))
      (func (export "prepare")
        (i32.store (i32.const 33554496) (call $mutator))
        (i32.store offset=4 (i32.const 33554496) (i32.load (i32.const 33554496)))
        (global.set $kept (call $mutator))
        (i32.store (i32.const 33554500) (call $mutator)))
      (func $test (export "test") ${parameter} (result i32)
        (local ${parameter === '' ? '$mutator' : '$other'} i32) (local $top i32) (local $frame i32) (local $a i32) (local $n i32)
        ${get}
        (local.set $top (i32.load (local.get $mutator)))
        (if (i32.lt_u (i32.sub (i32.load offset=4 (local.get $mutator)) (local.get $top)) (i32.const 8))
          (then (local.set $frame (call $push (local.get $mutator) (i32.const 1))))
          (else
            (i32.store (local.get $top) (i32.const 1))
            (i32.store (local.get $mutator) (i32.add (local.get $top) (i32.const 8)))
            (local.set $frame (i32.add (local.get $top) (i32.const 4)))))
        (local.set $a (call $new (local.get $mutator) (i32.const 1)))
        ${body}
        (local.get $a)))`),
      ).map(({ variable }) => variable);
    const kCall = '(drop (call $new (local.get $mutator) (i32.const 1)))';
    const kStore = '(i32.store (local.get $frame) (local.get $a))';
    const kPop = '(i32.store (local.get $mutator) (i32.sub (local.get $frame) (i32.const 4)))';

    it('count from the store to the pop', () => {
      expect(reports(`${kStore} ${kCall} ${kCall} ${kPop}`)).toEqual([]);
      expect(reports(`${kCall} ${kStore}`)).toHaveLength(1);
      expect(reports(`${kStore} ${kPop} ${kCall}`)).toHaveLength(1);
    });

    it('do not count after a pop by another name of the frame', () => {
      expect(reports(`${kStore} (i32.store (local.get $mutator) (local.get $top)) ${kCall}`)).toHaveLength(1);
    });

    it('do not count after a store by another name of the frame', () => {
      const store = '(i32.store offset=4 (local.get $top) (i32.const 0))';
      expect(reports(`${kStore} ${store} ${kCall}`)).toHaveLength(1);
    });

    it('are another frame each time around a loop', () => {
      const loop = (store: string): string => `
        (loop $again
          (if (local.get $n) (then (local.set $frame (call $push (local.get $mutator) (i32.const 1))))
            (else (local.set $frame (i32.add (local.get $frame) (i32.const 8)))))
          ${store} ${kCall} ${kPop}
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`;
      expect(reports(`${kStore} ${loop('')}`)).toHaveLength(1);
      expect(reports(`${kStore} ${loop(kStore)}`)).toEqual([]);
    });
  });

  it('do not count after the pop', () => {
    const after = `${kRooted} (drop (call $pop (local.get $slots))) (local.set $b (call $new (local.get $type)))`;
    expect(check(module(`${after} (i32.add (local.get $a) (local.get $b))`)).map(({ call }) => call)).toEqual([
      'mgc_new',
    ]);
  });

  it('do not count after the slot was overwritten, nor on one of two ways', () => {
    const overwritten = `
      (i32.store (local.get $slots) (local.tee $a (call $new (local.get $type))))
      (i32.store (local.get $slots) (local.tee $b (call $new (local.get $type))))
      (drop (call $new (local.get $type)))
      (i32.add (local.get $a) (local.get $b))`;
    expect(check(module(overwritten))).toHaveLength(1);
    const oneWay = `
      (local.set $a (call $new (local.get $type)))
      (if (local.get $type) (then (i32.store (local.get $slots) (local.get $a))))
      (local.set $b (call $new (local.get $type)))
      (i32.add (local.get $a) (local.get $b))`;
    expect(check(module(oneWay))).toHaveLength(1);
  });
});

describe('what lies on the linear stack', () => {
  const warnings = (bytes: Uint8Array): string[] => {
    const found: string[] = [];
    verify(bytes, { onWarning: (text: string) => found.push(text) });
    return found;
  };
  const module = (import_: string, call: string, store: string): Bytes =>
    assemble(`(module
      (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32) (result i32)))
      ${import_}
      (global $__stack_pointer (mut i32) (i32.const 65536))
      (func (export "begin") ${call})
      (func $keeper (export "keeper") (param $x i32) (result i32)
        (local $frame i32)
        (global.set $__stack_pointer (local.tee $frame (i32.sub (global.get $__stack_pointer) (i32.const 16))))
        ${store}
        (drop (call $new (i32.const 1)))
        (global.set $__stack_pointer (i32.add (local.get $frame) (i32.const 16)))
        (i32.load offset=8 (local.get $frame))))`);
  const kStore = '(i32.store offset=8 (local.get $frame) (local.get $x))';
  const kAdd = '(import "heap" "mgc_add_stack" (func $add (param i32 i32) (result i32)))';
  const kEnable = '(import "heap" "mgc_enable_c_stack" (func $enable (param i32) (result i32)))';

  it('is warned of where the module does not register that stack', () => {
    expect(warnings(module('', '', kStore))).toEqual([
      expect.stringMatching(/^keeper may have pointers on the linear/),
    ]);
    expect(warnings(module(kAdd, '', kStore))).toHaveLength(1);
  });

  it('is not where it does, where numbers lie there only, and in a rooted module', () => {
    expect(warnings(module(kAdd, '(drop (call $add (i32.const 4) (i32.const 64)))', kStore))).toEqual([]);
    expect(warnings(module(kEnable, '(drop (call $enable (i32.const 4)))', kStore))).toEqual([]);
    expect(warnings(module('', '', ''))).toEqual([]);
    expect(warnings(module('', '', '(i32.store8 offset=8 (local.get $frame) (local.get $x))'))).toEqual([]);
    expect(warnings(module('', '', kStore.replace('(local.get $x)', '(i32.const 7)')))).toEqual([]);
    expect(warnings(rootModule(module('', '', kStore)).bytes)).toEqual([]);
  });

  it('is warned of in C that is not optimised', () => {
    expect(warnings(compile(['lists.c'], ['-O0']))).toHaveLength(1);
    expect(warnings(rootModule(compile(['lists.c'], ['-O0'])).bytes)).toEqual([]);
  });
});

describe('what goes only to functions of the heap that take numbers', () => {
  const module = (after: string): Bytes =>
    assemble(`(module
      (import "env" "memory" (memory 1))
      (import "heap" "mgc_new" (func $new (param i32) (result i32)))
      (import "heap" "mgc_malloc" (func $malloc (param i32 i32 i32) (result i32)))
      (import "heap" "mgc_find_object" (func $find (param i32 i32) (result i32)))
      (func $give (result i32) (call $new (i32.const 1)))
      (func (export "test") (param $x i32) (result i32)
        (drop (call $give))
        ${after}))`);

  it('is no object: a type may be used across collections', () => {
    expect(check(module('(call $new (local.get $x))'))).toEqual([]);
    expect(check(module('(call $malloc (local.get $x) (call $new (local.get $x)) (local.get $x))'))).toEqual([]);
  });

  it('is one if it goes anywhere else, too', () => {
    for (const after of [
      '(drop (call $new (local.get $x))) (i32.load (local.get $x))',
      '(drop (call $new (local.get $x))) (call $find (local.get $x) (i32.const 0))',
      '(drop (call $new (local.get $x))) (local.get $x)',
      '(call $new (i32.load (local.get $x)))',
    ])
      expect(check(module(after)).map(({ variable }) => variable)).toContain('local 0 (x)');
  });
});
