// A service worker may not import(): the entry of one script works, and the main one says what to do.

import { createHeap as createHeapLater } from 'mallocgc';
import { createHeap, t } from 'mallocgc/worker';
import { work } from './work.mjs';

self.onmessage = async ({ ports: [reply] }) => {
  const refusal = await createHeapLater().then(
    () => 'not refused',
    (error) => (/'mallocgc\/inline' or 'mallocgc\/worker'/.test(error.message) ? '' : String(error)),
  );
  reply.postMessage(refusal || (await createHeap({ schedule: 'manual' }).then((heap) => work(heap, t), String)));
};
