// Each engine runs this: the package with its own module, in the debug flavour, inlined, and from a module that was
// compiled before. It says lines `ok NAME` or `not ok NAME: why`: on the console, or from a page to the server that it
// came from.

import * as mallocgc from '../../dist/index.js';
import * as inline from '../../dist/inline.js';
import { kExpected, smoke } from './smoke.mjs';

const kVariants = {
  plain: () => smoke(mallocgc),
  debug: () => smoke(mallocgc, { debug: { verify: true, checkmark: true, poison: true } }),
  inline: () => smoke(inline),
  bytes: () => smoke(mallocgc, { module: inline.heapWasm() }),
  compiled: async () => smoke(mallocgc, { module: await WebAssembly.compile(inline.heapWasm()) }),
  ballast: () => smoke(mallocgc, { ballast: true }),
};

const lines = [];
for (const [name, run] of Object.entries(kVariants)) {
  try {
    const said = await run();
    lines.push(said === kExpected ? `ok ${name}` : `not ok ${name}: ${said}`);
  } catch (error) {
    lines.push(`not ok ${name}: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
  }
}

const text = lines.join('\n');
if (typeof document === 'undefined') console.log(text);
else await fetch('/said', { method: 'POST', body: text });
