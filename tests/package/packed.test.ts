// The packed tarball: what is in it, what its checkers say, and that it works in an empty project by import and by
// require, and with the types it declares.

import { readFileSync } from 'node:fs';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kSays, node, output, Project, tool } from './project.ts';

const project = new Project();
beforeAll(() => project.create(), 300_000);
afterAll(() => project.remove());

describe('the tarball', () => {
  it('ships dist/ and what npm adds, with a map and a declaration for each script', () => {
    const files = project.files('node_modules', 'mallocgc').filter((name) => name !== 'dist');
    const own = files.filter((name) => !name.startsWith('dist'));
    expect(own).toEqual(['LICENSE', 'NOTICE', 'README.md', 'package.json']);
    expect(
      files.filter((name) => !/^dist\/[\w.]+\.(js|js\.map|d\.ts|wasm)$/.test(name) && name.startsWith('dist')),
    ).toEqual([]);
    for (const name of files.filter((file) => file.endsWith('.js'))) {
      expect(files).toContain(name.replace(/\.js$/, '.d.ts'));
      if (!name.endsWith('inline.js')) expect(files).toContain(`${name}.map`);
    }
  });

  it('publint has nothing to say', async () => {
    const { buffer } = readFileSync(project.tarball);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(buffer).slice().buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  it('are-the-types-wrong has nothing to say', async () => {
    const modules = ['./heap.wasm', './heap.debug.wasm', './heap.lean.wasm', './package.json'];
    // It ends with an error if there is a problem that the profile does not leave out.
    const said = await output(
      process.execPath,
      [
        tool('@arethetypeswrong', 'cli', 'dist', 'index.js'),
        project.tarball,
        '--profile',
        'esm-only',
        '--no-emoji',
        '--exclude-entrypoints',
        ...modules,
      ],
      project.folder,
    );
    expect(said.match(/OK/g)?.length).toBeGreaterThanOrEqual(4);
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
