// These functions show what the heap does in idle time. Each way to wait that the place has is replaced by one that
// counts who asks, who still waits, and how many slices of collections ran meanwhile. Pages and workers use them
// (idle.test.ts).

const kObjects = 400_000;
const kQuietMs = 300;

const realTimeout = globalThis.setTimeout.bind(globalThis);
const sleep = (ms) => new Promise((done) => realTimeout(done, ms));

/** Replaces a global for good; some of them are accessors. */
const replace = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

class Watch {
  /** By the name of the way: how often it was asked for, and the slices that ran in it. */
  ways = {};
  waiting = 0;
  heap = undefined;

  constructor(hidden) {
    const { requestIdleCallback, scheduler, MessageChannel, setInterval } = globalThis;
    for (const name of hidden) replace(name, undefined);
    const has = (name) => globalThis[name] !== undefined;
    if (has('requestIdleCallback'))
      replace('requestIdleCallback', (run, options) =>
        requestIdleCallback(this.#counted('requestIdleCallback', run), options),
      );
    if (has('scheduler'))
      replace('scheduler', {
        postTask: (run, options) => scheduler.postTask(this.#counted(`postTask ${options.priority}`, run), options),
      });
    replace('setTimeout', (run, ms) => realTimeout(this.#counted('setTimeout', run), ms));
    replace('setInterval', (run, ms) => setInterval(this.#counted('setInterval', run), ms));
    const counted = (run) => this.#counted('MessageChannel', run);
    replace(
      'MessageChannel',
      class {
        constructor() {
          const { port1, port2 } = new MessageChannel();
          this.port1 = {
            close: () => port1.close(),
            set onmessage(run) {
              port1.onmessage = counted(run);
            },
          };
          this.port2 = port2;
        }
      },
    );
  }

  slices() {
    return this.heap?.memStats().Slices ?? 0;
  }

  #counted(way, run) {
    const here = (this.ways[way] ??= { asked: 0, slices: 0 });
    here.asked += 1;
    this.waiting += 1;
    return (...values) => {
      this.waiting -= 1;
      const before = this.slices();
      run(...values);
      here.slices += this.slices() - before;
    };
  }

  /** Returns what was counted since the last time. */
  take() {
    const { ways } = this;
    this.ways = {};
    return ways;
  }

  async settled() {
    while (this.waiting > 0 || this.heap.memStats().Marking) await sleep(1);
  }
}

/** Fills a heap with objects that stay. */
function fill(heap, t) {
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), other: t.ref('Node') } });
  const { raw } = heap;
  const node = raw.typeId(Node);
  const array = heap.newarray(t.ref(Node), kObjects);
  for (let i = 0; i < kObjects; i++) raw.storeRef(array.$.address + 4 * i, raw.newobject(node));
  return array;
}

/**
 * Runs a collection with `schedule: 'auto'`, begun by a call or by allocation. Returns by way what ran in it, the
 * slices of the whole collection, and what was asked for when it was over.
 */
export async function idle({ createHeap, t }, { begin = 'call', hidden = [] } = {}) {
  const watch = new Watch(hidden);
  const byCall = begin === 'call';
  const heap = await createHeap({ mode: 'incremental', maxBytes: 2 ** 29, gcPercent: byCall ? -1 : 100 });
  watch.heap = heap;
  const kept = fill(heap, t);
  await watch.settled();
  watch.take();
  const before = heap.memStats();
  if (byCall) heap.startCycle();
  else while (!heap.memStats().Marking) heap.rawmem(4096).dispose();
  const { Marking } = heap.memStats();
  await watch.settled();
  const ways = watch.take();
  const after = heap.memStats();
  await sleep(kQuietMs);
  const quiet = { ways: watch.take(), waiting: watch.waiting };
  // The watch still sees what is asked for.
  heap.startCycle();
  await watch.settled();
  const again = Object.keys(watch.take());
  const objects = heap.memStats().HeapObjects - kObjects;
  kept[Symbol.dispose]();
  heap.dispose();
  const cycles = after.NumGC - before.NumGC;
  return { begun: Marking, cycles, slices: after.Slices - before.Slices, ways, quiet, again, objects };
}
