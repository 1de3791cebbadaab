// What a maintainer expects to find: the machines of others run the commands that are run here, and have the tools.

import { describe, expect, it } from 'vitest';
import { files, read } from './repository.ts';

describe('the habits of the project', () => {
  it.each([
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
    'docs/releasing.md',
    '.github/pull_request_template.md',
    '.git-blame-ignore-revs',
    'tools/hooks/pre-commit',
  ])('have %s', (file) => {
    expect(files).toContain(file);
  });

  it('call the same two commands on the three systems', () => {
    const workflow = read('.github/workflows/test.yml');
    const commands = [...workflow.matchAll(/- run: (npm .+)/g)].map(([, command]) => command);
    expect(commands).toEqual(['npm test', 'npm run test:full -- --with-last']);
    for (const system of ['ubuntu', 'macos', 'windows']) expect(workflow).toContain(`${system}-latest`);
  });

  it('name each package of the container where the commands look for it', () => {
    const wanted = [...read('tools/toolchain.mjs').matchAll(/packages: \[([^\]]+)\], found/g)]
      .flatMap(([, list = '']) => [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name))
      .filter((name) => !['golang-go', 'libgc-dev', 'libmimalloc-dev', 'firefox-esr'].includes(name ?? ''));
    const container = read('.devcontainer/Dockerfile').split(/\s+/);
    expect(wanted.length).toBeGreaterThan(6);
    expect(wanted.filter((name) => !container.includes(name ?? ''))).toEqual([]);
  });
});
