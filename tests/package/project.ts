// This is an empty project that has installed the packed package, as a user would. Nothing of the repository is within
// its reach.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kRoot = fileURLToPath(new URL('../..', import.meta.url));
export const kSays = 'mallocgc works: 99\n';

/** Returns the path of a program of the repository's development dependencies. */
export function tool(...path: string[]): string {
  return join(kRoot, 'node_modules', ...path);
}

/** Returns a program's standard output. Throws with everything it wrote if it fails. */
export function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    execFile(program, args, { cwd, env, timeout: 100_000, maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error === null) done(out);
      else fail(new Error(`${program} ${args.join(' ')}\n${out}${err}`, { cause: error }));
    });
  });
}

/** Returns what a script prints under this Node. */
export function node(script: string, cwd: string): Promise<string> {
  return output(process.execPath, ['--no-warnings', script], cwd);
}

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'mallocgc-package-'));
  tarball = '';

  async create(): Promise<this> {
    await output('npm', ['pack', '--ignore-scripts', '--pack-destination', this.folder], kRoot);
    this.tarball = join(this.folder, readdirSync(this.folder).find((name) => name.endsWith('.tgz')) ?? 'none.tgz');
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
    await output('npm', ['install', '--offline', '--no-audit', '--no-fund', this.tarball], this.folder);
    cpSync(new URL('app', import.meta.url), this.folder, { recursive: true });
    return this;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Returns the files below a folder of the project. */
  files(...names: string[]): string[] {
    const folder = this.path(...names);
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
