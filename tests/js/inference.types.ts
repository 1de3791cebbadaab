// What TypeScript must infer from the fields of types. Compiled, not run, by inference.test.ts: each @ts-expect-error
// line must be an error, and no other line may be one.

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
  // Mutual recursion, as deep as one likes.
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
