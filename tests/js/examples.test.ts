// Every TSDoc example of the package and every program of the guide and of README runs, prints what its comments say
// and nothing else, and compiles strictly where it is TypeScript.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as mallocgc from 'mallocgc';
import { describe, expect, it } from 'vitest';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kSources = fileURLToPath(new URL('../../js/src/', import.meta.url));

interface Example {
  readonly file: string;
  readonly text: string;
  readonly isTyped: boolean;
}

const kGuide = fileURLToPath(new URL('../../docs/js-guide.md', import.meta.url));
const kReadme = fileURLToPath(new URL('../../README.md', import.meta.url));

/** Returns the programs of a document, in `js` or `ts`. */
function programsOf(path: string): Example[] {
  return [...readFileSync(path, 'utf8').matchAll(/```(?:js|ts)\n([\s\S]*?)```/g)].map(([whole, text]) => ({
    file: basename(path),
    text: text ?? '',
    isTyped: whole.startsWith('```ts'),
  }));
}

const programs = [kGuide, kReadme].flatMap(programsOf).filter(({ text }) => text.includes("from 'mallocgc"));

const comments: Example[] = readdirSync(kSources)
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(kSources + file, 'utf8').matchAll(/\* ```ts\n([\s\S]*?)\n \* ```/g)].map(([, body]) => ({
      file,
      text: (body ?? '').replace(/^ \* ?/gm, ''),
      isTyped: true,
    })),
  );

/** Runs an example as the body of an async function. Returns what it prints, line by line. */
async function printed({ text }: Example): Promise<string[]> {
  const lines: string[] = [];
  const console = {
    log: (...values: unknown[]) =>
      void lines.push(values.map((value) => (Array.isArray(value) ? JSON.stringify(value) : String(value))).join(' ')),
  };
  const body = text.replace(/^import \{ (.*) \} from 'mallocgc';$/m, 'const { $1 } = mallocgc;');
  const { outputText } = ts.transpileModule(`export async function run() {\n${body}\n}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const exports: { run?: () => Promise<void> } = {};
  // This is the test's own function. The package has no eval.
  new Function('exports', 'mallocgc', 'console', outputText)(exports, mallocgc, console);
  await exports.run?.();
  return lines;
}

const examples = [...comments, ...programs];

describe('the examples', () => {
  it('are there', () => {
    expect(comments.length).toBeGreaterThanOrEqual(9);
    expect(programs.length).toBeGreaterThanOrEqual(5);
  });

  for (const [n, example] of examples.entries()) {
    it(`${example.file} ${n} prints what it says, and nothing else`, async () => {
      const plain = (line: string): string => line.replace(/, /g, ',');
      expect((await printed(example)).map(plain)).toEqual(saidBy(example).map(plain));
    });
  }

  it('have no comment that nothing checks, but sentences', () => {
    for (const example of examples) {
      const all = example.text.split('\n').flatMap((line) => /(?:^|\s)\/\/ (.*)$/.exec(line)?.[1] ?? []);
      const checked = saidBy(example);
      expect(all.filter((comment) => !checked.includes(comment) && !/^(?:[a-z`,]+ ){2}/i.test(comment))).toEqual([]);
    }
  });

  it('in TypeScript compile, strictly, against the declarations that ship', () => {
    const typed = examples.filter(({ isTyped }) => isTyped);
    const sources = new Map(typed.map(({ text }, n) => [`${kHere}example-${n}.mts`, text]));
    const options: ts.CompilerOptions = {
      ...{ noEmit: true, strict: true, skipLibCheck: true, types: ['node'], noUncheckedIndexedAccess: true },
      ...{ target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'] },
      ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
      ...{ paths: { mallocgc: [`${kHere}../../dist/index.d.ts`], 'mallocgc/*': [`${kHere}../../dist/*.d.ts`] } },
    };
    const host = ts.createCompilerHost(options);
    const { fileExists, getSourceFile, readFile } = host;
    host.fileExists = (path) => sources.has(path) || fileExists(path);
    host.readFile = (path) => sources.get(path) ?? readFile(path);
    host.getSourceFile = (path, ...rest) => {
      const text = sources.get(path);
      return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0]);
    };
    const found = ts.getPreEmitDiagnostics(ts.createProgram([...sources.keys()], options, host));
    const said = found.map(({ file, start = 0, messageText }) => {
      const example = typed[Number(/example-(\d+)/.exec(file?.fileName ?? '')?.[1])];
      const line = file?.text.slice(0, start).split('\n').length;
      return `${example?.file ?? file?.fileName}, line ${line} of its example: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(said).toEqual([]);
  });
});

/**
 * Returns what an example says that it prints: the comments behind its console.log and runFinalizers, and below them.
 */
function saidBy({ text }: Example): string[] {
  const said: string[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const [, code = '', comment] = /^(.*?)(?:(?:^|\s)\/\/ (.*))?$/.exec(line) ?? [];
    const prints = /console\.log\(|runFinalizers\(/.test(code) && !/=> (?:void )?console\.log\(.*\)\);$/.test(code);
    if (prints || (isOpen && code.trim() === '')) {
      if (comment !== undefined) said.push(comment);
      isOpen = true;
    } else {
      isOpen = false;
    }
  }
  return said;
}
