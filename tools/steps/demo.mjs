// Vite builds the demo page into a static folder that works from any path. It is served with the headers that a page of
// its kind wants, and photographed for the README. The page sees the package as its users do: by name, compiled.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, relative } from 'node:path';
import { must, root } from './process.mjs';

const page = join(root, 'demo', 'page');
const kFirstPort = 4173;
const kPortsTried = 20;

/** The built page is here. */
export const demoFolder = join(root, 'build', 'demo');

const kTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.wasm', 'application/wasm'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
]);

/** Nothing but the page's own files may load; WebAssembly may be compiled, text may not be run. */
const kPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const kHeaders = {
  'Content-Security-Policy': kPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** Returns the time of the newest file among some, folders with all that is in them. */
function newest(paths) {
  const times = paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [statSync(path).mtimeMs];
    return readdirSync(path, { recursive: true }).map((name) => statSync(join(path, name)).mtimeMs);
  });
  return Math.max(...times);
}

/** Builds build/demo, unless it is newer than all it is made of. The package must be built. */
export async function buildDemo() {
  const inputs = [
    page,
    join(root, 'demo', 'document'),
    join(root, 'dist'),
    join(root, 'package-lock.json'),
    join(root, 'tools', 'steps', 'demo.mjs'),
  ];
  const product = join(demoFolder, 'index.html');
  if (existsSync(product) && statSync(product).mtimeMs >= newest(inputs)) return demoFolder;
  await must('node', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', page]);
  const { build } = await import('vite');
  await build({
    root: page,
    base: './',
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: [{ find: /^mallocgc$/, replacement: join(root, 'dist', 'index.js') }] },
    // Data URLs would need a weaker policy.
    build: {
      outDir: demoFolder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: 'es2022',
      modulePreload: { polyfill: false },
    },
  });
  mkdirSync(demoFolder, { recursive: true });
  // The sample document is a real one: the repository's own lock file.
  copyFileSync(join(root, 'package-lock.json'), join(demoFolder, 'sample.json'));
  return demoFolder;
}

function answer(folder, request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
  const file = join(folder, path.endsWith('/') ? join(path, 'index.html') : path);
  const isInside = !relative(folder, file).startsWith('..');
  if (!isInside || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404, { ...kHeaders, 'Content-Type': 'text/plain' }).end('There is no such file.\n');
    return;
  }
  response.writeHead(200, { ...kHeaders, 'Content-Type': kTypes.get(extname(file)) ?? 'application/octet-stream' });
  response.end(request.method === 'HEAD' ? undefined : readFileSync(file));
}

function listen(server, port) {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done(server.address().port));
  });
}

/** Serves the built page on a free port. Returns { url, close() }. */
export async function serveDemo(firstPort = kFirstPort) {
  const server = createServer((request, response) => {
    try {
      answer(demoFolder, request, response);
    } catch {
      response.writeHead(400, kHeaders).end();
    }
  });
  for (let port = firstPort; ; port++) {
    try {
      const got = await listen(server, port);
      return { url: `http://127.0.0.1:${got}/`, close: () => server.close() };
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port - firstPort >= kPortsTried) throw error;
    }
  }
}

/** Builds and serves the page until the process is ended. */
export async function serveForever() {
  await buildDemo();
  const { url } = await serveDemo();
  console.log(`\nThe heap demo page: ${url}   (Ctrl-C ends)`);
  return new Promise(() => undefined);
}
