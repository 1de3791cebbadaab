// This has a heap, values of every kind that can be passed where they do not belong, and the methods to pass them to.

import { createHeapSync, Flags, t, type AnyView, type Heap, type Type } from 'mallocgc';
import { checkedHeap } from './support.ts';

/** Numbers that are no sizes, no indices, or on the edge of what is one. */
export const kNumbers: readonly number[] = [
  ...[0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity],
  ...[2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308],
];

export const kBoom = new Error('thrown by the value');
export const kThrowing = {
  get n(): never {
    throw kBoom;
  },
  get $(): never {
    throw kBoom;
  },
};
const boom = (): never => {
  throw kBoom;
};
export const kProxy = new Proxy({}, { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom });

/** The hostile values refer to these. */
export interface World {
  heap: Heap;
  values: unknown[];
  node: AnyView & Record<string, unknown>;
  arrays: { at(i: never): unknown; set(i: never, value: never): void; view(): unknown }[];
  type: Type;
}

/** Typed arrays over an object: as it was read, a part of it, and one that says it is something else. */
function bytesOf(make: () => { raw: Uint8Array }): unknown[] {
  const [{ raw }, { raw: liar }] = [make(), make()];
  const lies = { buffer: { value: new ArrayBuffer(8) }, byteOffset: { get: boom }, byteLength: { value: 1 << 20 } };
  return [raw, raw.subarray(1), Object.defineProperties(liar, lies)];
}

/** A view or an array that was given another one's `$`, where the flavour lets that be. */
function impostor(view: object, other: { $: unknown }): unknown {
  try {
    return Object.assign(view, { $: other.$ });
  } catch {
    return view;
  }
}

export async function world(): Promise<World> {
  const heap = await checkedHeap();
  const other = await checkedHeap();
  const dead = await checkedHeap();
  const fields = {
    next: t.ref('Node'),
    n: t.i32,
    any: t.any,
    s: t.string,
    xs: t.slice(t.ref('Node')),
    in: t.array(t.js, 3),
    raw: t.bytes(5),
    v: t.js,
    big: t.u64,
    b: t.bool,
  };
  const types = [heap, other, dead].map((h) => h.defineTypes({ Node: fields, Leaf: { x: t.f64 } }));
  const [mine, theirs, gone] = types;
  if (mine === undefined || theirs === undefined || gone === undefined) throw new Error('no types');
  const node = heap.newobject(mine.Node, { n: 1 });
  node.next = node;
  const disposed = heap.newobject(mine.Node);
  disposed.$.dispose();
  const lost = dead.newobject(gone.Node);
  dead.dispose();
  const arrays = [heap.newarray(t.i32, 4), heap.newarray(mine.Node, 2)];
  const values: unknown[] = [
    ...arrays,
    undefined,
    null,
    true,
    false,
    ...kNumbers,
    '',
    'Node',
    'n',
    '__proto__',
    '\ud800',
    'x'.repeat(5000),
    0n,
    -1n,
    2n ** 64n,
    Symbol('s'),
    Symbol.iterator,
    () => 1,
    () => {
      throw kBoom;
    },
    async () => 1,
    [],
    [1, 2, 3],
    [null, undefined],
    new Array(5),
    {},
    Object.create(null),
    { n: 1 },
    { n: 'x' },
    { length: 1e9 },
    { length: -1 },
    kThrowing,
    kProxy,
    new Proxy([], {}),
    new Date(0),
    /x/,
    new Map(),
    new Float64Array(3),
    new BigInt64Array(2),
    new DataView(new ArrayBuffer(8)),
    new ArrayBuffer(8),
    Promise.resolve(1),
    heap,
    other,
    dead,
    node,
    node.$,
    disposed,
    disposed.$,
    lost,
    lost.$,
    theirs.Node,
    gone.Node,
    mine.Node,
    mine.Leaf,
    other.newobject(theirs.Node),
    heap.newobject(mine.Leaf, { x: 1 }),
    heap.newobject(mine.Leaf).$,
    heap.weak(node),
    heap.string('text'),
    heap.newarray(t.ref(mine.Node), 3),
    other.newarray(t.i32, 1),
    node.$.address,
    node.$.address + 1,
    { $: node.$ },
    { $: {} },
    { $: 5 },
    t.i32,
    t.ref('Node'),
    t.slice(t.ref('Nope')),
    { kind: 'ref', target: kProxy },
    { A: { x: t.i32 } },
    { Node: { x: t.i32 } },
    { A: kThrowing },
    { A: { a: t.struct('A') } },
    mine.Node.cursor(node),
    ...bytesOf(() => heap.newobject(mine.Node)),
    impostor(heap.newobject(mine.Node), node),
    impostor(heap.newarray(t.i32, 64), arrays[0] as { $: unknown }),
  ];
  return { heap, values, node: node as never, arrays: arrays as never, type: mine.Node as never };
}

/** These methods take anything. What a handle or an array does to itself is called, too. */
export function callsOf({ heap, node, arrays, type }: World): Record<string, (...args: never[]) => unknown> {
  const own = heap as never as Record<string, (...args: never[]) => unknown>;
  const names = [
    'mallocgc',
    'newobject',
    'newarray',
    'rawmem',
    'roundupsize',
    'string',
    'GC',
    'startCycle',
    'step',
    'minorGC',
    'setGCPercent',
    'setMemoryLimit',
    'setDebug',
    'onCycleStart',
    'SetFinalizer',
    'AddCleanup',
    'weak',
    'KeepAlive',
    'runFinalizers',
    'defineTypes',
    'defineType',
    'typeOf',
    'findObject',
    'scope',
    'handles',
    'whyAlive',
    'referrers',
    'takeRecord',
    'memStats',
    'on',
    'verify',
  ];
  const calls: Record<string, (...args: never[]) => unknown> = {};
  for (const name of names) calls[name] = (...args) => own[name]?.apply(heap, args);
  for (const field of ['next', 'n', 'any', 's', 'xs', 'in', 'raw', 'v', 'big', 'b']) {
    calls[`node.${field} =`] = (value) => (node[field] = value);
    calls[`node.${field}`] = () => node[field];
  }
  arrays.forEach((array, n) => {
    calls[`array${n}.at`] = (i) => array.at(i);
    calls[`array${n}.set`] = (i, value) => array.set(i, value);
    calls[`array${n}.view`] = () => array.view();
  });
  calls['handle.equals'] = (value) => node.$.equals(value);
  const weak = heap.weak(node);
  calls['weak.equals'] = (value) => weak.equals(value);
  calls['weak.deref'] = () => weak.deref();
  calls['Flags.align'] = (value) => Flags.align(value);
  calls['createHeapSync'] = (value, options) => createHeapSync(value, options);
  calls['raw.typeId'] = (value) => heap.raw.typeId(value);
  calls['memory flags'] = (size, flags) => heap.mallocgc(size, null, flags);
  calls['type.cursor'] = (value) => type.cursor(value);
  // It takes one step only: the node may be its own next.
  calls['type.walk'] = (value, field) => type.walk(value, field)[Symbol.iterator]().next();
  calls['frame.newobject'] = (of, init) => heap.scope((frame) => void frame.newobject(of, init));
  calls['frame.root'] = (address) =>
    heap.scope((frame) => void frame.root(typeof address === 'number' ? (0 as never) : address));
  calls['frame.keep'] = (view) => heap.scope((frame) => frame.keep(view));
  return calls;
}
