// Engines refuse import() in a module service worker, so the package works inline there. The worker tells whoever asks
// what the common script says, and how the other way fails.

import { createHeap } from '../../dist/index.js';
import * as inline from '../../dist/inline.js';
import { smoke } from '../engines/smoke.mjs';

self.onmessage = async ({ ports: [reply] }) => {
  const refusal = await createHeap().then(
    () => 'a heap',
    (error) => String(error),
  );
  reply.postMessage({ said: await smoke(inline), refusal });
};
