// What cannot be rooted is refused with an error that names it, and nothing is written.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { kLists } from '../../tools/rooting/module.mjs';
import { rootModule } from '../../tools/rooting/root.mjs';
import { assemble, type Bytes, compile } from './support.ts';

const tool = (name: string): string => fileURLToPath(new URL(`../../tools/rooting/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooting-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kNoStack = `(module (import "env" "memory" (memory 1)) (import "heap" "mgc_new" (func $new (param i32) (result i32)))
  (func (export "f") (result i32) (call $new (i32.const 1))))`;
const kNoHeap = `(module (memory 1) (global $__stack_pointer (mut i32) (i32.const 1024)) (func (export "f") (result i32) (i32.const 1)))`;
const kStrange = `(module (type $s (struct (field i32))) (import "env" "memory" (memory 1))
  (import "heap" "mgc_new" (func $new (param i32) (result i32))) (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $odd (export "f") (result i32) (drop (call $new (i32.const 1))) (struct.get $s 0 (struct.new $s (i32.const 7)))))`;

const kPartOfWord = `(module (import "env" "memory" (memory 1)) (import "heap" "mgc_new" (func $new (param i32) (result i32)))
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func (export "f") (result i32) (local $o i32)
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (i32.const 11)))
    (local.set $o (call $new (i32.const 1))) (drop (call $new (i32.const 1)))
    (global.set $__stack_pointer (i32.add (global.get $__stack_pointer) (i32.const 11))) (local.get $o)))`;

const kPartByLocal = kPartOfWord
  .replace('(local $o i32)', '(local $o i32) (local $x i32)')
  .replace(/[(]i32.sub .*? 11[)][)]/, (move) => `(local.tee $x ${move})`);

const kStrangeElsewhere = kStrange
  .replace('(drop (call $new (i32.const 1)))', '')
  .replace(
    '(func $odd',
    '(func $kept (export "g") (result i32) (local $o i32) (local.set $o (call $new (i32.const 1))) (drop (call $new (i32.const 1))) (local.get $o)) (func $odd',
  );

function assembleAny(text: string): Bytes {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  binaryen.setDebugInfo(true);
  const bytes = new Uint8Array(module.emitBinary());
  binaryen.setDebugInfo(false);
  module.dispose();
  return bytes;
}

describe('a module that cannot be rooted', () => {
  const refused = (bytes: Uint8Array): string => {
    try {
      rootModule(bytes);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it was rooted';
  };

  it.each([
    ['no wasm', () => new TextEncoder().encode('#include <stdio.h>'), 'not a WebAssembly module'],
    ['nothing', () => new Uint8Array(), 'not a WebAssembly module'],
    ['a component', () => new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), 'not a core WebAssembly module'],
    ['half of one', () => compile(['lists.c']).subarray(0, 700), 'cut off'],
    ['without a stack pointer', () => assemble(kNoStack), 'the module has no stack pointer'],
    ['without a heap', () => assemble(kNoHeap), 'the module uses no function of the heap'],
    [
      'with an unknown instruction',
      () => assembleAny(kStrange),
      'odd: an instruction that this tool does not know: Struct',
    ],
    // It cannot collect, but what it keeps in an object of the engine's is in no frame.
    [
      'with one in a function that calls nothing',
      () => assembleAny(kStrangeElsewhere),
      'odd: an instruction that this tool does not know: Struct',
    ],
    ['with a stack of less than words', () => assemble(kPartOfWord), 'f moves the stack pointer by a part of a word'],
    ['with one by a local', () => assemble(kPartByLocal), 'f moves the stack pointer by a part of a word'],
    ['that is rooted', () => rootModule(compile(['lists.c'])).bytes, 'the module is rooted already'],
  ])('%s is refused', (_name, make, text) => {
    expect(refused(make())).toContain(text);
  });

  it('leaves no output, and an exit code', () => {
    const input = join(folder, 'bad.wasm');
    const output = join(folder, 'bad.out.wasm');
    writeFileSync(input, assemble(kNoStack));
    const { status, stderr } = spawnSync('node', [tool('mallocgc-root.mjs'), input, '-o', output], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^the module has no stack pointer/);
    expect(existsSync(output)).toBe(false);
  });

  it('is told how to get Binaryen where that is missing and needed, which it is to optimise only', () => {
    const away = join(folder, 'away');
    execFileSync('cp', ['-r', fileURLToPath(new URL('../../tools/rooting', import.meta.url)), away]);
    writeFileSync(join(folder, 'in.wasm'), compile(['lists.c']));
    const root = (...more: string[]): { status: number | null; stderr: string } =>
      spawnSync('node', [join(away, 'mallocgc-root.mjs'), join(folder, 'in.wasm'), '-o', join(folder, 'x'), ...more], {
        encoding: 'utf8',
      });
    const { status, stderr } = root('-O', '2');
    expect(status).toBe(1);
    expect(stderr).toContain('npm i binaryen');
    expect(existsSync(join(folder, 'x'))).toBe(false);
    expect(root().status).toBe(0);
    expect(spawnSync('node', [join(away, 'mallocgc-check.mjs'), join(folder, 'x')]).status).toBe(0);
  });
});

// A linked heap has functions that never collect and call through the table: they are what they are.
describe('a module with a heap linked in', () => {
  it('is rooted, whatever the functions of the heap call', () => {
    const bytes =
      assemble(`(module (type $t (func (result i32))) (memory 1) (table 1 funcref) (elem (i32.const 0) $mgc_collect)
      (global $__stack_pointer (mut i32) (i32.const 1024))
      (func $mgc_collect (result i32) (i32.const 0))
      (func $mgc_set_listener (result i32) (call_indirect (type $t) (i32.const 0)))
      (func $f (export "f") (param $n i32) (result i32)
        (drop (call $mgc_collect)) (drop (call $mgc_set_listener)) (i32.load (local.get $n))))`);
    const { counters } = rootModule(bytes);
    expect(counters.functions).toBe(1);
    expect(counters.calls).toBe(1);
    expect(counters.thunks).toBe(0);
  });
});

describe('the programs', () => {
  it('root and check a file', () => {
    const input = join(folder, 'lists.wasm');
    const output = join(folder, 'lists.rooted.wasm');
    writeFileSync(input, compile(['lists.c']));
    expect(spawnSync('node', [tool('mallocgc-check.mjs'), input]).status).toBe(1);
    const text = execFileSync('node', [tool('mallocgc-root.mjs'), input, '-o', output, '-O', '2'], {
      encoding: 'utf8',
    });
    expect(text).toMatch(/functions, \d+ calls/);
    expect(spawnSync('node', [tool('mallocgc-check.mjs'), output]).status).toBe(0);
    const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(output)), 'mallocgc-root');
    expect(JSON.parse(new TextDecoder().decode(section))).toEqual({ barriers: 'none' });
  });
});

describe('the list of functions that may collect', () => {
  const header = readFileSync(new URL('../../src/include/mallocgc/mallocgc.h', import.meta.url), 'utf8');
  /** Each declaration with the comment before it. */
  const said = new Map<string, string>();
  let comment = '';
  for (const part of header.matchAll(/\/\*[\s\S]*?\*\/|^[a-z][^\n;{]*?\b(mgc_\w+)\(/gm)) {
    if (part[1] === undefined) comment = part[0];
    else said.set(part[1], comment);
  }
  const mayCollect = /\b[Mm]ay collect\b|\bCollects\b|both may collect/;

  it('has what the header says may collect', () => {
    const found = [...said]
      .filter(([, text]) => mayCollect.test(text) && !/never\s+collects/i.test(text))
      .map(([name]) => name);
    expect(found).toContain('mgc_new');
    expect(found.filter((name) => kLists.never.includes(name))).toEqual([]);
  });

  it('calls nothing harmless of which the header does not say so', () => {
    const unsaid = [...said].filter(([name, text]) => kLists.collects.includes(name) && !/collect/i.test(text));
    expect(unsaid.map(([name]) => name)).toEqual([]);
    expect(kLists.never.filter((name: string) => kLists.collects.includes(name))).toEqual([]);
  });
});
