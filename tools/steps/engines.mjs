// These are other JavaScript engines, and other versions of Node. They are pinned in tests/engines/package.json, and
// installed into build/engines when they are asked for. They are no part of the development dependencies, because they
// are large.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

const home = join(root, 'build', 'engines');
const pinned = () => JSON.parse(readFileSync(join(root, 'tests', 'engines', 'package.json'), 'utf8'));

/** Returns where an installed package's file is, or would be. */
export const enginePath = (...path) => join(home, 'node_modules', ...path);

/** Returns the newest of the pinned versions of Node, as { name, major, program }. */
export function newestNode() {
  const majors = Object.keys(pinned().dependencies).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  const major = Math.max(...majors.map(Number));
  return { name: `node${major}`, major, program: enginePath(`node${major}`, 'bin', 'node') };
}

/** Installs these of the pinned packages, or all, beside those that are there. Returns false if npm could not. */
export async function installEngines(names = Object.keys(pinned().dependencies)) {
  const { dependencies, ...rest } = pinned();
  const wanted = Object.keys(dependencies).filter((name) => names.includes(name) || existsSync(enginePath(name)));
  const list = JSON.stringify(
    { ...rest, dependencies: Object.fromEntries(wanted.map((name) => [name, dependencies[name]])) },
    null,
    2,
  );
  const copy = join(home, 'package.json');
  const isThere = names.every((name) => existsSync(enginePath(name)));
  if (isThere && existsSync(copy) && readFileSync(copy, 'utf8') === list) return true;
  console.log(`Installing ${names.join(', ')} …`);
  mkdirSync(home, { recursive: true });
  writeFileSync(copy, list);
  const { code } = await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
  return code === 0;
}
