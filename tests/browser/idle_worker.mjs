// In this module worker a heap collects in idle time. The worker's name says how.

import * as mallocgc from '../../dist/index.js';
import { idle } from './idle.mjs';

postMessage(await idle(mallocgc, JSON.parse(self.name)));
