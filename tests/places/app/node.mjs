// This program for Node is bundled, with its module beside it.

import { createHeap, t } from 'mallocgc';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' }).then((heap) => console.log(work(heap, t)));
