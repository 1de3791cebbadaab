// This is the Lisp at the terminal: npm run lisp [FILE…]. Files are evaluated first. Then come expressions from the
// terminal, or from what is piped in. With --page, the page is served instead.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isError, Lisp } from './module.mjs';
import { servePage } from './serve.mjs';
import { converse, shown } from './terminal.mjs';

const kModule = fileURLToPath(new URL('../../build/lisp/lisp.wasm', import.meta.url));

/** Returns false if there was an error in the file. */
function evaluateFile(lisp, file) {
  const answer = lisp.answer(readFileSync(file, 'utf8'));
  process.stdout.write(shown(answer));
  return !isError(answer);
}

async function main(args) {
  if (!existsSync(kModule)) throw new Error('the Lisp is not built: `npm run lisp` builds it');
  if (args.includes('--page')) {
    const { url } = await servePage(kModule);
    console.log(`${url}   (Ctrl-C ends it)`);
    return;
  }
  const lisp = new Lisp(new WebAssembly.Module(readFileSync(kModule)));
  for (const file of args) {
    if (!evaluateFile(lisp, file)) throw new Error(`${file} ended with an error`);
  }
  const { stdin: input, stdout: output } = process;
  if (input.isTTY) console.log('A Lisp on mallocgc. Ctrl-D ends it.');
  await converse(lisp, { input, output, isInteractive: input.isTTY === true });
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`lisp: ${error.message}`);
  process.exitCode = 1;
});
