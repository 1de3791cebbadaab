// This is the page's side of the browser tests: functions that the test calls by name.

import * as mallocgc from '../../dist/index.js';
import * as inline from '../../dist/inline.js';
import { smoke } from '../engines/smoke.mjs';
import { idle } from './idle.mjs';

const kBlockBytes = 1 << 16;

globalThis.tests = {
  plain: () => smoke(mallocgc),
  debug: () => smoke(mallocgc, { debug: { verify: true, checkmark: true, poison: true } }),
  inline: () => smoke(inline),
  response: async () => smoke(mallocgc, { module: await (await fetch('/dist/heap.wasm')).arrayBuffer() }),

  /** Does the same in a module worker. */
  worker: () =>
    new Promise((done, fail) => {
      const worker = new Worker('/tests/browser/worker.mjs', { type: 'module' });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message || 'the worker failed'));
    }),

  /** Does the same, inline, in a module service worker. */
  service: async () => {
    const { installing, waiting, active } = await navigator.serviceWorker.register('/tests/browser/service.mjs', {
      type: 'module',
    });
    const { port1, port2 } = new MessageChannel();
    (installing ?? waiting ?? active).postMessage('', [port2]);
    return new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
  },

  /** Collects in idle time, here or in a module worker. */
  idle: (how) => idle(mallocgc, how),
  idleInWorker: (how) =>
    new Promise((done, fail) => {
      const worker = new Worker('/tests/browser/idle_worker.mjs', { type: 'module', name: JSON.stringify(how) });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message || 'the worker failed'));
    }),

  /** Forgets handle after handle in a loop that yields. Returns the most that were outstanding, in bytes of objects. */
  forget: async (ballast, blocks) => {
    const heap = await mallocgc.createHeap({ ballast, initialBytes: 2 ** 30, minHeapBytes: 2 ** 29 });
    let most = 0;
    for (let i = 0; i < blocks; i++) {
      heap.rawmem(kBlockBytes);
      if (i % 100 !== 0) continue;
      await new Promise((done) => setTimeout(done, 0));
      most = Math.max(most, heap.memStats().LiveHandles);
    }
    heap.dispose();
    return most * kBlockBytes;
  },
};
