// Opens the page: a session, the page that shows it, and its controls.
// Doors: page.ts; controls.ts has the elements' events.

import type { Heap } from 'mallocgc';
import { Controls } from './controls.js';
import { element } from './elements.js';
import type { HeapMap } from './heap-map.js';
import { Page, type FrameTimes } from './page.js';
import { Session } from './session.js';

/** As index.html says. */
const kMinHeapBytes = 2 ** 20;

async function open(): Promise<void> {
  const page = new Page(await Session.open({ mode: 'auto', minHeapBytes: kMinHeapBytes, slow: false }));
  const controls = new Controls(page);
  (globalThis as { heapDemo?: object }).heapDemo = {
    get heap(): Heap {
      return page.session.heap;
    },
    open: (at: number): void => page.openObject(at),
    get frames(): FrameTimes['all'] {
      return page.times.all;
    },
    get mapWork(): HeapMap['work'] {
      return page.map.work;
    },
  };
  const frame = (now: number): void => {
    page.frame(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  controls.begin();
  document.documentElement.dataset.ready = 'true';
}

open().catch((error: unknown) => {
  const line = element('error');
  line.hidden = false;
  line.textContent = `The heap could not be opened: ${String(error)}`;
});
