// A module worker in which a heap collects in idle time; its name says how.

import * as mallocgc from '../../dist/index.js';
import { idle } from './idle.mjs';

postMessage(await idle(mallocgc, JSON.parse(self.name)));
