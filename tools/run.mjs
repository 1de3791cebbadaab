// This is the one command behind every npm script: it finds the tools, installs what is missing, builds what changed,
// and runs.
//
//   node tools/run.mjs start [FILE.json]    the demo program; then, on a terminal or with --serve, the demo page
//   node tools/run.mjs build:demo           the demo page as a static folder, build/demo/
//   node tools/run.mjs serve                the demo page alone
//   node tools/run.mjs screenshots          pictures of it for the README, into docs/images/
//   node tools/run.mjs build                everything that ships, into dist/
//   node tools/run.mjs test                 the suites that prove the product; the last line is the sum
//   node tools/run.mjs test:full            the others: flavours, sanitizers, seeded mistakes, engines
//   node tools/run.mjs test:NAME [ARG…]     one suite (steps/suites.mjs names them); arguments go to its runner
//                                           (steps/choice.mjs has what all of these take: --only, --filter, --watch)
//   node tools/run.mjs format               formats every file
//   node tools/run.mjs lint                 what the linters find
//   node tools/run.mjs bench [ARG…]         the workloads
//   node tools/run.mjs lisp [FILE…|--page]  the Lisp of the examples, at the terminal or on a page
//   node tools/run.mjs sizes [ARG…]         the bytes of what ships, and which rooms of the source they come from
//   node tools/run.mjs release [--dry-run]  checks that the version can be released, and releases it
//   node tools/run.mjs docs:api             the reference of the npm package, into build/api/
//   node tools/run.mjs release:check        what must hold before the package is published; npm publish asks it
//
// It has no dependencies: it runs before `npm ci`, and runs it.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { choiceOf } from './steps/choice.mjs';
import { buildDemo, serveForever } from './steps/demo.mjs';
import { formatAll } from './steps/lint.mjs';
import { buildLisp } from './steps/lisp.mjs';
import { ensureNodeModules } from './steps/node_modules.mjs';
import { buildPackage } from './steps/package.mjs';
import { heading, root, runInForeground, StepError } from './steps/process.mjs';
import { checkRelease } from './steps/release.mjs';
import { takeScreenshots } from './steps/screenshots.mjs';
import { release } from './steps/releasing.mjs';
import { kFullSuites, kFurtherSuites, kSuites } from './steps/suites.mjs';
import { sum } from './steps/totals.mjs';
import { kSourceFolders, repeatOnChange } from './steps/watch.mjs';
import { ensureToolchain } from './toolchain.mjs';

const kNamed = { ...kSuites, ...kFullSuites, ...kFurtherSuites };

/** npm changes into the package's folder; a file named by the user is relative to where the user is. */
function fromUsersFolder(argument) {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), argument);
  return existsSync(path) ? path : argument;
}

async function start(args) {
  await ensureNodeModules();
  await ensureToolchain();
  await buildPackage();
  const files = args.filter((argument) => argument !== '--serve');
  const code = await runInForeground('node', [
    join(root, 'demo', 'document', 'main.mjs'),
    ...files.map(fromUsersFolder),
  ]);
  // Scripts and CI get the main job alone: they have no use for a server, and would wait for its end.
  const wantsPage =
    files.length < args.length || (process.stdout.isTTY && !args.some((argument) => /^(-h|--help)$/.test(argument)));
  return code === 0 && wantsPage ? serveForever() : code;
}

/** Does `work` after everything that ships is built: the commands about the demo page and about releases need that. */
async function withPackage(work) {
  await ensureNodeModules();
  await ensureToolchain();
  await buildPackage();
  return work();
}

async function builtDemo() {
  console.log(`Built ${relative(root, await buildDemo())}/`);
  return 0;
}

async function build() {
  await ensureNodeModules();
  await ensureToolchain();
  console.log(`Built ${await buildPackage()}/`);
  return 0;
}

/** Makes the reference of the package's public names, from their comments. */
async function docs() {
  await ensureNodeModules();
  return runInForeground('node', [
    join(root, 'node_modules', 'typedoc', 'bin', 'typedoc'),
    '--options',
    join(root, 'docs', 'typedoc.json'),
  ]);
}

/** Runs a program of bench/, after everything that ships is built. */
async function bench(program, args) {
  await ensureNodeModules();
  await ensureToolchain();
  await buildPackage();
  return runInForeground('node', [join(root, 'bench', program), ...args]);
}

/** Compiles and runs the Lisp of the examples. */
async function lisp(args) {
  await ensureToolchain();
  await buildLisp();
  return runInForeground('node', [join(root, 'examples', 'lisp', 'repl.mjs'), ...args.map(fromUsersFolder)]);
}

/** Runs one suite; a build that fails is a failure of the suite, and the others still run. */
async function runSuite(name, choice) {
  const suite = kNamed[name];
  heading(`${name}: ${suite.title}`);
  const begin = performance.now();
  let count;
  try {
    count = await suite.run(choice);
  } catch (error) {
    console.log(error instanceof StepError ? error.message : error);
    count = { passed: 0, failed: 1 };
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const skipped = count.skipped ? `${count.skipped} skipped, ` : '';
  console.log(`-- ${name}: ${count.passed} passed, ${count.failed} failed, ${skipped}${seconds} s`);
  return { name, ...count };
}

/** The sum of the last whole `npm test` is kept here, for a run that continues it. */
const kLastSum = join(root, 'build', 'last-test.json');

function lastSum() {
  if (!existsSync(kLastSum)) throw new StepError('--with-last: there was no whole npm test before');
  return JSON.parse(readFileSync(kLastSum, 'utf8'));
}

/** Runs suites one after another. The last line is the sum. */
async function test(choice) {
  await ensureNodeModules();
  await ensureToolchain({ tests: true });
  const names = choice.filter ? choice.names.filter((name) => kNamed[name].filters) : choice.names;
  const results = [];
  for (const name of names) results.push(await runSuite(name, choice));
  if (choice.withLast) results.unshift({ name: 'npm test', ...lastSum() });
  const total = sum(results);
  if (results.length > 1) heading('all suites');
  const broken = results.filter((result) => result.failed > 0).map((result) => result.name);
  if (broken.length > 0) console.log(`failed in: ${broken.join(', ')}`);
  for (const { name, skipped } of results) if (skipped) console.log(`skipped in ${name}: ${skipped}`);
  if (names.join() === Object.keys(kSuites).join() && !choice.filter) {
    mkdirSync(dirname(kLastSum), { recursive: true });
    writeFileSync(kLastSum, JSON.stringify(total));
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** Runs the same command again at each change, in a process of its own: the tools may be what changes. */
async function watchTests(command, args) {
  const again = [join(root, 'tools', 'run.mjs'), command, ...args.filter((word) => word !== '--watch')];
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  const work = async () => {
    await runInForeground(process.execPath, again);
    console.log('\nWaiting for a change … (Ctrl-C ends)');
  };
  await repeatOnChange(root, kSourceFolders, work, end.signal);
  return 0;
}

async function testCommand(command, usual, args) {
  const choice = choiceOf(args, usual, Object.keys(kNamed));
  return choice.watch ? watchTests(command, args) : test(choice);
}

async function format() {
  await ensureNodeModules();
  return sum(await formatAll({ write: true })).failed > 0 ? 1 : 0;
}

async function main([command = '', ...args]) {
  if (command === 'start') return start(args);
  if (command === 'build') return build();
  if (command === 'build:demo') return withPackage(builtDemo);
  if (command === 'serve') return withPackage(serveForever);
  if (command === 'screenshots') return withPackage(takeScreenshots);
  if (command === 'bench') return bench('run.mjs', args);
  if (command === 'lisp') return lisp(args);
  if (command === 'sizes') return bench(join('sizes', 'run.mjs'), args);
  if (command === 'docs:api') return docs();
  if (command === 'release:check') return checkRelease();
  if (command === 'format') return format();
  if (command === 'release') return withPackage(() => release(args));
  if (command === 'lint') return testCommand('test:lint', ['lint'], args);
  if (command === 'test') return testCommand(command, Object.keys(kSuites), args);
  if (command === 'test:full') return testCommand(command, Object.keys(kFullSuites), args);
  const suite = /^test:(.+)$/.exec(command)?.[1];
  if (suite && Object.hasOwn(kNamed, suite)) return testCommand(command, [suite], args);
  const tests = ['full', ...Object.keys(kNamed)].map((name) => `test:${name}`);
  const others = [
    'start',
    'build',
    'build:demo',
    'serve',
    'screenshots',
    'bench',
    'lisp',
    'sizes',
    'docs:api',
    'release:check',
    'format',
    'lint',
    'release',
  ];
  throw new StepError(`usage: node tools/run.mjs ${[...others, 'test', ...tests].join(' | ')}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StepError ? error.message : error);
  process.exitCode = 1;
}
