// The one command behind every npm script: finds the tools, installs what is missing, builds what changed, runs.
//
//   node wasm/run.mjs start [FILE.json]    the demo program
//   node wasm/run.mjs build                everything that ships, into dist/
//   node wasm/run.mjs test                 every suite; the last line is the sum
//   node wasm/run.mjs test:NAME [ARG…]     one suite (steps/suites.mjs names them); arguments go to its runner
//   node wasm/run.mjs bench [ARG…]         the workloads
//
// No dependencies: this runs before `npm ci`, and runs it.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureNodeModules } from './steps/node_modules.mjs';
import { buildPackage } from './steps/package.mjs';
import { heading, root, runInForeground, StepError } from './steps/process.mjs';
import { kSuites } from './steps/suites.mjs';
import { sum } from './steps/totals.mjs';
import { ensureToolchain } from './toolchain.mjs';

/** npm changes into the package's folder; a file named by the user is relative to where the user is. */
function fromUsersFolder(argument) {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), argument);
  return existsSync(path) ? path : argument;
}

async function start(args) {
  await ensureNodeModules();
  await ensureToolchain();
  await buildPackage();
  return runInForeground('node', [join(root, 'demo', 'document', 'main.mjs'), ...args.map(fromUsersFolder)]);
}

async function build() {
  await ensureNodeModules();
  await ensureToolchain();
  console.log(`Built ${await buildPackage()}/`);
  return 0;
}

async function bench(args) {
  await ensureNodeModules();
  await ensureToolchain();
  await buildPackage();
  return runInForeground('node', [join(root, 'bench', 'run.mjs'), ...args]);
}

/** Runs one suite; a build that fails is a failure of the suite, and the others still run. */
async function runSuite(name, args) {
  const suite = kSuites[name];
  heading(`${name}: ${suite.title}`);
  const begin = performance.now();
  let count;
  try {
    count = await suite.run(args);
  } catch (error) {
    console.log(error instanceof StepError ? error.message : error);
    count = { passed: 0, failed: 1 };
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`-- ${name}: ${count.passed} passed, ${count.failed} failed, ${seconds} s`);
  return { name, ...count };
}

async function test(names, args) {
  await ensureNodeModules();
  await ensureToolchain({ tests: true });
  const results = [];
  for (const name of names) results.push(await runSuite(name, args));
  const { passed, failed } = sum(results);
  if (results.length > 1) heading('all suites');
  const broken = results.filter((result) => result.failed > 0).map((result) => result.name);
  if (broken.length > 0) console.log(`failed in: ${broken.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function main([command = '', ...args]) {
  if (command === 'start') return start(args);
  if (command === 'build') return build();
  if (command === 'bench') return bench(args);
  if (command === 'test') return test(Object.keys(kSuites), args);
  const suite = /^test:(.+)$/.exec(command)?.[1];
  if (suite && Object.hasOwn(kSuites, suite)) return test([suite], args);
  const tests = Object.keys(kSuites).map((name) => `test:${name}`);
  throw new StepError(`usage: node wasm/run.mjs ${['start', 'build', 'bench', 'test', ...tests].join(' | ')}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StepError ? error.message : error);
  process.exitCode = 1;
}
