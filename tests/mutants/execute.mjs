// This runs a program for the mutants. It keeps the output, and every run comes to an end.

import { spawn } from 'node:child_process';

/** Runs a program. The code is 'timeout' when it did not end. */
export function execute(program, args, { cwd, seconds = 300, env = {} }) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    let late = false;
    const keep = (text) => (output = (output + text).slice(-1000000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    const end = (code, text = '') => {
      clearTimeout(timer);
      done({ code, output: output + text });
    };
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code, signal) => end(late ? 'timeout' : (code ?? signal)));
  });
}
