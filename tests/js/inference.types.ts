// TypeScript must infer this from the fields of types. inference.test.ts compiles the file and does not run it. Each
// line with @ts-expect-error must be an error, and no other line may be one.

import {
  t,
  type AnyType,
  type AnyView,
  type ArrayView,
  type Handle,
  type Heap,
  type NumberArray,
  type View,
  type ViewOf,
  type Weak,
} from 'mallocgc';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function fields(heap: Heap): void {
  const { Node, Point } = heap.defineTypes({
    Node: {
      left: t.ref('Node'),
      at: t.struct('Point'),
      n: t.i32,
      big: t.u64,
      on: t.bool,
      tag: t.js,
      name: t.string,
      any: t.any,
      raw: t.bytes(4),
    },
    Point: { x: t.f64, y: t.f64, owner: t.ref('Node') },
  });
  const node = heap.newobject(Node, { n: 7, name: 'x', at: { x: 1 }, left: null });
  same<typeof node.n, number>(true);
  same<typeof node.big, bigint>(true);
  same<typeof node.on, boolean>(true);
  same<typeof node.tag, unknown>(true);
  same<typeof node.name, string>(true);
  same<typeof node.any, AnyView | Handle | null>(true);
  same<typeof node.raw, Uint8Array>(true);
  same<typeof node.$, Handle>(true);
  node[Symbol.dispose]();
  // Mutual recursion goes as deep as one likes.
  const y: number | undefined = node.left?.at.owner?.left?.at.y;
  node.left = heap.newobject(Node);
  node.at.owner = node;
  heap.SetFinalizer(node, (object) => object.left?.n.toFixed(y));
  const weak = heap.weak(node);
  same<NonNullable<ReturnType<typeof weak.deref>>['n'], number>(true);
  const kept: ViewOf<typeof Node> = node;
  const other: ViewOf<typeof Point> = kept.at;
  other.x += 1;
  // @ts-expect-error a field that is not there
  node.nope;
  // @ts-expect-error a number is no string
  node.n = 'x';
  // @ts-expect-error a Point is no Node
  node.left = heap.newobject(Point);
  // @ts-expect-error no such field to initialise
  heap.newobject(Node, { m: 1 });
  // @ts-expect-error of another kind
  heap.newobject(Node, { n: 'seven' });
}

export function sequences(heap: Heap): void {
  const { Poly } = heap.defineTypes({
    Poly: {
      xs: t.slice(t.f64),
      kids: t.slice(t.ref('Poly')),
      rows: t.array(t.array(t.i64, 2), 3),
      names: t.array(t.string, 2),
    },
  });
  const poly = heap.newobject(Poly, { xs: [1, 2], kids: [null], names: ['a', 'b'] });
  const x: number | undefined = poly.xs.at(0);
  const kid: number | undefined = poly.kids.at(0)?.xs.at(x ?? 0);
  const cell: bigint | undefined = poly.rows.at(0)?.at(1);
  for (const name of poly.names) name.charAt(kid ?? 0);
  const numbers = heap.newarray(t.f32, 3);
  const view: NumberArray = numbers.view();
  const polys = heap.newarray(Poly, 2);
  polys.set(0, { xs: new Float64Array(view.length) });
  const first: ArrayView<number> | undefined = polys.at(0)?.xs as ArrayView<number> | undefined;
  const refs = heap.newarray(t.ref(Poly), 2);
  refs.set(0, poly);
  first?.set(0, Number(cell));
  // @ts-expect-error a Poly by value is no number
  polys.set(0, 5);
  // @ts-expect-error texts are no numbers
  heap.newobject(Poly, { xs: ['a'] });
}

export function acrossCalls(heap: Heap): void {
  const Base = heap.defineType('Base', { n: t.i32, self: t.ref('Base') });
  const { Derived } = heap.defineTypes({ Derived: { base: t.ref(Base), inline: t.struct(Base), all: t.slice(Base) } });
  const derived = heap.newobject(Derived);
  const n: number | undefined = derived.base?.self?.n;
  derived.inline.n = n ?? 0;
  const viaSlice: number | undefined = derived.all.at(0)?.self?.n;
  const cursor = Base.cursor(derived.inline);
  cursor.n = viaSlice ?? 0;
  while (cursor.follow('self')) cursor.at(0);
  for (const at of Base.walk(derived.inline, 'self')) at.n += 1;
  const type: AnyType | null = heap.typeOf(derived);
  const weak: Weak<View<{ readonly n: typeof t.i32 }>> = heap.weak(heap.newobject(heap.defineType('W', { n: t.i32 })));
  heap.scope((frame) => {
    frame.newobject(Base, { n: 1 }).self = frame.newobject(Base);
    return frame.keep(frame.newobject(Base)).n + (weak.deref()?.n ?? 0) + (type?.size ?? 0);
  });
  heap.AddCleanup(derived, (arg) => arg.toUpperCase(), 'text');
  // @ts-expect-error the argument is a string
  heap.AddCleanup(derived, (arg: number) => arg, 'text');
  // @ts-expect-error options that do not exist
  heap.setDebug({ nope: true });
}

export function mistakes(heap: Heap): void {
  const { Node, Vec } = heap.defineTypes({
    Node: {
      next: t.ref('Node'),
      vec: t.ref('Vec'),
      at: t.struct('Vec'),
      n: t.i32,
      tag: t.js,
      kids: t.slice(t.ref('Node')),
    },
    Vec: { x: t.f32 },
  });
  const node = heap.newobject(Node, { tag: undefined, next: null });
  const copy: ViewOf<typeof Node> = heap.newobject(Node, { ...node, n: 2 });
  const wide: { readonly n?: number } = {};
  heap.newobject(Node, wide).next = copy;
  for (const at of Node.walk(heap.newarray(t.ref(Node), 2), 'next')) while (at.follow('next')) at.at(0);
  // @ts-expect-error there is no such type
  heap.defineTypes({ A: { x: t.ref('Nope') } });
  // @ts-expect-error nor here, below an array
  heap.defineTypes({ A: { x: t.slice(t.array(t.ref('Nope'), 2)) } });
  // @ts-expect-error nor by value
  heap.defineType('A', { x: t.struct('B') });
  // @ts-expect-error $ is the handle
  heap.defineTypes({ A: { $: t.i32 } });
  // @ts-expect-error no field
  Node.walk(node, 'nope');
  // @ts-expect-error a number
  Node.walk(node, 'n');
  // @ts-expect-error a reference to another type
  Node.walk(node, 'vec');
  // @ts-expect-error a reference to another type
  Node.cursor(node).follow('vec');
  // @ts-expect-error an object of another type
  Node.cursor(heap.newobject(Vec));
  // @ts-expect-error async
  heap.scope(async (frame) => frame.newobject(Vec).x);
  // @ts-expect-error a promise
  heap.scope((frame) => Promise.resolve(frame.newobject(Vec).x));
  // @ts-expect-error undefined
  node.next = undefined;
  // @ts-expect-error undefined
  heap.newobject(Node, { next: undefined });
  // @ts-expect-error undefined, below
  heap.newobject(Node, { at: { x: undefined } });
  // @ts-expect-error no such field, beside one
  heap.newobject(Node, { n: 1, nope: 2 });
  // @ts-expect-error no such field, in a scope
  heap.scope((frame) => frame.newobject(Node, { n: 1, nope: 2 }).n);
  // @ts-expect-error $ is a handle
  heap.newobject(Node, { $: 3 });
  // @ts-expect-error $ is there to stay
  node.$ = heap.newobject(Node).$;
}

export function typedArrays(heap: Heap): void {
  const { Many } = heap.defineTypes({
    Many: { f: t.slice(t.f32), big: t.array(t.u64, 2), raw: t.bytes(4), text: t.slice(t.string) },
  });
  same<ReturnType<ReturnType<typeof heap.newarray<typeof t.f32>>['view']>, Float32Array>(true);
  const many = heap.newobject(Many, {
    ...{
      f: new Float64Array(2),
      big: new BigInt64Array(2),
      raw: new Uint8ClampedArray(4),
      text: ['a', heap.string('b')],
    },
  });
  const floats: Float32Array = many.f.view();
  const bigs: BigUint64Array = many.big.view();
  const bytes: Uint8Array = heap.newarray(t.u8, floats.length + bigs.length).view();
  same<ReturnType<typeof many.text.view>, never>(true);
  heap.newobject(Many, { f: null, raw: [1, 2, 3, bytes.length] });
  // @ts-expect-error an inline array has its elements
  heap.newobject(Many, { big: null });
  // @ts-expect-error bigints are no floats
  heap.newobject(Many, { f: new BigInt64Array(2) });
  // @ts-expect-error numbers are no texts
  heap.newobject(Many, { text: new Float32Array(2) });
}
