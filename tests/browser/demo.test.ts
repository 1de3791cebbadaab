// The demo page runs in Chromium, as it is built and served. Each control does what it says, and what the page says is
// what the heap says.

import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

interface Counters {
  readonly HeapAlloc: number;
  readonly HeapObjects: number;
  readonly HeapLive: number;
  readonly NumGC: number;
  readonly Marking: boolean;
  readonly NextGC: number;
  readonly FinalizersRun: number;
  readonly LiveHostValues: number;
}
interface DemoWindow {
  readonly heapDemo: {
    readonly heap: {
      memStats(): Counters;
      setGCPercent(percent: number): number;
      setMemoryLimit(bytes: number): number;
      walk(): { readonly spans: readonly { readonly type: { readonly name: string } | null }[] };
    };
  };
}

const kShown = ['HeapAlloc', 'HeapObjects', 'HeapLive', 'NumGC', 'NextGC', 'FinalizersRun', 'LiveHostValues'] as const;

const demo = useDemo(4300);
let page: Page;
beforeEach(() => {
  page = demo().page;
});

const stats = (): Promise<Counters> =>
  page.evaluate(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats());
const text = (selector: string): Promise<string> => page.innerText(selector);
const start = (...args: Parameters<ReturnType<typeof demo>['start']>): Promise<void> => demo().start(...args);
const worked = (): Promise<void> => demo().worked();

/** Pauses the workload, and gives the counters on the page and those of the heap. */
async function pausedCounters(): Promise<{ shown: Record<string, number>; real: Record<string, number> }> {
  await page.click('#pause');
  return page.evaluate((names) => {
    // A step shows the numbers at once, and nothing may come between: a frame runs finalizers while the page is paused.
    document.querySelector<HTMLElement>('#step')?.click();
    const real = (globalThis as unknown as DemoWindow).heapDemo.heap.memStats();
    const shown = names.map((name) => [
      name,
      Number(document.querySelector<HTMLElement>(`[data-stat=${name}]`)?.dataset.value),
    ]);
    return { shown: Object.fromEntries(shown), real: Object.fromEntries(names.map((name) => [name, real[name]])) };
  }, kShown);
}

describe('the page', () => {
  it('is served isolated and with a strict policy, and asks for nothing from elsewhere', async () => {
    const response = await page.request.get(demo().url);
    const headers = response.headers();
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe-inline');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect((await page.request.get(`${demo().url}..%2f..%2fpackage.json`)).status()).toBe(404);
  });

  it('is quiet before anything is started', async () => {
    expect(await text('#trace')).toBe('No collection yet.');
    expect(await page.isDisabled('#pause')).toBe(true);
    expect(await text('#object')).toContain('Click a cell');
  });

  it('shows what memStats says, whatever the workload', async () => {
    for (const workload of ['trees', 'churn', 'rings', 'strings', 'finalizers', 'values']) {
      await start(workload);
      await worked();
      const { shown, real } = await pausedCounters();
      expect(shown, workload).toEqual(real);
      expect(real.HeapObjects, workload).toBeGreaterThan(100);
      await page.click('#stop');
    }
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});

describe('controls', () => {
  it('start, pause, step and stop', async () => {
    await start('churn');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 1000);
    await page.click('#pause');
    const paused = await stats();
    await page.waitForTimeout(300);
    expect((await stats()).HeapAlloc).toBe(paused.HeapAlloc);
    const total = (): Promise<number> =>
      page.evaluate(
        () =>
          (
            globalThis as unknown as { heapDemo: { heap: { memStats(): { Mallocs: number } } } }
          ).heapDemo.heap.memStats().Mallocs,
      );
    const before = await total();
    await page.click('#step');
    expect((await total()) - before).toBe(Number((await text('#rate-value')).replace(/,/g, '')));
    await page.click('#stop');
    await page.click('#collect');
    expect((await stats()).HeapObjects).toBeLessThan(5);
  });

  it('collect, and say truly what was freed', async () => {
    await start('trees');
    await worked();
    await page.click('#pause');
    const before = await stats();
    await page.click('#collect');
    const after = await stats();
    // A cycle that is under way is finished first.
    expect(after.NumGC).toBe(before.NumGC + (before.Marking ? 2 : 1));
    expect(Number(await page.getAttribute('#collected', 'data-objects'))).toBe(before.HeapObjects - after.HeapObjects);
    expect(Number(await page.getAttribute('#collected', 'data-bytes'))).toBe(before.HeapAlloc - after.HeapAlloc);
    await page.waitForFunction(() => document.querySelector('#trace')?.textContent?.includes('(forced)'));
    expect(await text('#trace')).toMatch(/^gc \d+ @/);
  });

  it('set gcPercent, the limit and the minimum', async () => {
    await page.fill('#percent', '50');
    await page.press('#percent', 'Tab');
    await page.fill('#limit', '32');
    await page.press('#limit', 'Tab');
    const old = await page.evaluate(() => {
      const { heap } = (globalThis as unknown as DemoWindow).heapDemo;
      return [heap.setGCPercent(100), heap.setMemoryLimit(0)];
    });
    expect(old).toEqual([50, 32 * 2 ** 20]);
    await page.fill('#minimum', '16');
    await page.press('#minimum', 'Tab');
    await page.waitForFunction(
      () => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().NextGC === 16 * 2 ** 20,
    );
  });

  it('open an object by keyboard, and say when it is gone', async () => {
    await start('churn');
    await worked();
    await page.click('#pause');
    await page.focus('#map');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await text('#readout')).toMatch(/0x[0-9a-f]{8}/);
    expect(await text('#object')).toMatch(/0x[0-9a-f]{8}/);
    await page.click('#stop');
    await page.click('#collect');
    await page.waitForFunction(() =>
      /is gone|There is no object/.test(document.querySelector('#object')?.textContent ?? ''),
    );
  });

  it('pause, with tables that say what is there', async () => {
    await start('churn');
    await worked();
    const [shown, real] = await page.evaluate(() => {
      document.querySelector<HTMLElement>('#pause')?.click();
      const cells = [...document.querySelectorAll<HTMLElement>('#types tbody td:nth-child(2)')];
      const { heap } = (globalThis as unknown as DemoWindow).heapDemo;
      return [
        cells.reduce((sum, cell) => sum + Number(cell.innerText.replace(/,/g, '')), 0),
        heap.memStats().HeapObjects,
      ];
    });
    expect(shown).toBe(real);
    await page.click('#stop');
  });

  it('sort the tables', async () => {
    await start('churn');
    await page.waitForFunction(() => document.querySelectorAll('#types tbody tr').length > 2);
    await page.click('#pause');
    await page.click('#types thead button:has-text("Objects")');
    const counts = async (): Promise<number[]> =>
      (await page.locator('#types tbody td:nth-child(2)').allInnerTexts()).map((cell) =>
        Number(cell.replace(/,/g, '')),
      );
    const down = await counts();
    expect(down).toEqual([...down].sort((a, b) => b - a));
    expect(down.length).toBeGreaterThan(2);
    await page.click('#types thead button:has-text("Objects")');
    expect(await counts()).toEqual([...down].reverse());
  });

  it('colour by type, and change between light and dark', async () => {
    await start('churn');
    await worked();
    await page.check('input[name=colour][value=type]', { force: true });
    await page.waitForFunction(() => document.querySelector('#legend')?.textContent?.includes('Medium'));
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await ground();
    await page.click('#theme');
    expect(await ground()).not.toBe(before);
  });

  it.each(['state', 'type'])('name every colour of the map in the legend, by %s', async (colour) => {
    await start('churn');
    await page.check(`input[name=colour][value=${colour}]`, { force: true });
    const { unexplained, hasFreed } = await page.evaluate(async () => {
      const map = document.querySelector('#map') as HTMLCanvasElement;
      const theme = getComputedStyle(document.documentElement);
      const pixelOf = (text: string): number => Number.parseInt(text.trim().slice(1), 16);
      const freed = pixelOf(theme.getPropertyValue('--freed'));
      const seen = new Set<number>();
      const named = new Set([pixelOf(theme.getPropertyValue('--map'))]);
      const copy = document.createElement('canvas');
      const context = copy.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
      const look = (): void => {
        [copy.width, copy.height] = [map.width, map.height];
        context.drawImage(map, 0, 0);
        const words = new Uint32Array(context.getImageData(0, 0, map.width, map.height).data.buffer);
        // Red comes first in memory.
        for (const word of new Set(words)) seen.add(((word & 0xff) << 16) | (word & 0xff00) | ((word >>> 16) & 0xff));
        for (const square of document.querySelectorAll('#legend rect'))
          named.add(pixelOf(square.getAttribute('fill') ?? ''));
      };
      // What was freed is seen for a moment; the legend is written a few times a second.
      for (let rest = 40; rest > 0; ) {
        await new Promise(requestAnimationFrame);
        look();
        if (seen.has(freed)) rest -= 1;
      }
      return { unexplained: [...seen].filter((pixel) => !named.has(pixel)), hasFreed: seen.has(freed) };
    });
    expect(hasFreed).toBe(true);
    expect(unexplained.map((pixel) => `#${pixel.toString(16).padStart(6, '0')}`)).toEqual([]);
    const legend = await text('#legend');
    for (const name of ['free', 'just freed', ...(colour === 'type' ? ['untyped memory', 'Medium'] : ['new since'])])
      expect(legend).toContain(name);
  });
});

describe('an exhausted heap', () => {
  it('is shown as what it is, and the page goes on', async () => {
    await page.evaluate(() => {
      const { heap } = (
        globalThis as unknown as { heapDemo: { heap: { mallocgc(size: number, type: null, flags: number): unknown } } }
      ).heapDemo;
      const kept: unknown[] = ((globalThis as { kept?: unknown[] }).kept = []);
      for (const size of [2 ** 25, 2 ** 20, 2 ** 15, 2 ** 13]) {
        try {
          for (;;) kept.push(heap.mallocgc(size, null, 1));
        } catch {
          // The heap is full for this size.
        }
      }
    });
    await start('trees', { live: '60' });
    await page.waitForSelector('#error:not([hidden])');
    expect(await text('#error')).toMatch(/^Out of memory: /);
    await page.evaluate(() => {
      for (const handle of (globalThis as unknown as { kept: { dispose(): void }[] }).kept) handle.dispose();
    });
    await page.click('#start');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 5000);
    expect(await page.isHidden('#error')).toBe(true);
  });
});

describe('documents', () => {
  const give = (name: string, body: string): Promise<void> =>
    page.setInputFiles('#file', { name, mimeType: 'application/json', buffer: Buffer.from(body) });

  it('are dropped, loaded and run', async () => {
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(
        new File(
          [JSON.stringify({ list: Array.from({ length: 500 }, (_, i) => ({ i, name: `n${i}` })) })],
          'mine.json',
        ),
      );
      return transfer;
    });
    await page.dispatchEvent('body', 'drop', { dataTransfer: data });
    await page.waitForFunction(() =>
      document.querySelector('#document')?.textContent?.startsWith('mine.json is ready'),
    );
    expect(await text('#about')).toContain('1,502 values');
    await page.click('#start');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 1502);
    const names = await page.evaluate(() =>
      (globalThis as unknown as DemoWindow).heapDemo.heap.walk().spans.map((span) => span.type?.name),
    );
    expect(names).toContain('Number');
  });

  it('come with a sample', async () => {
    await page.selectOption('#workload', 'json');
    await page.click('#sample');
    await page.waitForFunction(() =>
      document.querySelector('#document')?.textContent?.startsWith('The sample is ready'),
    );
    expect(await page.isEnabled('#start')).toBe(true);
  });

  it('that are broken are refused with line and column', async () => {
    await page.selectOption('#workload', 'json');
    await give('broken.json', '{\n  "a": [1, 2,,]\n}');
    await page.waitForFunction(() => document.querySelector('#document')?.classList.contains('wrong'));
    expect(await text('#document')).toMatch(/^broken\.json: line 2, column 14: /);
    expect(await page.isDisabled('#start')).toBe(true);
  });
});

describe('side by side', () => {
  it('measures the same number of objects on both sides', async () => {
    await page.selectOption('#workload', 'rings');
    await page.fill('#rate', '20');
    await page.fill('#live', '10');
    await page.click('#compare');
    await page.waitForFunction(() => document.querySelector('#compared')?.textContent?.endsWith('done.'), undefined, {
      timeout: 60_000,
    });
    const rows = await page.locator('#comparison tbody tr').allInnerTexts();
    const [, heap, js] = (rows[0] as string).split('\t');
    expect(heap).toBe(js);
    expect(rows).toHaveLength(5);
  });
});
