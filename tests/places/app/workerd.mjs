// workerd imports the module, because it may compile nothing from bytes.

import { createHeapSync, t } from 'mallocgc';
import { createHeap } from 'mallocgc/inline';
import { work } from './work.mjs';
import module from './heap.wasm';

export default {
  async fetch() {
    const refusal = await createHeap().then(
      () => 'not refused',
      (error) => (/createHeapSync\(module\)/.test(error.message) ? '' : String(error)),
    );
    return new Response(refusal || work(createHeapSync(module, { schedule: 'manual' }), t));
  },
};
