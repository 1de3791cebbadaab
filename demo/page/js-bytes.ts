// This measures what a JS object weighs: the growth of the engine's heap over fills in which nothing is replaced. What
// is built on the way counts, too. Only Chromium tells it, and only to a page; elsewhere there is no figure. A growth
// that is not positive is no measurement.
// Doors: compare.ts.

import type { Running, Settings, Workload } from './workload.js';

const kFills = 5;
const kSettleMs = 120;

/** Chromium reads its heap's size anew only every so often. */
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, kSettleMs));

function engineBytes(): number | null {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  return memory?.usedJSHeapSize ?? null;
}

/**
 * Returns the bytes of a JS object: the median growth of the engine's heap over some fills, while the page holds still
 * so that little else allocates.
 */
export async function engineBytesPerObject(workload: Workload, settings: Settings): Promise<number | null> {
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
