// This must hold before the package is published: npm runs it by itself before `npm publish` (`prepublishOnly`).
// Nothing is built or tested here; `.ci/run` does that.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.mjs';

/** Returns why a package with this package.json is not to be published, in sentences. An empty list is good. */
export function releaseProblems(description, isThere = (path) => existsSync(join(root, path))) {
  const problems = [];
  const repository = description.repository?.url ?? description.repository;
  if (typeof repository !== 'string' || !/^(git\+)?https:\/\/|^[a-z]+:/.test(repository)) {
    problems.push(
      'package.json has no repository: name the public one, as in ' +
        '"repository": { "type": "git", "url": "git+https://…" }, so that npm can link README to it.',
    );
  }
  if (description.private) problems.push('package.json says that the package is private.');
  if (!/^\d+\.\d+\.\d+/.test(description.version ?? '')) problems.push('package.json has no version.');
  const paths = JSON.stringify(description.exports ?? {}).match(/\.\/dist\/[^"]+/g) ?? [];
  for (const path of new Set(paths)) if (!isThere(path)) problems.push(`${path} is not there: npm run build makes it.`);
  return problems;
}

/** Tells what is missing, and returns the exit code. */
export function checkRelease() {
  const problems = releaseProblems(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? 'ready to be published' : 'not to be published');
  return problems.length === 0 ? 0 : 1;
}
