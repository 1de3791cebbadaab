// The test suites, each a function that builds what it needs, runs it and returns { passed, failed }. The order of
// kSuites is the order of `npm test`: what is quick and what points most exactly at a mistake comes first.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPreset, tree } from './cmake.mjs';
import { testConsumer } from './consumer.mjs';
import { buildPackage } from './package.mjs';
import { root, run } from './process.mjs';
import { ensureChromium } from '../toolchain.mjs';
import { fromClosingLine, fromCTest, fromGoogleTest, fromVitest, sum } from './totals.mjs';

const kNothing = { passed: 0, failed: 0 };
const kSanitizerOptions = { UBSAN_OPTIONS: 'print_stacktrace=1', ASAN_OPTIONS: 'detect_stack_use_after_return=1' };

/** tests/cpp and tests/c in the build of one preset. */
async function testPreset(preset, args) {
  await buildPreset(preset);
  const counts = [];
  const program = join(tree(preset), 'tests', 'mallocgc_tests');
  const command = existsSync(`${program}.js`) ? ['node', `${program}.js`] : [program];
  if (existsSync(command.at(-1))) {
    const flags = args.length > 0 ? args : ['--gtest_brief=1'];
    const { code, output } = await run(command[0], [...command.slice(1), ...flags], { env: kSanitizerOptions });
    counts.push(fromGoogleTest(output, code));
  }
  const c = join(root, 'tests', 'c');
  if (existsSync(c) && readdirSync(c).some((name) => name.endsWith('.c'))) {
    const { code, output } = await run('ctest', ['--test-dir', tree(preset), '-R', '^c_', '--output-on-failure']);
    counts.push(fromCTest(output, code));
  }
  return sum(counts);
}

/** The Vitest files below a folder of tests/. */
async function testVitest(folder, args) {
  if (!existsSync(join(root, 'tests', folder))) return kNothing;
  const report = join(root, 'build', `vitest-${folder}.json`);
  mkdirSync(join(root, 'build'), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { code } = await run('node', [
    ...[vitest, 'run', `tests/${folder}/`, '--config', 'tests/vitest.config.ts', '--root', '.'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--passWithNoTests', ...args],
  ]);
  return fromVitest(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null, code);
}

/** The types of every test, against the declarations that ship. Counts as one test. */
async function checkTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run('node', [tsc, '-p', 'tests']);
  console.log(code === 0 ? 'types: the tests agree with the declarations' : 'types: failed');
  return fromClosingLine(output, code);
}

async function testJs(args) {
  await buildPackage();
  const types = await checkTypes();
  return sum([types, await testVitest('js', args)]);
}

/** The packed package in programs of its users. */
async function testPackage(args) {
  await buildPackage();
  return testVitest('package', args);
}

/** The package in Chromium. */
async function testBrowser(args) {
  await buildPackage();
  process.env.CHROMIUM_PATH = await ensureChromium();
  return testVitest('browser', args);
}

/** The demo page under full load for two minutes; npm test watches it for seconds. */
async function testSteady(args) {
  process.env.MALLOCGC_CHURN_SECONDS = '120';
  return testBrowser(['-t', '^memory', ...args]);
}

/** The package in every engine that can be installed; not part of a whole run, because the engines are large. */
async function testEngines(args) {
  await buildPackage();
  const { code, output } = await run('node', [join(root, 'tests', 'engines', 'run.mjs'), ...args]);
  return fromClosingLine(output, code);
}

/** Instruction counts and sizes against what was recorded. */
async function testGate(args) {
  await buildPackage();
  const { code, output } = await run('node', [join(root, 'bench', 'gate', 'run.mjs'), ...args]);
  return fromClosingLine(output, code);
}

/** The tests of the tests: each seeded mistake must be found by one of them. */
async function testMutants(args) {
  const script = join(root, 'tests', 'mutants', 'run.mjs');
  if (!existsSync(script)) return kNothing;
  const { code, output } = await run('node', [script, ...args]);
  return fromClosingLine(output, code);
}

/** Suites that run only when they are asked for. */
export const kFurtherSuites = {
  steady: { title: 'the demo page, under full load for two minutes', run: testSteady },
  engines: { title: 'the npm package in other engines', run: testEngines },
};

/** Every suite by the name of its command (`test:` before it), in the order of a whole run. */
export const kSuites = {
  tidy: { title: 'house rules', run: (args) => testVitest('tidy', args) },
  native: { title: 'the heap, natively', run: (args) => testPreset('native', args) },
  asan: {
    title: 'the heap, with address and undefined-behaviour sanitizers',
    run: (args) => testPreset('native-asan', args),
  },
  wasm: { title: 'the heap, as wasm in Node', run: (args) => testPreset('wasm-tests', args) },
  ubsan: {
    title: 'the heap, as wasm with the undefined-behaviour sanitizer',
    run: (args) => testPreset('wasm-ubsan', args),
  },
  consumer: { title: 'programs that use the installed library', run: () => testConsumer() },
  js: { title: 'the npm package', run: testJs },
  package: { title: 'the packed package in its users’ programs', run: testPackage },
  browser: { title: 'the npm package in Chromium', run: testBrowser },
  gate: { title: 'instructions and bytes, against what was recorded', run: testGate },
  mutants: { title: 'seeded mistakes', run: testMutants },
};
