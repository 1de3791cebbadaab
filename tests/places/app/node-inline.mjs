// This program for Node is bundled into one script.

import { createHeap, t } from 'mallocgc/inline';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' }).then((heap) => console.log(work(heap, t)));
