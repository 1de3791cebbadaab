// The packed package in programs that are bundled: what each bundler makes is run by Node, from a folder of its own, without the package.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { rolldown } from 'rolldown';
import { build, createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { kSays, node, Project } from './project.ts';

/** A ratchet, not the aim, which docs name: lower it whenever the chunk shrinks. */
const kEntryBytesMax = 20_480;

const project = new Project();
beforeAll(() => project.create(), 300_000);
afterAll(() => project.remove());

/** Runs a bundle as a module. */
async function say(...path: string[]): Promise<string> {
  writeFileSync(project.path(path[0] as string, 'package.json'), '{ "type": "module" }');
  return node(project.path(...path), project.path(path[0] as string));
}

describe('esbuild', () => {
  const options = { bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent' } as const;

  it('bundles the inline module', async () => {
    const { warnings } = await esbuild.build({ ...options, entryPoints: [project.path('inline.mjs')], outfile: project.path('esbuild', 'inline.mjs') });
    expect(warnings).toEqual([]);
    expect(await say('esbuild', 'inline.mjs')).toBe(kSays);
  });

  it('bundles the module as a file', async () => {
    await esbuild.build({ ...options, loader: { '.wasm': 'file' }, entryPoints: [project.path('asset.mjs')], outdir: project.path('esbuild-asset'), outExtension: { '.js': '.mjs' } });
    expect(await say('esbuild-asset', 'asset.mjs')).toBe(kSays);
  });
});

describe('the entry chunk', () => {
  it('does not grow unseen', async () => {
    const { outputFiles } = await esbuild.build({
      bundle: true, format: 'esm', logLevel: 'silent', minify: true, splitting: true, outdir: 'entry', target: 'es2022', write: false,
      stdin: { contents: "export { createHeap, t } from 'mallocgc';", resolveDir: project.folder },
    });
    // What is loaded at once: all chunks but those that wait behind an import().
    const atOnce = outputFiles.filter(({ path }) => !/record-\w+\.js$/.test(path));
    expect(atOnce.length).toBe(outputFiles.length - 1);
    const bytes = atOnce.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    console.log(`the entry chunk: ${bytes} bytes, minified and gzipped`);
    expect(bytes).toBeLessThan(kEntryBytesMax);
  });
});

describe('rolldown', () => {
  it('bundles the inline module, and the module as a file', async () => {
    for (const name of ['inline', 'asset']) {
      const bundle = await rolldown({ input: project.path(`${name}.mjs`), cwd: project.folder, moduleTypes: { '.wasm': 'asset' }, logLevel: 'silent' });
      const folder = `rolldown-${name}`;
      await bundle.write({ dir: project.path(folder), format: 'esm', entryFileNames: '[name].mjs' });
      await bundle.close();
      expect(await say(folder, `${name}.mjs`)).toBe(kSays);
    }
  });
});

describe('webpack', () => {
  it('finds the module by itself, and warns of nothing', async () => {
    const compiler = webpack({
      mode: 'production',
      target: ['web', 'es2022'],
      context: project.folder,
      entry: './plain.mjs',
      experiments: { outputModule: true },
      output: { path: project.path('webpack'), filename: 'plain.mjs', module: true, chunkFormat: 'module' },
    });
    const stats = await promisify(compiler.run.bind(compiler))();
    expect(stats?.toJson({ errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
    await promisify(compiler.close.bind(compiler))();
    expect(project.files('webpack').filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
    expect(await say('webpack', 'plain.mjs')).toBe(kSays);
  });
});

describe('vite', () => {
  const common = { root: '', configFile: false, logLevel: 'silent', base: './' } as const;

  it('builds, the module an asset', async () => {
    await build({
      ...common,
      root: project.folder,
      build: { outDir: 'vite', target: 'es2022', modulePreload: false, rolldownOptions: { input: project.path('plain.mjs'), output: { entryFileNames: 'plain.mjs' } } },
    });
    expect(project.files('vite').filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
    expect(readFileSync(project.path('vite', 'plain.mjs'), 'utf8')).not.toContain('data:');
    expect(await say('vite', 'plain.mjs')).toBe(kSays);
  });

  it('serves it in development', async () => {
    rmSync(project.path('node_modules', '.vite'), { recursive: true, force: true });
    const server = await createServer({ ...common, base: '/', root: project.folder, server: { port: 0, host: '127.0.0.1' }, optimizeDeps: { include: ['mallocgc'] } });
    await server.listen();
    const origin = `http://127.0.0.1:${(server.httpServer?.address() as AddressInfo).port}`;
    const script = (await server.transformRequest('/plain.mjs'))?.code ?? '';
    const dependency = /from "(\/[^"]*mallocgc[^"]*)"/.exec(script)?.[1] ?? 'no import';
    const text = await fetched(origin + dependency);
    const address = /new URL\("([^"]*heap\.wasm)"/.exec(text.body)?.[1] ?? 'no address';
    const module = await fetched(new URL(address, origin + dependency).href);
    expect(module).toMatchObject({ status: 200, type: 'application/wasm' });
    await server.close();
  });
});

function fetched(url: string): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  return new Promise((done, fail) => {
    get(url, (reply) => {
      let body = '';
      reply.on('data', (part: Buffer) => (body += part.toString('latin1')));
      reply.on('end', () => done({ status: reply.statusCode, type: reply.headers['content-type'], body }));
    }).on('error', fail);
  });
}
