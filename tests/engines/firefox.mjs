// Firefox runs without a driver: it opens a page of a small server, under a strict content-security policy, and the
// page posts what host.mjs says.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kTypes = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const kPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const kPage = '<!doctype html><script type="module" src="/tests/engines/host.mjs"></script>';

function answer(request, reply, onSaid) {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  reply.setHeader('Content-Security-Policy', kPolicy);
  if (path === '/said') {
    let text = '';
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      reply.end();
      onSaid(text);
    });
  } else if (path === '/') {
    reply.setHeader('Content-Type', 'text/html').end(kPage);
  } else if (/^\/(dist|tests\/engines)\//.test(path) && existsSync(join(kRoot, path))) {
    reply.setHeader('Content-Type', kTypes[extname(path)] ?? 'text/plain').end(readFileSync(join(kRoot, path)));
  } else {
    reply.writeHead(404).end();
  }
}

/** Returns what the page says: '' if it says nothing in time, null where there is no Firefox. */
export async function runFirefox(timeLimitMs) {
  const program = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
    (path) => path && existsSync(path),
  );
  if (program === undefined) return null;
  const profile = mkdtempSync(join(tmpdir(), 'mallocgc-firefox-'));
  let browser;
  let server;
  const said = await new Promise((done) => {
    setTimeout(done, timeLimitMs, '').unref();
    server = createServer((request, reply) => answer(request, reply, done));
    server.listen(0, '127.0.0.1', () => {
      const env = { ...process.env, HOME: profile };
      const args = ['--headless', '--no-remote', '--profile', profile, `http://127.0.0.1:${server.address().port}/`];
      browser = spawn(program, args, { env, stdio: 'ignore' });
      browser.on('error', () => done(''));
    });
  });
  const ended = new Promise((done) => browser.on('close', done));
  browser.kill();
  await ended;
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  return said;
}
