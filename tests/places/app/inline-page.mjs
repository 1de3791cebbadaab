// This page carries its module.

import { createHeap, t } from 'mallocgc/inline';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' })
  .then((heap) => work(heap, t))
  .catch((error) => `failed: ${error}`)
  .then((said) => (document.title = said));
