// This is a static server for the browser's tests. It serves the repository's files under strict headers (isolation,
// and a policy that allows scripts from here and wasm, nothing else), and the pages, which have no file of their own.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

export const kStrictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
/**
 * This policy is as strict, and allows no wasm: under it the package must fail with an error of its own or the
 * engine's.
 */
export const kNoWasmPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'";

/** Serves until it is closed. `/page?no-wasm` is an empty page under the policy without wasm. */
export async function serve(): Promise<{ origin: string; server: Server }> {
  const server = createServer((request, reply) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    reply.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    reply.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    reply.setHeader('Content-Security-Policy', search === '?no-wasm' ? kNoWasmPolicy : kStrictPolicy);
    if (pathname === '/page') {
      reply.setHeader('Content-Type', 'text/html');
      reply.end('<!doctype html><script type="module" src="/tests/browser/page.mjs"></script>');
      return;
    }
    const path = normalize(pathname);
    if (!/^\/(dist|tests)\//.test(path)) {
      reply.writeHead(404).end();
      return;
    }
    readFile(join(kRoot, path)).then(
      (body) => {
        reply.setHeader('Content-Type', kTypes[extname(path)] ?? 'text/plain');
        reply.end(body);
      },
      () => reply.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
