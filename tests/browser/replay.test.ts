// The page tells about one object and shows slow motion, both from the heap itself, with mouse and keyboard.

import { Flags } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { useDemo } from './support.ts';

interface DemoWindow {
  readonly heapDemo: {
    open(address: number): void;
    readonly heap: {
      memStats(): { HeapObjects: number; NumGC: number; HeapMarked: number; Mallocs: number };
      walk(): {
        readonly spans: readonly {
          readonly base: number;
          readonly slotBytes: number;
          readonly type: { readonly name: string } | null;
        }[];
        objects(span: never): Iterable<{ address: number }>;
      };
      readonly raw: { mallocgc(size: number, typeId: number, flags: number): number };
      whyAlive(address: number): { root: { kind: string } | null; steps: readonly { address: number }[] };
    };
  };
}

const demo = useDemo(4330);

async function slowMotion(workload: string): Promise<void> {
  const { page, text } = demo();
  await page.selectOption('#workload', workload);
  await page.click('#slow');
  await page.waitForFunction(() => document.querySelector('#slow')?.getAttribute('aria-pressed') === 'true');
  expect(await text('#replay-said')).toContain('debug flavour');
  await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 2000);
  await page.click('#pause');
  // Whatever the workload has left, this is garbage, and so a collection has something to sweep.
  await page.evaluate((kNoScan) => {
    const { raw } = (globalThis as unknown as DemoWindow).heapDemo.heap;
    for (let i = 0; i < 100; i++) raw.mallocgc(64, 0, kNoScan);
  }, Flags.noScan);
}

const player = (): Promise<Record<string, string>> =>
  demo().page.$eval('#player', (place) => ({ ...(place as HTMLElement).dataset }) as Record<string, string>);

/** Opens the last tree node of the heap, to which no root points directly. */
async function openATree(): Promise<void> {
  await demo().page.evaluate(() => {
    const { heap, open } = (globalThis as unknown as DemoWindow).heapDemo;
    const walk = heap.walk();
    const nodes = walk.spans
      .filter((span) => span.type?.name === 'Tree')
      .flatMap((span) => [...walk.objects(span as never)]);
    open(nodes.at(-1)?.address ?? 0);
  });
}

describe('an object', () => {
  it('shows the path from a root and what points to it, and its steps lead on', async () => {
    const { page, start, worked } = demo();
    await start('trees');
    await worked();
    await page.click('#pause');
    await page.click('#collect'); // what is left lives
    await openATree();
    await page.waitForSelector('[data-list=path] li');
    const shown = Number.parseInt(/0x([0-9a-f]{8})/.exec(await page.innerText('.object-title'))?.[1] ?? '', 16);
    const path = await page.evaluate((address) => {
      const { root, steps } = (globalThis as unknown as DemoWindow).heapDemo.heap.whyAlive(address);
      return { root: root?.kind, steps: steps.map((step) => step.address) };
    }, shown);
    const lines = await page.locator('[data-list=path] li').allInnerTexts();
    expect(path.root).toBe('handle');
    expect(lines[0]).toBe('A view or handle in JS');
    expect(lines.slice(1).map((line) => Number.parseInt(/0x([0-9a-f]{8})/.exec(line)?.[1] ?? '', 16))).toEqual(
      path.steps,
    );
    expect(await page.innerText('#relations')).toMatch(/What points to it: [1-9]/);
    await page.click('[data-list=path] li:nth-child(2) button');
    await page.waitForFunction(
      (address) => document.querySelector('.object-title')?.textContent?.includes(address.toString(16)),
      path.steps[0] as number,
    );
  });

  it('says so when nothing keeps it', async () => {
    const { page, start, worked } = demo();
    await start('trees');
    await worked();
    await page.click('#stop');
    await openATree();
    await page.waitForFunction(() =>
      document.querySelector('#relations')?.textContent?.includes('Nothing keeps it alive'),
    );
  });
});

describe('slow motion', () => {
  it('plays a collection as it was: what is green at the end is what the heap has', async () => {
    const { page, text } = demo();
    await slowMotion('churn');
    await page.click('#record-collection');
    await page.waitForSelector('#player:not([hidden])');
    expect(await text('#replay-said')).toMatch(/^Recorded: [\d,]+ entries/);
    const first = await player();
    expect(first).toMatchObject({ frame: '0', phase: 'Start', grey: '0', survived: '0' });
    await page.click('#replay-step');
    expect(await player()).toMatchObject({ frame: '1' });
    await page.focus('#replay-at');
    await page.keyboard.press('End');
    const { heapObjects } = await page.evaluate(() => ({
      heapObjects: (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects,
    }));
    const last = await player();
    expect(last).toMatchObject({
      frame: String(Number(first.frames) - 1),
      phase: 'Done',
      grey: '0',
      dead: '0',
      new: '0',
    });
    expect(Number(last.survived)).toBe(heapObjects);
    // The test goes backwards to where everything that is dead is orange.
    for (let frame = Number(first.frames) - 2; frame > 0 && (await player()).phase !== 'Mark'; frame--)
      await page.click('#replay-back');
    const marked = await player();
    expect(marked).toMatchObject({ phase: 'Mark', grey: '0', new: '0' });
    expect(Number(marked.survived) + Number(marked.dead)).toBe(Number(first.new));
  });

  it('goes through the phases in order, and says a sentence on each frame', async () => {
    const { page, text } = demo();
    await slowMotion('trees');
    await page.click('#record-collection');
    await page.waitForSelector('#player:not([hidden])');
    const phases: string[] = [];
    const sentences = new Set<string>();
    for (const { frames } = await player(); ; ) {
      const { frame, phase } = await player();
      if (phases.at(-1) !== phase) phases.push(phase ?? '');
      sentences.add(await text('#replay-text'));
      if (frame === String(Number(frames) - 1) || phases.length > 6) break;
      await page.click('#replay-step');
    }
    expect(phases).toEqual(['Start', 'Roots', 'Mark', 'Goal', 'Sweep', 'Done']);
    expect([...sentences].every((sentence) => sentence.length > 20)).toBe(true);
    expect([...sentences].some((sentence) => /takes the span at 0x[0-9a-f]+ from its queue/.test(sentence))).toBe(true);
  });

  it('tells finalizers', async () => {
    const { page, text, worked } = demo();
    await page.selectOption('#workload', 'finalizers');
    await page.click('#slow');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 2900);
    await worked(); // Some objects are replaced by now.
    await page.click('#record-collection');
    await page.waitForSelector('#player:not([hidden])');
    let found = false;
    for (const { frames } = await player(); !found; ) {
      await page.click('#replay-step');
      found = /has a finalizer: that is queued/.test(await text('#replay-text'));
      if ((await player()).frame === String(Number(frames) - 1)) break;
    }
    expect(found).toBe(true);
  });

  it('plays by itself, at the speed that is set, and pauses', async () => {
    const { page } = demo();
    await slowMotion('churn');
    await page.click('#record-collection');
    await page.waitForSelector('#player:not([hidden])');
    await page.focus('#replay-speed');
    await page.keyboard.press('End');
    expect(await page.innerText('#replay-rate')).toBe('30 a second');
    await page.focus('#replay-play');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => Number((document.querySelector('#player') as HTMLElement).dataset.frame) > 3);
    await page.keyboard.press('Enter');
    const { frame } = await player();
    await page.waitForTimeout(300);
    expect((await player()).frame).toBe(frame);
  });

  it('plays the ways of an allocation', async () => {
    const { page, text } = demo();
    await slowMotion('churn');
    await page.click('#record-allocation');
    await page.waitForSelector('#player:not([hidden])');
    const ways = await page.$$eval('#ways option', (options) =>
      options.map((option) => (option as HTMLOptionElement).value),
    );
    expect(ways).toContain('bump');
    expect(ways.length).toBeGreaterThan(1);
    for (const way of ways) {
      await page.selectOption('#ways', way);
      expect(await text('#replay-text')).toMatch(/is asked for/);
      await page.focus('#replay-at');
      await page.keyboard.press('End');
      expect(await text('#replay-text')).toMatch(/at 0x[0-9a-f]{8}/);
      expect((await player()).frames).toBe(way === 'bump' ? '2' : (await player()).frames);
    }
  });

  it('ends with a heap of the usual flavour', async () => {
    const { page, start } = demo();
    await slowMotion('trees');
    await page.click('#slow');
    await page.waitForFunction(() => document.querySelector('#slow')?.getAttribute('aria-pressed') === 'false');
    expect(await page.isDisabled('#record-collection')).toBe(true);
    await start('trees');
    await page.waitForFunction(() => (globalThis as unknown as DemoWindow).heapDemo.heap.memStats().HeapObjects > 2000);
  });
});
