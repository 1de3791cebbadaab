// These are compilers of other languages, whose modules the rooting tools are tried on: Rust's, of the system or of
// rustup, and Zig's, which is pinned in tests/rooting/toolchains/package.json and installed into build/toolchains when
// it is asked for. It is no part of the development dependencies, because it is large.

import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, root, run, which } from './process.mjs';

const home = join(root, 'build', 'toolchains');
const pinned = join(root, 'tests', 'rooting', 'toolchains', 'package.json');

/** Returns the path of a rustc that has the library of wasm32, or null. */
export function rustc() {
  const hasLibrary = (program) => {
    const folder = answerOf(program, ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown']);
    return folder !== null && existsSync(folder);
  };
  const programs = [process.env.RUSTC, which('rustc'), '/usr/bin/rustc'];
  return programs.find((program) => program && existsSync(program) && hasLibrary(program)) ?? null;
}

/** Returns the path of Zig, or null. */
export function zig() {
  const program = process.env.ZIG ?? join(home, 'node_modules', '.bin', 'zig');
  return existsSync(program) ? program : null;
}

/** Installs Zig, unless it is there. Returns false if npm could not. */
export async function installZig() {
  const copy = join(home, 'package.json');
  const isSame = existsSync(copy) && readFileSync(copy).equals(readFileSync(pinned));
  if (process.env.ZIG || (isSame && zig() !== null)) return zig() !== null;
  console.log('Installing Zig …');
  mkdirSync(home, { recursive: true });
  cpSync(pinned, copy);
  const { code } = await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
  return code === 0 && zig() !== null;
}
