// This worker is one script, so that bundlers may make a classic one of it.

import { createHeap, t } from 'mallocgc/worker';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' })
  .then((heap) => work(heap, t))
  .catch((error) => `failed: ${error}`)
  .then((said) => postMessage(said));
