// This is a shared worker.

import { createHeap, t } from 'mallocgc/worker';
import { work } from './work.mjs';

self.onconnect = async ({ ports: [port] }) => {
  port.postMessage(await createHeap({ schedule: 'manual' }).then((heap) => work(heap, t), String));
};
