// This table has everything public that can be called: one row for each member of the public classes, each function,
// each kind of field. A row does its operation once, on a world of its own. Whatever the operation looks at of its
// caller's goes through `world.trap`, so that a test can fail it at each look. tests/tidy/operations.test.ts sees to it
// that a new public name has a row.

import { createHeapSync, Flags, t, toJS, viewEquality, type Heap, type HeapOptions } from 'mallocgc';
import { heapWasm } from 'mallocgc/inline';

const kText = 'a text that is longer than a word';

function define(heap: Heap) {
  return heap.defineTypes({
    Vec: { x: t.f32, y: t.f32 },
    Node: {
      ...{ i8: t.i8, u8: t.u8, i16: t.i16, u16: t.u16, i32: t.i32, u32: t.u32, f32: t.f32, f64: t.f64 },
      ...{ i64: t.i64, u64: t.u64, bool: t.bool, js: t.js, string: t.string, any: t.any, ref: t.ref('Node') },
      ...{ struct: t.struct('Vec'), slice: t.slice(t.string), array: t.array(t.string, 2), bytes: t.bytes(2) },
      numbers: t.slice(t.f64),
      vecs: t.array(t.struct('Vec'), 2),
      refs: t.array(t.ref('Node'), 2),
    },
  });
}

/** Every field of a Node may be assigned these; the js field takes any object. */
export const kValues = {
  ...{ i8: 1, u8: 2, i16: 3, u16: 4, i32: 5, u32: 6, f32: 7, f64: 8, i64: 9n, u64: 10n, bool: true },
  ...{ string: kText, struct: { x: 1, y: 2 }, slice: [kText, 'b'], array: [kText, 'd'], bytes: [1, 2] },
  ...{ numbers: [1, 2, 3], vecs: [{ x: 3 }, { y: 4 }] },
} as const;

/** The rows work on this. */
export interface World {
  readonly heap: Heap;
  /** Lets the test fail the operation where it looks at a value of the caller's. */
  trap<T>(value: T): T;
  readonly types: ReturnType<typeof define>;
  readonly node: ReturnType<typeof makeNode>;
  readonly objects: ReturnType<typeof makeObjects>;
}

function makeNode(heap: Heap, { Node }: ReturnType<typeof define>) {
  const other = heap.newobject(Node, { i32: 1, string: 'other' });
  const node = heap.newobject(Node, { i32: 7, string: 'node', ref: other, any: other, js: 'value', slice: ['s'] });
  other.$.dispose();
  return node;
}

function makeObjects(heap: Heap, { Node }: ReturnType<typeof define>, node: ReturnType<typeof makeNode>) {
  const texts = heap.newarray(t.string, 3);
  texts.set(1, 'one');
  const raw = heap.raw.newobject(heap.raw.typeId(Node));
  const rooted = heap.newobject(Node, { i32: 8 });
  return {
    ...{ texts, rooted, raw },
    block: heap.mallocgc(64, null, Flags.noScan),
    numbers: heap.newarray(t.f64, 4),
    weak: heap.weak(node),
    cursor: Node.cursor(node),
    walk: heap.walk(),
    path: heap.whyAlive(node),
    module: new WebAssembly.Module(heapWasm()),
  };
}

/** Makes a heap with one of each; `trap` and `options` are the test's. */
export function worldOf(heap: Heap, trap: World['trap']): World {
  const types = define(heap);
  const node = makeNode(heap, types);
  return { heap, trap, types, node, objects: makeObjects(heap, types, node) };
}

/** A row does the operation, and may return a promise. */
type Row = (world: World) => unknown;

const open = ({ trap, objects }: World, options: HeapOptions): void =>
  createHeapSync(objects.module, trap({ maxBytes: 1 << 24, schedule: 'manual', ...options })).dispose();
const dispose = (target: { $: { dispose(): void } }): void => target.$.dispose();
const nothing = (): void => undefined;
const inScope =
  (run: (world: World, frame: Parameters<Parameters<Heap['scope']>[0]>[0]) => unknown): Row =>
  (world) =>
    world.heap.scope((frame) => void run(world, frame));
const field =
  (name: keyof typeof kValues): Row =>
  ({ node, trap }) => {
    (node as never as Record<string, unknown>)[name] = trap(kValues[name] as never);
  };
const reading =
  (name: string): Row =>
  ({ node }) =>
    (node as never as Record<string, unknown>)[name];
const loading =
  (name: string, at: string): Row =>
  ({ heap, objects, types }) => {
    const address =
      objects.rooted.$.address + ((types.Node.fields as never as Record<string, { offset: number }>)[at]?.offset ?? 0);
    return (heap.raw as never as Record<string, (address: number) => unknown>)[name]?.(address);
  };
const storing =
  (name: string, at: string, value: unknown): Row =>
  ({ heap, objects, types }) => {
    const address =
      objects.rooted.$.address + ((types.Node.fields as never as Record<string, { offset: number }>)[at]?.offset ?? 0);
    return (heap.raw as never as Record<string, (address: number, value: unknown) => void>)[name]?.(address, value);
  };

const kHeap: Record<string, Row> = {
  memory: ({ heap }) => heap.memory,
  raw: ({ heap }) => heap.raw,
  mallocgc: ({ heap, types }) => {
    heap.mallocgc(100, null, Flags.noScan).dispose();
    heap.mallocgc(3 * types.Node.size, types.Node).dispose();
  },
  newobject: ({ heap, types, trap }) => dispose(heap.newobject(types.Node, trap({ ...kValues, js: {} }))),
  newarray: ({ heap, types, trap }) => {
    dispose(heap.newarray(types.Node, 2));
    dispose(heap.newarray(trap({ ...t.slice(trap({ ...t.slice(t.string) })) }), 2));
  },
  rawmem: ({ heap }) => heap.rawmem(100).dispose(),
  roundupsize: ({ heap }) => heap.roundupsize(100),
  string: ({ heap }) => heap.string(kText).dispose(),
  GC: ({ heap }) => heap.GC(),
  startCycle: ({ heap }) => heap.startCycle(),
  step: ({ heap }) => heap.step(1),
  minorGC: ({ heap }) => heap.minorGC(),
  setGCPercent: ({ heap }) => heap.setGCPercent(heap.setGCPercent(50)),
  setMemoryLimit: ({ heap }) => heap.setMemoryLimit(0),
  trim: ({ heap }) => heap.trim(),
  setDebug: ({ heap, trap }) => heap.setDebug(trap({ verify: true })),
  onCycleStart: ({ heap }) => heap.onCycleStart(nothing)(),
  SetFinalizer: ({ heap, node }) => {
    heap.SetFinalizer(node, nothing);
    heap.SetFinalizer(node, null);
  },
  AddCleanup: ({ heap, node }) => heap.AddCleanup(node, nothing, 5).stop(),
  weak: ({ heap, node }) => heap.weak(node)[Symbol.dispose](),
  keep: ({ heap, node }) => heap.keep(node),
  own: ({ heap, node }) => dispose(heap.own(node.struct)),
  same: ({ heap, node }) => heap.same(node, node.$),
  KeepAlive: ({ heap, node }) => heap.KeepAlive(node),
  runFinalizers: ({ heap }) => heap.runFinalizers(),
  defineTypes: ({ heap, types, trap }) => {
    const element = { kind: 'struct', target: 'New' };
    const many = { kind: 'slice', element };
    const more = { old: { kind: 'ref', target: types.Node }, three: { kind: 'array', element, count: 3 } };
    heap.defineTypes(trap({ New: { a: { kind: 'string' } }, Newer: { ...more, many } }) as never);
  },
  defineType: ({ heap, trap }) => heap.defineType('New', trap({ a: { ...t.i32 }, b: { ...t.slice(t.any) } })),
  typeOf: ({ heap, node }) => heap.typeOf(node.$.address),
  findObject: ({ heap, node }) => heap.findObject(node.$.address),
  scope: ({ heap, trap }) => heap.scope((frame) => void trap({ frame }).frame.root(0)),
  handles: ({ heap }) => [...heap.handles()],
  memStats: ({ heap }) => heap.memStats(),
  walk: ({ heap, trap }) => heap.walk(trap({ from: 0 })),
  whyAlive: ({ heap, node }) => String(heap.whyAlive(node)),
  referrers: ({ heap, node }) => heap.referrers(node),
  takeRecord: ({ heap }) => heap.takeRecord().catch(nothing),
  on: ({ heap }) => heap.on('warning', nothing)(),
  verify: ({ heap }) => heap.verify(),
  dispose: ({ objects }) => createHeapSync(objects.module, { maxBytes: 1 << 24 }).dispose(),
};

const kHandle: Record<string, Row> = {
  address: ({ node }) => node.$.address,
  size: ({ node }) => node.$.size,
  type: ({ node }) => node.$.type,
  disposed: ({ node }) => node.$.disposed,
  bytes: ({ node }) => node.$.bytes(),
  equals: ({ node, objects }) => node.$.equals(objects.block),
  dispose: ({ heap }) => heap.rawmem(8).dispose(),
};

const kArrayView: Record<string, Row> = {
  $: ({ objects }) => objects.texts.$,
  length: ({ objects }) => objects.texts.length,
  at: ({ objects }) => objects.texts.at(1),
  set: ({ node, trap }) => node.vecs.set(0, trap({ x: 5, y: 6 })),
  view: ({ objects }) => objects.numbers.view(),
};

const kType: Record<string, Row> = {
  name: ({ types }) => types.Node.name,
  size: ({ types }) => types.Node.size,
  fields: ({ types }) => types.Node.fields,
  pointerMask: ({ types }) => types.Node.pointerMask(),
  cursor: ({ types, node }) => types.Node.cursor(node).$.dispose(),
  walk: ({ types, node }) => [...types.Node.walk(node, 'ref')],
  assign: ({ types, node, trap }) => types.Node.assign(node, trap({ ...kValues, js: {} })),
};

const kFrame: Record<string, Row> = {
  newobject: inScope(({ types, trap }, frame) => frame.newobject(types.Node, trap({ ...kValues, js: {} }))),
  view: inScope(({ node }, frame) => frame.view(node).ref?.string),
  root: inScope(({ node }, frame) => frame.root(node.$.address)),
  keep: inScope(({ node }, frame) => dispose(frame.keep(node))),
};

const kNumbers = ['I8', 'U8', 'I16', 'U16', 'I32', 'U32', 'F32', 'F64'];
const kRaw: Record<string, Row> = {
  newobject: ({ heap, types }) => heap.raw.newobject(heap.raw.typeId(types.Node)),
  mallocgc: ({ heap }) => heap.raw.mallocgc(3000, 0, Flags.noScan),
  typeId: ({ heap, types }) => heap.raw.typeId(types.Node),
  ...Object.fromEntries(kNumbers.map((kind) => [`load${kind}`, loading(`load${kind}`, kind.toLowerCase())])),
  ...Object.fromEntries(kNumbers.map((kind) => [`store${kind}`, storing(`store${kind}`, kind.toLowerCase(), 1)])),
  loadI64: loading('loadI64', 'i64'),
  loadU64: loading('loadU64', 'u64'),
  loadBool: loading('loadBool', 'bool'),
  loadString: loading('loadString', 'string'),
  loadRef: loading('loadRef', 'ref'),
  storeI64: storing('storeI64', 'i64', 1n),
  storeU64: storing('storeU64', 'u64', 1n),
  storeBool: storing('storeBool', 'bool', true),
  storeString: storing('storeString', 'string', kText),
  storeRef: storing('storeRef', 'ref', 0),
  barrier: loading('barrier', 'ref'),
};

const kView: Record<string, Row> = {
  ...Object.fromEntries(Object.keys(t).map((kind) => [`get ${kind}`, reading(kind)])),
  ...Object.fromEntries(Object.keys(kValues).map((kind) => [`set ${kind}`, field(kind as 'i8')])),
  'set element': ({ objects }) => objects.texts.set(0, kText),
  'set js': ({ node }) => (node.js = {}),
  'set any': ({ node, objects }) => (node.any = objects.texts as never),
  'set ref': ({ node, objects }) => (node.ref = objects.rooted),
};

const kOthers: Record<string, Row> = {
  createHeap: (world) => open(world, { gcPercent: 100 }),
  createHeapSync: (world) => open(world, { minHeapBytes: 1 << 20 }),
  heapWasm: () => heapWasm(),
  toJS: ({ node }) => toJS(node),
  viewEquality: ({ node, objects }) => viewEquality.call({ equals: Object.is }, node, objects.rooted),
  'Weak.alive': ({ objects }) => objects.weak.alive,
  'Weak.deref': ({ objects }) => dispose(objects.weak.deref() as never),
  'Weak.equals': ({ objects }) => objects.weak.equals(objects.weak),
  'Cursor.follow': ({ objects }) => objects.cursor.follow('ref'),
  'Cursor.at': ({ objects }) => objects.cursor.at(0),
  'HeapWalk.spans': ({ objects }) => objects.walk.spans.length,
  'HeapWalk.slots': ({ objects }) => objects.walk.slots(objects.walk.spans[0] as never),
  'HeapWalk.state': ({ objects }) => objects.walk.state,
  'HeapWalk.type': ({ objects }) => objects.walk.type,
  'HeapWalk.objects': ({ objects }) => objects.walk.spans.map((span) => [...objects.walk.objects(span)].length),
  'Path.root': ({ objects }) => objects.path.root,
  'Path.steps': ({ objects }) => objects.path.steps,
  'Path.omitted': ({ objects }) => objects.path.omitted,
  'Path.toString': ({ objects }) => objects.path.toString(),
};

const named = (name: string, rows: Record<string, Row>): [string, Row][] =>
  Object.entries(rows).map(([member, row]) => [`${name}.${member}`, row]);

/** These are all rows, by `Class.member`. */
export const kOperations: ReadonlyMap<string, Row> = new Map([
  ...[...named('Heap', kHeap), ...named('Handle', kHandle), ...named('ArrayView', kArrayView)],
  ...[...named('Type', kType), ...named('Frame', kFrame), ...named('RawHeap', kRaw), ...named('View', kView)],
  ...Object.entries(kOthers),
]);
