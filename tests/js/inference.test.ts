// The types of the package are tested here: inference.types.ts compiles against the built declarations.

import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('TypeScript infers the properties of views from the fields', () => {
  const file = at('./inference.types.ts');
  const config = ts.parseConfigFileTextToJson('tsconfig.json', ts.sys.readFile(at('../../js/tsconfig.json')) ?? '') as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.config.compilerOptions, at('../../js'));
  const program = ts.createProgram([file], {
    ...options,
    noEmit: true,
    rootDir: at('../..'),
    paths: { mallocgc: [at('../../dist/index.d.ts')] },
  });
  const found = ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? -1;
    return `${diagnostic.file?.fileName ?? ''}:${line + 1} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
  });
  expect(found).toEqual([]);
});
