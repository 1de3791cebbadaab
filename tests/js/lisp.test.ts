// The Lisp of the examples is used in Node: piped into, with files, and in a conversation at a terminal.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lisp } from '../../examples/lisp/module.mjs';
import { converse } from '../../examples/lisp/terminal.mjs';
import { buildLisp } from '../../tools/steps/lisp.mjs';
import { ensureToolchain } from '../../tools/toolchain.mjs';

const kProgram = fileURLToPath(new URL('../../examples/lisp/repl.mjs', import.meta.url));

let module: WebAssembly.Module;
let folder: string;
beforeAll(async () => {
  await ensureToolchain();
  module = new WebAssembly.Module(readFileSync(await buildLisp()));
  folder = mkdtempSync(join(tmpdir(), 'lisp-'));
}, 0);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function run(args: readonly string[], input: string): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [kProgram, ...args], (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out, err }),
    );
    child.stdin?.end(input);
  });
}

describe('piped into', () => {
  it('answers expression by expression, also those over several lines', async () => {
    const said = await run([], '(+ 1 2)\n(define (twice n)\n  (* n 2))\n\n(twice 21) (twice 4)\n; done\n');
    expect(said).toEqual({ code: 0, out: '3\n8\n', err: '' });
  });

  it('goes on after an error, and says when the text ends too early', async () => {
    const { out } = await run([], '(car 5)\n(display "before")\n(foo)\n(list 1\n');
    expect(out.split('\n')).toEqual([
      'error: not a pair: 5',
      'before',
      'error: unbound variable: foo',
      'error: a list without its )',
      '',
    ]);
  });
});

describe('with files', () => {
  it('evaluates them first, in order, in one world', async () => {
    const first = file('first.lisp', '(define x 5)\n(display "loaded")\n(newline)\n');
    const second = file('second.lisp', '(define y (* x x)) y');
    expect(await run([first, second], '(+ x y)\n')).toEqual({ code: 0, out: 'loaded\n25\n30\n', err: '' });
  });

  it('ends where one has an error, or is not there', async () => {
    const broken = file('broken.lisp', '(display "so far")\n(newline)\n(vector-ref 1 2)');
    const said = await run([broken], '(+ 1 1)\n');
    expect(said).toMatchObject({ code: 1, out: 'so far\nerror: not a vector: 1\n' });
    expect(said.err).toContain('broken.lisp ended with an error');
    const missing = await run([join(folder, 'missing.lisp')], '');
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/^lisp: ENOENT/);
  });
});

describe('at a terminal', () => {
  /** Returns what a conversation shows, without what moves the cursor. */
  async function talk(...typed: string[]): Promise<string> {
    const input = new PassThrough();
    const output = new PassThrough();
    let text = '';
    output.on('data', (part: Buffer) => (text += String(part)));
    const end = converse(new Lisp(module), { input, output, isInteractive: true });
    for (const part of typed) {
      input.write(part);
      await new Promise((done) => setImmediate(done));
    }
    await end;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told.
    return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/\r/g, '');
  }

  it('prompts, and shows when an expression goes on', async () => {
    expect(await talk('(+ 1\n', '2)\n', '\x04')).toBe('> (+ 1\n. 2)\n3\n> \n');
  });

  it('gives up an expression at Ctrl-C, and ends at a second one', async () => {
    const said = await talk('(define (f)\n', '\x03', '(+ 2 2)\n', '\x03');
    expect(said).toMatch(/> \(define \(f\)\n\. \n> \(\+ 2 2\)\n4\n> \n$/);
  });
});

describe('the module', () => {
  it('collects while it works, and drops what weak tables held for dead keys', () => {
    const lisp = new Lisp(module);
    expect(lisp.answer('(define (build n) (if (= n 0) (list) (cons n (build (- n 1)))))')).toBe('');
    const before = lisp.stats().collections;
    const loop = '(define (work n) (if (= n 0) #t (begin (build 100) (work (- n 1)))))';
    expect(lisp.answer(`${loop} (work 20000)`)).toBe('#t');
    expect(lisp.stats().collections).toBeGreaterThan(before);
    const table = '(define t (make-weak-table)) (define k (list 1)) (table-set! t k 7) (table-set! t (list 2) 8)';
    expect(lisp.answer(`${table} (collect) (list (table-count t) (table-get t k #f))`)).toBe('(1 7)');
  });

  it.each([
    '(define (deep n) (+ 1 (deep n)))',
    '(define (deep n) (let ((m (deep (+ n 1)))) (+ m 1)))',
    '(define (deep n) (cons 1 (begin (deep (+ n 1)) 2)))',
    '(define (deep n) (map (lambda (m) (+ 1 (deep m))) (list n)))',
    '(define (deep n) (apply + (list 1 (deep n))))',
    '(define (deep n) (cond ((= (deep n) 1) 2) (else 3)))',
    '(define (deep n) (if (deep n) (list (deep n)) (vector (deep n))))',
    '(define (deep n) ((lambda (a b c d) (+ a b c d)) n n n (deep n)))',
  ])('is whole after calls that were nested too deep: %s', (definition) => {
    const lisp = new Lisp(module);
    expect(lisp.answer(`${definition} (deep 1)`)).toContain('nested too deep');
    expect(lisp.answer('(map (lambda (x) (* x x)) (iota 5))')).toBe('(0 1 4 9 16)');
  });

  it('says so, and from then on, when the host has no stack left for it', () => {
    const lisp = new Lisp(module);
    lisp.answer('(define (deep n) (if (= n 0) 0 (+ 1 (deep (- n 1)))))');
    const nested = (): string => {
      try {
        return nested();
      } catch (error) {
        // This happens near the end of the stack, where nothing deep fits.
        return error instanceof RangeError ? lisp.answer('(deep 1300)') : String(error);
      }
    };
    expect(nested()).toMatch(/the Lisp was interrupted: Maximum call stack/);
    expect(() => lisp.answer('1')).toThrow(/the Lisp was interrupted/);
    expect(new Lisp(module).answer('(+ 1 1)')).toBe('2');
  });

  it('takes texts of any bytes', () => {
    const lisp = new Lisp(module);
    expect(lisp.answer('(string-append "grüße" " — ☃")')).toBe('"grüße — ☃"');
    expect(lisp.answer('')).toBe('');
  });
});
