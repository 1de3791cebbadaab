// The bundle of mallocgc/inline runs as a script of a page in jsdom.

import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';

const dom = new JSDOM('<!doctype html><title>waiting</title>', { runScripts: 'outside-only' });
dom.window.WebAssembly ??= WebAssembly;
dom.window.eval(readFileSync(process.argv[2], 'utf8'));
for (let turn = 0; turn < 500 && dom.window.document.title === 'waiting'; turn++)
  await new Promise((done) => setTimeout(done, 10));
console.log(dom.window.document.title);
dom.window.close();
