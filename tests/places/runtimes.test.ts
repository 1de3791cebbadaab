// Some places run JS in ways of their own: worklets, shared and service workers, jsdom, jest, vitest, workerd, and
// CommonJS beside modules.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kRoot, kSays, launch, output, Project, serve, tool, visit } from './places.ts';

const project = new Project('runtimes');
beforeAll(() => project.create(), 300_000);

/** Bundles programs of the project into a folder, with the module beside them. */
async function bundle(folder: string, names: readonly string[], format: 'iife' | 'esm'): Promise<void> {
  mkdirSync(project.path(folder), { recursive: true });
  await esbuild.build({
    ...{ bundle: true, format, target: 'es2022', logLevel: 'silent', outdir: project.path(folder) },
    // workerd is told of each file, so nothing is split for it.
    splitting: format === 'esm' && folder !== 'workerd',
    entryPoints: names.map((name) => project.path(`${name}.mjs`)),
    external: ['./heap.wasm'],
  });
  project.copyModule(folder);
}

describe('in Chromium', () => {
  const browser = launch();
  afterAll(async () => (await browser).close());

  it.each([
    ['an AudioWorklet, inlined', 'worklet', 'iife', 'text'],
    ['a shared worker', 'shared', 'esm', 'asset'],
    ['a service worker', 'service', 'esm', 'asset'],
  ] as const)('%s', async (_, name, format, module) => {
    await bundle(name, [name, `${name}-page`], format);
    project.page(name, `${name}-page.js`);
    const { origin, asked, close } = await serve(project.path(name));
    const { said, warnings } = await visit(await browser, `${origin}/`);
    close();
    expect({ said, warnings }).toEqual({ said: kSays, warnings: [] });
    // What such workers fetch is not among the page's responses.
    expect(asked.includes('/heap.wasm')).toBe(module === 'asset');
  });
});

describe('in Node', () => {
  it('CommonJS beside modules, as in Electron: one package', async () => {
    const said = `${kSays}\ntrue true\n${kSays}\n`;
    expect(await output(process.execPath, ['--no-warnings', 'electron.cjs'], project.folder)).toBe(said);
  });

  it('CommonJS where require() takes no modules', async () => {
    const program = `
      const { createHeap, createHeapSync, t } = require('mallocgc');
      const { heapWasm } = require('mallocgc/inline');
      const { work } = require('./work.cjs');
      createHeap({ schedule: 'manual' }).then((heap) => console.log(work(heap, t)));
      createHeapSync(new WebAssembly.Module(heapWasm())).takeRecord().catch(({ code }) => console.log(code));`;
    await esbuild.build({ entryPoints: [project.path('work.mjs')], outfile: project.path('work.cjs'), format: 'cjs' });
    writeFileSync(project.path('old.cjs'), program);
    // Old versions do not know this condition, so it is turned off.
    const args = ['--no-experimental-require-module', '--no-warnings', 'old.cjs'];
    expect((await output(process.execPath, args, project.folder)).split('\n').sort()).toEqual([
      '',
      'BAD_ARGUMENT',
      kSays,
    ]);
  });

  it('jsdom, inlined', async () => {
    await bundle('jsdom', ['inline-page'], 'iife');
    const said = await output(process.execPath, ['jsdom.mjs', project.path('jsdom', 'inline-page.js')], project.folder);
    expect(said).toBe(`${kSays}\n`);
  });

  it.each(['node', 'jsdom'])('jest as it comes, in its environment %s', async (environment) => {
    const args = [tool('jest', 'bin', 'jest.js'), '--rootDir', project.folder, '--env', environment, '--no-cache'];
    const said = await output(process.execPath, [...args, 'package.test.js'], project.folder);
    expect(said).toMatch(/Tests: +3 passed, 3 total/);
  });

  it('vitest as it comes', async () => {
    const folder = 'vitest';
    mkdirSync(project.path(folder), { recursive: true });
    writeFileSync(
      project.path(folder, 'package.test.mjs'),
      `import { createHeap, t } from 'mallocgc';
       import { expect, it } from 'vitest';
       import { work } from '../work.mjs';
       it('works', async () => expect(work(await createHeap({ schedule: 'manual' }), t)).toBe('${kSays}'));`,
    );
    const program = [`${kRoot}node_modules/vitest/vitest.mjs`, 'run', '--root', '.'];
    const said = await output(process.execPath, program, project.path(folder));
    expect(said).toMatch(/Tests +1 passed/);
    expect(said).not.toMatch(/mallocgc: /);
  });
});

/** Returns a port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

it('workerd, by an imported module', async () => {
  await bundle('workerd', ['workerd'], 'esm');
  cpSync(project.path('node_modules', 'mallocgc', 'dist', 'heap.wasm'), project.path('workerd', 'heap.wasm'));
  const port = await freePort();
  writeFileSync(
    project.path('workerd', 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "main", worker = (
         modules = [
           (name = "workerd.js", esModule = embed "workerd.js"),
           (name = "heap.wasm", wasm = embed "heap.wasm"),
         ],
         compatibilityDate = "2026-01-01",
       ))],
       sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
     );`,
  );
  const server = spawn(tool('workerd', 'bin', 'workerd'), ['serve', 'config.capnp'], {
    ...{ cwd: project.path('workerd'), stdio: ['ignore', 'ignore', 'pipe'] as const },
  });
  let trouble = '';
  server.stderr.on('data', (text: Buffer) => (trouble += text.toString()));
  const ended = new Promise((done) => server.on('exit', done));
  try {
    let said = '';
    for (let attempt = 0; said === '' && attempt < 300 && server.exitCode === null; attempt++) {
      await new Promise((done) => setTimeout(done, 100));
      said = await fetch(`http://127.0.0.1:${port}/`).then(
        (response) => response.text(),
        () => '',
      );
    }
    expect(`${said}${said === kSays ? '' : trouble}`).toBe(kSays);
  } finally {
    server.kill();
    await ended;
  }
});
