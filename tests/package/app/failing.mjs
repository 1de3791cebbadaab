// Most of these modules are none, and one loads but is not the heap's. The program says how createHeap rejects, a word
// for each. Nothing else may reject.

import { createHeap } from 'mallocgc';

const kEmptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

process.on('unhandledRejection', () => console.log('unhandled'));
const words = [];
for (const options of [{ module: 5 }, { maxBytes: -1 }, { module: kEmptyModule }, { module: Uint8Array.of(0) }]) {
  words.push(
    await createHeap(options).then(
      () => 'a heap',
      (error) => error.code ?? error.name,
    ),
  );
}
await new Promise((done) => setTimeout(done, 10));
console.log(words.join(' '));
