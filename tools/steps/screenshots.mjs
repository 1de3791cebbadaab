// This takes screenshots of the demo page for the documents, from the page as it is built and served: light, dark, and
// a phone's width, each in a mode. The workload runs until there is something to see. Nothing on the pictures is
// arranged.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from '../toolchain.mjs';
import { buildDemo, serveDemo } from './demo.mjs';
import { root } from './process.mjs';

/** The browser may not reach out, and needs no display. */
export const kChromiumArgs = [
  ...[
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  '--no-first-run',
];

const kShots = [
  { name: 'demo-light', width: 1360, height: 1000, scheme: 'light', mode: 'generational', colour: 'state' },
  { name: 'demo-dark', width: 1360, height: 1000, scheme: 'dark', mode: 'incremental', colour: 'state' },
  { name: 'demo-phone', width: 390, height: 844, scheme: 'light', mode: 'incremental', colour: 'type' },
];
/** There is something to see when so many collections have ended. In slices, one is under way, too. */
const kMinors = 5;
const kFulls = 2;

async function shoot(browser, url, { name, width, height, scheme, mode, colour }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
  await page.selectOption('#mode', mode);
  await page.waitForFunction((wanted) => globalThis.heapDemo.heap.memStats().Mode === wanted, mode);
  await page.selectOption('#workload', mode === 'incremental' ? 'churn' : 'trees');
  await page.fill('#rate', '60');
  await page.fill('#live', '40');
  await page.click('#start');
  await page.waitForFunction(
    ({ minors, fulls }) => {
      const { Mode, MinorGCs, NumGC, Marking } = globalThis.heapDemo.heap.memStats();
      return NumGC >= fulls && (Mode === 'incremental' ? Marking : MinorGCs >= minors);
    },
    { minors: kMinors, fulls: kFulls },
    { timeout: 0 },
  );
  await page.click('#pause');
  await page.check(`input[name=colour][value=${colour}]`, { force: true });
  // An object near the end of the heap, with what keeps it.
  await page.evaluate(() => {
    const walk = globalThis.heapDemo.heap.walk();
    const objects = walk.spans.flatMap((span) => (span.type === null ? [] : [...walk.objects(span)]));
    const kept = objects.filter(({ state }) => state === 'survived' || state === 'reached');
    globalThis.heapDemo.open(kept.at(-1)?.address ?? 0);
  });
  await page.waitForTimeout(500);
  await page.evaluate(() => scrollTo(0, 0));
  const path = join(root, 'docs', 'images', `${name}.png`);
  await page.screenshot({ path });
  await page.close();
  console.log(path);
}

/** Takes a picture of slow motion in the middle of marking. */
async function shootReplay(browser, url) {
  const page = await browser.newPage({
    viewport: { width: 1360, height: 1000 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
  await page.selectOption('#workload', 'churn');
  await page.click('#slow');
  await page.waitForTimeout(3000);
  await page.click('#record-collection');
  await page.waitForSelector('#player:not([hidden])');
  while ((await page.getAttribute('#player', 'data-phase')) !== 'Mark') await page.click('#replay-step');
  for (let i = 0; i < 2; i++) await page.click('#replay-step');
  await page.waitForTimeout(300);
  const path = join(root, 'docs', 'images', 'demo-slow-motion.png');
  await (await page.$('#replay-card')).screenshot({ path });
  await page.close();
  console.log(path);
}

export async function takeScreenshots() {
  const executablePath = await ensureChromium();
  const { chromium } = await import('playwright-core');
  await buildDemo();
  mkdirSync(join(root, 'docs', 'images'), { recursive: true });
  const server = await serveDemo();
  const browser = await chromium.launch({ executablePath, args: kChromiumArgs });
  try {
    for (const shot of kShots) await shoot(browser, server.url, shot);
    await shootReplay(browser, server.url);
  } finally {
    await browser.close();
    server.close();
  }
  return 0;
}
