// These are the bundlers, test runners and runtimes that the package is tried in. They are pinned in tests/places/ with
// a lock, and installed into build/places when they are tested. They are no part of the development dependencies,
// because they are large and only those tests need them.

import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

const home = join(root, 'build', 'places');
const pinned = join(root, 'tests', 'places');

/** Installs what is pinned, unless it is there. Returns false if npm could not. */
export async function installPlaces() {
  const stamp = join(home, 'node_modules', '.package-lock.json');
  const isSame = (name) =>
    existsSync(join(home, name)) && readFileSync(join(home, name)).equals(readFileSync(join(pinned, name)));
  const lists = ['package.json', 'package-lock.json'];
  if (existsSync(stamp) && lists.every(isSame)) return true;
  console.log('Installing the bundlers, test runners and runtimes of tests/places …');
  mkdirSync(home, { recursive: true });
  for (const name of lists) cpSync(join(pinned, name), join(home, name));
  const { code } = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: home, quiet: true });
  return code === 0;
}
