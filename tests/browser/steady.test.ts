// The page runs under full load: nothing grows, and a frame's work is bounded whatever the heap's size.
// MALLOCGC_CHURN_SECONDS sets how long it is watched; `npm run test:steady` takes two minutes.

import type { CDPSession } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

interface DemoWindow {
  readonly heapDemo: {
    readonly heap: {
      readonly memory: WebAssembly.Memory;
      memStats(): { HeapObjects: number; NumGC: number; ReadyQueued: number };
    };
    readonly frames: readonly { readonly step: number; readonly map: number }[];
    readonly mapWork: {
      readonly spansListed: number;
      readonly spansRead: number;
      readonly slotsRead: number;
      readonly tilesDrawn: number;
    };
  };
}

const demo = useDemo(4390);
const kSeconds = Number(process.env.MALLOCGC_CHURN_SECONDS ?? 20);
const kWarmSeconds = 8;
const kJsGrowthMax = 2 ** 20;
/** These are the bounds of demo/page/map-tiles.ts, and a span more. */
const kSpansAFrame = 512 + 64;
const kSlotsAFrame = 100_000 + 16_384;

interface Level {
  readonly js: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly wasm: number;
  readonly collections: number;
}

/** Returns what is held while the workload rests, and all garbage is gone, here and in the engine. */
async function level(cdp: CDPSession): Promise<Level> {
  const { page } = demo();
  await page.click('#pause');
  await page.click('#collect');
  await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().ReadyQueued === 0);
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  const { wasm, collections } = await page.evaluate(() => {
    const { heap } = (globalThis as unknown as DemoWindow).heapDemo;
    return { wasm: heap.memory.buffer.byteLength, collections: heap.memStats().NumGC };
  });
  await page.click('#pause'); // the button says "Go on" now
  return { js: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners'), wasm, collections };
}

/**
 * Watches a workload. `byHand` collects every second, where the minimum heap alone would hold a hundred thousand
 * records of finalizers.
 */
async function watch(workload: string, seconds: number, byHand = false): Promise<void> {
  const { page, start } = demo();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await start(workload, { rate: '100', live: '30' });
  const run = async (time: number): Promise<void> => {
    for (let i = 0; i < time; i++) {
      await page.waitForTimeout(1000);
      if (byHand) await page.click('#collect');
    }
  };
  await run(kWarmSeconds);
  const before = await level(cdp);
  await run(seconds);
  const after = await level(cdp);
  console.log(`${workload}, ${seconds} s: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`);
  expect(after.collections).toBeGreaterThan(before.collections);
  expect(after.js - before.js).toBeLessThan(kJsGrowthMax);
  expect(after.wasm).toBeLessThanOrEqual(before.wasm * 1.1);
  expect(after.nodes - before.nodes).toBeLessThan(100);
  expect(after.listeners - before.listeners).toBeLessThan(10);
}

describe('memory', () => {
  it('is flat under churn at the full rate', async () => watch('churn', kSeconds), (kSeconds + 100) * 1000);
  it(
    'is flat with finalizers and cleanups',
    async () => watch('finalizers', kSeconds / 2, true),
    (kSeconds + 100) * 1000,
  );
});

describe('a frame', () => {
  it('reads and draws so much and no more, with a million objects alive and a workload at work', async () => {
    const { page, start } = demo();
    await start('trees', { rate: '100', live: '100' });
    await page.waitForFunction(
      () => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 1_000_000,
      undefined,
      { timeout: 60_000 },
    );
    await page.fill('#rate', '40');
    await page.waitForTimeout(3000);
    const works: DemoWindow['heapDemo']['mapWork'][] = [];
    for (let i = 0; i < 40; i++) {
      works.push(await page.evaluate(() => ({ ...(globalThis as unknown as DemoWindow).heapDemo.mapWork })));
      await page.waitForTimeout(20);
    }
    // Only tiles are painted that were read, or that were freed a while ago. A listing of the spans may move
    // everything.
    expect(works.filter(({ tilesDrawn, spansRead }) => tilesDrawn > 2 * spansRead).length).toBeLessThan(
      works.length / 4,
    );
    for (const { spansRead, slotsRead } of works) {
      expect(spansRead).toBeLessThanOrEqual(kSpansAFrame);
      expect(slotsRead).toBeLessThanOrEqual(kSlotsAFrame);
    }
    // Most frames list nothing.
    expect(works.filter(({ spansListed }) => spansListed === 0).length).toBeGreaterThan(works.length / 2);
    // When the map is zoomed in, no more is drawn and read than is seen.
    for (let i = 0; i < 12; i++) await page.click('#zoom-in');
    await page.waitForTimeout(300);
    const zoomed = await page.evaluate(() => ({ ...(globalThis as unknown as DemoWindow).heapDemo.mapWork }));
    expect(zoomed.spansRead).toBeLessThan(30);
    expect(zoomed.tilesDrawn).toBeLessThanOrEqual(zoomed.spansRead);
    const times = await page.evaluate(() =>
      (globalThis as unknown as DemoWindow).heapDemo.frames.map(({ step, map }) => ({ step, map })),
    );
    const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
    const [map, step] = [median(times.map((time) => time.map)), median(times.map((time) => time.step))];
    console.log(`medians of ${times.length} frames: map ${map.toFixed(2)} ms, step ${step.toFixed(2)} ms`);
    expect(map).toBeLessThan(16);
  });
});

describe('the transfer', () => {
  it('of the whole page is small', async () => {
    const { page, url } = demo();
    const bodies = new Map<string, Buffer>();
    page.on('response', (response) => {
      if (response.ok())
        void response
          .body()
          .then((body) => bodies.set(response.url(), body))
          .catch(() => undefined);
    });
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
    await page.click('#slow');
    await page.waitForFunction(() => document.querySelector('#slow')?.getAttribute('aria-pressed') === 'true');
    await page.click('#slow');
    await page.waitForTimeout(500);
    const { gzipSync } = await import('node:zlib');
    const sizes = [...bodies].map(
      ([name, body]) => [name.split('/').at(-1), gzipSync(body, { level: 9 }).length] as const,
    );
    console.log(sizes.map(([name, size]) => `${name || 'index.html'} ${size}`).join(', '));
    expect(sizes.some(([name]) => /heap\.debug.*\.wasm/.test(name ?? ''))).toBe(true);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(300 * 1024);
  });
});
