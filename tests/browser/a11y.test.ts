// axe finds nothing serious on the page, light and dark, with everything open.

import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

const demo = useDemo(4360);

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

async function findings(): Promise<string[]> {
  const { page } = demo();
  await page.evaluate(axe.source);
  const violations = await page.evaluate(
    async () =>
      (await (globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } }).axe.run()).violations,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
}

/** Opens tables, inspector and replay, all with contents. */
async function openAll(): Promise<void> {
  const { page } = demo();
  await page.selectOption('#workload', 'churn');
  await page.click('#slow');
  await page.waitForFunction(() => document.querySelectorAll('#types tbody tr').length > 2);
  await page.click('#record-allocation');
  await page.waitForSelector('#player:not([hidden])');
  await page.click('#collect');
  await page.focus('#map');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#relations h3');
  await page.waitForTimeout(1200);
}

describe('axe', () => {
  it('finds nothing serious on the page as it opens', async () => {
    expect(await findings()).toEqual([]);
  });

  for (const theme of ['light', 'dark']) {
    it(`finds nothing serious in ${theme}, with tables, inspector and replay open`, async () => {
      const { page } = demo();
      await openAll();
      if ((await page.evaluate(() => document.documentElement.dataset.theme)) !== theme) await page.click('#theme');
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
      expect(await findings()).toEqual([]);
      await page.click('#compare');
      await page.waitForFunction(() => document.querySelector('#compared')?.textContent?.endsWith('done.'), undefined, {
        timeout: 60_000,
      });
      expect(await findings()).toEqual([]);
    });
  }
});
