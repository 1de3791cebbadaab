// npm run test:engines: installs the engines that package.json in this folder pins, into build/engines, and runs
// host.mjs in each; in those that are a Node, equality.mjs as well. Ends with the line that tools/steps/totals.mjs
// counts. An engine that has no package for this machine is named and left out.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enginePath, installEngines } from '../../tools/steps/engines.mjs';
import { runFirefox } from './firefox.mjs';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kVariants = 6;
const kTimeLimitMs = 60_000;

const kEngines = [
  { name: 'this Node', program: process.execPath },
  { name: 'Node 22', program: enginePath('node22', 'bin', 'node') },
  { name: 'Node 24', program: enginePath('node24', 'bin', 'node') },
  { name: 'Node 26', program: enginePath('node26', 'bin', 'node') },
  { name: 'Bun', program: enginePath('@oven', 'bun-linux-x64', 'bin', 'bun') },
  { name: 'Deno', program: enginePath('@deno', 'linux-x64-glibc', 'deno'), args: ['run', '--allow-read'] },
];

/** Whose comparisons equality.mjs tries; jest's is there once tests/places has run. */
const kComparisons = Object.entries({
  assert: '',
  vitest: join(kRoot, 'node_modules', '@vitest', 'expect', 'dist', 'index.js'),
  jest: join(kRoot, 'build', 'places', 'node_modules', '@jest', 'expect-utils', 'build', 'index.mjs'),
}).filter(([, file]) => file === '' || existsSync(file));

/**
 * Runs a script in an engine, and returns what passed and failed. A program that ends early has failed what it did not
 * say.
 */
function runScript({ name, program, args = [] }, script, rest, count) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr, error } = spawnSync(program, [...args, join(kHere, script), ...rest], {
    env,
    encoding: 'utf8',
    timeout: kTimeLimitMs,
  });
  return report(`${name}, ${script}`, stdout ?? '', [stderr, error ?? ''].join(' '), count);
}

function runEngine(engine) {
  const reports = [runScript(engine, 'host.mjs', [], kVariants)];
  const comparisons = kComparisons.map((each) => each.join('='));
  if (engine.name.includes('Node')) reports.push(runScript(engine, 'equality.mjs', comparisons, comparisons.length));
  return reports;
}

/** Tells what an engine said of `count` variants, and returns how many passed and failed. */
function report(name, said, trouble, count) {
  const lines = said.split('\n');
  const passed = lines.filter((line) => line.startsWith('ok ')).length;
  console.log(`${name}: ${passed} of ${count}`);
  if (passed < count) console.log(lines.filter((line) => line.startsWith('not ok')).join('\n'), trouble);
  return { passed, failed: count - passed };
}

if (!(await installEngines())) console.log('some engines could not be installed');
const engines = kEngines.filter(({ name, program }) => {
  if (!existsSync(program)) console.log(`missing: ${name}`);
  return existsSync(program);
});
const reports = engines.flatMap(runEngine);
const firefox = await runFirefox(kTimeLimitMs);
if (firefox === null) console.log('missing: Firefox');
else reports.push(report('Firefox', firefox, '', kVariants));
const passed = reports.reduce((sum, each) => sum + each.passed, 0);
const failed = reports.reduce((sum, each) => sum + each.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
