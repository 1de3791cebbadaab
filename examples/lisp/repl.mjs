// The Lisp at the terminal: npm run lisp [FILE…]. Files are evaluated first; without a terminal, what comes in is
// evaluated and the answers are printed. With --page, the page is served instead.

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Lisp } from './module.mjs';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kModule = join(kHere, '..', '..', 'build', 'lisp', 'lisp.wasm');
const kTypes = { '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html; charset=utf-8' };
const kFiles = {
  '/': join(kHere, 'index.html'),
  '/module.mjs': join(kHere, 'module.mjs'),
  '/page.mjs': join(kHere, 'page.mjs'),
  '/lisp.wasm': kModule,
};

function servePage() {
  const server = createServer((request, response) => {
    const path = kFiles[new URL(request.url, 'http://localhost').pathname];
    if (path === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': kTypes[extname(path)] });
    createReadStream(path).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`));
}

function readLines(lisp) {
  const isTerminal = process.stdin.isTTY;
  const lines = createInterface({
    input: process.stdin,
    output: isTerminal ? process.stdout : undefined,
    prompt: '> ',
  });
  let text = '';
  if (isTerminal) lines.prompt();
  lines.on('line', (line) => {
    text += `${line}\n`;
    if (!lisp.isUnfinished(text)) {
      const answer = lisp.answer(text);
      if (answer !== '') console.log(answer);
      text = '';
    }
    lines.setPrompt(text === '' ? '> ' : '. ');
    if (isTerminal) lines.prompt();
  });
  lines.on('close', () => {
    if (text.trim() !== '') console.log(lisp.answer(text));
  });
}

if (!existsSync(kModule)) {
  console.error('The Lisp is not built: `npm run lisp` builds it.');
  process.exitCode = 1;
} else if (process.argv.includes('--page')) {
  servePage();
} else {
  const lisp = new Lisp(new WebAssembly.Module(readFileSync(kModule)));
  for (const file of process.argv.slice(2)) {
    const answer = lisp.answer(readFileSync(file, 'utf8'));
    if (answer !== '') console.log(answer);
  }
  readLines(lisp);
}
