// npm run test:engines: installs the engines that package.json in this folder pins, into build/engines, and runs
// host.mjs in each. Ends with the line that tools/steps/totals.mjs counts. An engine that has no package for this
// machine is named and left out.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enginePath, installEngines } from '../../tools/steps/engines.mjs';
import { runFirefox } from './firefox.mjs';

const kHere = fileURLToPath(new URL('.', import.meta.url));
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

/**
 * Runs host.mjs in an engine, and returns what passed and failed. A program that ends early has failed what it did not
 * say.
 */
function runEngine({ name, program, args = [] }) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr, error } = spawnSync(program, [...args, join(kHere, 'host.mjs')], {
    env,
    encoding: 'utf8',
    timeout: kTimeLimitMs,
  });
  return report(name, stdout ?? '', [stderr, error ?? ''].join(' '));
}

/** Tells what an engine said, and returns how many variants passed. */
function report(name, said, trouble) {
  const lines = said.split('\n');
  const passed = lines.filter((line) => line.startsWith('ok ')).length;
  console.log(`${name}: ${passed} of ${kVariants}`);
  if (passed < kVariants) console.log(lines.filter((line) => line.startsWith('not ok')).join('\n'), trouble);
  return passed;
}

if (!(await installEngines())) console.log('some engines could not be installed');
const engines = kEngines.filter(({ name, program }) => {
  if (!existsSync(program)) console.log(`missing: ${name}`);
  return existsSync(program);
});
const counts = engines.map(runEngine);
const firefox = await runFirefox(kTimeLimitMs);
if (firefox === null) console.log('missing: Firefox');
else counts.push(report('Firefox', firefox, ''));
const passed = counts.reduce((sum, count) => sum + count, 0);
const failed = counts.length * kVariants - passed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
