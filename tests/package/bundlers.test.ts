// Programs with the packed package are bundled. Node runs what each bundler makes, from a folder of its own, without
// the package.

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

/** The aim is that a program that waits for its heap loads no more at once. */
const kEntryBytesMax = 8192;
/** A ratchet, not the aim, which docs name: all that createHeap() loads. Lower it whenever that shrinks. */
const kLoadedBytesMax = 36_100;

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
    const { warnings } = await esbuild.build({
      ...options,
      entryPoints: [project.path('inline.mjs')],
      outfile: project.path('esbuild', 'inline.mjs'),
    });
    expect(warnings).toEqual([]);
    expect(await say('esbuild', 'inline.mjs')).toBe(kSays);
  });

  it('bundles it for engines without class fields and private names', async () => {
    await esbuild.build({
      ...{ ...options, target: 'es2020' },
      entryPoints: [project.path('inline.mjs')],
      outfile: project.path('esbuild-2020', 'inline.mjs'),
    });
    expect(await say('esbuild-2020', 'inline.mjs')).toBe(kSays);
  });

  it('bundles the module as a file', async () => {
    await esbuild.build({
      ...options,
      loader: { '.wasm': 'file' },
      entryPoints: [project.path('asset.mjs')],
      outdir: project.path('esbuild-asset'),
      outExtension: { '.js': '.mjs' },
    });
    expect(await say('esbuild-asset', 'asset.mjs')).toBe(kSays);
  });

  it('splits the heap from the entry, and what cannot be loaded rejects once', async () => {
    const entryPoints = ['asset.mjs', 'failing.mjs'].map((name) => project.path(name));
    const split = { splitting: true, outExtension: { '.js': '.mjs' }, chunkNames: '[name]-[hash]' } as const;
    await esbuild.build({
      ...options,
      ...split,
      loader: { '.wasm': 'file' },
      entryPoints,
      outdir: project.path('split'),
    });
    expect(await say('split', 'asset.mjs')).toBe(kSays);
    expect(await say('split', 'failing.mjs')).toBe('BAD_ARGUMENT BAD_ARGUMENT BAD_ARGUMENT CompileError\n');
    const heaps = project.files('split').filter((name) => /^heap-\w+\.mjs$/.test(name));
    expect(heaps).toHaveLength(1);
    rmSync(project.path('split', ...heaps));
    // Of two modules that fail, either may be the first.
    expect(await say('split', 'failing.mjs')).toMatch(
      /^BAD_ARGUMENT BAD_ARGUMENT ERR_MODULE_NOT_FOUND (ERR_MODULE_NOT_FOUND|CompileError)\n$/,
    );
  });
});

/** This is a script that a bundler made: its name, what it says, and what it loads with itself and later. */
interface Chunk {
  readonly name: string;
  readonly code: string | Uint8Array;
  readonly imports: readonly string[];
  readonly later: readonly string[];
}

type RolldownOutput = readonly (
  | { readonly type: 'asset' }
  | { readonly type: 'chunk'; fileName: string; code: string; imports: string[]; dynamicImports: string[] }
)[];

function chunksOf(output: RolldownOutput): Chunk[] {
  return output.flatMap((file) =>
    file.type === 'asset'
      ? []
      : [{ name: file.fileName, code: file.code, imports: file.imports, later: file.dynamicImports }],
  );
}

/** Each bundler gives the scripts of entry.mjs, the entry first. */
const kSplitters: Readonly<Record<string, () => Promise<Chunk[]>>> = {
  esbuild: async () => {
    const { outputFiles, metafile } = await esbuild.build({
      ...{
        bundle: true,
        format: 'esm',
        minify: true,
        splitting: true,
        target: 'es2022',
        logLevel: 'silent',
        write: false,
        metafile: true,
      },
      ...{ absWorkingDir: project.folder, entryPoints: ['entry.mjs'], outdir: 'entry' },
    });
    const chunks = Object.entries(metafile.outputs).map(([name, { imports }]): Chunk => {
      const named = (wanted: string): string[] => imports.filter(({ kind }) => kind === wanted).map(({ path }) => path);
      const code = outputFiles.find(({ path }) => path === project.path(name))?.contents ?? '';
      return { name, code, imports: named('import-statement'), later: named('dynamic-import') };
    });
    return chunks.sort((a, b) => Number(b.name === 'entry/entry.js') - Number(a.name === 'entry/entry.js'));
  },
  rolldown: async () => {
    const bundle = await rolldown({ input: project.path('entry.mjs'), cwd: project.folder, logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    await bundle.close();
    return chunksOf(output);
  },
  vite: async () => {
    const built = await build({
      root: project.folder,
      configFile: false,
      logLevel: 'silent',
      build: { write: false, target: 'es2022', rolldownOptions: { input: project.path('entry.mjs') } },
    });
    return chunksOf((built as { output: RolldownOutput }).output);
  },
};

/** Returns the bytes of some chunks and of what they import, each minified and gzipped by itself. */
function bytesOf(chunks: readonly Chunk[], names: readonly string[]): number {
  const found = new Set(names);
  for (const name of found) chunks.find((chunk) => chunk.name === name)?.imports.forEach((next) => found.add(next));
  const codes = chunks.filter(({ name }) => found.has(name)).map(({ code }) => code);
  return codes.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0);
}

describe('the entry chunk', () => {
  it.each(Object.keys(kSplitters))(
    'is small with %s, and what createHeap loads does not grow unseen',
    async (bundler) => {
      const chunks = (await kSplitters[bundler]?.()) ?? [];
      const entry = chunks[0] as Chunk;
      // These are what createHeap loads at once, what it loads where the server has no module, and what a heap may load
      // later.
      const named = (wanted: string): string[] => entry.later.filter((name) => name.includes(`${wanted}-`));
      expect(['heap', 'bytes', 'record', 'reach'].flatMap(named).sort()).toEqual([...entry.later].sort());
      expect(named('heap')).toHaveLength(1);
      const [first, loaded] = [bytesOf(chunks, [entry.name]), bytesOf(chunks, [entry.name, ...named('heap')])];
      console.log(`${bundler}: the entry chunk ${first} bytes, all that createHeap loads ${loaded}`);
      expect(first).toBeGreaterThan(1024);
      expect(first).toBeLessThanOrEqual(kEntryBytesMax);
      expect(loaded).toBeGreaterThan(2 * first);
      expect(loaded).toBeLessThanOrEqual(kLoadedBytesMax);
    },
  );
});

describe('rolldown', () => {
  it('bundles the inline module, and the module as a file', async () => {
    for (const name of ['inline', 'asset']) {
      const bundle = await rolldown({
        input: project.path(`${name}.mjs`),
        cwd: project.folder,
        moduleTypes: { '.wasm': 'asset' },
        logLevel: 'silent',
      });
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
      build: {
        outDir: 'vite',
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: { input: project.path('plain.mjs'), output: { entryFileNames: 'plain.mjs' } },
      },
    });
    expect(project.files('vite').filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
    expect(readFileSync(project.path('vite', 'plain.mjs'), 'utf8')).not.toContain('data:');
    expect(await say('vite', 'plain.mjs')).toBe(kSays);
  });

  it('serves it in development', async () => {
    rmSync(project.path('node_modules', '.vite'), { recursive: true, force: true });
    const server = await createServer({
      ...common,
      base: '/',
      root: project.folder,
      server: { port: 0, host: '127.0.0.1' },
      optimizeDeps: { include: ['mallocgc'] },
    });
    await server.listen();
    const origin = `http://127.0.0.1:${(server.httpServer?.address() as AddressInfo | undefined)?.port}`;
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
