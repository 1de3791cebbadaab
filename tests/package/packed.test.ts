// The tests look at what is in the packed tarball and at what its checkers say. It works in an empty project by import
// and by require, and with the types that it declares.

import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseProblems } from '../../tools/steps/release.mjs';
import { kRoot, kSays, node, output, Project, tool } from './project.ts';

const project = new Project();
beforeAll(() => project.create(), 300_000);
afterAll(() => project.remove());

describe('the tarball', () => {
  it('ships dist/ and what npm adds, with a map and a declaration for each script', () => {
    const files = project
      .files('node_modules', 'mallocgc')
      .filter((name) => !/^(dist|docs|docs\/images|bench|bench\/results)$/.test(name));
    const own = files.filter((name) => !/^(dist|docs|bench)\//.test(name));
    expect(own).toEqual(['LICENSE', 'NOTICE', 'README.md', 'package.json']);
    expect(
      files.filter(
        (name) =>
          name.startsWith('dist') &&
          !/^dist\/([\w.-]+\.(js|js\.map|cjs|d\.c?ts|wasm)|rooting|rooting\/[\w-]+\.(mjs|json))$/.test(name),
      ),
    ).toEqual([]);
    for (const name of files.filter((file) => file.endsWith('.js'))) {
      expect(files).toContain(name.replace(/\.js$/, '.d.ts'));
      expect(files).toContain(name.replace(/\.js$/, '.d.cts'));
      if (!name.endsWith('bytes.js')) expect(files).toContain(`${name}.map`);
    }
  });

  it('brings the programs that root and check modules, which say what they need', async () => {
    for (const name of ['mallocgc-root', 'mallocgc-check']) {
      const program = project.path('node_modules', '.bin', name);
      expect(await output(process.execPath, [program, '--help'], project.folder)).toContain(
        `usage: ${name} INPUT.wasm`,
      );
    }
  });

  it('holds the guide, and every file that README and the guide link to', () => {
    const folder = ['node_modules', 'mallocgc'];
    const files = project.files(...folder);
    expect(files).toContain('docs/js-guide.md');
    for (const document of ['README.md', 'docs/js-guide.md']) {
      const text = readFileSync(project.path(...folder, document), 'utf8').replace(/```[\s\S]*?```/g, '');
      const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
      const local = links.filter((link) => !/^[a-z]+:/.test(link));
      if (document === 'README.md') expect(local.length).toBeGreaterThan(10);
      for (const link of local) expect(files).toContain(posix.join(posix.dirname(document), link));
    }
  });

  it('publint has nothing to say', async () => {
    const { buffer } = readFileSync(project.tarball);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(buffer).slice().buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  it('are-the-types-wrong has nothing to say', async () => {
    const modules = ['./heap.wasm', './heap.debug.wasm', './heap.lean.wasm', './package.json'];
    // The checker ends with an error if there is a problem that the profile does not leave out.
    const said = await output(
      process.execPath,
      [
        tool('@arethetypeswrong', 'cli', 'dist', 'index.js'),
        project.tarball,
        '--profile',
        'node16',
        '--no-emoji',
        '--exclude-entrypoints',
        ...modules,
      ],
      project.folder,
    );
    expect(said.match(/OK/g)?.length).toBeGreaterThanOrEqual(4);
  });
});

describe('the release check', () => {
  const description = JSON.parse(readFileSync(join(kRoot, 'package.json'), 'utf8')) as Record<string, unknown>;
  const withRepository = { ...description, repository: { type: 'git', url: 'git+https://example.org/mallocgc.git' } };

  it('asks for the repository, which is left out until there is one', async () => {
    expect(description).not.toHaveProperty('repository');
    expect(releaseProblems(description)).toEqual([expect.stringMatching(/^package.json has no repository/)]);
    expect(releaseProblems(withRepository)).toEqual([]);
    expect(releaseProblems({ ...withRepository, version: undefined }, () => false)).toContain(
      './dist/index.js is not there: npm run build makes it.',
    );
  });

  it('stops npm publish', async () => {
    await expect(output('npm', ['run', 'prepublishOnly'], kRoot)).rejects.toThrow(/package.json has no repository/);
  });
});

describe('a program that installed it', () => {
  it('imports it', async () => {
    expect(await node('plain.mjs', project.folder)).toBe(kSays);
    expect(await node('inline.mjs', project.folder)).toBe(kSays);
  });

  it('requires it', async () => {
    expect(await node('common.cjs', project.folder)).toBe(kSays + kSays);
  });

  it('is checked against its types', async () => {
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'ES2022',
      '--lib',
      'ES2022,ESNext.Disposable,DOM',
      '--module',
      'NodeNext',
    ];
    await output(process.execPath, [tool('typescript', 'bin', 'tsc'), ...options, 'typed.mts'], project.folder);
  });
});
