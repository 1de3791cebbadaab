// The tests of places share this: a project that has installed the packed package beside the pinned tools, a server
// that remembers what was asked of it, and Chromium.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { kChromiumArgs } from '../../tools/steps/screenshots.mjs';

export const kRoot = fileURLToPath(new URL('../..', import.meta.url));
/** tools/steps/places.mjs has installed here what package.json of this folder pins. */
export const kHome = join(kRoot, 'build', 'places');
export const kSays = 'mallocgc works: 1 2 kept 99';

/** Returns the path of a file of a pinned package. */
export const tool = (...path: string[]): string => join(kHome, 'node_modules', ...path);

/** Returns a pinned package, as a module. */
export function load<T>(...path: string[]): Promise<T> {
  return import(pathToFileURL(tool(...path)).href) as Promise<T>;
}

/** Returns what a program prints. Throws with everything it wrote if it fails. */
export function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', CI: '1' };
    execFile(program, args, { cwd, env, timeout: 300_000, maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error === null) done(out + err);
      else fail(new Error(`${program} ${args.join(' ')}\n${out}${err}`, { cause: error }));
    });
  });
}

/**
 * This project has a folder of its own below the tools, so that it finds them: it has the programs of app/, and the
 * package as packed.
 */
export class Project {
  readonly folder: string;
  constructor(name: string) {
    this.folder = join(kHome, 'projects', name);
  }

  async create(): Promise<this> {
    rmSync(this.folder, { recursive: true, force: true });
    const own = this.path('node_modules', 'mallocgc');
    mkdirSync(own, { recursive: true });
    const list = JSON.parse(
      await output('npm', ['pack', '--ignore-scripts', '--json', '--dry-run', '--silent'], kRoot),
    ) as [{ files: { path: string }[] }];
    for (const { path } of list[0].files) cpSync(join(kRoot, path), join(own, path));
    cpSync(new URL('app', import.meta.url), this.folder, { recursive: true });
    writeFileSync(this.path('package.json'), JSON.stringify({ name: 'consumer', private: true }));
    return this;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Returns the names of the files below a folder. */
  files(...names: string[]): string[] {
    return readdirSync(this.path(...names), { recursive: true }).map(String);
  }

  /** Puts the module beside a bundle that has not carried it along. */
  copyModule(...names: string[]): void {
    cpSync(this.path('node_modules', 'mallocgc', 'dist', 'heap.wasm'), this.path(...names, 'heap.wasm'));
  }

  /** Writes a page for a bundle. */
  page(folder: string, script: string): void {
    const text = `<!doctype html>\n<title>waiting</title>\n<script type="module" src="./${script}"></script>\n`;
    writeFileSync(this.path(folder, 'index.html'), text);
  }
}

const kTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves a folder as many hosts do: a request for what is not there gets the page. */
export async function serve(folder: string): Promise<{ origin: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, reply) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(folder, pathname);
    asked.push(pathname);
    const isThere = pathname !== '/' && existsSync(file);
    reply.setHeader('content-type', isThere ? (kTypes[extname(file)] ?? 'text/html') : 'text/html');
    const index = join(folder, 'index.html');
    reply.end(isThere || existsSync(index) ? readFileSync(isThere ? file : index) : '<!doctype html>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    asked,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: [...kChromiumArgs] });
}

/** A visit is what a page came to: what it said, where its module came from, and what it warned of. */
export interface Visit {
  readonly said: string;
  readonly module: 'asset' | 'text';
  readonly warnings: readonly string[];
}

/** Opens a page, and waits until it has said something. */
export async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext();
  const warnings: string[] = [];
  const modules: string[] = [];
  context.on('console', (message) => {
    const isTrouble = message.type() === 'warning' || message.type() === 'error';
    if (isTrouble && !/favicon/.test(message.location().url)) warnings.push(message.text());
  });
  // Responses to workers count too. A page in the module's place does not.
  context.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (/\.wasm(\?|$)/.test(response.url()) && response.ok() && !type.startsWith('text/html'))
      modules.push(response.url());
  });
  const page = await context.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.title !== 'waiting', undefined, { timeout: 60_000, polling: 100 });
    return { said: await page.title(), module: modules.length > 0 ? 'asset' : 'text', warnings };
  } finally {
    await context.close();
  }
}
