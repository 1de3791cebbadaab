// The tests load and grow heaps: where modules come from, options, several heaps, memories that are passed in, heaps
// above 2 GiB.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createHeap, createHeapSync, Flags, t } from 'mallocgc';
import * as inline from 'mallocgc/inline';
import { describe, expect, it, vi } from 'vitest';
import { errorOf } from './support.ts';

// vitest sees the package like this: by name.
const moduleUrl = new URL('heap.wasm', import.meta.resolve('mallocgc'));
const bytes = readFile(moduleUrl);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return errorOf(() => {
    throw error;
  }).code;
}

describe('createHeap', () => {
  it('takes the module as URL, bytes, Response or compiled, and asynchronously or at once', async () => {
    const module = await WebAssembly.compile(await bytes);
    const response = new Response(await bytes, { headers: { 'content-type': 'application/wasm' } });
    const heaps = [
      await createHeap(),
      await createHeap({ module: moduleUrl }),
      await createHeap({ module: await bytes }),
      await createHeap({ module: new Uint8Array(await bytes).buffer }),
      await createHeap({ module }),
      await createHeap({ module: response }),
      createHeapSync(module),
    ];
    const values = heaps.map((heap, n) => heap.newobject(heap.defineTypes({ N: { n: t.i32 } }).N, { n }));
    for (const heap of heaps) heap.GC();
    expect(values.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const heap of heaps) heap.dispose();
  });

  it('fetches over HTTP', async () => {
    const body = await bytes;
    const server = createServer((request, reply) => {
      if (request.url === '/heap.wasm') reply.end(body);
      else reply.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const heap = await createHeap({ module: new URL('heap.wasm', base) });
    expect(heap.memStats().HeapObjects).toBe(0);
    heap.dispose();
    expect(await codeOf(createHeap({ module: new URL('missing.wasm', base) }))).toBe('BAD_ARGUMENT');
    server.close();
  });

  it('B6: refuses options that are none', async () => {
    const bad: unknown[] = [
      5,
      'x',
      null,
      { maxBytes: -1 },
      { maxBytes: 1.5 },
      { maxBytes: 2 ** 40 },
      { maxBytes: '1' },
      { gcPercent: NaN },
      { gcPercent: 2 ** 40 },
      { memoryLimit: -1 },
      { mode: 'x' },
      { noBarriers: 'x' },
      { schedule: 5 },
      { onTrace: 5 },
      { onPressure: {} },
      { onFinalizerError: 'x' },
      { module: 5 },
      { memory: {} },
      { debug: 5 },
      { debug: { stressEvery: -1 } },
      { initialBytes: NaN },
      { initialBytes: 2, maxBytes: 1 },
      { initialBytes: 2 ** 26, maxBytes: 2 ** 24 },
      { mode: 'generational', noBarriers: true, maxBytes: 1 },
      { minHeapBytes: -5 },
    ];
    for (const options of bad) {
      expect(await codeOf(createHeap(options as never))).toBe('BAD_ARGUMENT');
      expect(await codeOf(inline.createHeap(options as never))).toBe('BAD_ARGUMENT');
    }
    expect(errorOf(() => createHeapSync(5 as never)).code).toBe('BAD_ARGUMENT');
    const empty = await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(errorOf(() => createHeapSync(empty)).code).toBe('BAD_ARGUMENT');
  });

  it('rejects as the compiler does for bytes that are no module', async () => {
    for (const module of [new Uint8Array(0), Uint8Array.of(1, 2, 3)])
      await expect(createHeap({ module })).rejects.toBeInstanceOf(WebAssembly.CompileError);
  });

  it('takes the debug flavour for debug options, and says what the other lacks', async () => {
    const plain = await createHeap();
    plain.setDebug({ gctrace: false });
    for (const debug of [{ checkmark: true }, { verify: true }, { poison: true }])
      expect(errorOf(() => plain.setDebug(debug)).code).toBe('BAD_ARGUMENT');
    plain.dispose();
    const debug = await createHeap({ debug: { verify: true } });
    debug.setDebug({ checkmark: true, poison: true, verify: true, stressEvery: 3 });
    debug.setDebug({});
    debug.dispose();
  });

  it('lets an idle process exit', async () => {
    const script = `
      import { createHeap, t } from 'mallocgc';
      const heap = await createHeap();
      const { Node } = heap.defineTypes({ Node: { n: t.i32 } });
      heap.SetFinalizer(heap.newobject(Node), () => 0);
      for (let i = 0; i < 1000; i++) heap.newobject(Node);
      heap.GC();`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const code = await new Promise((done) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], { cwd, timeout: 30_000 }, (error) =>
        done(error?.code ?? error?.signal ?? 0),
      );
    });
    expect(code).toBe(0);
  });

  it('a heap too small for itself is OUT_OF_MEMORY or works', async () => {
    for (const maxBytes of [1, 1000, 65536, 1 << 20, 1 << 21]) {
      try {
        const heap = await createHeap({ maxBytes });
        heap.newobject(heap.defineTypes({ N: { n: t.i32 } }).N);
        heap.dispose();
      } catch (error) {
        const { code } = errorOf(() => {
          throw error;
        });
        expect(['OUT_OF_MEMORY', 'BAD_ARGUMENT']).toContain(code);
      }
    }
  });
});

describe('settings', () => {
  it('are changed at run time, and the old ones returned', async () => {
    const heap = await createHeap({ gcPercent: 50, memoryLimit: 1 << 28 });
    expect([heap.setGCPercent(-1), heap.setGCPercent(100)]).toEqual([50, -1]);
    expect([heap.setMemoryLimit(0), heap.setMemoryLimit(1 << 20)]).toEqual([1 << 28, 0]);
    for (const bad of [NaN, 0.5, '5', null])
      expect(errorOf(() => heap.setGCPercent(bad as never)).code).toBe('BAD_ARGUMENT');
    heap.dispose();
  });

  it.each(['stop', 'auto'] as const)(
    'O2: gctrace gives a line in Go’s form for each collection, in mode %s',
    async (mode) => {
      const lines: string[] = [];
      const heap = await createHeap({
        mode,
        debug: { gctrace: true },
        onTrace: (line) => lines.push(line),
        minHeapBytes: 1 << 18,
        schedule: 'manual',
      });
      const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
      const events: string[] = [];
      heap.on('cycleStart', ({ type }) => events.push(type));
      heap.on('cycleEnd', ({ type, marked }) => events.push(`${type} ${marked >= 0}`));
      heap.scope((frame) => {
        for (let i = 0; i < 30; i++) heap.scope((inner) => Array.from({ length: 3000 }, () => inner.newobject(Node)));
        frame.newobject(Node);
      });
      heap.GC();
      heap.GC();
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines)
        expect(line).toMatch(
          /^gc \d+ @[\d.]+s \d+%: [\d.]+\+[\d.]+\+[\d.]+ ms clock, .* ms cpu, \d+->\d+->\d+ MB, \d+ MB goal, .*1 P/,
        );
      expect(events).toEqual(lines.flatMap(() => ['cycleStart', 'cycleEnd true']));
      expect(heap.memStats().NumGC).toBe(lines.length);
      // Nobody times the slices that allocation does inside a call of the module.
      if (mode === 'stop') expect(heap.memStats().PauseNs.filter((ns) => ns > 0).length).toBe(lines.length);
      heap.dispose();
    },
  );

  it('C11: hooks run before a collection, and may do anything', async () => {
    const heap = await createHeap({ schedule: 'manual' });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
    let calls = 0;
    let cache: { $: { dispose(): void } } | undefined = heap.newobject(Node);
    const stop = heap.onCycleStart(() => {
      calls += 1;
      cache?.$.dispose();
      cache = undefined;
      heap.newobject(Node).$.dispose();
      heap.GC();
    });
    heap.GC();
    expect([calls, heap.memStats().HeapObjects]).toEqual([1, 0]);
    stop();
    stop();
    heap.GC();
    expect(calls).toBe(1);
    for (const bad of [null, 5, {}]) expect(errorOf(() => heap.onCycleStart(bad as never)).code).toBe('BAD_ARGUMENT');
    expect(errorOf(() => heap.on('nope' as never, () => 0)).code).toBe('BAD_ARGUMENT');
    heap.dispose();
  });
});

describe('memory', () => {
  it('B4: views are right after growth', async () => {
    const heap = await createHeap({ maxBytes: 1 << 28, schedule: 'manual' });
    const { Node } = heap.defineTypes({
      Node: { next: t.ref('Node'), n: t.i32, x: t.f64, b: t.bool, v: t.js, s: t.string },
    });
    const node = heap.newobject(Node, { n: 1, x: 0.5, b: true, v: 'v', s: 's' });
    const bytes = node.$.bytes();
    const before = heap.memory.buffer;
    const big = heap.mallocgc(1 << 25, null, Flags.noScan);
    expect(heap.memory.buffer).not.toBe(before);
    expect(bytes).toHaveLength(0);
    expect([node.n, node.x, node.b, node.v, node.s]).toEqual([1, 0.5, true, 'v', 's']);
    heap.memory.grow(1);
    node.n = 2;
    heap.memory.grow(1);
    node.next = node;
    heap.memory.grow(1);
    node.b = false;
    heap.memory.grow(1);
    node.s = 'longer text than it was before the memory grew';
    heap.memory.grow(1);
    expect([node.n, node.b, node.next?.n, node.s.length]).toEqual([2, false, 2, 46]);
    heap.memory.grow(1);
    heap.GC();
    heap.memory.grow(1);
    expect(heap.raw.loadI32(node.$.address + 4)).toBe(2);
    expect(big.bytes()).toHaveLength(1 << 25);
    heap.dispose();
  });

  it('is there from the start for a heap that stays small, so that arrays stay attached', async () => {
    for (const options of [{}, { minHeapBytes: 1 << 24 }]) {
      const heap = await createHeap({ schedule: 'manual', ...options });
      const { Pair } = heap.defineTypes({ Pair: { left: t.ref('Pair'), right: t.ref('Pair') } });
      const before = heap.memory.buffer;
      const pair = heap.raw.typeId(Pair);
      for (let i = 0; i < 3_000_000; i++) heap.raw.newobject(pair);
      expect(heap.memStats().NumGC + heap.memStats().MinorGCs).toBeGreaterThan(0);
      expect(heap.memory.buffer).toBe(before);
      heap.dispose();
    }
  });

  it('begins with no more than maxBytes, and with initialBytes', async () => {
    const small = await createHeap({ maxBytes: 1 << 22 });
    expect(small.memory.buffer.byteLength).toBeLessThanOrEqual(1 << 22);
    const large = await createHeap({ initialBytes: 1 << 25 });
    const before = large.memory.buffer;
    expect(before.byteLength).toBeGreaterThanOrEqual(1 << 25);
    large.rawmem((1 << 25) - (1 << 20));
    expect(large.memory.buffer).toBe(before);
    for (const heap of [small, large]) heap.dispose();
  });

  it('begins small where the device refuses to give it at once', async () => {
    const { Memory } = WebAssembly;
    const asked: number[] = [];
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (
      this: unknown,
      descriptor: WebAssembly.MemoryDescriptor,
    ) {
      asked.push(descriptor.initial);
      if (descriptor.initial > 64) throw new RangeError('no such memory here');
      return new Memory(descriptor);
    } as never);
    try {
      const heap = await createHeap({ maxBytes: 1 << 28 });
      const node = heap.newobject(heap.defineTypes({ N: { n: t.i32 } }).N, { n: 5 });
      expect(node.n).toBe(5);
      // The heap took so much by itself: its tables, of which the shadow stack is 4 MiB.
      expect(heap.memory.buffer.byteLength).toBeLessThanOrEqual(10 << 20);
      expect(Math.max(...asked)).toBe(320);
      heap.dispose();
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('B7: lives in a memory that is passed in, but only once', async () => {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 4096 });
    const heap = await createHeap({ memory, maxBytes: 1 << 26 });
    expect(heap.memory).toBe(memory);
    const node = heap.newobject(heap.defineTypes({ N: { n: t.i32 } }).N, { n: 5 });
    expect(await codeOf(createHeap({ memory }))).toBe('BAD_ARGUMENT');
    heap.GC();
    expect(node.n).toBe(5);
    heap.dispose();
    expect(await codeOf(createHeap({ memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) }))).toBe(
      'BAD_ARGUMENT',
    );
  });

  it('B5: works above 3 GiB', async () => {
    const heap = await createHeap({ maxBytes: 2 ** 32 - 65536, schedule: 'manual' });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32, x: t.f64, s: t.string, v: t.js } });
    const blocks = Array.from({ length: 3 }, () => heap.mallocgc(2 ** 30 + 2 ** 26, null, Flags.noScan | Flags.noZero));
    const nodes = heap.scope((frame) =>
      Array.from({ length: 2000 }, (_, n) => frame.newobject(Node, { n }))
        .slice(-10)
        .map((node) => frame.keep(node)),
    );
    const node = heap.newobject(Node, { n: 7, x: 0.25, s: 'high', v: blocks });
    expect(blocks[2]?.address).toBeGreaterThan(2 ** 31);
    const high = heap.mallocgc(1 << 20, Node);
    expect(high.address).toBeGreaterThan(3 * 2 ** 30);
    node.next = nodes[3] ?? null;
    high.bytes()[5] = 99;
    heap.GC();
    expect([node.n, node.x, node.s, node.v, node.next?.n]).toEqual([7, 0.25, 'high', blocks, 1993]);
    expect(high.bytes()[5]).toBe(99);
    expect(heap.findObject(high.address + 1000)).toMatchObject({ base: high.address, type: Node });
    for (const block of blocks) block.dispose();
    heap.GC();
    expect(heap.memStats().HeapAlloc).toBeLessThan(2 ** 26);
    heap.dispose();
  });
});
