// Parts of the face that most programs never use. Each entry of the package says how its heaps come by them: by
// import() when they are first asked for, or at once.

import { keepsItself, type KeepsItself } from './reach.js';
import * as record from './record.js';

/** A heap comes by this what it does not need at first, or never. */
export interface Further {
  record(): Promise<typeof import('./record.js')>;
  /** A heap with `debug.finalizerChecks` needs it from the start. */
  readonly keepsItself: KeepsItself | undefined;
}

/** All of them at once: for places where import() is forbidden, and for those who cannot wait. */
export const kAtOnce: Further = { record: () => Promise.resolve(record), keepsItself };
