// These are the test suites, each a function that builds what it needs, runs it and returns { passed, failed }. kSuites
// are those of `npm test`, kFullSuites those of `npm run test:full`, in their order: what is quick and what points most
// exactly at a mistake comes first. A suite gets { filter, args }: a text that the names of its tests must have in
// them, or null, and what goes to its runner.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureChromium, ensureRust } from '../toolchain.mjs';
import { buildPreset, tree } from './cmake.mjs';
import { testConsumer } from './consumer.mjs';
import { googleTestPattern, sourcesFor } from './filter.mjs';
import { formatAll, lintAll } from './lint.mjs';
import { buildLisp } from './lisp.mjs';
import { buildPackage } from './package.mjs';
import { installPlaces } from './places.mjs';
import { root, run } from './process.mjs';
import { installZig } from './toolchains.mjs';
import { fromClosingLine, fromCTest, fromGoogleTest, fromVitest, sum } from './totals.mjs';

const kSanitizerOptions = { UBSAN_OPTIONS: 'print_stacktrace=1', ASAN_OPTIONS: 'detect_stack_use_after_return=1' };

/** Each test of a program runs in one of so many processes, side by side; more of them would want too much memory. */
const kProcesses = Math.min(4, availableParallelism());

/** The undefined-behaviour sanitizer makes frames large. Node takes its stack in KB; a process usually has 8 MB. */
const kSanitizedFrames = ['--stack-size=3900'];

/** Runs a program of GoogleTest's, natively or in Node. */
async function runGoogleTest(preset, name, flags, processes = 1) {
  const program = join(tree(preset), 'tests', name);
  const command = existsSync(`${program}.js`)
    ? ['node', ...(preset.endsWith('ubsan') ? kSanitizedFrames : []), `${program}.js`]
    : [program];
  const runs = Array.from({ length: processes }, async (_, index) => {
    const shard = processes > 1 ? { GTEST_TOTAL_SHARDS: `${processes}`, GTEST_SHARD_INDEX: `${index}` } : {};
    const env = { ...kSanitizerOptions, ...shard };
    const { code, output } = await run(command[0], [...command.slice(1), ...flags], { env });
    return fromGoogleTest(output, code);
  });
  return sum(await Promise.all(runs));
}

/** Returns the programs beside tests/cpp by their names for CTest, and what builds each, with a preset. */
function otherPrograms(preset) {
  // As wasm, those of tests/boehm want the rooting tool, which runs them. The lean flavour has no such interface.
  const hasBoehm = preset.startsWith('native') && !preset.endsWith('lean');
  const programs = ['c', ...(hasBoehm ? ['boehm'] : [])].flatMap((folder) =>
    readdirSync(join(root, 'tests', folder))
      .filter((name) => /_test\.cc?$/.test(name))
      .map((name) => `c_${name.slice(0, name.indexOf('.'))}`),
  );
  const documents = ['document_porting_c', 'document_README_c', 'document_README_cpp'];
  return [
    ...[...programs, ...documents].map((name) => ({ name, targets: [name] })),
    { name: 'exceptions', targets: ['mallocgc_exceptions'] },
    { name: 'compile_fail', targets: [] },
  ];
}

/** Runs tests/cpp and what is beside it, built with a preset. With a filter only what has tests that match is built. */
async function testPreset(preset, { filter, args }) {
  const sources = filter ? sourcesFor(filter) : null;
  const chosen = otherPrograms(preset).filter(({ name }) => name.includes(filter ?? ''));
  const targets = chosen.flatMap((program) => program.targets);
  const counts = [];
  const flags = args.length > 0 ? args : ['--gtest_brief=1'];
  if (!filter) {
    await buildPreset(preset);
    counts.push(await runGoogleTest(preset, 'mallocgc_tests', flags, args.length > 0 ? 1 : kProcesses));
  } else if (sources !== null) {
    await buildPreset(preset, ['mallocgc_some_tests', ...targets], { MALLOCGC_SOME_TESTS: sources.join(';') });
    const pattern = `--gtest_filter=${googleTestPattern(filter)}`;
    counts.push(await runGoogleTest(preset, 'mallocgc_some_tests', [...flags, pattern]));
  } else if (targets.length > 0) {
    await buildPreset(preset, targets);
  }
  if (chosen.length > 0) {
    // These are all that CTest knows besides tests/cpp, or what the filter chooses.
    const which = filter ? ['-R', `^(${chosen.map(({ name }) => name).join('|')})$`] : ['-E', '^cpp$'];
    const ran = await run('ctest', [
      '--test-dir',
      tree(preset),
      ...which,
      '--output-on-failure',
      '--parallel',
      `${kProcesses}`,
    ]);
    counts.push(fromCTest(ran.output, ran.code));
  }
  return sum(counts);
}

/** Runs the Vitest files below a folder of tests/, or some of them. `name` is that of the report. */
async function testVitest(folder, { filter, args }, { files = [`tests/${folder}/`], name = folder, env = {} } = {}) {
  const report = join(root, 'build', `vitest-${name.replaceAll('/', '-')}.json`);
  mkdirSync(join(root, 'build'), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const command = [
    ...[vitest, 'run', ...files, '--config', 'tests/vitest.config.ts', '--root', '.'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...[...(filter ? ['-t', filter] : []), ...args],
  ];
  const { code } = await run('node', command, { env });
  return fromVitest(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null, code);
}

/** Checks the types of every test, against the declarations that ship. It counts as one test. */
async function checkTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run('node', [tsc, '-p', 'tests']);
  console.log(code === 0 ? 'types: the tests agree with the declarations' : 'types: failed');
  return fromClosingLine(output, code);
}

async function testJs(choice) {
  await buildPackage();
  await buildLisp();
  // The types take one processor for a while, beside the first tests.
  const types = choice.filter ? [] : [checkTypes()];
  return sum(await Promise.all([...types, testVitest('js', choice)]));
}

/** Runs the tests whose heaps are of the debug flavour (`checkedHeap`) over the flavour that ships by default. */
async function testDefaultFlavour(choice) {
  await buildPackage();
  const folder = join(root, 'tests', 'js');
  const isOfChecked = (name) =>
    name.endsWith('.test.ts') && readFileSync(join(folder, name), 'utf8').includes('checkedHeap');
  const files = readdirSync(folder)
    .filter(isOfChecked)
    .map((name) => `tests/js/${name}`);
  return testVitest('js', choice, { files, name: 'js-default', env: { MALLOCGC_FLAVOUR: 'default' } });
}

/** Runs the tools that root and check modules, on programs beside the heap and on some of the heap's own tests. */
async function testRooting(choice) {
  await buildPackage();
  await buildPreset('wasm', ['mallocgc', 'mallocgc_boehm']);
  await buildPreset('wasm-tests', ['mallocgc_rooted_some_tests']);
  return testVitest('rooting', choice);
}

/** Roots the heap's own test program, all of it, and runs it in every mode that it may run in. */
async function testRooted({ args }) {
  await buildPreset('wasm-tests', ['mallocgc_rooted_tests']);
  return testScript(['tests', 'rooting', 'own_tests.mjs'], args);
}

/** Roots modules of Rust and Zig, whose compilers are installed where that can be. Without them tests are skipped. */
async function testToolchains(choice) {
  await buildPackage();
  const missing = [];
  if (!(await ensureRust())) missing.push('a rustc with the library of wasm32');
  if (!(await installZig())) missing.push('Zig');
  for (const name of missing) console.log(`skipped: the tests of ${name}, which could not be installed`);
  const ran = await testVitest('rooting/toolchains', choice);
  return missing.length > 0 ? { ...ran, skipped: missing.length } : ran;
}

/** Runs the packed package in programs of its users. */
async function testPackage(choice) {
  await buildPackage();
  return testVitest('package', choice);
}

/** Runs the package in Chromium. */
async function testBrowser(choice) {
  await buildPackage();
  await buildLisp();
  process.env.CHROMIUM_PATH = await ensureChromium();
  return testVitest('browser', choice);
}

/** Runs the package in every bundler, test runner and runtime that is pinned in tests/places. */
async function testPlaces(choice) {
  await buildPackage();
  if (!(await installPlaces())) {
    console.log('skipped: what tests/places/package.json pins could not be installed');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  process.env.CHROMIUM_PATH = await ensureChromium();
  return testVitest('places', choice);
}

/** Runs the demo page under full load for two minutes. npm test watches it for seconds. */
async function testSteady({ args }) {
  process.env.MALLOCGC_CHURN_SECONDS = '120';
  return testBrowser({ filter: '^memory', args });
}

/** Runs a script that ends with the line of its counts. */
async function testScript(path, args) {
  const { code, output } = await run('node', [join(root, ...path), ...args]);
  return fromClosingLine(output, code);
}

/** Runs the package in every engine that can be installed. */
async function testEngines({ args }) {
  await buildPackage();
  return testScript(['tests', 'engines', 'run.mjs'], args);
}

/** Compares instruction counts and sizes with what was recorded. */
async function testGate({ args }) {
  await buildPackage();
  return testScript(['bench', 'gate', 'run.mjs'], args);
}

/** Tests the tests: one of them must find each seeded mistake. */
function testMutants({ filter, args }) {
  return testScript(['tests', 'mutants', 'run.mjs'], [...(filter ? ['--only', filter] : []), ...args]);
}

/** These suites run only when they are asked for. */
export const kFurtherSuites = {
  steady: { title: 'the demo page, under full load for two minutes', run: testSteady },
};

/**
 * These prove the product: every suite of `npm test` by the name of its command (`test:` before it), in their order.
 * `filters` is true where a filter of names means something.
 */
export const kSuites = {
  format: { title: 'the sources are formatted', run: async () => sum(await formatAll({ write: false })) },
  lint: { title: 'the linters find nothing', run: async () => sum(await lintAll()) },
  tidy: { title: 'house rules', filters: true, run: (choice) => testVitest('tidy', choice) },
  native: { title: 'the heap, natively', filters: true, run: (choice) => testPreset('native', choice) },
  wasm: { title: 'the heap, as wasm in Node', filters: true, run: (choice) => testPreset('wasm-tests', choice) },
  consumer: { title: 'programs that use the installed library', run: () => testConsumer() },
  js: { title: 'the npm package', filters: true, run: testJs },
  'js-default': { title: 'the npm package over the flavour that ships', filters: true, run: testDefaultFlavour },
  rooting: { title: 'rooting and checking modules', filters: true, run: testRooting },
  package: { title: 'the packed package in its users’ programs', filters: true, run: testPackage },
  browser: { title: 'the npm package in Chromium', filters: true, run: testBrowser },
  places: { title: 'the npm package in bundlers, test runners and runtimes', filters: true, run: testPlaces },
  gate: { title: 'instructions and bytes, against what was recorded', run: testGate },
};

/** These prove the tests, and the product where it is built in another way: the suites of `npm run test:full`. */
export const kFullSuites = {
  release: {
    title: 'the heap in the release flavour, natively',
    filters: true,
    run: (choice) => testPreset('native-release', choice),
  },
  lean: {
    title: 'the heap in the lean flavour, natively',
    filters: true,
    run: (choice) => testPreset('native-lean', choice),
  },
  'wasm-release': {
    title: 'the heap in the release flavour, as wasm in Node',
    filters: true,
    run: (choice) => testPreset('wasm-release', choice),
  },
  'wasm-lean': {
    title: 'the heap in the lean flavour, as wasm in Node',
    filters: true,
    run: (choice) => testPreset('wasm-lean', choice),
  },
  asan: {
    title: 'the heap, with address and undefined-behaviour sanitizers',
    filters: true,
    run: (choice) => testPreset('native-asan', choice),
  },
  tsan: {
    title: 'heaps of several threads, with the thread sanitizer',
    run: ({ args }) => testPreset('native-tsan', { filter: 'HeapThreads', args }),
  },
  ubsan: {
    title: 'the heap, as wasm with the undefined-behaviour sanitizer',
    filters: true,
    run: (choice) => testPreset('wasm-ubsan', choice),
  },
  toolchains: { title: 'modules of Rust and Zig, rooted', filters: true, run: testToolchains },
  rooted: { title: 'the heap’s own tests as wasm, rooted', run: testRooted },
  mutants: { title: 'seeded mistakes', filters: true, run: testMutants },
  engines: { title: 'the npm package in other engines', run: testEngines },
};
