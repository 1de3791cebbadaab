// A scope has roots that end exactly with a function.

import fc from 'fast-check';
import { t, type Frame, type Heap, type Type } from 'mallocgc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedHeap, collectUntil, expectCode } from './support.ts';

let heap: Heap;
const kFields = { next: t.ref('Node'), n: t.i32 } as const;
let Node: Type<typeof kFields, { readonly Node: typeof kFields }>;
beforeEach(async () => {
  heap = await checkedHeap();
  Node = heap.defineTypes({ Node: kFields }).Node;
});
afterEach(() => heap.dispose());

describe('scope', () => {
  it('R3: roots exactly until its end', () => {
    const address = heap.scope((frame) => {
      const node = frame.newobject(Node, { n: 5 });
      heap.GC();
      expect(node.n).toBe(5);
      return node.$.address;
    });
    expect(heap.findObject(address)).not.toBeNull();
    heap.GC();
    expect(heap.findObject(address)).toBeNull();
  });

  it('makes its views stale, but not what was kept', () => {
    let escaped: { n: number } | undefined;
    const kept = heap.scope((frame) => {
      const node = frame.newobject(Node, { n: 6 });
      escaped = node;
      return frame.keep(node);
    });
    heap.GC();
    expectCode(() => escaped?.n, 'STALE_HANDLE');
    expect(kept.n).toBe(6);
  });

  it('roots any number of objects, over many frames of the shadow stack', () => {
    heap.scope((frame) => {
      const nodes = Array.from({ length: 5000 }, (_, n) => frame.newobject(Node, { n }));
      heap.GC();
      expect(nodes.every((node, n) => node.n === n)).toBe(true);
    });
    heap.GC();
    expect(heap.memStats()).toMatchObject({ HeapObjects: 0, StackInuse: 0, LiveHandles: 0 });
  });

  it('nests; an outer frame may be used inside', () => {
    heap.scope((outer) => {
      const first = outer.newobject(Node, { n: 1 });
      const late = heap.scope((inner) => {
        inner.newobject(Node, { n: 2 });
        const nodes = Array.from({ length: 100 }, (_, n) => outer.newobject(Node, { n }));
        heap.GC();
        expect(nodes[99]?.n).toBe(99);
        return nodes;
      });
      heap.GC();
      expect([first.n, late[50]?.n]).toEqual([1, 50]);
    });
    heap.GC();
    expect(heap.memStats()).toMatchObject({ HeapObjects: 0, LiveHandles: 0 });
  });

  it('does not touch what heap.newobject makes', () => {
    const node = heap.scope(() => heap.newobject(Node, { n: 3 }));
    heap.GC();
    expect(node.n).toBe(3);
  });

  it('R2: ends also when its function throws', () => {
    const boom = new Error('boom');
    const before = heap.memStats().StackInuse;
    for (let i = 0; i < 100; i++) {
      expect(() =>
        heap.scope((frame) => {
          frame.newobject(Node);
          heap.scope((inner) => {
            inner.newobject(Node);
            throw boom;
          });
        }),
      ).toThrow(boom);
    }
    expect(heap.memStats().StackInuse).toBe(before);
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(0);
  });

  it('refuses async functions, and says why', () => {
    expect(expectCode(() => heap.scope((async () => 1) as never), 'BAD_ARGUMENT')).toMatch(/async/);
    expect(expectCode(() => heap.scope((() => Promise.resolve(1)) as never), 'BAD_ARGUMENT')).toMatch(/async/);
    for (const bad of [null, undefined, 5, {}]) expectCode(() => heap.scope(bad as never), 'BAD_ARGUMENT');
  });

  it('gives a frame that is of no use afterwards', () => {
    let escaped: Frame | undefined;
    heap.scope((frame) => {
      escaped = frame;
    });
    expectCode(() => escaped?.newobject(Node), 'BAD_ARGUMENT');
    expectCode(() => escaped?.root(8), 'BAD_ARGUMENT');
  });

  it('R2: outgrows the shadow stack', () => {
    const { raw } = heap;
    const id = raw.typeId(Node);
    heap.scope((frame) => {
      const addresses = Array.from({ length: 100_000 }, () => frame.root(raw.newobject(id)));
      heap.GC();
      expect(addresses.every((address) => heap.typeOf(address) === Node)).toBe(true);
    });
    heap.GC();
    expect(heap.memStats()).toMatchObject({ HeapObjects: 0, StackInuse: 0, LiveHandles: 0 });
  });

  it('lets its views go, whichever of them is held afterwards', async () => {
    const early: WeakRef<object>[] = [];
    const late = heap.scope((frame) => {
      early.push(new WeakRef(frame.newobject(Node).$));
      return frame.newobject(Node);
    });
    expect(await collectUntil(() => early[0]?.deref() === undefined)).toBe(true);
    expect(late.$.disposed).toBe(true);
  });

  it('B4: roots what is made after the memory grew', () => {
    const { Empty } = heap.defineTypes({ Empty: {} });
    heap.scope((frame) => {
      const views = Array.from({ length: 40 }, (_, n) => {
        heap.memory.grow(1);
        return n % 2 === 0 ? frame.newobject(Node, { n }) : frame.newobject(Empty);
      });
      const address = heap.raw.newobject(heap.raw.typeId(Node));
      heap.memory.grow(1);
      frame.root(address);
      heap.GC();
      expect(views.flatMap((view) => ('n' in view ? [view.n] : []))).toEqual(
        Array.from({ length: 20 }, (_, n) => 2 * n),
      );
      expect(heap.findObject(address)).toMatchObject({ base: address });
    });
    heap.GC();
    expect(heap.memStats().HeapObjects).toBe(0);
  });

  it('throws DISPOSED when its heap is gone', () => {
    const { Empty } = heap.defineTypes({ Empty: {} });
    heap.scope((frame) => {
      const node = frame.newobject(Node);
      heap.dispose();
      const uses = [
        () => frame.newobject(Node),
        () => frame.newobject(Empty),
        () => frame.root(8),
        () => frame.keep(node),
        () => node.n,
      ];
      for (const use of uses) expectCode(use, 'DISPOSED');
    });
  });

  it('roots addresses', () => {
    const { raw } = heap;
    heap.scope((frame) => {
      const address = frame.root(raw.newobject(raw.typeId(Node)));
      heap.GC();
      expect(heap.findObject(address)).not.toBeNull();
      for (const bad of [-1, NaN, 2 ** 32, 'x']) expectCode(() => frame.root(bad as never), 'BAD_ARGUMENT');
    });
  });
});

/** A random program does one of these next, with a number that says where. */
type Step = readonly ['inner' | 'new' | 'outer' | 'dispose' | 'keep' | 'grow' | 'collect' | 'end' | 'throw', number];

describe('random programs', () => {
  const names = ['inner', 'new', 'new', 'new', 'outer', 'dispose', 'keep', 'grow', 'collect', 'end', 'throw'] as const;
  const steps = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(1000)), { maxLength: 120 });

  it('R2, R3: a view can be read exactly while its scope lasts and nobody disposed it', () => {
    fc.assert(
      fc.property(steps, (program) => {
        const run = new Program(program);
        try {
          run.scope([]);
          heap.GC();
          run.check();
          const { kept } = run;
          expect(heap.memStats()).toMatchObject({
            HeapObjects: new Set(kept).size,
            LiveHandles: kept.length,
            StackInuse: 0,
          });
        } finally {
          run.dispose();
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** The memory may have 64 MiB, and programs grow it up to this. */
const kGrowthEnd = 1 << 25;

interface Known {
  readonly view: { n: number; readonly $: { dispose(): void; readonly disposed: boolean } };
  readonly n: number;
  readonly inScope: boolean;
  isLive: boolean;
}

/** Runs steps in scopes within scopes, and checks what must be true of every view that the program ever made. */
class Program {
  readonly #steps: Step[];
  readonly #known: Known[] = [];

  constructor(steps: readonly Step[]) {
    this.#steps = [...steps];
  }

  /** Returns the objects behind views that were kept, one for each view. */
  get kept(): number[] {
    return this.#known.flatMap(({ n, inScope, isLive }) => (!inScope && isLive ? [n] : []));
  }

  dispose(): void {
    for (const { view } of this.#known) view.$.dispose();
  }

  /** Runs one scope. It ends as the steps say, or with them. Frames of the scopes around it may be used inside. */
  scope(outer: readonly { frame: Frame; mine: Known[] }[]): void {
    const mine: Known[] = [];
    const stop = new Error('thrown by a step');
    try {
      heap.scope((frame) => {
        const frames = [...outer, { frame, mine }];
        for (let step = this.#steps.shift(); step !== undefined && step[0] !== 'end'; step = this.#steps.shift()) {
          if (step[0] === 'throw') throw stop;
          this.#do(step, frames);
        }
      });
    } catch (error) {
      if (error !== stop) throw error;
    }
    for (const each of mine) each.isLive = false;
    this.check();
  }

  check(): void {
    for (const { view, n, isLive } of this.#known) {
      expect(view.$.disposed).toBe(!isLive);
      if (isLive) expect(view.n).toBe(n);
    }
  }

  #do([name, where]: Step, frames: readonly { frame: Frame; mine: Known[] }[]): void {
    const { frame, mine } = frames[
      name === 'outer' ? where % frames.length : frames.length - 1
    ] as (typeof frames)[number];
    const live = this.#known.filter(({ isLive }) => isLive);
    const one = live[where % live.length];
    if (name === 'new' || name === 'outer') {
      const n = this.#known.length;
      mine.push(this.#note({ view: frame.newobject(Node, { n }), n, inScope: true, isLive: true }));
    } else if (name === 'dispose' && one !== undefined) {
      one.view.$.dispose();
      one.isLive = false;
    } else if (name === 'keep' && one !== undefined) {
      this.#note({ view: frame.keep(one.view as never), n: one.n, inScope: false, isLive: true });
    } else if (name === 'grow' && heap.memory.buffer.byteLength < kGrowthEnd) {
      heap.memory.grow(1);
    } else if (name === 'collect') {
      heap.GC();
      this.check();
    } else if (name === 'inner') {
      this.scope(frames);
    }
  }

  #note(known: Known): Known {
    this.#known.push(known);
    return known;
  }
}
