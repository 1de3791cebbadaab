// The package runs in Chromium: in a page and in a module worker under a strict content-security policy. Some tests are
// of what only a browser shows.

import type { Server } from 'node:http';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kExpected } from '../engines/smoke.mjs';
import { serve } from './server.ts';

const kBlocks = 8000;

let browser: Browser;
let server: Server;
let origin: string;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  ({ origin, server } = await serve());
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${origin}/page`);
  await page.waitForFunction(() => 'tests' in globalThis);
}, 300_000);

afterAll(async () => {
  await browser.close();
  server.close();
});

/** Returns what a function of page.mjs gives. It takes names, not texts: the page's policy forbids `eval`. */
function call(name: string, ...args: unknown[]): Promise<unknown> {
  type Tests = { tests: Record<string, (...args: unknown[]) => Promise<unknown>> };
  return page.evaluate(
    ([what, values]) => (globalThis as never as Tests).tests[what as string]?.(...(values as unknown[])),
    [name, args] as const,
  );
}

describe('a page under a strict policy', () => {
  for (const name of ['plain', 'debug', 'inline', 'response', 'worker']) {
    it(`works: ${name}`, async () => {
      expect(await call(name)).toBe(kExpected);
    });
  }

  it('works inline in a service worker, which refuses import()', async () => {
    expect(await call('service')).toEqual({
      said: kExpected,
      refusal: expect.stringMatching(
        /MallocgcError: import\(\) is forbidden here \(.*disallowed.*\).*'mallocgc\/inline'.*'mallocgc\/worker'/,
      ) as string,
    });
  });

  it('has broken no rule of the policy', () => {
    // The smoke test leaves a hundred thousand views in one task, of which the package warns.
    expect(complaints.filter((text) => !text.startsWith('mallocgc: one task has left'))).toEqual([]);
  });

  it('ballast bounds the memory that forgotten handles pin', async () => {
    expect(await call('forget', true, kBlocks)).toBeLessThan((kBlocks * 65536) / 2);
  });
});

describe('a page whose policy forbids wasm', () => {
  it('fails with an error, not by hanging', async () => {
    const strict = await browser.newPage();
    await strict.goto(`${origin}/page?no-wasm`);
    await strict.waitForFunction(() => 'tests' in globalThis);
    type Tests = { tests: { plain(): Promise<unknown> } };
    const said = await strict.evaluate(() =>
      (globalThis as never as Tests).tests.plain().catch((error: unknown) => String(error)),
    );
    expect(said).toMatch(/CompileError.*Content Security Policy/);
  });
});
