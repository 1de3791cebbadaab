// This program asks its bundler for the module's address.

import { createHeap, t } from 'mallocgc';
import address from 'mallocgc/heap.wasm';
import { work } from './work.mjs';

createHeap({ schedule: 'manual', module: new URL(address, import.meta.url) }).then((heap) => work(heap, t));
