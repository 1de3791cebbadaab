// This runs the same workload in a heap of its own and on plain JS objects, one after the other, with the same numbers
// of objects, each in a worker of its own. So neither runs code that the engine has compiled with the other, or with
// the page's own heap, in mind: a call site that has met the functions of two modules costs more than one that has met
// one. Time is that of the steps alone. Only the page can tell what a JS object weighs (js-bytes.ts).
//
// Doors: controls.ts; on to compare-worker.ts, which does the work.

import { engineBytesPerObject } from './js-bytes.js';
import type { Settings, Workload } from './workload.js';

export interface Side {
  readonly totalMs: number;
  /** This is the longest step. */
  readonly longestMs: number;
  readonly objects: number;
  /** It is null where the browser does not tell. */
  readonly bytesPerObject: number | null;
}

export interface Comparison {
  readonly heap: Side;
  readonly js: Side;
}

/** A worker is asked to run this. Documents go as their text. */
export interface Task {
  readonly side: keyof Comparison;
  readonly workload: string;
  readonly text: string | undefined;
  readonly settings: Settings;
}
export type Answer = { readonly side: Side } | { readonly error: string };

/** Runs one side, in a worker that lives as long as that takes. */
function run(task: Task): Promise<Side> {
  const worker = new Worker(new URL('./compare-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Side>((done, fail) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      'side' in data ? done(data.side) : fail(new Error(data.error));
    worker.onerror = ({ message }) => fail(new Error(message || 'the worker could not be started'));
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}

/** Runs both sides. `tell` hears which one is at work, `hold` when the page should hold still. */
export async function compare(
  workload: Workload,
  settings: Settings,
  tell: (text: string) => void,
  hold: (held: boolean) => void,
): Promise<Comparison> {
  const task = { workload: workload.id, text: workload.text, settings };
  tell('Running on plain JS objects …');
  const js = await run({ ...task, side: 'js' });
  tell('Measuring plain JS objects …');
  hold(true);
  const bytesPerObject = await engineBytesPerObject(workload, settings).finally(() => hold(false));
  tell('Running in the heap …');
  return { js: { ...js, bytesPerObject }, heap: await run({ ...task, side: 'heap' }) };
}
