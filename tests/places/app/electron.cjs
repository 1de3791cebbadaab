// This CommonJS program loads the package both ways, as Electron's main process does.

const required = require('mallocgc');
const { createHeap, MallocgcError, t } = required;

async function main() {
  const imported = await import('mallocgc');
  const { work } = await import('./work.mjs');
  console.log(work(await createHeap({ schedule: 'manual' }), imported.t));
  const heap = await imported.createHeap({ schedule: 'manual' });
  try {
    heap.mallocgc(-1, null);
  } catch (error) {
    console.log(error instanceof MallocgcError, imported.MallocgcError === MallocgcError);
  }
  console.log(work(heap, t));
}

main();
