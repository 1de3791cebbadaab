// Side by side: the same workload in a heap of its own and on plain JS objects, in turn, with the same numbers of objects. Time is that of the
// steps alone: collections of this heap fall into steps, those of the engine into steps or between them.
//
// Bytes an object come from fills with nothing replaced, what was built on the way included: here the bytes allocated, there the growth of the
// engine's heap, which Chromium tells and other browsers do not: then there is no figure. A growth that is not positive is no measurement.

import { createHeap, type Heap } from 'mallocgc';
import type { Running, Settings, Workload } from './workload.js';

export interface Side {
  readonly totalMs: number;
  /** The longest step. */
  readonly longestMs: number;
  readonly objects: number;
  /** null where the browser does not tell. */
  readonly bytesPerObject: number | null;
}

export interface Comparison {
  readonly heap: Side;
  readonly js: Side;
}

const kWarmFrames = 30;
const kFrames = 90;
const kFills = 5;
const kSettleMs = 120;

const nextFrame = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => done()));

/** Chromium reads its heap's size anew only every so often. */
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, kSettleMs));

function engineBytes(): number | null {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  return memory?.usedJSHeapSize ?? null;
}

/** Fills to the live size and replaces until the engine has compiled what runs; then replaces for some frames, which are timed. */
async function run(running: Running, settings: Settings, rate: number): Promise<Omit<Side, 'bytesPerObject'>> {
  for (let filled = 0; filled < settings.live; await nextFrame()) filled += running.step(Math.min(rate, settings.live - filled));
  for (let frame = 0; frame < kWarmFrames; frame++) {
    running.step(rate);
    await nextFrame();
  }
  let [objects, totalMs, longestMs] = [0, 0, 0];
  for (let frame = 0; frame < kFrames; frame++) {
    const begin = performance.now();
    objects += running.step(rate);
    const ms = performance.now() - begin;
    totalMs += ms;
    longestMs = Math.max(longestMs, ms);
    await nextFrame();
  }
  running.end();
  return { objects, totalMs, longestMs };
}

/** Bytes of a JS object: the median growth of the engine's heap over some fills, while the page holds still so that little else allocates. */
async function engineBytesPerObject(workload: Workload, settings: Settings): Promise<number | null> {
  const growths: number[] = [];
  const kept: Running[] = [];
  for (let i = 0; i < kFills; i++) {
    await settled();
    const before = engineBytes();
    if (before === null) return null;
    const running = workload.onJs(settings);
    kept.push(running);
    const objects = running.step(settings.live);
    await settled();
    const growth = ((engineBytes() ?? 0) - before) / objects;
    if (growth > 0) growths.push(growth);
  }
  for (const running of kept) running.end();
  growths.sort((a, b) => a - b);
  return growths.length <= kFills / 2 ? null : (growths[growths.length >> 1] ?? null);
}

/** Runs both sides. `tell` hears which one is at work, `hold` when the page should hold still. */
export async function compare(workload: Workload, settings: Settings, tell: (text: string) => void, hold: (held: boolean) => void): Promise<Comparison> {
  const rate = Math.min(settings.rate, workload.rateMax);
  tell('Running on plain JS objects …');
  const js = await run(workload.onJs(settings), settings, rate);
  tell('Measuring plain JS objects …');
  hold(true);
  const jsBytes = await engineBytesPerObject(workload, settings).finally(() => hold(false));
  tell('Running in the heap …');
  const heap = await createHeap({ schedule: 'manual', maxBytes: 2 ** 29 });
  try {
    const side = await run(workload.onHeap(heap, settings, () => undefined), settings, rate);
    heap.GC();
    return { heap: { ...side, bytesPerObject: heapBytesPerObject(heap, workload, settings) }, js: { ...js, bytesPerObject: jsBytes } };
  } finally {
    heap.dispose();
  }
}

/** Bytes of an object in a heap that is empty but for what the package keeps: one fill. */
function heapBytesPerObject(heap: Heap, workload: Workload, settings: Settings): number {
  const { TotalAlloc } = heap.memStats();
  const running = workload.onHeap(heap, settings, () => undefined);
  const objects = running.step(settings.live);
  const bytes = heap.memStats().TotalAlloc - TotalAlloc;
  running.end();
  return bytes / objects;
}
