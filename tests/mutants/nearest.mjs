// This says which tests run first on a mutant. A mistake in src/roots/handles.cc is most likely seen by
// tests/cpp/roots_handles_test.cc, then by the others of that layer, then by the model and the small scope. What none
// of them sees is put to all. So most mutants end after a part of the suite, and the order changes no verdict.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/steps/process.mjs';

const kAgain = ['Model.*', 'Scope.*'];

/** Returns the suites that a file of tests defines, as patterns for GoogleTest. */
function suitesOf(file) {
  const text = readFileSync(join(root, 'tests', 'cpp', file), 'utf8');
  const names = [...text.matchAll(/^TEST(_F|_P)?\((\w+)/gm)].map(([, kind, suite]) =>
    kind === '_P' ? `*/${suite}.*` : `${suite}.*`,
  );
  return [...new Set(names)];
}

/** Returns patterns for GoogleTest, one for each run. Each test is in exactly one of them. */
export function filtersFor(file) {
  const [, folder, stem] = /^(?:src|tests)\/(?:include\/mallocgc\/)?(\w+)\/(?:.*\/)?([\w]+)\.\w+$/.exec(file) ?? [];
  const layer = file.startsWith('src/include/') ? 'include' : folder;
  const files = readdirSync(join(root, 'tests', 'cpp')).filter((name) => name.endsWith('_test.cc'));
  const own = files.filter((name) => name.startsWith(`${layer}_${stem}`));
  const near = files.filter((name) => name.startsWith(`${layer}_`) && !own.includes(name));
  const groups = [own.flatMap(suitesOf), near.flatMap(suitesOf), kAgain];
  const runs = [];
  const before = [];
  for (const group of groups) {
    const fresh = group.filter((pattern) => !before.includes(pattern));
    if (fresh.length === 0) continue;
    runs.push(before.length > 0 ? `${fresh.join(':')}-${before.join(':')}` : fresh.join(':'));
    before.push(...fresh);
  }
  return [...runs, `-${before.join(':')}`];
}
