// Every step here runs other programs this way: their output is shown as it comes and kept for counting. This has no
// dependencies, because it runs before `npm ci`.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This is the repository's top folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A trap inside a minified script prints that script as one line. Nobody reads further than this. */
const kLineLengthMax = 2000;

/** This is the failure of a step: its message is all the user needs, so no stack is shown. */
export class StepError extends Error {}

export function heading(text) {
  console.log(`\n== ${text}`);
}

/** Passes a stream on, with overlong lines cut, and returns a function that gives all of its text. */
function tee(stream, sink, quiet) {
  let text = '';
  let shown = 0; // Characters of the current line that were passed on.
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    text += chunk;
    if (quiet) return;
    for (const part of chunk.split(/(?<=\n)/)) {
      const room = Math.max(0, kLineLengthMax - shown);
      sink.write(part.length <= room ? part : part.slice(0, room) + (part.endsWith('\n') ? '\n' : ''));
      shown = part.endsWith('\n') ? 0 : shown + part.length;
    }
  });
  return () => text;
}

/** Programs use colours as this process itself would; by themselves they only see a pipe. */
const kColours = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };

/**
 * Returns what to start for a program. On Windows npm is a script that only a shell can start, so npm's own file is
 * run, which `npm run` names.
 */
export function startOf(program, args, npm = process.env.npm_execpath) {
  return program === 'npm' && /npm-cli\.js$/.test(npm ?? '') ? [process.execPath, [npm, ...args]] : [program, args];
}

/**
 * Runs a program to its end and returns { code, output }. A program killed by a signal or not found has code 1 and
 * says so in the output. With `quiet` the output is only kept.
 */
export function run(program, args, { cwd = root, env = {}, quiet = false } = {}) {
  return new Promise((done) => {
    const fullEnv = { ...process.env, ...kColours, ...env };
    const child = spawn(...startOf(program, args), { cwd, env: fullEnv, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = tee(child.stdout, process.stdout, quiet);
    const err = tee(child.stderr, process.stderr, quiet);
    child.on('error', (error) => done({ code: 1, output: `${program}: ${error.message}\n` }));
    child.on('close', (code, signal) => {
      if (signal) console.log(`${program} was ended by ${signal}`);
      done({ code: code ?? 1, output: out() + err() });
    });
  });
}

/** Does as run() does, with this terminal as its own: for programs that talk to the user. */
export function runInForeground(program, args, { cwd = root, env = {} } = {}) {
  return new Promise((done) => {
    const child = spawn(...startOf(program, args), { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      done(1);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Does as run() does, but quietly. A failure shows the output and is an error. */
export async function must(program, args, options = {}) {
  const { code, output } = await run(program, args, { quiet: true, ...options });
  if (code !== 0) {
    if (options.quiet !== false) process.stdout.write(output);
    throw new StepError(`failed (${code}): ${program} ${args.join(' ')}`);
  }
  return output;
}

/** Returns what a program prints on its standard output, trimmed, or null when it is missing or fails. */
export function answerOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** The files of programs end like this: on Windows as PATHEXT says, and elsewhere in nothing. */
const kEndings = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';') : [''];

/** Returns the path of a program, looked for as a shell would, or null. */
export function which(program, folders = (process.env.PATH ?? '').split(delimiter), endings = kEndings) {
  for (const path of folders.flatMap((folder) => endings.map((ending) => join(folder, program + ending)))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The program is not in this folder, or not with this ending.
    }
  }
  return null;
}
