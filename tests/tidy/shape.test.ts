// A file has a shape: a rule says how long it and its functions are, how it begins, and what it must not contain.

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { functionsOf as cppFunctionsOf } from './cpp.ts';
import { files, kCpp, kScript, lineAt, read, select } from './repository.ts';
import { each, functionsOf as scriptFunctionsOf, lineOf, parse } from './script.ts';

const kFileLinesMax = 400;
const kFunctionLinesMax = 70;

const kProduct = ['src', 'wasm', 'tools', 'js', 'demo', 'bench', 'examples'];
const kEverything = [...kProduct, 'tests'];

describe('every file', () => {
  it(`has at most ${kFileLinesMax} lines`, () => {
    const long = select(kEverything, [...kCpp, ...kScript, '.css', '.html'])
      .map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > kFileLinesMax);
    expect(long).toEqual([]);
  });

  it('begins with a comment that says what it is for', () => {
    const sources = [
      ...select(kEverything, [...kCpp, ...kScript, '.css', '.html']),
      ...files.filter((file) => /(^|\/)CMakeLists\.txt$/.test(file)),
    ];
    const bare = sources.filter((file) => {
      const text = read(file)
        .replace(/^#![^\n]*\n/, '')
        .replace(/^\s*<!doctype[^>]*>/i, '')
        .trimStart();
      return !/^(\/\/|\/\*|#(?!(include|pragma|if|define))|<!--)/.test(text);
    });
    expect(bare).toEqual([]);
  });

  it('leaves no work undone without an issue that says so', () => {
    const sources = [...select([...kEverything, 'docs'], [...kCpp, ...kScript, '.css', '.html', '.md']), 'README.md'];
    // The words are written apart, because this file is read too.
    const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b(?!\\(#\\d+\\))`, 'g');
    const found = sources
      .filter((file) => files.includes(file))
      .flatMap((file) => {
        const text = read(file);
        return [...text.matchAll(marker)].map((match) => `${file}:${lineAt(text, match.index)}`);
      });
    expect(found).toEqual([]);
  });
});

describe('every function', () => {
  it(`fits a screen of ${kFunctionLinesMax} lines`, () => {
    const cpp = select(kProduct, kCpp).flatMap((file) =>
      cppFunctionsOf(read(file)).map((found) => ({ file, ...found })),
    );
    const script = select(kProduct, kScript).flatMap((file) =>
      scriptFunctionsOf(file).map((found) => ({ file, ...found })),
    );
    const long = [...cpp, ...script].filter(({ lines }) => lines > kFunctionLinesMax);
    expect(long.map(({ file, line, name, lines }) => `${file}:${line} ${name} has ${lines} lines`)).toEqual([]);
  });
});

describe('the marker', () => {
  it('chooses between flavours at most once in a function', () => {
    const files = select(['src/gc'], kCpp).filter((file) => /\/(marker|greying|scan_\w+)\.(cc|h)$/.test(file));
    expect(files.length).toBeGreaterThan(3);
    const torn = files.flatMap((file) => {
      const lines = read(file).split('\n');
      return cppFunctionsOf(read(file)).flatMap(({ name, line, lines: count }) => {
        const body = lines.slice(line - 1, line - 1 + count).join('\n');
        return (body.match(/\bif constexpr\b/g) ?? []).length > 1 ? [`${file}:${line} ${name}`] : [];
      });
    });
    expect(torn).toEqual([]);
  });
});

describe('the package', () => {
  it('has no any, no default export and no silenced compiler', () => {
    const broken = select(['js/src'], ['.ts']).flatMap((file) => {
      const source = parse(file);
      const found: string[] = [];
      each(source, (node) => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${file}:${lineOf(source, node)} any`);
        if (
          ts.isExportAssignment(node) ||
          (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isFunctionLike(node.parent))
        ) {
          found.push(`${file}:${lineOf(source, node)} default export`);
        }
      });
      const silenced = /@ts-(ignore|nocheck|expect-error)/.exec(source.text);
      if (silenced) found.push(`${file}:${lineAt(source.text, silenced.index)} ${silenced[0]}`);
      return found;
    });
    expect(broken).toEqual([]);
  });
});
