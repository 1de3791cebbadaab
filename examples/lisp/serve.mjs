// This is a server for the Lisp's page: its files and the module, for this machine alone.

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kNames = ['index.html', 'page.mjs', 'module.mjs', 'style.css'];
const kTypes = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const kPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:";

/** Serves the page on a free port, with the module in the file `module`. Returns { url, close() }. */
export function servePage(module) {
  const files = new Map(kNames.map((name) => [`/${name}`, join(kHere, name)]));
  files.set('/', join(kHere, 'index.html'));
  files.set('/lisp.wasm', module);
  const server = createServer((request, response) => {
    const path = files.get(new URL(request.url, 'http://localhost').pathname);
    if (path === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': kTypes[extname(path)], 'Content-Security-Policy': kPolicy });
    createReadStream(path).pipe(response);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () =>
      done({ url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }),
    );
  });
}
