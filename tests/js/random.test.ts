// Random programs use the whole JS face, in the modes with slices and without: objects of every kind of field, roots of
// every kind, operations that fail, collections of every kind, finalizers. After each operation the debug flavour walks
// its structures, and what the program can still reach has the contents that a plain model says.

import fc from 'fast-check';
import { type Heap, type HeapOptions, MallocgcError, t, type ViewOf } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { checkedHeap, kInDefaultFlavour, verified } from './support.ts';

const kSlots = 6;

const define = (heap: Heap) =>
  heap.defineTypes({
    Pair: { x: t.f32, tag: t.js, to: t.ref('Item') },
    Item: {
      n: t.i32,
      text: t.string,
      tag: t.js,
      next: t.ref('Item'),
      any: t.any,
      pair: t.struct('Pair'),
      few: t.array(t.ref('Item'), 2),
      numbers: t.slice(t.u16),
      list: t.slice(t.ref('Item')),
      pairs: t.slice(t.struct('Pair')),
      bytes: t.bytes(5),
    },
  });
type Item = ViewOf<ReturnType<typeof define>['Item']>;

/** An object must hold this, whatever the collector does. */
interface Model {
  n: number;
  text: string;
  tag: unknown;
  numbers: number[];
  next: Model | null;
  any: Model | null;
  few: (Model | null)[];
  list: (Model | null)[];
  pairTo: Model | null;
}

const emptyModel = (): Model => ({
  ...{ n: 0, text: '', tag: undefined, numbers: [], next: null, any: null },
  ...{ few: [null, null], list: [], pairTo: null },
});

const kOperations = [
  ...['make', 'make', 'make', 'link', 'link', 'link', 'text', 'numbers', 'list', 'few', 'pair', 'tag', 'any', 'copy'],
  ...['drop', 'drop', 'scope', 'finalizer', 'cleanup', 'weak', 'walk', 'fail', 'fail', 'own', 'churn'],
  ...['GC', 'minorGC', 'startCycle', 'step', 'step', 'runFinalizers'],
] as const;
type Operation = readonly [name: (typeof kOperations)[number], a: number, b: number, c: number];

const kOperation: fc.Arbitrary<Operation> = fc.tuple(
  fc.constantFrom(...kOperations),
  fc.nat(kSlots - 1),
  fc.nat(kSlots - 1),
  fc.nat(1000),
);

class Program {
  readonly #heap: Heap;
  readonly #types: ReturnType<typeof define>;
  readonly #views: (Item | undefined)[] = new Array<Item | undefined>(kSlots).fill(undefined);
  readonly #models: (Model | undefined)[] = new Array<Model | undefined>(kSlots).fill(undefined);
  readonly #weak: { deref(): unknown; readonly alive: boolean }[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#types = define(heap);
  }

  run([name, a, b, c]: Operation): void {
    const heap = this.#heap;
    const ofHeap: Partial<Record<string, () => void>> = {
      GC: () => heap.GC(),
      minorGC: () => heap.minorGC(),
      startCycle: () => heap.startCycle(),
      step: () => void heap.step(c % 2),
      runFinalizers: () => void heap.runFinalizers(c % 5),
      churn: () =>
        heap.scope((frame) => {
          for (let i = 0; i < c; i++) frame.newobject(this.#types.Item, { n: i, text: 'dropped', tag: {} });
        }),
      make: () => this.#make(a, c),
    };
    const act = ofHeap[name];
    if (act !== undefined) act();
    else if (this.#views[a] !== undefined) {
      this.#store(name, a, b, c);
      this.#root(name, a, b, c);
    }
  }

  #make(a: number, c: number): void {
    this.#views[a]?.$.dispose();
    const tag = { c };
    const init = { n: c, text: 'x'.repeat(c % 40), tag, numbers: [c, c + 1] };
    const view = this.#heap.newobject(this.#types.Item, init);
    this.#views[a] = view;
    this.#models[a] = { ...emptyModel(), ...init };
  }

  /** Does operations that change an object. */
  #store(name: Operation[0], a: number, b: number, c: number): void {
    const [view, model] = [this.#views[a], this.#models[a]];
    if (view === undefined || model === undefined) return;
    const [other, theirs] = [this.#views[b] ?? null, this.#models[b] ?? null];
    const { Item } = this.#types;
    switch (name) {
      case 'link':
        view.next = other;
        model.next = theirs;
        break;
      case 'any':
        view.any = other;
        model.any = theirs;
        break;
      case 'text':
        view.text = model.text = 'é'.repeat(c % 300);
        break;
      case 'tag':
        view.tag = model.tag = c % 3 === 0 ? undefined : { c };
        break;
      case 'numbers':
        model.numbers = Array.from({ length: c % 60 }, (_, i) => i);
        Item.assign(view, { numbers: model.numbers });
        break;
      case 'list':
        model.list = [theirs, model, null].slice(0, c % 4);
        Item.assign(view, { list: [other, view, null].slice(0, c % 4) });
        break;
      case 'few':
        view.few.set(c % 2, other);
        model.few[c % 2] = theirs;
        break;
      case 'pair':
        view.pair.to = other;
        view.pair.tag = [c];
        model.pairTo = theirs;
        Item.assign(view, { pairs: [{ to: other, x: 1 }, { tag: view }] });
        Item.assign(view, { pairs: null });
        break;
      case 'copy':
        if (other === null || theirs === null || other === view) break;
        Item.assign(view, { ...other });
        Object.assign(model, { ...theirs, few: [...theirs.few] });
        break;
    }
  }

  /** Does operations about roots, and about what hangs on an object. */
  #root(name: Operation[0], a: number, b: number, c: number): void {
    const [heap, view, model] = [this.#heap, this.#views[a], this.#models[a]];
    if (view === undefined || model === undefined) return;
    const [other, theirs] = [this.#views[b] ?? null, this.#models[b] ?? null];
    const { Item } = this.#types;
    switch (name) {
      case 'drop':
        view.$.dispose();
        this.#views[a] = undefined;
        this.#models[a] = undefined;
        break;
      case 'scope':
        heap.scope((frame) => {
          const made = frame.newobject(Item, { n: c, next: view, list: [view, other] });
          view.next = made;
          model.next = { ...emptyModel(), n: c, next: model, list: [model, theirs] };
          for (let item: Item | null = frame.view(view); item !== null && item.n !== c; item = item.next) item.text;
          if (c % 5 === 0) throw problem;
        });
        break;
      case 'finalizer':
        heap.SetFinalizer(view, c % 2 === 0 ? null : ({ n }) => void heap.newobject(Item, { n })[Symbol.dispose]());
        break;
      case 'cleanup':
        if (c % 2 === 0) heap.AddCleanup(view, () => undefined, c);
        else heap.AddCleanup(view, () => undefined, c).stop();
        break;
      case 'weak':
        this.#weak.push(heap.weak(view));
        for (const weak of this.#weak) (weak.deref() as Item | undefined)?.$.dispose();
        break;
      case 'walk':
        heap.whyAlive(view);
        for (const span of heap.walk().spans.slice(0, 3)) void span.allocated;
        break;
      case 'own':
        heap.own(c % 2 === 0 ? view : view.pair)[Symbol.dispose]();
        break;
      case 'fail':
        this.#fail(view, other, c);
        break;
    }
  }

  /** All of these throw, and change nothing. */
  #fail(view: Item, other: Item | null, c: number): void {
    const { Item } = this.#types;
    const bad = [
      () => Item.assign(view, { n: 1, text: 5 } as never),
      () => Item.assign(view, { numbers: [1, 2, 'x'] } as never),
      () => Item.assign(view, { list: [view, other, 7] } as never),
      () => this.#heap.newobject(Item, { next: view, pairs: [{ to: view, tag: {} }, { x: '1' }] } as never),
      () => this.#heap.scope((frame) => frame.newobject(Item, { list: [view], nope: 1 } as never)),
      () => (view.pair = { to: view, tag: {}, x: null } as never),
      () => this.#heap.defineTypes({ Item: { n: t.i64 } }),
      () => this.#heap.mallocgc(2 ** 31, null),
    ][c % 8];
    expect(bad).toThrow(MallocgcError);
  }

  /** Everything that can be reached has the contents that it must have. */
  check(): void {
    const seen = new Map<Model, number>();
    const todo: [Item, Model][] = [];
    this.#heap.scope((frame) => {
      const visit = (item: Item | null, model: Model | null): void => {
        expect(item === null).toBe(model === null);
        if (item === null || model === null) return;
        const known = seen.get(model);
        if (known !== undefined) expect(item.$.address).toBe(known);
        else todo.push([item, model]);
        seen.set(model, item.$.address);
      };
      this.#views.forEach((view, i) => visit(view === undefined ? null : frame.view(view), this.#models[i] ?? null));
      for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
        const [item, model] = next;
        expect([item.n, item.text, item.tag]).toEqual([model.n, model.text, model.tag]);
        expect([...item.numbers]).toEqual(model.numbers);
        expect(item.list.length).toBe(model.list.length);
        model.list.forEach((each, i) => visit(item.list.at(i) as Item | null, each));
        model.few.forEach((each, i) => visit(item.few.at(i) as Item | null, each));
        visit(item.any as Item | null, model.any);
        visit(item.pair.to, model.pairTo);
        visit(item.next, model.next);
      }
    });
  }
}

const problem = new Error('thrown on purpose');

async function runAll(mode: HeapOptions['mode'], operations: readonly Operation[]): Promise<void> {
  // The heap is small enough for collections by themselves, and for exhaustion.
  const heap = await checkedHeap({ mode, minHeapBytes: 1 << 16, maxBytes: 1 << 25 });
  try {
    const program = new Program(heap);
    for (const operation of operations) {
      try {
        program.run(operation);
      } catch (error) {
        if (error !== problem && (error as MallocgcError).code !== 'FINALIZER') throw error;
      }
      if (!kInDefaultFlavour) verified(heap);
    }
    program.check();
    heap.GC();
    program.check();
    verified(heap);
  } finally {
    heap.dispose();
  }
}

describe.each(['auto', 'stop', 'incremental', 'generational'] as const)('mode %s', (mode) => {
  it('random programs reach what they can reach, and the structures hold after each operation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(kOperation, { maxLength: 100 }), (operations) => runAll(mode, operations)),
      { numRuns: 30 },
    );
  });
});
