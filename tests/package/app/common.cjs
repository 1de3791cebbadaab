// This is a CommonJS program: require() takes the package too, because it has no top-level await.

const { createHeap, t } = require('mallocgc');
const { heapWasm } = require('mallocgc/inline');

async function main() {
  const { work } = await import('./work.mjs');
  work(await createHeap({ schedule: 'manual', module: heapWasm() }), t);
  const { readFile } = require('node:fs/promises');
  const debug = await WebAssembly.compile(await readFile(require.resolve('mallocgc/heap.debug.wasm')));
  work(await createHeap({ schedule: 'manual', module: debug, debug: { verify: true } }), t);
}

main();
