// This program has no options: the module is found beside the package, or where the bundler has put it.

import { createHeap, t } from 'mallocgc';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' }).then((heap) => work(heap, t));
