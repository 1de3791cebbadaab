// This page uses the package as the guide begins.

import { createHeap, t } from 'mallocgc';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' })
  .then((heap) => work(heap, t))
  .catch((error) => `failed: ${error}`)
  .then((said) => (document.title = said));
