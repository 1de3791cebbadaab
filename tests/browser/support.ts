// The tests of the demo page share this: the page as it is built and served, in Chromium, with nothing on its console.

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildDemo, serveDemo } from '../../tools/steps/demo.mjs';
import { kChromiumArgs } from '../../tools/steps/screenshots.mjs';
import { ensureChromium } from '../../tools/toolchain.mjs';

export interface Demo {
  readonly page: Page;
  readonly url: string;
  text(selector: string): Promise<string>;
  start(workload: string, sliders?: { rate?: string; live?: string }): Promise<void>;
  /** Returns when the workload has made so many more objects, however slow the machine is. */
  worked(objects?: number): Promise<void>;
}

interface DemoWindow {
  readonly heapDemo: { readonly heap: { memStats(): { readonly Mallocs: number } } };
}

/**
 * Sets up a fresh page for each test of a file; `demo()` gives it. Without `motion` the page waits to be started, as it
 * does for those who ask for less of it.
 */
export function useDemo(port: number, args: readonly string[] = [], motion = false): () => Demo {
  let browser: Browser;
  let server: { url: string; close(): void };
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    const executablePath = (await ensureChromium()) as string;
    await buildDemo();
    server = (await serveDemo(port)) as typeof server;
    browser = await chromium.launch({ executablePath, args: [...kChromiumArgs, ...args] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({
      viewport: { width: 1280, height: 900 },
      reducedMotion: motion ? 'no-preference' : 'reduce',
    });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.waitForSelector('html[data-ready]');
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
  return () => ({
    page,
    url: server.url,
    text: (selector) => page.innerText(selector),
    start: async (workload, { rate = '40', live = '20' } = {}) => {
      await page.selectOption('#workload', workload);
      await page.fill('#rate', rate);
      await page.fill('#live', live);
      await page.click('#start');
    },
    worked: async (objects = 1000) => {
      const made = (): Promise<number> =>
        page.evaluate(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().Mallocs);
      const enough = (await made()) + objects;
      while ((await made()) < enough) await page.waitForTimeout(50);
    },
  });
}
