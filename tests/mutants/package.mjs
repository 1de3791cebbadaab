// These mutants are of the npm package: a copy of dist/ in which one file is compiled from its mutated source. The
// tests that see the package by its name run on the copy (MALLOCGC_DIST in tests/vitest.config.ts).

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { root } from '../../tools/steps/process.mjs';
import { execute } from './execute.mjs';

const kSeconds = 120;

/** These are the options of js/tsconfig.json that matter for one file alone. */
const kOptions = {
  ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  ...{ verbatimModuleSyntax: true, useDefineForClassFields: true },
};

/** These tests run on a mutant of the package, the nearest first. */
const kTests = [['barriers'], ['modes', 'arrays', 'bulk', 'assign', 'strings', 'types', 'raw', 'handles']];

/** Returns the mutated source as JavaScript. */
function compiled(source) {
  const text = readFileSync(source, 'utf8');
  const { outputText, diagnostics } = ts.transpileModule(text, { compilerOptions: kOptions, reportDiagnostics: true });
  const [error] = diagnostics;
  return error ? { error: ts.flattenDiagnosticMessageText(error.messageText, ' ') } : { code: outputText };
}

/** Runs tests on the package in `folder`. Returns those that failed, or null where they did not end. */
async function failuresOf(tests, folder) {
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const files = tests.map((name) => `tests/js/${name}.test.ts`);
  const flags = ['--config', 'tests/vitest.config.ts', '--root', '.', '--bail=1', '--reporter=json'];
  const { code } = await execute('node', [vitest, 'run', ...files, ...flags, `--outputFile=${report}`], {
    ...{ cwd: root, seconds: kSeconds, env: { MALLOCGC_DIST: join(folder, 'dist') } },
  });
  if (code === 'timeout') return null;
  const failed = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  if (code !== 0 && failed.length === 0) throw new Error('the tests of the package did not run');
  return failed;
}

/** Returns what caught the mutant (`by`), or why nothing did (`problem`). `source` is the mutated file. */
export async function tryPackageMutant(mutant, source, folder) {
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  for (const name of readdirSync(join(root, 'dist')).filter((name) => /\.(js|wasm)$/.test(name))) {
    cpSync(join(root, 'dist', name), join(dist, name));
  }
  writeFileSync(join(dist, 'package.json'), '{ "type": "module" }');
  const { code, error } = compiled(source);
  if (error) return { problem: `it does not compile: ${error}`, compiles: false };
  writeFileSync(join(dist, basename(mutant.file).replace(/ts$/, 'js')), code);
  for (const tests of kTests) {
    const failed = await failuresOf(tests, folder);
    if (failed === null) return { by: 'no end' };
    if (failed.length > 0) return { by: failed[0] };
  }
  return { problem: 'no test sees it' };
}
