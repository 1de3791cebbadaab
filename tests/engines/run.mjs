// npm run test:engines: installs the engines that package.json in this folder pins, into build/engines, and runs host.mjs in each. Ends
// with the line that wasm/steps/totals.mjs counts. An engine that has no package for this machine is named and left out.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runFirefox } from './firefox.mjs';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kHome = join(kHere, '..', '..', 'build', 'engines');
const kVariants = 6;
const kTimeLimitMs = 60_000;

const installed = (...path) => join(kHome, 'node_modules', ...path);
const kEngines = [
  { name: 'this Node', program: process.execPath },
  { name: 'Node 22', program: installed('node22', 'bin', 'node') },
  { name: 'Node 24', program: installed('node24', 'bin', 'node') },
  { name: 'Node 26', program: installed('node26', 'bin', 'node') },
  { name: 'Bun', program: installed('@oven', 'bun-linux-x64', 'bin', 'bun') },
  { name: 'Deno', program: installed('@deno', 'linux-x64-glibc', 'deno'), args: ['run', '--allow-read'] },
];

/** Installs what is pinned, unless it is there. */
function install() {
  const list = readFileSync(join(kHere, 'package.json'), 'utf8');
  const copy = join(kHome, 'package.json');
  if (existsSync(copy) && readFileSync(copy, 'utf8') === list && existsSync(installed())) return;
  console.log('Installing the engines …');
  mkdirSync(kHome, { recursive: true });
  copyFileSync(join(kHere, 'package.json'), copy);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: kHome, stdio: 'inherit' });
  if (status !== 0) console.log('some engines could not be installed');
}

/** Runs host.mjs in an engine; what passed and failed. A program that ends early has failed what it did not say. */
function runEngine({ name, program, args = [] }) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr, error } = spawnSync(program, [...args, join(kHere, 'host.mjs')], { env, encoding: 'utf8', timeout: kTimeLimitMs });
  return report(name, stdout ?? '', [stderr, error ?? ''].join(' '));
}

/** Tells what an engine said; how many variants passed. */
function report(name, said, trouble) {
  const lines = said.split('\n');
  const passed = lines.filter((line) => line.startsWith('ok ')).length;
  console.log(`${name}: ${passed} of ${kVariants}`);
  if (passed < kVariants) console.log(lines.filter((line) => line.startsWith('not ok')).join('\n'), trouble);
  return passed;
}

install();
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
