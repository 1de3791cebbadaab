// Where a server answers no module, the copy in the package's text is used, with one warning. What cannot be helped is
// an error that names the address, what came, and the remedy.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHeap, t, type HeapOptions } from 'mallocgc';
import * as inline from 'mallocgc/inline';
import * as worker from 'mallocgc/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorOf } from './support.ts';

const kPage = '<!doctype html><title>Not here</title>';

async function errorFrom(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return errorOf(() => {
    throw error;
  });
}

/** The package's own files read as this. The package asks for them by the name of Node's module. */
function serveOwn(answer: () => Promise<Uint8Array>): void {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ readFile: answer } as never);
}

const text = (what: string) => async (): Promise<Uint8Array> => new TextEncoder().encode(what);
const missing = async (): Promise<never> => {
  throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
};

describe('the module beside the package', () => {
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    vi.spyOn(console, 'warn').mockImplementation((warning: string) => void warnings.push(warning));
  });
  afterEach(() => void vi.restoreAllMocks());

  const kWrong: readonly [string, () => Promise<Uint8Array>, RegExp][] = [
    ['a page', text(kPage), /\/heap\.wasm answers what is no WebAssembly: it begins with "<!doctype html>/],
    ['nothing', text(''), /\/heap\.wasm answers what is no WebAssembly: it begins with nothing/],
    ['other bytes', async () => Uint8Array.of(0, 1, 0xff), /begins with 00 01 ff/],
    ['no file', missing, /cannot load file:.*\/heap\.wasm: ENOENT/],
  ];
  it.each(kWrong)('is inlined where %s comes, with one warning', async (_, answer, said) => {
    serveOwn(answer);
    const heap = await createHeap({ schedule: 'manual' });
    const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), n: t.i32 } });
    const node = heap.newobject(Node, { n: 1, next: heap.newobject(Node, { n: 2 }) });
    heap.GC();
    expect(node.next?.n).toBe(2);
    heap.dispose();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(said);
    for (const remedy of ['optimizeDeps', 'module: new URL', "'mallocgc/inline'"])
      expect(warnings[0]).toContain(remedy);
  });

  it('is an error without a copy: in the debug flavour, and in mallocgc/worker', async () => {
    serveOwn(text(kPage));
    const debug: HeapOptions = { debug: { verify: true } };
    for (const attempt of [createHeap(debug), inline.createHeap(debug), worker.createHeap(debug)]) {
      const { code, message } = await errorFrom(attempt);
      expect(code).toBe('BAD_ARGUMENT');
      expect(message).toMatch(/heap\.debug\.wasm answers.*<!doctype.*debug flavour is not inlined/);
    }
    const { code, message } = await errorFrom(worker.createHeap());
    expect(code).toBe('BAD_ARGUMENT');
    expect(message).toMatch(/\/heap\.wasm answers.*<!doctype.*mallocgc\/inline/);
    expect(warnings).toEqual([]);
  });

  it('warns of nothing where it is there', async () => {
    for (const make of [createHeap, inline.createHeap, worker.createHeap]) (await make()).dispose();
    expect(warnings).toEqual([]);
  });
});

describe('a module that is named', () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    const body = await readFile(new URL('heap.wasm', import.meta.resolve('mallocgc')));
    server = createServer((request, reply) => {
      if (request.url === '/heap.wasm') reply.end(body);
      else if (request.url === '/page') reply.setHeader('content-type', 'text/html').end(kPage);
      else if (request.url === '/error') reply.writeHead(500).end(body);
      else reply.writeHead(404).end(kPage);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('is loaded, whatever the server calls it', async () => {
    for (const make of [createHeap, inline.createHeap, worker.createHeap])
      (await make({ module: new URL(`${base}/heap.wasm`) })).dispose();
  });

  it('is an error that says where it came from and how it begins', async () => {
    const cases: [string, RegExp][] = [
      ['/page', /\/page answers what is no WebAssembly: it begins with "<!doctype html>/],
      ['/missing', /\/missing answers with status 404 .* begins with "<!doctype html>/],
      ['/error', /\/error answers with status 500/],
    ];
    for (const [path, said] of cases) {
      const ways = [new URL(base + path), await fetch(base + path)];
      for (const module of ways) {
        const { code, message } = await errorFrom(createHeap({ module }));
        expect(code).toBe('BAD_ARGUMENT');
        expect(message).toMatch(said);
      }
    }
  });
});

describe('a place that compiles nothing from bytes', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is told to import the module', async () => {
    const refusal = 'WebAssembly.compile(): Wasm code generation disallowed by embedder';
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError(refusal));
    for (const make of [createHeap, inline.createHeap]) {
      const { code, message } = await errorFrom(make());
      expect(code).toBe('BAD_ARGUMENT');
      expect(message).toMatch(/import module from 'mallocgc\/heap\.wasm'.*createHeapSync/);
    }
  });
});
