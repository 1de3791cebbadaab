// This is one side of a comparison, in a worker. It is filled, warmed up, and then timed. Bytes of a heap object come
// from a fill in which nothing is replaced; a worker cannot ask for those of a JS object (js-bytes.ts can).
// Doors: compare.ts posts a Task and gets an Answer.

import { createHeap, type Heap } from 'mallocgc';
import type { Answer, Side, Task } from './compare.js';
import { documentWorkload } from './documents.js';
import type { Running, Settings, Workload } from './workload.js';
import { kWorkloads } from './workloads.js';

const kWarmFrames = 30;
const kFrames = 90;
const kFrameMs = 4;

/** Pauses as between two frames: the engine's own collector may use it, as it may on a page. */
const nextFrame = (): Promise<void> => new Promise((done) => setTimeout(done, kFrameMs));

/**
 * Fills to the live size and replaces until the engine has compiled what runs. Then it replaces for some frames, which
 * are timed.
 */
async function run(running: Running, settings: Settings, rate: number): Promise<Omit<Side, 'bytesPerObject'>> {
  for (let filled = 0; filled < settings.live; await nextFrame())
    filled += running.step(Math.min(rate, settings.live - filled));
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

/** Returns the bytes of an object in a heap that is empty except for what the package keeps, by one fill. */
function heapBytesPerObject(heap: Heap, workload: Workload, settings: Settings): number {
  const { TotalAlloc } = heap.memStats();
  const running = workload.onHeap(heap, settings, () => undefined);
  const objects = running.step(settings.live);
  const bytes = heap.memStats().TotalAlloc - TotalAlloc;
  running.end();
  return bytes / objects;
}

async function jsSide(workload: Workload, settings: Settings, rate: number): Promise<Side> {
  return { ...(await run(workload.onJs(settings), settings, rate)), bytesPerObject: null };
}

async function heapSide(workload: Workload, settings: Settings, rate: number): Promise<Side> {
  const heap = await createHeap({ schedule: 'manual', maxBytes: 2 ** 29 });
  const side = await run(
    workload.onHeap(heap, settings, () => undefined),
    settings,
    rate,
  );
  heap.GC();
  return { ...side, bytesPerObject: heapBytesPerObject(heap, workload, settings) };
}

async function answer({ side, workload: id, text, settings }: Task): Promise<Answer> {
  try {
    const workload = text === undefined ? kWorkloads.find((known) => known.id === id) : documentWorkload('', text);
    if (workload === undefined) throw new Error(`there is no workload ${id}`);
    const rate = Math.min(settings.rate, workload.rateMax);
    return { side: await (side === 'js' ? jsSide : heapSide)(workload, settings, rate) };
  } catch (error) {
    return { error: String(error) };
  }
}

addEventListener('message', ({ data }: MessageEvent<Task>) => void answer(data).then((result) => postMessage(result)));
