// A function that has a frame on the linear stack already gets room above it instead of a second frame: the stack
// pointer moves as often as before. Where the compiler moves it in another way, the function gets a frame of its own.
// Either way the checker is content, and what lay in the compiler's frame stays where it was.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { assemble, type Bytes } from './support.ts';

const moduleOf = (body: string): Bytes =>
  assemble(`(module
    (import "env" "memory" (memory 1))
    (import "heap" "mgc_new" (func $new (param i32) (result i32)))
    (import "heap" "mgc_collect" (func $collect (result i32)))
    (global $__stack_pointer (mut i32) (i32.const 65536))
    (export "__stack_pointer" (global $__stack_pointer))
    (tag $thrown (param i32))
    (func $both (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $test (export "test") (param $n i32) (result i32)
      (local $frame i32) (local $a i32) (local $b i32)
      ${body}))`);

const kPush = (bytes: number): string =>
  `(global.set $__stack_pointer (local.tee $frame (i32.sub (global.get $__stack_pointer) (i32.const ${bytes}))))`;
const kPop = (bytes: number): string =>
  `(global.set $__stack_pointer (i32.add (local.get $frame) (i32.const ${bytes})))`;
const kWork = `
  (i32.store (local.get $frame) (i32.const 1234))
  (local.set $a (call $new (i32.const 1)))
  (local.set $b (call $new (i32.const 2)))
  (drop (call $collect))`;
const kResult = '(call $both (local.get $a) (local.get $b))';

/** Returns how often the function sets the stack pointer, and what its frame is. */
function rooted(body: string): { moves: number; pushed: number[]; offsets: number[] } {
  const { bytes, reports } = rootAndVerify(moduleOf(body));
  expect(reports).toEqual([]);
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  const own = text.slice(text.indexOf('(func $test '), text.indexOf('\n )\n', text.indexOf('(func $test ')));
  return {
    moves: [...own.matchAll(/global[.]set \$__stack_pointer/g)].length,
    pushed: [...own.matchAll(/i32[.]sub\s*[(]global[.]get \$__stack_pointer\s*[)]\s*[(]i32[.]const (\d+)/g)].map((m) =>
      Number(m[1]),
    ),
    offsets: [...own.matchAll(/i32[.]store offset=(\d+)/g)].map((m) => Number(m[1])),
  };
}

describe('a frame of the compiler', () => {
  it('is made larger, and the pointers lie above it', () => {
    const { moves, pushed, offsets } = rooted(`${kPush(32)} ${kWork} ${kPop(32)} ${kResult}`);
    expect(moves).toBe(2);
    expect(pushed).toEqual([48]);
    expect(offsets.length).toBeGreaterThan(1);
    for (const offset of offsets) expect(offset).toBeGreaterThanOrEqual(32);
  });

  it('is popped at each exit', () => {
    const early = `(if (local.get $n) (then ${kPop(16)} (return (local.get $a))))`;
    const { moves, pushed } = rooted(`${kPush(16)} ${kWork} ${early} ${kPop(16)} ${kResult}`);
    expect(moves).toBe(3);
    expect(pushed).toEqual([32]);
  });

  it('is where the stack pointer is again after a catch', () => {
    const body = `(try (do ${kWork} (throw $thrown (local.get $a)))
      (catch $thrown (local.set $a (pop i32)) (global.set $__stack_pointer (local.get $frame)) (drop (call $collect))))`;
    const { moves, pushed } = rooted(`${kPush(16)} ${body} ${kPop(16)} ${kResult}`);
    expect(moves).toBe(3);
    expect(pushed).toEqual([32]);
  });

  it.each([
    [
      'of a size that is not known',
      `${kPush(16)} ${kWork} (global.set $__stack_pointer (i32.sub (local.get $frame) (i32.mul (local.get $n) (i32.const 16)))) ${kWork} ${kPop(16)} ${kResult}`,
    ],
    ['whose pop differs', `${kPush(16)} ${kWork} ${kPop(32)} ${kResult}`],
    ['whose local is written again', `${kPush(16)} ${kWork} ${kPop(16)} (local.set $frame (i32.const 0)) ${kResult}`],
    ['that is not aligned', `${kPush(8)} ${kWork} ${kPop(8)} ${kResult}`],
    ['behind something else', `(local.set $a (call $new (i32.const 3))) ${kPush(16)} ${kWork} ${kPop(16)} ${kResult}`],
  ])('%s stays as it is, beside one of the tool', (_what, body) => {
    const before = [...body.matchAll(/global[.]set/g)].length;
    const { moves, pushed } = rooted(body);
    expect(moves).toBe(before + 2);
    expect(pushed.length).toBe(2);
  });
});
