// These rules are about comments and documents, as far as a rule can be tested: lines fit, tables are whole, references
// lead somewhere, and heads show the doors.

import { describe, expect, it } from 'vitest';
import { files, kCpp, kScript, lineAt, read, select } from './repository.ts';

const kColumnsOfCode = 120;
const kColumnsOfProse = 100;
const kHouse = ['src', 'wasm', 'tools', 'js', 'demo', 'bench', 'tests'];

const kSources = select(kHouse, [...kCpp, ...kScript]);
const kProse = files.filter((file) => file.endsWith('.md') && !file.startsWith('bench/results/'));

/** Returns a document without fenced code, and without what commands write between two comments. Lines stay. */
function writtenByHand(text: string): string {
  const blank = (block: string): string => block.replace(/[^\n]/g, ' ');
  return text.replace(/^```[^]*?^```/gm, blank).replace(/<!-- prettier-ignore-start -->[^]*?ignore-end -->/g, blank);
}

const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());

describe('a line', () => {
  it(`of code has at most ${kColumnsOfCode} columns`, () => {
    const long = kSources.flatMap((file) =>
      lines(read(file)).flatMap((line, i) =>
        // No formatter breaks a text, a pattern or an address.
        line.length > kColumnsOfCode && !/['"`]|https?:|^\s*\/\^/.test(line) ? [`${file}:${i + 1}`] : [],
      ),
    );
    expect(long).toEqual([]);
  });

  it(`of prose has at most ${kColumnsOfProse} columns, tables and addresses apart`, () => {
    const long = kProse.flatMap((file) =>
      lines(writtenByHand(read(file))).flatMap((line, i) =>
        line.length > kColumnsOfProse && !/^\s*(\||!?\[|- !?\[)|https?:\/\/|\]\(|^#|`[^`]{40,}`/.test(line)
          ? [`${file}:${i + 1}`]
          : [],
      ),
    );
    expect(long).toEqual([]);
  });
});

describe('a table', () => {
  const cells = (row: string): number =>
    row
      .replace(/\\\|/g, '')
      .replace(/`[^`]*`/g, '')
      .trim()
      .split('|').length;

  it('has as many columns in each row as in its head', () => {
    const broken = kProse.flatMap((file) => {
      let columns = 0;
      return lines(writtenByHand(read(file))).flatMap((line, i) => {
        if (!line.trim().startsWith('|')) columns = 0;
        else if (columns === 0) columns = cells(line);
        else if (cells(line) !== columns) return [`${file}:${i + 1} ${cells(line) - 2} columns, not ${columns - 2}`];
        return [];
      });
    });
    expect(broken).toEqual([]);
  });
});

describe('a reference', () => {
  const clauses = new Set([...read('docs/semantics.md').matchAll(/\*\*([A-Z]\d{1,2})\*\*/g)].map(([, name]) => name));

  it('to a clause means one of docs/semantics.md', () => {
    expect(clauses.size).toBeGreaterThan(60);
    const unknown = kSources.flatMap((file) =>
      [...read(file).matchAll(/(?<!\w)\(((?:[A-Z]\d{1,2}(?:, |–|-)?)+)\)/g)].flatMap(({ index, 1: list = '' }) =>
        (list.match(/[A-Z]\d{1,2}/g) ?? [])
          .filter((name) => !clauses.has(name))
          .map((name) => `${file}:${lineAt(read(file), index)} ${name}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('in the name of a test, too', () => {
    const named = select(['tests/cpp'], ['.cc']).flatMap((file) =>
      [...read(file).matchAll(/\bTEST(?:_[FP])?\(\w+,\s*([A-Z]\d{1,2})_/g)].map(({ 1: name = '' }) => ({ file, name })),
    );
    expect(named.length).toBeGreaterThan(300);
    expect(named.filter(({ name }) => !clauses.has(name))).toEqual([]);
  });

  it('to a document names it, and no chapter by a number', () => {
    const pattern =
      /\b(architecture|performance|generations|rooting|toolchain|semantics)(, (chapter|decision))? \d+\b/gi;
    const found = [...kSources, ...kProse].flatMap((file) =>
      [...read(file).matchAll(pattern)].map((match) => `${file}:${lineAt(read(file), match.index)} ${match[0]}`),
    );
    expect(found).toEqual([]);
  });
});

describe('a public header', () => {
  it('says in its head where one comes from and goes on', () => {
    const heads = files.filter((file) => /^src\/(include|abi)\/mallocgc\/.*\.h$/.test(file));
    const shut = heads.filter((file) => !/\bDoors?:/.test(read(file).split('#ifndef')[0] ?? ''));
    expect(shut).toEqual([]);
  });
});
