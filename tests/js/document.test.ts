// The document program is tested: its parser against JSON.parse, its heap document against JS objects, and the program
// as users start it.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createHeap } from 'mallocgc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editHeap, editJs } from '../../demo/document/edit.mjs';
import { HeapDocument } from '../../demo/document/heap-document.mjs';
import { sameText, stringify } from '../../demo/document/js-document.mjs';
import { JsonError, parse } from '../../demo/document/parse.mjs';

const kProgram = fileURLToPath(new URL('../../demo/document/main.mjs', import.meta.url));
const kNobody = {
  literal() {},
  number() {},
  text() {},
  beginList() {},
  endList() {},
  beginDict() {},
  key() {},
  endDict() {},
};

function reasonOf(text: string): string {
  try {
    parse(text, kNobody);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return `${error.line}:${error.column} ${error.reason}`;
  }
  return 'fine';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function loaded(text: string): Promise<{ document: HeapDocument; text: () => string; dispose: () => void }> {
  const heap = await createHeap({
    schedule: 'manual',
    minHeapBytes: 1 << 16,
    debug: { verify: true, checkmark: true },
  });
  const document = new HeapDocument(heap);
  const builder = document.builder();
  parse(text, builder);
  builder.finish();
  return { document, text: () => [...document.stringify()].join(''), dispose: () => heap.dispose() };
}

describe('the parser', () => {
  it('accepts exactly what JSON.parse accepts', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e9',
      '\\n',
      '\\x',
      '1',
      '0',
      '-',
      '.',
      'e',
      'E',
      '+',
      'true',
      'false',
      'null',
      'nul',
      ' ',
      '\n',
      '\t',
      '\u0001',
      '\u00a0',
      'é',
      '{}',
      '[]',
      '"b":',
      '1.5',
      '-0',
      '1e9',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        expect(reasonOf(text) === 'fine').toBe(isJson(text));
      }),
      { numRuns: 20_000 },
    );
    fc.assert(fc.property(fc.json(), (text) => reasonOf(text) === 'fine'));
  });

  it('says where a document is broken, and why', () => {
    const cases: [string, string][] = [
      ['', '1:1 the document is empty'],
      [' \r\n ', '2:2 the document is empty'],
      ['{"a":1,}', '1:8 a comma before the end: there is no value after it'],
      ['[1,\n 2\n 3]', "3:2 expected ',' or ']', found '3'"],
      ['{"a" 1}', "1:6 expected ':' after a key, found '1'"],
      ['{a:1}', "1:2 expected a key in double quotes, found 'a'"],
      ['["abc', '1:2 this string has no end'],
      ['"a\tb"', '1:3 a control character (U+0009) must be escaped in a string'],
      ['"\\x"', '1:2 there is no escape \\x'],
      ['"\\u12g4"', '1:2 expected four hexadecimal digits after \\u'],
      ['01', '1:2 a number may not begin with 0 and go on'],
      ['[1.]', "1:4 expected a digit after the decimal point, found ']'"],
      ['1e', '1:3 expected a digit in the exponent, found the end of the document'],
      ['-', "1:2 expected a digit after '-', found the end of the document"],
      ['\ufeff tru', "1:2 expected a value, found 't'"],
      ['[[', '1:3 expected a value, found the end of the document'],
      ['1 2', "1:3 '2' after the end of the document"],
    ];
    for (const [text, reason] of cases) expect([text, reasonOf(text)]).toEqual([text, reason]);
  });
});

describe('the document in the heap', () => {
  it('reads back as JSON.stringify writes it', async () => {
    const odd =
      '{"b":1,"a":2,"__proto__":{"x":1e400,"y":-0,"z":1e-400},"10":1,"9":[],"a":{"q":{}},"4294967295":1,"4294967294":2,"-1":3,"01":4,"s":"\\ud800 \\udc00 \\ud83d\\ude00 \\u0000 \\/","":[[],{}],"constructor":null,"n":[123456789012345678901234567890,0.1,1E3]}';
    for (const text of [odd, '5', '"x"', 'null', ' true ', '[]', '{}', '\ufeff[1]', '[[[[]]]]', '"\\ud800"']) {
      const { text: read, dispose } = await loaded(text);
      expect(read()).toBe(JSON.stringify(JSON.parse(text.replace(/^\ufeff/, ''))));
      dispose();
    }
  });

  it('stays equal to JS objects through rounds of edits, for any document', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), async (json) => {
        const { document, text, dispose } = await loaded(json);
        let root: unknown = JSON.parse(json);
        expect(text()).toBe(JSON.stringify(root));
        for (let round = 0; round < 4; round++) {
          root = editJs(root, round);
          editHeap(document, round);
          document.heap.GC();
          expect(text()).toBe(JSON.stringify(root));
        }
        dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('bears nesting of 10^5 levels', async () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
    const { document, text, dispose } = await loaded(deep);
    expect(text() === deep).toBe(true);
    let root: unknown = JSON.parse(deep);
    root = editJs(root, 0);
    editHeap(document, 0);
    expect(sameText(document.stringify(), stringify(root).pieces)).toBe(true);
    document.heap.GC();
    dispose();
  });

  it('compares texts in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (left, right) => {
        expect(sameText(left, right)).toBe(left.join('') === right.join(''));
        expect(sameText(left, [left.join('')])).toBe(true);
      }),
    );
  });
});

describe('the program', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mallocgc-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [kProgram, ...args], (error, out, err) =>
        done({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  it('loads the repository’s lock file and reports', async () => {
    const { code, out, err } = await run();
    expect([code, err]).toEqual([0, '']);
    for (const word of [
      'values',
      'bytes a value',
      'its WeakRef is cleared',
      'collections',
      'gc 1 @',
      'longest pause',
      'finalizers',
      'byte for byte equal to JSON.stringify of the same edits',
    ]) {
      expect(out).toContain(word);
    }
  });

  it('ends with code 1 and one line for what it cannot read', async () => {
    const broken = await file('broken.json', '{"a": 1,\n "b": }');
    expect(await run(broken)).toEqual({ code: 1, out: '', err: `${broken}:2:7: expected a value, found '}'\n` });
    const empty = await file('empty.json', '');
    expect(await run(empty)).toMatchObject({ code: 1, err: `${empty}:1:1: the document is empty\n` });
    const missing = join(folder, 'missing.json');
    expect(await run(missing)).toMatchObject({ code: 1, err: `${missing}: there is no such file\n` });
    expect(await run(folder)).toMatchObject({ code: 1, err: `${folder}: is a directory\n` });
    expect(await run(broken, broken)).toMatchObject({ code: 1 });
    expect(await run('--nope')).toMatchObject({ code: 1 });
    expect((await run('--help')).out).toContain('usage');
  });

  it('works on scalars and on documents of a few values', async () => {
    for (const text of ['5', '"x"', 'null', '[]', '{}', '\ufeff{"a":[1,2,{"b":null}]}']) {
      const { code, out, err } = await run(await file('small.json', text));
      expect([text, code, err]).toEqual([text, 0, '']);
      expect(out).toContain('byte for byte equal');
    }
  });
});
