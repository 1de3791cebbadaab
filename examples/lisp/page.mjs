// The page of the Lisp: evaluates the text, shows the answer and what the heap did.

import { Lisp } from './module.mjs';

const part = (id) => document.getElementById(id);

const lisp = new Lisp(await WebAssembly.compileStreaming(fetch('/lisp.wasm')));

function run() {
  const begin = performance.now();
  part('answer').textContent = lisp.answer(part('text').value);
  const { collections, liveBytes } = lisp.stats();
  part('stats').textContent =
    `${(performance.now() - begin).toFixed(1)} ms, ${collections} collections so far, ${liveBytes} bytes in use`;
}

part('run').addEventListener('click', run);
run();
