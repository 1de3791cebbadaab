// This program is for places where no file can be fetched.

import { createHeap, t } from 'mallocgc/inline';
import { work } from './work.mjs';

createHeap({ schedule: 'manual' }).then((heap) => work(heap, t));
