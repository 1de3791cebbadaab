// A report says where it is: the file and the line of the call, from DWARF of several versions and from a source map,
// and the function without either. The comments in the program say which lines are to be told.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { WasmModule } from '../../tools/rooting/module.mjs';
import { Positions } from '../../tools/rooting/positions.mjs';
import { Stream } from '../../tools/rooting/stream.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { kTexts } from './programs/texts.ts';
import { assemble, type Bytes, compile } from './support.ts';

/** Makes source map segments for places in a module: the n-th is on line 100 + n of the first source. */
function mappingsOf(places: readonly number[]): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const encode = (value: number): string => {
    let rest = value < 0 ? (-value << 1) | 1 : value << 1;
    let text = '';
    do {
      text += digits[(rest & 31) | (rest > 31 ? 32 : 0)];
      rest >>>= 5;
    } while (rest > 0);
    return text;
  };
  const segments = places.map((at, n) => [at - (places[n - 1] ?? 0), 0, n === 0 ? 99 : 1, 0].map(encode).join(''));
  return segments.join(',');
}

/** Returns a module with one more custom section, which holds a text. */
function withSection(bytes: Bytes, name: string, text: string): Bytes {
  const string = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
  const payload = [...string(name), ...string(text)];
  return new Uint8Array([...bytes, 0, payload.length, ...payload]);
}

interface Report {
  function: string;
  line?: string;
}
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kChecker = here('../../tools/rooting/mallocgc-check.mjs');
const kFolder = here('../../build/rooting/lines/');

/** Returns 'file:line' of each line of a program that says that it is reported. */
const told = (file: string): string[] =>
  readFileSync(here(`./programs/${file}`), 'utf8')
    .split('\n')
    .flatMap((text, i) => (text.includes('/* reported */') ? [`${file}:${i + 1}`] : []));
const kExpected = [...told('lines.c'), ...told('lines.h')].sort();

const linesIn = (reports: readonly Report[]): string[] =>
  [...new Set(reports.map(({ line }) => (line ?? 'none').replace(/.*[/]/, '')))].sort();

describe('the line of a report', () => {
  it.each(['-gdwarf-2', '-gdwarf-3', '-gdwarf-4', '-gdwarf-5'])('comes from DWARF: %s', (flag) => {
    for (const level of ['-O1', '-O3']) {
      const reports = verify(compile(['lines.c'], [level, flag])) as Report[];
      expect(linesIn(reports)).toEqual(kExpected);
    }
  });

  it('is absent without either', () => {
    const reports = verify(compile(['lines.c'])) as Report[];
    expect(reports.length).toBeGreaterThan(0);
    for (const each of reports) expect(each).not.toHaveProperty('line');
  });
});

describe('the command', () => {
  const run = (...args: string[]): { code: number; text: string } => {
    try {
      return { code: 0, text: execFileSync('node', [kChecker, ...args], { encoding: 'utf8', stdio: 'pipe' }) };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, text: stdout + stderr };
    }
  };
  mkdirSync(kFolder, { recursive: true });

  it('prints the line, and the function behind it', () => {
    writeFileSync(`${kFolder}dwarf.wasm`, compile(['lines.c'], ['-O2', '-g']));
    const { code, text } = run(`${kFolder}dwarf.wasm`);
    expect(code).toBe(1);
    for (const line of kExpected) expect(text).toContain(`${line}: `);
    expect(text).toMatch(/lines[.]c:\d+: test_lines: .* is live across the call of fresh, in no frame/);
  });

  // This is a map of our own making.
  const bytes = compile(['lines.c'], ['-O2', '-g1']);
  const stripped = ((): Bytes => {
    const module = binaryen.readBinary(bytes);
    module.runPasses(['strip-dwarf']);
    binaryen.setDebugInfo(true);
    const out = new Uint8Array(module.emitBinary());
    binaryen.setDebugInfo(false);
    module.dispose();
    return out;
  })();
  const positions = new Positions(stripped);
  const calls = positions.bodies.flatMap((_, i) => positions.callsOf(i));
  const map = { version: 3, sources: ['a/source.c'], names: [], mappings: mappingsOf(calls) };

  it('reads a source map that it is given', () => {
    writeFileSync(`${kFolder}plain.wasm`, stripped);
    writeFileSync(`${kFolder}own.map`, JSON.stringify(map));
    const { text } = run(`${kFolder}plain.wasm`, '--source-map', `${kFolder}own.map`, '--json');
    const reports = JSON.parse(text) as Report[];
    expect(reports.length).toBeGreaterThan(0);
    for (const { line } of reports) expect(line).toMatch(/^a[/]source[.]c:\d+$/);
    const withDwarf = verify(bytes) as Report[];
    expect(new Set(reports.map(({ line }) => line)).size).toBe(new Set(withDwarf.map(({ line }) => line)).size);
  });

  it('finds the map that the module names beside it, and does without where it is not there', () => {
    writeFileSync(`${kFolder}named.wasm`, withSection(stripped, 'sourceMappingURL', 'beside.map'));
    expect(run(`${kFolder}named.wasm`).text).not.toContain('source.c');
    writeFileSync(`${kFolder}beside.map`, JSON.stringify(map));
    expect(run(`${kFolder}named.wasm`).text).toContain('a/source.c:1');
    execFileSync('rm', [`${kFolder}beside.map`]);
  });

  it('says what is wrong with a map', () => {
    writeFileSync(`${kFolder}wrong.map`, 'no map');
    expect(run(`${kFolder}plain.wasm`, '--source-map', `${kFolder}wrong.map`)).toMatchObject({ code: 2 });
    expect(run(`${kFolder}plain.wasm`, '--source-map', `${kFolder}wrong.map`).text).toMatch(
      /wrong[.]map is no source map/,
    );
    expect(run(`${kFolder}plain.wasm`, '--source-map', `${kFolder}absent.map`)).toMatchObject({ code: 2 });
  });
});

// The stream passes over code that is never reached, and stands at the calls of all that is.
describe('calls in the stream', () => {
  const programs: Record<string, () => Bytes> = {
    'lists.c': () => compile(['lists.c']),
    'wide.c': () => compile(['wide.c'], ['-O2', '-msimd128', '-mtail-call']),
    ...Object.fromEntries(Object.entries(kTexts).map(([name, text]) => [name, () => assemble(text)])),
  };
  it.each(Object.entries(programs))('stand at calls in the binary: %s', (_name, make) => {
    const context = new WasmModule(make(), {});
    let count = 0;
    for (const each of context.functions.values()) {
      if (each.isImport) continue;
      const stream = new Stream(context, each);
      const found = context.positions.callsOf(each.bodyIndex);
      for (const { start } of stream.calls) expect(found).toContain(start);
      count += stream.calls.length;
    }
    expect(count).toBeGreaterThan(0);
  });

  it('are those that a way leads to', () => {
    const call = (n: number): number[] => [0x41, n, 0x10, 0x00]; // i32.const n, call 0
    const kDrop = 0x1a;
    const body = [
      ...[0x00, 0x02, 0x7f, ...call(1), kDrop, ...call(2), 0x0c, 0x00], // block (result i32) … br 0
      ...[...call(3), kDrop, 0x41, 1, 0x04, 0x7f, ...call(4), 0x05, ...call(5), 0x0b, kDrop, ...call(6), 0x0b, kDrop],
      ...[0x20, 0x00, 0x04, 0x40, ...call(7), kDrop, 0x41, 0, 0x0f, ...call(8), kDrop, 0x05, ...call(9), kDrop, 0x0b],
      ...[...call(10), 0x0b],
    ];
    const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];
    const section = (id: number, bytes: number[]): number[] => [id, bytes.length, ...bytes];
    const bytes = new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7f])],
      ...section(2, [1, ...text('heap'), ...text('mgc_new'), 0, 0]),
      ...[...section(3, [1, 0]), ...section(7, [1, ...text('test'), 0, 1]), ...section(10, [1, body.length, ...body])],
    ]);
    const context = new WasmModule(bytes, {});
    const stream = new Stream(
      context,
      [...context.functions.values()].find(({ isImport }) => !isImport),
    );
    const numbers = (places: number[]): (number | undefined)[] => places.map((at) => bytes[at - 1]);
    expect(numbers(new Positions(bytes).callsOf(0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(numbers(stream.calls.map(({ start }: { start: number }) => start))).toEqual([1, 2, 7, 9, 10]);
  });
});
