// Every TSDoc example of the package and every program of the guide runs, and prints what its comments say.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as mallocgc from 'mallocgc';
import { describe, expect, it } from 'vitest';

const kSources = fileURLToPath(new URL('../../js/src/', import.meta.url));

interface Example {
  readonly file: string;
  readonly text: string;
}

const kGuide = fileURLToPath(new URL('../../docs/js-guide.md', import.meta.url));

const programs: Example[] = [...readFileSync(kGuide, 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, text]) => ({
  file: 'js-guide.md',
  text: text ?? '',
}));

const comments: Example[] = readdirSync(kSources)
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(kSources + file, 'utf8').matchAll(/\* ```ts\n([\s\S]*?)\n \* ```/g)].map(([, body]) => ({
      file,
      text: (body ?? '').replace(/^ \* ?/gm, ''),
    })),
  );

/** Runs an example as the body of an async function; returns what it prints, line by line. */
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
  // The test's own function, not the package's: it has no eval.
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
    it(`${example.file} ${n} prints what it says`, async () => {
      const said = [...example.text.matchAll(/(?:console\.log|runFinalizers)\(.*\); \/\/ (.*)$/gm)].map(([, comment]) =>
        comment?.replace(/, /g, ','),
      );
      const lines = (await printed(example)).map((line) => line.replace(/, /g, ','));
      for (const comment of said) expect(lines).toContain(comment);
    });
  }
});
