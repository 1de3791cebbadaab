// The page of the example Lisp runs in Chromium: it answers, keeps what was defined, shows errors, and can be used by
// keyboard and by screen readers.

import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { servePage } from '../../examples/lisp/serve.mjs';
import { buildLisp } from '../../tools/steps/lisp.mjs';
import { kChromiumArgs } from '../../tools/steps/screenshots.mjs';
import { ensureChromium, ensureToolchain } from '../../tools/toolchain.mjs';

let browser: Browser;
let server: { url: string; close(): void };
let page: Page;
let complaints: string[];
beforeAll(async () => {
  await ensureToolchain();
  server = (await servePage(await buildLisp())) as typeof server;
  browser = await chromium.launch({ executablePath: (await ensureChromium()) as string, args: kChromiumArgs });
}, 0);
afterAll(async () => {
  await browser?.close();
  server?.close();
});
beforeEach(async () => {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 800, height: 700 } });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.waitForSelector('#run:enabled');
});
afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

async function answer(text: string): Promise<string> {
  await page.fill('#text', text);
  await page.click('#run');
  return page.innerText('#answer');
}

describe('the page of the Lisp', () => {
  it('opens with an example and its answer', async () => {
    expect(await page.innerText('#answer')).toMatch(/^\(0 1 1 2 3 5 8 .* 4181\)$/);
    expect(await page.innerText('#stats')).toMatch(/ms · \d+ collections so far · \d+ KiB in use/);
  });

  it('keeps what was defined, and shows errors as such', async () => {
    expect(await answer('(define n 20)')).toBe('');
    expect(await answer('(+ n 1)')).toBe('21');
    expect((await page.getAttribute('#answer', 'class')) ?? '').not.toContain('wrong');
    expect(await answer('(car n)')).toBe('error: not a pair: 20');
    expect(await page.getAttribute('#answer', 'class')).toContain('wrong');
    expect(await answer('(display "<b>") 1')).toBe('<b>1');
  });

  it('evaluates at Ctrl-Enter', async () => {
    await page.fill('#text', '(* 6 7)');
    await page.press('#text', 'Control+Enter');
    expect(await page.innerText('#answer')).toBe('42');
  });

  it('has examples that run', async () => {
    const answers: Record<string, string> = {};
    for (const button of await page.locator('#examples button').all()) {
      await button.click();
      answers[await button.innerText()] = await page.innerText('#answer');
    }
    expect(answers).toMatchObject({
      queens: '(1 1 0 0 2 10 4 40)',
      closures: '115',
      'weak keys': '(1 "stays")',
    });
  });

  it.each(['light', 'dark'] as const)('has no serious fault for readers, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const faults = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
    });
    expect(faults).toEqual([]);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});
