// With `schedule: 'auto'` the heap works in idle time. The tests show what it does then, and when it asks for some.
// Hosts and clocks are fakes here, except that the last test runs in Node itself. Chromium is in tests/browser.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createHeap, t, type Heap, type HeapOptions } from 'mallocgc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeHost, type Wait } from './fake-host.ts';

const kObjects = 100_000;
/** A slice has so many units as long as the pace is not known: a millisecond's worth. */
const kFirstUnits = 62_500;

let made: Heap | undefined;
/** Tests root what is here. */
let kept: unknown;
afterEach(() => {
  vi.unstubAllGlobals();
  made?.dispose();
  made = kept = undefined;
});

/**
 * Makes a heap in a place with these ways to wait. It holds so many objects, more than a slice can mark, and collects
 * when it is asked to. Nothing waits.
 */
async function filled(ways: readonly Wait[], options: HeapOptions = {}, objects = kObjects) {
  const heap = (made = await createHeap({ mode: 'incremental', gcPercent: -1, maxBytes: 1 << 28, ...options }));
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), other: t.ref('Node') } });
  const host = new FakeHost(ways);
  const array = heap.newarray(t.ref(Node), objects);
  const { raw } = heap;
  const node = raw.typeId(Node);
  for (let i = 0; i < objects; i++) raw.storeRef(array.$.address + 4 * i, raw.newobject(node));
  kept = array;
  host.runAll();
  host.used.clear();
  host.most = 0;
  return { heap, host };
}

describe('a collection in slices', () => {
  const kHosts: readonly (readonly [string, readonly Wait[], Wait])[] = [
    ['a page', ['MessageChannel', 'setTimeout', 'postTask', 'requestIdleCallback'], 'requestIdleCallback'],
    ['a worker of Chromium', ['MessageChannel', 'setTimeout', 'postTask'], 'postTask'],
    ['a worker of Safari', ['MessageChannel', 'setTimeout'], 'setTimeout'],
    ['Node', ['setImmediate', 'MessageChannel', 'setTimeout'], 'setTimeout'],
    ['a place with channels only', ['MessageChannel'], 'MessageChannel'],
    ['a place with tasks only', ['setImmediate'], 'setImmediate'],
  ];
  for (const [name, ways, slices] of kHosts) {
    it(`goes on by itself in ${name}, and then nothing waits`, async () => {
      const { heap, host } = await filled(ways);
      heap.startCycle();
      expect(heap.memStats().Marking).toBe(true);
      const taken = host.runAll();
      expect(heap.memStats()).toMatchObject({ Marking: false, NumGC: 1, HeapObjects: kObjects + 1 });
      expect(taken.filter((way) => way === slices).length).toBeGreaterThan(1);
      expect(host.most).toBeLessThanOrEqual(2);
      heap.newobject(heap.defineType('Small', { n: t.i32 }))[Symbol.dispose]();
      expect(host.waiting).toEqual([]);
    });
  }

  it('goes on in microtasks where there are no tasks', async () => {
    const { heap, host } = await filled([]);
    heap.startCycle();
    for (let i = 0; i < 10_000 && heap.memStats().Marking; i++) await Promise.resolve();
    expect(heap.memStats().NumGC).toBe(1);
    expect(host.used.size).toBe(0);
  });

  it('is begun by allocation, and goes on in idle time', async () => {
    const { heap, host } = await filled(
      ['setImmediate', 'setTimeout'],
      { gcPercent: 100, minHeapBytes: 1 << 18 },
      2000,
    );
    const before = heap.memStats().NumGC;
    while (!heap.memStats().Marking) heap.rawmem(4096).dispose();
    expect(host.waiting.length).toBeGreaterThan(0);
    host.runAll();
    expect(heap.memStats()).toMatchObject({ Marking: false, NumGC: before + 1 });
  });

  it('is the whole collection in mode stop', async () => {
    const { heap, host } = await filled(['setImmediate', 'setTimeout'], { mode: 'stop' });
    heap.startCycle();
    expect(heap.memStats().NumGC).toBe(0);
    host.runAll();
    expect(heap.memStats()).toMatchObject({ NumGC: 1, Slices: 0 });
  });

  it('is left alone with schedule manual, as are finalizers', async () => {
    const { heap, host } = await filled(
      ['setImmediate', 'MessageChannel', 'setTimeout', 'postTask', 'requestIdleCallback'],
      { schedule: 'manual' },
    );
    heap.startCycle();
    heap.step(1);
    heap.GC();
    heap.minorGC();
    expect(host.used.size).toBe(0);
  });

  it('ends with the heap', async () => {
    const { heap, host } = await filled(['setImmediate', 'setTimeout']);
    heap.startCycle();
    host.next();
    heap.dispose();
    host.runAll();
    expect(host.waiting).toEqual([]);
  });
});

describe('slices', () => {
  it('are cut by units: a clock that stands still makes them no longer', async () => {
    const { heap, host } = await filled(['setImmediate', 'setTimeout']);
    heap.startCycle();
    host.runAll();
    const { PauseMaxUnits, PauseMaxNs, PauseMaxEstimateNs, Slices } = heap.memStats();
    expect(Slices).toBeGreaterThan(1);
    expect(PauseMaxUnits).toBeLessThanOrEqual(2 * kFirstUnits);
    expect(PauseMaxUnits).toBeGreaterThan(kFirstUnits / 2);
    expect(PauseMaxNs).toBe(0);
    expect(PauseMaxEstimateNs).toBe(Math.round(PauseMaxUnits * 16));
  });

  for (const tickMs of [0.005, 1, 16, 100]) {
    for (const nsPerUnit of tickMs > 16 ? [80] : [8, 80]) {
      it(`take a millisecond where a unit takes ${nsPerUnit} ns and the clock ticks every ${tickMs} ms`, async () => {
        const { heap, host } = await filled(['setImmediate', 'setTimeout'], {}, 200_000);
        const units = (): number => heap.memStats().PauseTotalUnits;
        // Only marking takes time on this machine.
        vi.stubGlobal('performance', {
          now: () => Math.floor((units() * nsPerUnit) / 1e6 / tickMs) * tickMs,
        });
        const sizes: number[] = [];
        for (let cycle = 0; cycle < 10; cycle++) {
          heap.startCycle();
          while (heap.memStats().Marking) {
            const before = units();
            host.next();
            if (units() > before) sizes.push(units() - before);
          }
          host.runAll();
        }
        const late = sizes.slice(-Math.floor(sizes.length / 3)).sort((a, b) => a - b);
        const median = late[late.length >> 1] as number;
        expect((median * nsPerUnit) / 1e6).toBeGreaterThan(0.6);
        expect((median * nsPerUnit) / 1e6).toBeLessThan(1.7);
        const { PauseMaxUnits, PauseMaxEstimateNs } = heap.memStats();
        expect(PauseMaxEstimateNs / (PauseMaxUnits * nsPerUnit)).toBeGreaterThan(0.6);
        expect(PauseMaxEstimateNs / (PauseMaxUnits * nsPerUnit)).toBeLessThan(1.7);
      });
    }
  }

  it('follow each other while the host says that there is time, and only then', async () => {
    const { heap, host } = await filled(['MessageChannel', 'requestIdleCallback']);
    const slices = (left: number): number => {
      heap.startCycle();
      host.next();
      const before = heap.memStats().Slices;
      host.leftMs = () => left;
      while (host.next().way !== 'requestIdleCallback');
      const slices = heap.memStats().Slices - before;
      host.leftMs = () => 50;
      host.runAll();
      return slices;
    };
    expect(slices(0)).toBe(1);
    expect(slices(0.5)).toBe(1);
    expect(slices(2)).toBe(2);
    // A clock that stands still does not make idle time endless.
    expect(slices(3)).toBe(3);
  });

  it('are fewer where the host has no idle time: the patience grows, and is as before when it has', async () => {
    const { heap, host } = await filled(['MessageChannel', 'requestIdleCallback'], {}, 500_000);
    host.isTimedOut = true;
    heap.startCycle();
    const timeouts: number[] = [];
    while (timeouts.length < 6) {
      const { way, after } = host.next();
      if (way === 'requestIdleCallback') timeouts.push(after);
    }
    expect(timeouts).toEqual([250, 500, 1000, 2000, 4000, 4000]);
    host.isTimedOut = false;
    while (timeouts.length < 8) {
      const { way, after } = host.next();
      if (way === 'requestIdleCallback') timeouts.push(after);
    }
    expect(timeouts[7]).toBe(250);
    host.runAll();
  });

  it('rest after each other where tasks come as they may, and longer while they come late', async () => {
    const { heap, host } = await filled(['setImmediate', 'setTimeout'], {}, 800_000);
    heap.startCycle();
    const rests: number[] = [];
    let late = 0;
    const run = (count: number): void => {
      const end = rests.length + count;
      while (rests.length < end) {
        const task = host.waiting[0];
        host.nowMs += (task?.after ?? 0) + late;
        const { way, after } = host.next();
        if (way === 'setTimeout') rests.push(after);
      }
    };
    run(2);
    expect(rests).toEqual([1, 1]);
    late = 30;
    run(8);
    expect(rests.slice(2)).toEqual([1, 2, 4, 8, 16, 32, 64, 64]);
    late = 0;
    run(2);
    expect(rests.slice(-2)).toEqual([64, 1]);
    host.runAll();
  });
});

describe('a step', () => {
  it('ends at its budget, by units, and so does the beginning of a cycle, along a list of a million', async () => {
    const heap = (made = await createHeap({ gcPercent: -1, maxBytes: 1 << 28, schedule: 'manual' }));
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32 } });
    const hold = heap.newarray(t.ref(Node), 1);
    const { raw } = heap;
    const [id, at] = [raw.typeId(Node), hold.$.address];
    for (let i = 0; i < 1_000_000; i++) {
      const node = raw.newobject(id);
      raw.storeRef(node, raw.loadRef(at));
      raw.storeRef(at, node);
    }
    vi.stubGlobal('performance', { now: () => 0 });
    const units = (): number => heap.memStats().PauseTotalUnits;
    const taken = (work: () => unknown): number => {
      const before = units();
      work();
      return units() - before;
    };
    expect(taken(() => heap.startCycle())).toBeLessThanOrEqual(kFirstUnits);
    for (const milliseconds of [1, 1, 2, 4]) {
      let isOver = true;
      const done = taken(() => (isOver = heap.step(milliseconds)));
      expect(isOver).toBe(false);
      expect(done).toBeGreaterThan((milliseconds * kFirstUnits) / 2);
      expect(done).toBeLessThanOrEqual((milliseconds + 1) * kFirstUnits);
    }
    while (!heap.step(1));
    expect(heap.memStats()).toMatchObject({ Marking: false, NumGC: 1, HeapObjects: 1_000_001 });
  });
});

describe('finalizers', () => {
  it('of what an automatic collection found dead run without anybody asking, when idle time has swept it', async () => {
    const options = { mode: 'stop', gcPercent: 100, minHeapBytes: 1 << 18 } as const;
    const { heap, host } = await filled(['setImmediate', 'setTimeout'], options, 2000);
    const { Dying } = heap.defineTypes({ Dying: { n: t.i32 } });
    let ran = 0;
    for (let i = 0; i < 100; i++) {
      const dying = heap.newobject(Dying);
      heap.SetFinalizer(dying, () => void ran++);
      dying[Symbol.dispose]();
    }
    const before = heap.memStats().NumGC;
    while (heap.memStats().NumGC === before) heap.rawmem(4096).dispose();
    host.runAll();
    expect(ran).toBe(100);
  });
});

describe('pauses', () => {
  it('are told by collection: the longest slice of each', async () => {
    const { heap } = await filled([], { schedule: 'manual' });
    let nowMs = 0;
    vi.stubGlobal('performance', { now: () => (nowMs += 0.25) });
    heap.GC();
    const [whole = 0] = heap.memStats().PauseNs;
    expect(whole).toBeGreaterThan(0);
    heap.startCycle();
    const steps: number[] = [];
    for (let isOver = false; !isOver; ) {
      const before = heap.memStats().PauseTotalNs;
      isOver = heap.step(0.5);
      steps.push(heap.memStats().PauseTotalNs - before);
    }
    const { PauseNs, PauseMaxNs, PauseTotalNs, NumGC } = heap.memStats();
    expect(NumGC).toBe(2);
    expect(steps.length).toBeGreaterThan(1);
    expect(PauseNs[1]).toBe(Math.max(...steps));
    expect(PauseMaxNs).toBe(Math.max(whole, ...steps));
    expect(PauseTotalNs).toBe(whole + steps.reduce((a, b) => a + b));
    const minorBefore = heap.memStats().PauseNs;
    heap.minorGC();
    expect(heap.memStats().NumGC).toBe(3);
    expect(heap.memStats().PauseNs.slice(0, 2)).toEqual(minorBefore.slice(0, 2));
  });

  it('of minor collections belong to no full one', async () => {
    const { heap } = await filled([], { mode: 'generational', schedule: 'manual' }, 100);
    let nowMs = 0;
    vi.stubGlobal('performance', { now: () => (nowMs += 1) });
    heap.GC();
    const { PauseNs, PauseMaxNs } = heap.memStats();
    vi.stubGlobal('performance', { now: () => (nowMs += 50) });
    heap.minorGC();
    const after = heap.memStats();
    expect(after.MinorGCs).toBe(1);
    expect(after.PauseNs).toEqual(PauseNs);
    expect(after.PauseMaxNs).toBeGreaterThan(PauseMaxNs);
  });

  it('are entries of the performance time line on request', async () => {
    const { heap, host } = await filled(['setImmediate', 'setTimeout'], { debug: { measures: true } });
    heap.startCycle();
    host.runAll();
    heap.startCycle();
    heap.step(Infinity);
    heap.GC();
    heap.minorGC();
    const names = host.measured.map(({ name }) => name);
    for (const what of ['slice', 'step', 'collection']) expect(names).toContain(`mallocgc: ${what}`);
    const { devtools } = (host.measured[0] as (typeof host.measured)[0]).detail;
    expect(devtools).toMatchObject({ dataType: 'track-entry', track: 'mallocgc' });
    expect(Object.fromEntries(devtools.properties as [string, string][])).toMatchObject({ Collection: '1' });
    const { length } = host.measured;
    heap.setDebug({});
    heap.GC();
    expect(host.measured).toHaveLength(length);
    heap.setDebug({ measures: true });
    heap.GC();
    expect(host.measured).toHaveLength(length + 1);
    vi.stubGlobal('performance', { now: () => 0 });
    heap.GC();
  });

  it('of a heap say which mode it is in', async () => {
    for (const mode of ['stop', 'incremental', 'generational'] as const) {
      const heap = await createHeap({ mode, schedule: 'manual' });
      expect(heap.memStats().Mode).toBe(mode);
      heap.dispose();
    }
    const heap = await createHeap({ schedule: 'manual' });
    expect(['auto', 'stop']).toContain(heap.memStats().Mode);
    heap.dispose();
  });
});

describe('a Node process', () => {
  const kProgram = `
    import { createHeap, t } from ${JSON.stringify(fileURLToPath(import.meta.resolve('mallocgc')))};
    const heap = await createHeap({ mode: process.argv[1], minHeapBytes: 1 << 20 });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node') } });
    const array = heap.newarray(t.ref(Node), 50000);
    for (let i = 0; i < 50000; i++) heap.scope((frame) => array.set(i, frame.newobject(Node)));
    for (let i = 0; i < 100; i++) heap.AddCleanup(heap.newobject(Node), () => ran++, 0);
    let ran = 0;
    await new Promise((done) => setTimeout(done, 1));
    heap.startCycle();
    heap.on('cycleEnd', () => console.log('ended'));
    process.on('exit', () => console.log(heap.memStats().Marking, heap.memStats().NumGC > 0));
  `;
  for (const mode of ['auto', 'stop', 'incremental', 'generational']) {
    it(`whose heap is idle exits, in mode ${mode}, when the collection that was begun is over`, async () => {
      const out = await new Promise<string>((done, fail) =>
        execFile(process.execPath, ['--input-type=module', '-e', kProgram, mode], (error, text) =>
          error === null ? done(text) : fail(error),
        ),
      );
      expect(out.trim().split('\n').slice(-2)).toEqual(['ended', 'false true']);
    });
  }
});
