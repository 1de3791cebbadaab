// The compiler of the examples is tested here. A compiled program gives what the same program gives in JavaScript, also
// with a collection at every allocation, and in every mode that the heap describes. An error in a text is told with its
// line.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kCompiled } from '../../bench/programs/js/compiled.mjs';
import { compile } from '../../examples/compiler/compiler.mjs';
import { Host } from '../../examples/compiler/host.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { shipped } from './bare-heap.ts';

type Functions = Record<string, (...numbers: number[]) => number>;

const source = readFileSync(new URL('../../examples/compiler/programs.txt', import.meta.url), 'utf8');
const reference = kCompiled as Functions;

/** These are MGC_DEBUG_CHECKMARK, _POISON and _VERIFY. */
const kChecks = 2 | 4 | 8;

function load(flavour: string, options: Record<string, number> = {}, text = source, optimise = true) {
  const host = new Host(new WebAssembly.Module(shipped(flavour)), options);
  return { host, program: host.load(compile(text, host.abi, { optimise })) as Functions };
}

const kSmall: [string, number[]][] = [
  ['trees', [3, 3]],
  ['closures', [20]],
  ['counters', [12]],
  ['sieve', [100]],
  ['reversed', [10]],
];

const described = new Host(new WebAssembly.Module(shipped('heap.wasm')));
const modes = 'options.mode' in described.abi ? [0, 1, 2, 3] : [undefined];

describe('a compiled program', () => {
  it.each(['heap.wasm', 'heap.lean.wasm'])('gives what JavaScript gives, beside %s', (flavour) => {
    const { host, program } = load(flavour);
    for (const [name, sizes] of [
      ['trees', [4000, 8]],
      ['closures', [1000]],
      ['counters', [1000]],
      ['sieve', [5000]],
      ['reversed', [100]],
    ] as [string, number[]][])
      expect([name, program[name]?.(...sizes)]).toEqual([name, reference[name]?.(...sizes)]);
    expect(host.stat('num_gc') + host.stat('minor_gcs')).toBeGreaterThan(0);
  });

  it.each(modes)('survives a collection at every allocation, in mode %s', (mode) => {
    for (const optimise of [true, false]) {
      const more = mode === undefined ? {} : { mode };
      const options = { stress_every: 1, debug_flags: kChecks, ...more };
      const { host, program } = load('heap.debug.wasm', options, source, optimise);
      for (const [name, sizes] of kSmall)
        expect([name, program[name]?.(...sizes)]).toEqual([name, reference[name]?.(...sizes)]);
      // In slices a cycle takes many allocations, and a minor one counts by itself.
      expect(host.stat('num_gc') + host.stat('minor_gcs')).toBeGreaterThan(mode === undefined || mode === 1 ? 100 : 10);
    }
  });

  it('traps at nil and outside an array, and goes on with the frames taken off', () => {
    const { program } = load('heap.debug.wasm', { stress_every: 1, debug_flags: kChecks });
    for (let i = 0; i < 3; ++i) {
      expect(() => program.item?.(3, 3)).toThrow(WebAssembly.RuntimeError);
      expect(() => program.item?.(3, -1)).toThrow(WebAssembly.RuntimeError);
      expect(() => program.head?.(0)).toThrow(WebAssembly.RuntimeError);
      expect(program.item?.(3, 2)).toBe(7);
      expect(program.trees?.(1, 2)).toBe(7);
    }
  });

  it('keeps what an argument made before the next one was computed', () => {
    const text = `record Pair { a: int, b: int }
      fun make(n: int): Pair = Pair { a: n, b: n + 1 }
      fun sum(x: Pair, y: Pair, z: Pair): int = x.a * 100 + y.a * 10 + z.b
      fun apply(f: (Pair, Pair) -> int, x: Pair): int = f(x, make(4))
      fun main(n: int): int =
        sum(make(n), make(n + 1), make(n + 2)) + make(1).a + [2 of make(5)][1].b
        + apply(fn (x: Pair, y: Pair): int => x.b + y.b, make(2))`;
    const { program } = load('heap.debug.wasm', { stress_every: 1, debug_flags: kChecks }, text);
    expect(program.main?.(1)).toBe(100 + 20 + 4 + 1 + 6 + 3 + 5);
  });
});

describe('what it emits', () => {
  it('has every pointer in a frame at every call that may collect, says mallocgc-check', () => {
    const { bytes } = compile(source, described.abi, { optimise: false, isTold: true });
    expect(verify(bytes)).toEqual([]);
  });

  it('is reported where a number might be a pointer, when the checker is told nothing', () => {
    const { bytes } = compile(source, described.abi, { optimise: false });
    const reports = verify(bytes);
    expect(reports.length).toBeGreaterThan(20);
    const lookedAt = new Set(reports.map(({ function: name }: { function: string }) => name));
    for (const name of ['closures', 'counters', 'sieve', 'reversed']) expect(lookedAt).toContain(name);
  });

  it('does the same when it is told for the checker', () => {
    const host = new Host(new WebAssembly.Module(shipped('heap.debug.wasm')), {
      stress_every: 1,
      debug_flags: kChecks,
    });
    const program = host.load(compile(source, host.abi, { optimise: false, isTold: true })) as Functions;
    for (const [name, sizes] of kSmall)
      expect([name, program[name]?.(...sizes)]).toEqual([name, reference[name]?.(...sizes)]);
  });
});

describe('the compiler', () => {
  it.each([
    ['fun f(): int = 1 +', 'line 1: a name expected, but here is the end'],
    ['fun f(): int =\n true', 'line 2: int expected, but this is bool'],
    ['fun f(x: Node): int = 1', 'line 1: no record Node'],
    ['record R { a: int }\nfun f(): R = R { }', 'line 2: R needs a a'],
    ['fun f(): int = y', 'line 1: no variable y'],
    ['fun f(): int = g(1)', 'line 1: no function g'],
    ['fun f(n: int): int = f()', 'line 1: 1 arguments expected, but here are 0'],
    ['fun f(n: int): int = ((fn (): int => (n := 1; n))())', 'line 1: n belongs to an outer function'],
    ['fun f(n: int): int = n[0]', 'line 1: int has no items'],
    ['fun f(): int = (let x = nil; 1)', 'line 1: the type of x cannot be told'],
    ['fun f(): int = 1 $ 2', 'line 1: what is $?'],
    ['fun f(): int = 99999999999', 'line 1: 99999999999 is too large'],
  ])('says of %j what is wrong', (text, message) => {
    expect(() => compile(text, described.abi)).toThrow(message);
  });
});
