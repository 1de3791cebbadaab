// The demo page offers the modes: each can be chosen, the page says which one the heap is in, and the map and the time
// line show what it has: slices, cards, old objects, minor and full collections.

import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

interface Stats {
  readonly Mode: string;
  readonly Marking: boolean;
  readonly NumGC: number;
  readonly MinorGCs: number;
  readonly Slices: number;
  readonly OldBytes: number;
}
interface DemoWindow {
  readonly heapDemo: {
    readonly heap: {
      memStats(): Stats;
      startCycle(): void;
      step(milliseconds: number): boolean;
      minorGC(): void;
      walk(): {
        readonly spans: readonly object[];
        slots(span: object): Uint32Array;
        state(slot: number): string;
      };
    };
  };
}

const demo = useDemo(4420);
let page: Page;
beforeEach(() => {
  page = demo().page;
});

const stats = (): Promise<Stats> => page.evaluate(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats());
const choose = async (mode: string): Promise<void> => {
  await page.selectOption('#mode', mode);
  await page.waitForFunction(
    (chosen) => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().Mode === chosen,
    mode,
  );
};
const shown = (name: string): Promise<string> => page.innerText(`[data-stat=${name}]`);

/** Waits until the map has pixels of one of the theme's colours, or has none. */
async function mapHas(name: string, isThere = true): Promise<void> {
  await page.waitForFunction(
    ([colour, wanted]) => {
      const map = document.querySelector('#map') as HTMLCanvasElement;
      const style = getComputedStyle(document.documentElement).getPropertyValue(colour as string);
      const rgb = Number.parseInt(style.trim().slice(1), 16);
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [map.width, map.height];
      const context = copy.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
      context.drawImage(map, 0, 0);
      const { data } = context.getImageData(0, 0, map.width, map.height);
      for (let i = 0; i < data.length; i += 4)
        if ((((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0)) === rgb) return wanted;
      return !wanted;
    },
    [name, isThere] as const,
  );
}

describe('the mode', () => {
  it('is that of the heap, whatever was chosen, and two sentences say what one sees', async () => {
    const texts = new Set<string>();
    for (const mode of ['auto', 'stop', 'incremental', 'generational']) {
      await page.selectOption('#mode', mode);
      if (mode !== 'auto') await choose(mode);
      await page.waitForFunction(
        () =>
          document.querySelector<HTMLElement>('[data-stat=Mode]')?.dataset.value ===
          (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().Mode,
      );
      expect(await shown('Mode')).toBe((await stats()).Mode);
      const text = await page.innerText('#what');
      expect(text.match(/[^.]+\./g)).toHaveLength(2);
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThanOrEqual(3);
  });

  it('changes with a new heap, on which the workload goes on if it was running', async () => {
    await choose('stop');
    expect(await page.innerText('#start')).toBe('Start');
    await demo().start('trees');
    await choose('generational');
    expect(await page.innerText('#start')).toBe('Restart');
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>('[data-stat=HeapObjects]')?.dataset.value) > 1000,
    );
  });
});

describe('minor collections', () => {
  it('are counted beside full ones, leave old objects, and clean cards', async () => {
    await choose('generational');
    await demo().start('trees', { rate: '60', live: '30' });
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().MinorGCs > 0);
    await page.click('#pause');
    await page.click('#step');
    const { MinorGCs, NumGC, OldBytes } = await stats();
    expect(await shown('MinorGCs')).toBe(String(MinorGCs));
    expect(await shown('NumGC')).toBe(String(NumGC));
    expect(OldBytes).toBeGreaterThan(0);
    await mapHas('--survived');
    await mapHas('--card-dirty');
    await page.evaluate(() => (globalThis as unknown as DemoWindow).heapDemo.heap.minorGC());
    await mapHas('--card-dirty', false);
    const charts = await page.innerText('#timeline');
    for (const text of ['old', 'minor', 'full', 'slices', 'cards']) expect(charts).toContain(text);
  });
});

describe('slices', () => {
  it('colour what they have reached, on the map', async () => {
    await choose('incremental');
    await demo().start('trees', { rate: '60', live: '60' });
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>('[data-stat=HeapObjects]')?.dataset.value) > 30_000,
    );
    await page.click('#pause');
    await page.evaluate(() => {
      const { heap } = (globalThis as unknown as DemoWindow).heapDemo;
      heap.step(Infinity);
      heap.startCycle();
    });
    await mapHas('--reached', false);
    const isReached = await page.evaluate(() => {
      const { heap } = (globalThis as unknown as DemoWindow).heapDemo;
      const reached = (): boolean => {
        const walk = heap.walk();
        return walk.spans.some((span) => walk.slots(span).some((slot) => walk.state(slot) === 'reached'));
      };
      while (!reached() && !heap.step(0));
      return heap.memStats().Marking;
    });
    expect(isReached).toBe(true);
    await mapHas('--reached');
    expect(await page.innerText('#legend')).toContain('reached by the full collection under way');
    await page.click('#pause');
    await page.waitForFunction(() => !(globalThis as unknown as DemoWindow).heapDemo.heap.memStats().Marking);
    const { Slices, NumGC } = await stats();
    expect(Slices).toBeGreaterThan(1);
    expect(NumGC).toBeGreaterThan(0);
  });

  it('are none in mode stop, where cards say nothing either', async () => {
    await choose('stop');
    await demo().start('trees');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().NumGC > 0);
    const legend = await page.innerText('#legend');
    expect(legend).not.toContain('reached by the full collection under way');
    expect(legend).not.toContain('dirty cards');
    await mapHas('--card-dirty', false);
    expect((await stats()).Slices).toBe(0);
  });
});
