// heap.whyAlive and heap.referrers give true paths with the names of fields, from every root that JS can make, and
// asking keeps nothing alive.

import fc from 'fast-check';
import { Flags, t, type AnyView, type Heap, type Link } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { checkedHeap, expectCode } from './support.ts';

const kSchema = {
  Node: { left: t.ref('Node'), right: t.ref('Node'), value: t.i32 },
  Box: {
    name: t.string,
    inner: t.struct('Inner'),
    many: t.array(t.struct('Inner'), 3),
    any: t.any,
    kids: t.slice(t.ref('Node')),
    tag: t.js,
  },
  Inner: { n: t.i32, node: t.ref('Node') },
} as const;

function brief(links: readonly Link[]): unknown[] {
  return links.map(({ kind, type, field }) => [kind, type?.name, field]);
}

describe('whyAlive', () => {
  it('names the root and each field on the way', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    let leaf = 0;
    const root = heap.newobject(Node);
    heap.scope((frame) => {
      const last = frame.newobject(Node, { value: 3 });
      root.right = frame.newobject(Node, { value: 2, left: last });
      leaf = last.$.address;
    });
    heap.GC();
    const path = heap.whyAlive(leaf);
    expect(path.root).toEqual({
      kind: 'handle',
      address: 0,
      size: 0,
      type: null,
      field: null,
      offset: 0,
      stack: undefined,
    });
    expect(brief(path.steps)).toEqual([
      ['object', 'Node', 'right'],
      ['object', 'Node', 'left'],
      ['object', 'Node', null],
    ]);
    expect(path.steps.map(({ address, offset }) => address + offset)).toEqual([
      root.$.address + 4,
      path.steps[1]?.address,
      leaf,
    ]);
    expect(String(path)).toBe('handle → Node.right → Node.left → Node');
    expect(path.omitted).toBe(0);
    expect(brief(heap.whyAlive(leaf + 9).steps).at(-1)).toEqual(['object', 'Node', 'value']);
    heap.dispose();
  });

  it('goes through structs, inline arrays, slices, strings, any, and arrays of their own', async () => {
    const heap = await checkedHeap();
    const { Node, Box, Inner } = heap.defineTypes(kSchema);
    const box = heap.newobject(Box);
    const inners = heap.newarray(Inner, 5);
    const inner = (view: unknown): { node: unknown } => view as { node: unknown };
    const ways: Record<string, (node: AnyView) => void> = {
      'inner.node': (node) => (inner(box.inner).node = node),
      'many[2].node': (node) => (inner(box.many.at(2)).node = node),
      any: (node) => (box.any = node),
      '[2]': (node) => (box.kids = [null, null, node] as never),
      '[4].node': (node) => (inner(inners.at(4)).node = node),
    };
    for (const [field, store] of Object.entries(ways)) {
      let at = 0;
      heap.scope((frame) => {
        const node = frame.newobject(Node);
        at = node.$.address;
        store(node);
      });
      heap.GC();
      expect(heap.referrers(at)).toMatchObject({ count: 1, links: [{ kind: 'object', field }] });
      expect(heap.whyAlive(at).steps.at(-2)?.field).toBe(field);
    }
    box.name = 'a text of more than a tiny block';
    const objects = heap.walk().spans.flatMap((span) => [...heap.walk().objects(span)]);
    const texts = objects.filter(
      ({ address, type }) => type === null && heap.referrers(address).links.some((link) => link.field === 'name'),
    );
    expect(texts.map(({ address }) => String(heap.whyAlive(address)))).toEqual(['handle → Box.name → untyped']);
    heap.dispose();
  });

  it('does not take the asking handle for an answer while there is another', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    const node = heap.newobject(Node);
    expect(heap.whyAlive(node)).toMatchObject({ root: { kind: 'handle' }, steps: [{ type: Node, offset: 0 }] });
    expect(heap.referrers(node)).toEqual({ count: 0, links: [] });
    const owner = heap.newobject(Node, { right: node });
    expect(brief(heap.whyAlive(node).steps)).toEqual([
      ['object', 'Node', 'right'],
      ['object', 'Node', null],
    ]);
    expect(heap.referrers(node)).toMatchObject({
      count: 1,
      links: [{ kind: 'object', address: owner.$.address, field: 'right', offset: 4 }],
    });
    expect(heap.referrers(node.$.address).count).toBe(2);
    heap.dispose();
  });

  it('roots nothing, and a weak handle is no answer', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    const node = heap.newobject(Node);
    const weak = heap.weak(node);
    const { address } = node.$;
    node.$.dispose();
    const path = heap.whyAlive(address + 1);
    expect(path).toMatchObject({ root: null, steps: [], omitted: 0 });
    expect(String(path)).toBe('nothing keeps it alive');
    expect(heap.memStats().LiveHandles).toBe(0);
    heap.GC();
    expect(weak.deref()).toBeUndefined();
    expectCode(() => heap.whyAlive(address), 'BAD_POINTER');
    heap.dispose();
  });

  it('tells scopes, finalizers and what waits for them', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    heap.scope((frame) => {
      const inner = frame.newobject(Node);
      expect(heap.whyAlive(inner).root?.kind).toBe('scope');
    });
    let [at, leftAt] = [0, 0];
    heap.scope((frame) => {
      const left = frame.newobject(Node);
      const watched = frame.newobject(Node, { left });
      [at, leftAt] = [watched.$.address, left.$.address];
      heap.SetFinalizer(watched, () => undefined);
    });
    expect(heap.whyAlive(leftAt)).toMatchObject({
      root: { kind: 'finalizer', type: Node, address: at, field: 'left' },
    });
    expect(heap.whyAlive(at).root).toBeNull();
    heap.GC();
    expect(heap.whyAlive(at).root).toMatchObject({ kind: 'queued', address: at });
    heap.dispose();
  });

  it('names where a handle was made', async () => {
    const heap = await checkedHeap({ debug: { handleStacks: true, verify: true } });
    const { Node } = heap.defineTypes(kSchema);
    function theLeak(): AnyView {
      return heap.newobject(Node);
    }
    const leaked = theLeak();
    expect(heap.whyAlive(leaked.$.address).root?.stack).toMatch(/theLeak/);
    heap.dispose();
  });

  it('shortens the middle of a long path', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    const last = heap.newobject(Node);
    let first = last as AnyView;
    for (let i = 0; i < 999; i++) {
      const next = heap.newobject(Node, { left: first as never });
      if (first !== last) first.$.dispose();
      first = next;
    }
    const path = heap.whyAlive(last);
    expect(path.steps.length + path.omitted).toBe(1000);
    expect(path.omitted).toBeGreaterThan(800);
    expect(path.steps[0]?.address).toBe(first.$.address);
    expect(path.steps.at(-1)?.address).toBe(last.$.address);
    expect(String(path)).toContain(`… ${path.omitted} more …`);
    heap.dispose();
  });

  it('gives as many referrers as wanted, and counts all', async () => {
    const heap = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    const target = heap.newobject(Node);
    const kept = Array.from({ length: 300 }, () => heap.newobject(Node, { left: target }));
    expect(heap.referrers(target)).toMatchObject({ count: 300 });
    expect(heap.referrers(target).links).toHaveLength(128);
    expect(heap.referrers(target, 3).links).toHaveLength(3);
    for (const limit of [-1, 0.5, 129, '1', null])
      expectCode(() => heap.referrers(target, limit as never), 'BAD_ARGUMENT');
    expect(kept).toHaveLength(300);
    heap.dispose();
  });

  it('refuses what is no object of this heap', async () => {
    const heap = await checkedHeap();
    const other = await checkedHeap();
    const { Node } = heap.defineTypes(kSchema);
    const theirs = other.newobject(other.defineTypes(kSchema).Node);
    const disposed = heap.newobject(Node);
    disposed.$.dispose();
    for (const ask of [(x: unknown) => heap.whyAlive(x as never), (x: unknown) => heap.referrers(x as never)]) {
      expectCode(() => ask(0), 'BAD_POINTER');
      expectCode(() => ask(-1), 'BAD_ARGUMENT');
      expectCode(() => ask('x'), 'BAD_POINTER');
      expectCode(() => ask(theirs), 'WRONG_HEAP');
      expectCode(() => ask(disposed), 'STALE_HANDLE');
      expectCode(() => ask(heap.mallocgc(0, null, Flags.noScan)), 'BAD_POINTER');
    }
    heap.dispose();
    expectCode(() => heap.whyAlive(8), 'DISPOSED');
  });
});

/** Returns distances from the roots, computed over heap.walk() and the fields alone. */
function searched(heap: Heap, roots: readonly number[]): Map<number, number> {
  const walk = heap.walk();
  const edges = new Map<number, number[]>();
  const view = new Uint32Array(heap.memory.buffer);
  for (const span of walk.spans) {
    for (const { address, type } of walk.objects(span))
      edges.set(address, type?.name === 'Node' ? [view[address >>> 2] ?? 0, view[(address >>> 2) + 1] ?? 0] : []);
  }
  const found = new Map<number, number>();
  let line = roots.map((root) => root);
  for (let distance = 1; line.length > 0; distance++) {
    const fresh = [...new Set(line)].filter((address) => edges.has(address) && !found.has(address));
    for (const address of fresh) found.set(address, distance);
    line = fresh.flatMap((address) => edges.get(address) ?? []);
  }
  return found;
}

describe('a random graph', () => {
  it('has the paths that a search over heap.walk() finds, and no shorter ones', async () => {
    const heap = await checkedHeap({ maxBytes: 1 << 25 });
    const { Node } = heap.defineTypes(kSchema);
    const graph = fc.record({
      edges: fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 40 }),
      roots: fc.uniqueArray(fc.nat(39), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(graph, ({ edges, roots }) => {
        const nodes = Array.from({ length: 40 }, (_, value) => heap.newobject(Node, { value }));
        edges.forEach(([to, other], from) => {
          (nodes[from] as { left: unknown }).left = nodes[to];
          (nodes[from] as { right: unknown }).right = nodes[other];
        });
        const addresses = nodes.map((node) => node.$.address);
        nodes.forEach((node, i) => void (roots.includes(i) || node.$.dispose()));
        const distances = searched(
          heap,
          roots.map((i) => addresses[i] as number),
        );
        for (const address of addresses) {
          const { root, steps } = heap.whyAlive(address);
          expect(steps.length).toBe(distances.get(address) ?? 0);
          expect(root === null).toBe(steps.length === 0);
          steps.slice(0, -1).forEach((step, i) => {
            const word = new Uint32Array(heap.memory.buffer)[(step.address + step.offset) >>> 2];
            expect(word).toBe(steps[i + 1]?.address);
          });
        }
        nodes.forEach((node) => node.$.dispose());
        heap.GC();
      }),
      { numRuns: 60 },
    );
    heap.dispose();
  });
});
