// This runs one workload in a page, whose address says which: ?peer=…&module=…&job=WORKLOAD;WARM;SIZES. The result is
// left in `result`, where firefox.mjs takes it.

import { objects } from './peers/object_workloads.mjs';
import { stepped } from './stepping.mjs';
import { reactor, wasmGc } from './subjects.mjs';

/** A page cannot collect its engine's heap, nor see what memory that takes. */
const noCollector = () => {
  throw new Error('a page cannot make the engine collect');
};
const unknown = () => undefined;

async function subjectOf(peer, path, mode) {
  if (peer === 'js') return objects(noCollector, unknown);
  const module = await WebAssembly.compileStreaming(fetch(path));
  return peer === 'wasmgc' ? wasmGc(module, noCollector, unknown) : reactor(peer, module, { mode });
}

const asked = new URLSearchParams(location.search);
try {
  const subject = await subjectOf(asked.get('peer'), asked.get('module'), asked.get('mode') ?? '');
  globalThis.result = stepped(asked.get('peer'), subject, asked.get('job').split(';'));
} catch (error) {
  globalThis.result = { error: String(error) };
}
