// With `schedule: 'auto'` in Chromium collections in slices go on in idle time, by the best way that the place has, and
// nothing waits when the heap is idle. tests/js/schedule.test.ts tests with fakes what is chosen where, and how slices
// follow each other.

import type { Server } from 'node:http';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kChromiumArgs } from '../../tools/steps/screenshots.mjs';
import { ensureChromium } from '../../tools/toolchain.mjs';
import { serve } from './server.ts';

interface How {
  readonly begin?: 'call' | 'allocation';
  /** Globals that the place shall not have. */
  readonly hidden?: readonly string[];
}
interface Report {
  readonly begun: boolean;
  readonly cycles: number;
  readonly slices: number;
  readonly ways: Readonly<Record<string, { asked: number; slices: number }>>;
  readonly quiet: { readonly ways: object; readonly waiting: number };
  readonly again: readonly string[];
  readonly objects: number;
}

let browser: Browser;
let server: Server;
let origin: string;
beforeAll(async () => {
  ({ origin, server } = await serve());
  browser = await chromium.launch({ executablePath: (await ensureChromium()) as string, args: kChromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Runs in a page of its own, since the ways to wait are replaced there. */
async function run(name: 'idle' | 'idleInWorker', how: How): Promise<Report> {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/page`);
    await page.waitForFunction(() => 'tests' in globalThis);
    type Tests = { tests: Record<string, (how: How) => Promise<Report>> };
    return await page.evaluate(
      ([what, values]) => (globalThis as never as Tests).tests[what]?.(values) as Promise<Report>,
      [name, how] as const,
    );
  } finally {
    await page.close();
  }
}

const inAll = ({ ways }: Report): number => Object.values(ways).reduce((sum, { slices }) => sum + slices, 0);

/** The heap has collected in slices, all of them in one kind of task, and was quiet then. */
function expectIdle(report: Report, way: string): void {
  expect(report.begun).toBe(true);
  expect(report.cycles).toBe(1);
  expect(report.ways[way]?.slices).toBeGreaterThan(1);
  expect(inAll(report)).toBe(report.ways[way]?.slices);
  expect(report.quiet).toEqual({ ways: {}, waiting: 0 });
  expect(report.again).toContain(way);
  expect(report.objects).toBe(1);
}

describe('a collection in slices', () => {
  it('goes on in requestIdleCallback on a page, all of it, and then nothing waits', async () => {
    const report = await run('idle', {});
    expectIdle(report, 'requestIdleCallback');
    expect(inAll(report)).toBe(report.slices);
    expect(Object.keys(report.ways).sort()).toEqual(['MessageChannel', 'requestIdleCallback']);
  });

  it('that allocation has begun goes on there as well', async () => {
    expectIdle(await run('idle', { begin: 'allocation' }), 'requestIdleCallback');
  });

  it('goes on in scheduler.postTask, in the background, on a page without idle callbacks', async () => {
    const report = await run('idle', { hidden: ['requestIdleCallback'] });
    expectIdle(report, 'postTask background');
    expect(inAll(report)).toBe(report.slices);
  });

  it('goes on in scheduler.postTask, in the background, in a worker', async () => {
    for (const begin of ['call', 'allocation'] as const)
      expectIdle(await run('idleInWorker', { begin }), 'postTask background');
  });

  it('goes on in timers where there is neither, and the last one ends them', async () => {
    const report = await run('idle', { hidden: ['requestIdleCallback', 'scheduler'] });
    const { setTimeout, MessageChannel } = report.ways;
    expect((setTimeout?.slices ?? 0) + (MessageChannel?.slices ?? 0)).toBe(report.slices);
    expect(setTimeout?.slices).toBeGreaterThan(0);
    expect(report.quiet).toEqual({ ways: {}, waiting: 0 });
  });
});
