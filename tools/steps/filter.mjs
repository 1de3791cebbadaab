// This finds which sources of tests/cpp a filter of test names needs: the files that have such a test, and what those
// are linked with. So a filtered run builds a few files, not the whole program.
//
// A source without tests goes with its folder: it is needed where a file of its folder, or a header of it, is.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './process.mjs';

const kTest = /^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)/gm;
const kInstance = /^INSTANTIATE_TEST_SUITE_P\(\s*(\w*),\s*(\w+)/gm;
/** The sources of the test program lie here, beside the library's. */
const kFolders = /^(tests\/cpp|bench\/programs\/cpp|examples\/lisp)\//;
/** These are programs of their own, which no test is linked with. */
const kPrograms = /(^|\/)(main|page)\.cc$/;

/** Returns the names of the tests of a file as GoogleTest gives them; a parameter of a test is left out. */
export function testNames(text) {
  const instances = [...text.matchAll(kInstance)];
  return [...text.matchAll(kTest)].flatMap(([, suite, name]) => {
    const own = instances.filter((instance) => instance[2] === suite);
    if (own.length === 0) return [`${suite}.${name}`];
    return own.map(([, prefix]) => `${prefix === '' ? '' : `${prefix}/`}${suite}.${name}/`);
  });
}

/**
 * Returns GoogleTest's flag for the tests with a text in their name. A pattern of GoogleTest's own is taken as it is.
 */
export const googleTestPattern = (filter) => (/[*?:]/.test(filter) ? filter : `*${filter}*`);

/** Returns whether a name may match a filter. What is excluded behind a `-` counts as matching. */
export function matches(filter, name) {
  const [wanted = ''] = googleTestPattern(filter).split('-');
  const patterns = wanted === '' ? ['*'] : wanted.split(':');
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    // The parameter of a test is not known here.
    return new RegExp(name.endsWith('/') ? `^${source}` : `^${source}$`).test(name);
  });
}

const read = (path) => readFileSync(join(root, path), 'utf8');

/** Returns the sources below a folder, or in it alone. */
function sourcesIn(folder, recursive) {
  return readdirSync(join(root, folder), { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.cc') && !kPrograms.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
}

/** Returns the headers that a file includes beside the library's, from the top of the repository. */
function headersOf(path) {
  return [...read(path).matchAll(/^#include "([^"]+)"/gm)].flatMap(([, name]) =>
    [dirname(path), 'tests/cpp', 'tests'].flatMap((folder) => {
      const header = join(folder, name).replaceAll('\\', '/');
      try {
        read(header);
        return kFolders.test(header) ? [header] : [];
      } catch {
        return [];
      }
    }),
  );
}

/**
 * Returns the files with a matching test and all that they need, from the top of the repository, or null if no test
 * matches.
 */
export function sourcesFor(filter) {
  const matching = sourcesIn('tests/cpp', true).filter((path) =>
    testNames(read(path)).some((name) => matches(filter, name)),
  );
  if (matching.length === 0) return null;
  const seen = new Set(matching);
  const left = [...matching];
  const meet = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    left.push(path);
  };
  while (left.length > 0) {
    const path = left.pop();
    for (const source of sourcesIn(dirname(path), false)) if (testNames(read(source)).length === 0) meet(source);
    headersOf(path).forEach(meet);
  }
  return [...seen].filter((path) => path.endsWith('.cc')).sort();
}
