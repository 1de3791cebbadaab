// Parts of the face that most programs never use. Each entry of the package says how its heaps come by them: by
// import() when they are first asked for, or at once.

import * as record from './record.js';

/** How a heap comes by what it does not need at first. */
export interface Further {
  record(): Promise<typeof import('./record.js')>;
}

/** All of them at once: for places where import() is forbidden, and for those who cannot wait. */
export const kAtOnce: Further = { record: () => Promise.resolve(record) };
