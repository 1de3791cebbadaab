// This tests each cell of the guide's table of bundlers: the bundle runs in its engine, allocates, collects, reads
// back, and has its module from where the table says.

import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import type { Browser } from 'playwright-core';
import { rolldown } from 'rolldown';
import * as vite8 from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { kSays, launch, load, output, Project, serve, tool, visit, type Visit } from './places.ts';

const project = new Project('bundlers');
let browser: Browser;
beforeAll(async () => {
  await project.create();
  browser = await launch();
}, 300_000);
afterAll(() => browser?.close());

/** Serves a folder of the project and opens a page of it. */
async function open(folder: string, page = ''): Promise<Visit> {
  const { origin, close } = await serve(project.path(folder));
  try {
    return await visit(browser, `${origin}/${page}`);
  } finally {
    close();
  }
}

const kFromFile: Visit = { said: kSays, module: 'asset', warnings: [] };
const kFromText: Visit = {
  said: kSays,
  module: 'text',
  warnings: [expect.stringMatching(/^mallocgc: .*heap\.wasm.*optimizeDeps/) as string],
};
const kPages = [
  ['page', 'index.html'],
  ['worker', 'worker.html'],
] as const;

describe.each(['5', '6', '7', '8'])('Vite %s', (version) => {
  const vite = (): Promise<typeof vite8> =>
    version === '8' ? Promise.resolve(vite8) : load(`vite${version}`, 'dist', 'node', 'index.js');
  const common = { configFile: false, logLevel: 'silent' } as const;

  it.each(kPages)('builds a %s', async (kind, page) => {
    const outDir = `vite${version}-${kind}`;
    const { build } = await vite();
    await build({
      ...{ ...common, root: project.folder },
      build: { outDir, rollupOptions: { input: project.path(page) } },
    });
    expect(await open(outDir, page)).toEqual(kFromFile);
  });

  it.each(kPages)('serves a %s in development', async (_, page) => {
    const { createServer } = await vite();
    rmSync(project.path('node_modules', '.vite'), { recursive: true, force: true });
    const server = await createServer({
      ...{ ...common, root: project.folder },
      server: { port: 0, host: '127.0.0.1', hmr: false },
    });
    await server.listen();
    try {
      const url = `http://127.0.0.1:${(server.httpServer?.address() as AddressInfo | undefined)?.port}/${page}`;
      const first = await visit(browser, url);
      // A server may come upon what a worker imports only when it is asked for it. It then sends the page the order to
      // load once more, which does not arrive where hmr is off.
      expect(first.said === kSays ? first : await visit(browser, url)).toEqual(kFromFile);
    } finally {
      await server.close();
    }
  });
});

describe('webpack 5', () => {
  it.each([
    ['page', './page.mjs'],
    ['worker', './worker-page.mjs'],
  ])('bundles a %s', async (kind, entry) => {
    const folder = `webpack-${kind}`;
    const compiler = webpack({
      ...{ mode: 'production', context: project.folder, entry },
      output: { path: project.path(folder), filename: 'main.js' },
    });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    expect(stats?.toJson({ errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
    project.page(folder, 'main.js');
    expect(await open(folder)).toEqual(kFromFile);
  });
});

describe('rollup, with node-resolve', () => {
  it('bundles a page, the module beside it, or in its text', async () => {
    const { rollup } = await load<{ rollup(options: object): Promise<{ write(options: object): Promise<unknown> }> }>(
      ...['rollup', 'dist', 'es', 'rollup.js'],
    );
    const { nodeResolve } = await load<{ nodeResolve(): unknown }>(
      '@rollup',
      'plugin-node-resolve',
      'dist',
      'es',
      'index.js',
    );
    const bundle = await rollup({ input: project.path('page.mjs'), plugins: [nodeResolve()] });
    await bundle.write({ dir: project.path('rollup'), format: 'es', entryFileNames: 'main.js' });
    project.page('rollup', 'main.js');
    expect(await open('rollup')).toEqual(kFromText);
    project.copyModule('rollup');
    expect(await open('rollup')).toEqual(kFromFile);
  });
});

describe('rolldown', () => {
  it('bundles a page, the module beside it, or in its text', async () => {
    const bundle = await rolldown({ input: project.path('page.mjs'), cwd: project.folder, logLevel: 'silent' });
    await bundle.write({
      dir: project.path('rolldown'),
      format: 'esm',
      entryFileNames: 'main.js',
      chunkFileNames: '[name].js',
    });
    await bundle.close();
    project.page('rolldown', 'main.js');
    expect(await open('rolldown')).toEqual(kFromText);
    project.copyModule('rolldown');
    expect(await open('rolldown')).toEqual(kFromFile);
  });
});

describe('esbuild', () => {
  const common = { bundle: true, logLevel: 'silent', target: 'es2022' } as const;

  it('bundles a page, the module beside it, or in its text', async () => {
    const options = { ...common, format: 'esm', splitting: true } as const;
    await esbuild.build({ ...options, entryPoints: [project.path('page.mjs')], outdir: project.path('esbuild') });
    project.page('esbuild', 'page.js');
    expect(await open('esbuild')).toEqual(kFromText);
    project.copyModule('esbuild');
    expect(await open('esbuild')).toEqual(kFromFile);
  });

  it.each(['iife', 'cjs'] as const)(
    'bundles a page as one script (%s), in its text; inlined without a warning',
    async (format) => {
      const folder = `esbuild-${format}-page`;
      const entryPoints = ['page', 'inline-page'].map((name) => project.path(`${name}.mjs`));
      await esbuild.build({ ...common, format, platform: 'browser', entryPoints, outdir: project.path(folder) });
      // What cannot know its own address does not ask for a file beside it, though it is there.
      project.copyModule(folder);
      const address = [expect.stringMatching(/^mallocgc: cannot load heap\.wasm.*'mallocgc\/inline'/) as string];
      project.page(folder, 'page.js');
      expect(await open(folder)).toEqual({ ...kFromText, warnings: address });
      project.page(folder, 'inline-page.js');
      expect(await open(folder)).toEqual({ ...kFromText, warnings: [] });
    },
  );

  it('bundles a program for Node as a module, its module beside it', async () => {
    const outfile = project.path('esbuild-node', 'main.mjs');
    await esbuild.build({
      ...common,
      format: 'esm',
      platform: 'node',
      entryPoints: [project.path('node.mjs')],
      outfile,
    });
    project.copyModule('esbuild-node');
    expect(await output(process.execPath, [outfile], project.path('esbuild-node'))).toBe(`${kSays}\n`);
  });

  it('bundles a program for Node as CommonJS: inlined, or with a warning', async () => {
    const folder = project.path('esbuild-cjs');
    for (const name of ['node', 'node-inline']) {
      const outfile = `${folder}/${name}.cjs`;
      await esbuild.build({
        ...common,
        format: 'cjs',
        platform: 'node',
        entryPoints: [project.path(`${name}.mjs`)],
        outfile,
      });
    }
    expect(await output(process.execPath, ['node-inline.cjs'], folder)).toBe(`${kSays}\n`);
    expect(await output(process.execPath, ['node.cjs'], folder)).toMatch(
      new RegExp(`^${kSays}\nmallocgc: cannot load heap\\.wasm.*mallocgc/inline`),
    );
  });
});

describe('Parcel 2', () => {
  it.each(kPages)('bundles a %s', async (kind, page) => {
    const exports = { '@parcel/resolver-default': { packageExports: kind === 'worker' } };
    writeFileSync(project.path('package.json'), JSON.stringify({ name: 'consumer', private: true, ...exports }));
    // Parcel looks for its settings where the lock file is.
    writeFileSync(project.path('yarn.lock'), '');
    const folder = `parcel-${kind}`;
    const args = ['build', page, '--dist-dir', folder, '--no-cache', '--no-source-maps', '--public-url', './'];
    await output(process.execPath, [tool('parcel', 'lib', 'bin.js'), ...args], project.folder);
    expect(await open(folder, page)).toEqual(kFromFile);
  });
});
