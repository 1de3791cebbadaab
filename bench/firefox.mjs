// Runs one workload in Firefox, a browser of its own for each run, and prints its line of JSON as measure.mjs does:
//
//   node bench/firefox.mjs PEER MODULE.wasm|- WORKLOAD WARM SIZES
//
// The page comes from a small server with the headers that give it a fine clock.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { root } from '../tools/steps/process.mjs';

const kTypes = { '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
const kHeaders = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const kPage = '<!doctype html><title>bench</title><script type="module" src="/bench/firefox_page.mjs"></script>';
const kTimeLimitMs = 240_000;

/** Serves this folder and the modules in build/. */
function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/') {
      response.writeHead(200, { ...kHeaders, 'Content-Type': 'text/html' }).end(kPage);
      return;
    }
    const path = join(root, decodeURIComponent(pathname));
    const isServed = /^\/(bench|build)\//.test(pathname) && path.startsWith(root) && existsSync(path);
    if (!isServed) response.writeHead(404).end();
    else
      response
        .writeHead(200, { ...kHeaders, 'Content-Type': kTypes[extname(path)] ?? 'text/plain' })
        .end(readFileSync(path));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

const [peer, module, workload, warm, sizes] = process.argv.slice(2);
const server = await serve();
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FIREFOX_PATH,
  headless: true,
  // A busy machine starts it slowly.
  timeout: kTimeLimitMs,
  protocolTimeout: kTimeLimitMs,
  extraPrefsFirefox: { 'privacy.reduceTimerPrecision': false, 'dom.max_script_run_time': 0 },
});
try {
  const page = await browser.newPage();
  const query = new URLSearchParams({
    peer,
    module: module === '-' ? '' : `/${module}`,
    job: [workload, warm, sizes].join(';'),
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/?${query}`);
  await page.waitForFunction('globalThis.result !== undefined', { timeout: kTimeLimitMs });
  const result = await page.evaluate('globalThis.result');
  if (result.error) throw new Error(result.error);
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
