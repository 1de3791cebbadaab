// These workloads need no file. Hot paths use heap.raw: an object is stored into something reachable before the next is
// allocated, so no root is needed for it (the array of units is rooted by its view).

import { t, type ArrayView, type Heap } from 'mallocgc';
import { replacer, type Running, type Settings, type Workload } from './workload.js';

const kTreeDepth = 8;
const kTreeNodes = 2 ** kTreeDepth - 1;
const kRingLinks = 60;
const kWords =
  'arena page span slot layout mark grey root frame handle card barrier phase pacer goal trigger assist sweep'.split(
    ' ',
  );

const unitsFor = (settings: Settings, size: number): number => Math.max(1, Math.round(settings.live / size));

/** Makes an array of references that a view roots, and gives the address of each place. */
function places(heap: Heap, count: number): { at(i: number): number; end(): void } {
  const array: ArrayView<unknown, never> = heap.newarray(t.any, count) as never;
  const base = array.$.address;
  const word = array.$.size / count;
  return { at: (i) => base + i * word, end: () => array.$.dispose() };
}

function running(count: number, own: { end(): void }, make: Parameters<typeof replacer>[1]): Running {
  return { step: replacer(count, make), end: () => own.end() };
}

const trees: Workload = {
  id: 'trees',
  name: 'Trees',
  about: `A forest of binary trees of ${kTreeNodes} nodes; random ones are felled and grown anew.`,
  rateMax: 100_000,
  onHeap(heap, settings) {
    const { Tree } = heap.defineTypes({ Tree: { left: t.ref('Tree'), right: t.ref('Tree') } });
    const { raw } = heap;
    const id = raw.typeId(Tree);
    const count = unitsFor(settings, kTreeNodes);
    const forest = places(heap, count);
    const { left, right } = { left: Tree.fields.left.offset, right: Tree.fields.right.offset };
    const nodes = new Uint32Array(kTreeNodes);
    return running(count, forest, (place) => {
      raw.storeRef(forest.at(place), (nodes[0] = raw.newobject(id)));
      for (let i = 1; i < kTreeNodes; i++) {
        const parent = nodes[(i - 1) >> 1] as number;
        raw.storeRef(parent + (i % 2 === 1 ? left : right), (nodes[i] = raw.newobject(id)));
      }
      return kTreeNodes;
    });
  },
  onJs(settings) {
    interface Tree {
      left: Tree | null;
      right: Tree | null;
    }
    const forest: (Tree | null)[] = new Array<Tree | null>(unitsFor(settings, kTreeNodes)).fill(null);
    const grow = (depth: number): Tree =>
      depth === 1 ? { left: null, right: null } : { left: grow(depth - 1), right: grow(depth - 1) };
    return running(forest.length, { end: () => (forest.length = 0) }, (place) => {
      forest[place] = grow(kTreeDepth);
      return kTreeNodes;
    });
  },
};

const churn: Workload = {
  id: 'churn',
  name: 'Churn',
  about: 'Objects of three sizes, replaced one by one at random places.',
  rateMax: 100_000,
  onHeap(heap, settings) {
    const types = heap.defineTypes({
      Small: { value: t.i32, other: t.any },
      Medium: { x: t.f64, y: t.f64, z: t.f64, next: t.any },
      Big: { samples: t.array(t.f32, 48), owner: t.any },
    });
    const { raw } = heap;
    const ids = [raw.typeId(types.Small), raw.typeId(types.Medium), raw.typeId(types.Big)];
    const all = places(heap, settings.live);
    return running(settings.live, all, (place, random) => {
      const dice = random.below(16);
      raw.storeRef(all.at(place), raw.newobject(ids[dice < 10 ? 0 : dice < 15 ? 1 : 2] as number));
      return 1;
    });
  },
  onJs(settings) {
    const all: unknown[] = new Array<unknown>(settings.live).fill(null);
    return running(settings.live, { end: () => (all.length = 0) }, (place, random) => {
      const dice = random.below(16);
      if (dice < 10) all[place] = { value: 0, other: null };
      else if (dice < 15) all[place] = { x: 0.5, y: 0.5, z: 0.5, next: null };
      else all[place] = { samples: new Float32Array(48), owner: null };
      return 1;
    });
  },
};

const rings: Workload = {
  id: 'rings',
  name: 'Linked lists with cycles',
  about: `Doubly linked rings of ${kRingLinks} links: every object is in a cycle, which reference counts never free.`,
  rateMax: 100_000,
  onHeap(heap, settings) {
    const { Link } = heap.defineTypes({ Link: { next: t.ref('Link'), previous: t.ref('Link'), number: t.i32 } });
    const { raw } = heap;
    const id = raw.typeId(Link);
    const { next, previous, number } = {
      next: Link.fields.next.offset,
      previous: Link.fields.previous.offset,
      number: Link.fields.number.offset,
    };
    const count = unitsFor(settings, kRingLinks);
    const all = places(heap, count);
    return running(count, all, (place) => {
      const head = raw.newobject(id);
      raw.storeRef(all.at(place), head);
      let last = head;
      for (let i = 1; i < kRingLinks; i++) {
        const link = raw.newobject(id);
        raw.storeRef(last + next, link);
        raw.storeRef(link + previous, last);
        raw.storeI32(link + number, i);
        last = link;
      }
      raw.storeRef(last + next, head);
      raw.storeRef(head + previous, last);
      return kRingLinks;
    });
  },
  onJs(settings) {
    interface Link {
      next: Link | null;
      previous: Link | null;
      number: number;
    }
    const all: (Link | null)[] = new Array<Link | null>(unitsFor(settings, kRingLinks)).fill(null);
    return running(all.length, { end: () => (all.length = 0) }, (place) => {
      const head: Link = { next: null, previous: null, number: 0 };
      let last = head;
      for (let i = 1; i < kRingLinks; i++) last = last.next = { next: null, previous: last, number: i };
      last.next = head;
      head.previous = last;
      all[place] = head;
      return kRingLinks;
    });
  },
};

const phrase = (below: (end: number) => number): string => {
  let text = kWords[below(kWords.length)] as string;
  for (let i = below(7); i > 0; i--) text += ` ${kWords[below(kWords.length)]}`;
  return text;
};

const strings: Workload = {
  id: 'strings',
  name: 'Strings',
  about: 'Phrases of one to seven words, as UTF-8 in the heap: two objects each.',
  rateMax: 20_000,
  onHeap(heap, settings) {
    const { Phrase } = heap.defineTypes({ Phrase: { text: t.string } });
    const { raw } = heap;
    const id = raw.typeId(Phrase);
    const count = unitsFor(settings, 2);
    const all = places(heap, count);
    return running(count, all, (place, random) => {
      const object = raw.newobject(id);
      raw.storeRef(all.at(place), object);
      raw.storeString(
        object + Phrase.fields.text.offset,
        phrase((end) => random.below(end)),
      );
      return 2;
    });
  },
  onJs(settings) {
    const all: ({ text: string } | null)[] = new Array<null>(unitsFor(settings, 2)).fill(null);
    return running(all.length, { end: () => (all.length = 0) }, (place, random) => {
      all[place] = { text: phrase((end) => random.below(end)) };
      return 2;
    });
  },
};

const finalizers: Workload = {
  id: 'finalizers',
  name: 'Finalizers and cleanups',
  about: 'Every object has a finalizer, every second one a cleanup too; the log says what ran.',
  rateMax: 500,
  onHeap(heap, settings, log) {
    const { Guest } = heap.defineTypes({ Guest: { number: t.u32 } });
    const { raw } = heap;
    const all = places(heap, settings.live);
    let last = 0;
    return running(settings.live, all, (place) => {
      const number = ++last;
      const guest = heap.newobject(Guest, { number });
      heap.SetFinalizer(guest, (object) => {
        log(`finalizer of guest ${object.number}`);
        object.$.dispose();
      });
      if (number % 2 === 0) heap.AddCleanup(guest, (who) => log(`cleanup after guest ${who}`), number);
      raw.storeRef(all.at(place), guest.$.address);
      guest.$.dispose();
      return 1;
    });
  },
  onJs(settings) {
    const all: ({ number: number } | null)[] = new Array<null>(settings.live).fill(null);
    let ran = 0;
    const registry = new FinalizationRegistry<number>(() => void (ran += 1));
    return running(settings.live, { end: () => (all.length = 0) }, (place) => {
      const guest = { number: place };
      registry.register(guest, place);
      if (place % 2 === 0) registry.register(guest, -place);
      all[place] = guest;
      return 1;
    });
  },
};

const values: Workload = {
  id: 'values',
  name: 'JS values in heap objects',
  about: 'Objects that hold a JS object each, and views that are dropped for the JS engine to find.',
  rateMax: 2000,
  onHeap(heap, settings) {
    const { Holder } = heap.defineTypes({ Holder: { tag: t.js, number: t.u32 } });
    const { raw } = heap;
    const all = places(heap, settings.live);
    let last = 0;
    return running(settings.live, all, (place) => {
      const holder = heap.newobject(Holder, { tag: { made: ++last }, number: last });
      raw.storeRef(all.at(place), holder.$.address);
      if (last % 50 !== 0) holder.$.dispose(); // Every fiftieth is left to the JS engine.
      return 1;
    });
  },
  onJs(settings) {
    const all: unknown[] = new Array<unknown>(settings.live).fill(null);
    return running(settings.live, { end: () => (all.length = 0) }, (place) => {
      all[place] = { tag: { made: place }, number: place };
      return 1;
    });
  },
};

export const kWorkloads: readonly Workload[] = [trees, churn, rings, strings, finalizers, values];
