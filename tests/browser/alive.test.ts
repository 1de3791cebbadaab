// A visitor who touches nothing sees a heap at work.

import { describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

const demo = useDemo(4395, [], true);

describe('the page, untouched', () => {
  it('runs a workload from the start, collects, and says what one sees', async () => {
    const { page } = demo();
    await page.waitForFunction(
      () =>
        ['NumGC', 'MinorGCs']
          .map((name) => Number(document.querySelector<HTMLElement>(`[data-stat=${name}]`)?.dataset.value))
          .reduce((a, b) => a + b) > 1,
    );
    expect(await page.innerText('#start')).toBe('Restart');
    expect(await page.isEnabled('#pause')).toBe(true);
    const sentences = (await page.innerText('#what')).match(/[^.]+\./g) ?? [];
    expect(sentences).toHaveLength(2);
    const isDrawn = await page.evaluate(() => {
      const map = document.querySelector('canvas') as HTMLCanvasElement;
      const { data } = (map.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, map.width, map.height);
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      return colours.size > 3;
    });
    expect(isDrawn).toBe(true);
  });
});
