// heap.lean.wasm is used by its exports alone. The tests show what it describes, what it keeps and frees under load,
// and what it refuses, and that the package says so instead of failing somewhere.

import { createHeap, MallocgcError } from 'mallocgc';
import { describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

const kNodeBytes = 16; // two pointers, a number that tells the node, and its complement
const kManyPointers = 100;
const kOptions = { min_heap_bytes: 256 << 10 };

/** Writes a description into the scratch memory. Returns the number of the type, or 0. */
function define(
  heap: BareHeap,
  info: { size: number; mask?: number; tail?: string; tailSize?: number; tailMask?: number; program?: number[] },
): number {
  const at = heap.call('mgc_scratch', 512);
  const view = new DataView(heap.memory.buffer);
  new Uint8Array(heap.memory.buffer).fill(0, at, at + 512);
  const masks = at + heap.number('sizeof.type_info');
  const set = (name: string, value: number): void => view.setUint32(at + heap.number(`type_info.${name}`), value, true);
  set('size', info.size);
  set('tail', heap.number(`tail.${info.tail ?? 'REPEAT'}`));
  set('tail_size', info.tailSize ?? 0);
  view.setUint32(masks, info.mask ?? 0, true);
  view.setUint32(masks + 8, info.tailMask ?? 0, true);
  if (info.mask !== undefined)
    view.setUint32(at + heap.number('type_info.pointers') + heap.number('words_info.mask'), masks, true);
  if (info.tailMask !== undefined)
    view.setUint32(at + heap.number('type_info.tail_pointers') + heap.number('words_info.mask'), masks + 8, true);
  if (info.program !== undefined) {
    info.program.forEach((word, i) => view.setUint32(masks + 16 + 4 * i, word, true));
    view.setUint32(at + heap.number('type_info.pointers') + 4, masks + 16, true);
    view.setUint32(at + heap.number('type_info.pointers') + 8, info.program.length, true);
  }
  return heap.call('mgc_type_define', at);
}

/** This is xorshift32, as the workloads use it. */
function* numbers(seed = 2463534242): Generator<number, never> {
  for (let x = seed; ; ) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

interface Mirror {
  id: number;
  at: number;
  left: Mirror | null;
  right: Mirror | null;
}

/** A mirror in JavaScript knows which of these nodes live. */
class Graph {
  readonly node: number;
  #ids = 0;

  constructor(readonly heap: BareHeap) {
    this.node = define(heap, { size: kNodeBytes, mask: 3 });
    expect(this.node).toBeGreaterThan(0);
  }

  #words = new Uint32Array(0);

  /** This is the memory, which grows. */
  get words(): Uint32Array {
    if (this.#words.buffer !== this.heap.memory.buffer) this.#words = new Uint32Array(this.heap.memory.buffer);
    return this.#words;
  }

  make(): Mirror {
    const at = this.heap.call('mgc_new', this.node);
    const words = this.words;
    const first = at >>> 2;
    if (at === 0 || words[first] || words[first + 1] || words[first + 2] || words[first + 3])
      throw new Error(`a node at ${at} that is not zero`);
    const id = ++this.#ids;
    words[first + 2] = id;
    words[first + 3] = ~id;
    return { id, at, left: null, right: null };
  }

  link(from: Mirror, side: 'left' | 'right', to: Mirror | null): void {
    from[side] = to;
    this.heap.call('mgc_store', from.at + (side === 'left' ? 0 : 4), to?.at ?? 0);
  }

  /** Checks that all that can be reached is as it was written. Returns how many nodes that is. */
  check(roots: Iterable<Mirror | null>): number {
    const words = this.words;
    const seen = new Set<Mirror>();
    const open = [...roots].filter((node) => node !== null);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      const place = node.at >>> 2;
      if (words[place + 2] !== node.id || words[place + 3] !== ~node.id >>> 0)
        throw new Error(`node ${node.id} was overwritten`);
      if (words[place] !== (node.left?.at ?? 0) || words[place + 1] !== (node.right?.at ?? 0))
        throw new Error(`node ${node.id} points elsewhere`);
      if (node.left !== null) open.push(node.left);
      if (node.right !== null) open.push(node.right);
    }
    return seen.size;
  }
}

describe('heap.lean.wasm', () => {
  it('describes a part of what heap.wasm describes, with the same numbers', () => {
    const [lean, full] = [new BareHeap(shipped('heap.lean.wasm')), new BareHeap(shipped('heap.wasm'))];
    expect([lean.number('flavour.lean'), full.number('flavour.lean')]).toEqual([1, 0]);
    const own = ['flavour.lean', 'cards.address', 'reserved.end'];
    for (const [name, value] of Object.entries(lean.abi))
      if (!own.includes(name)) expect({ name, value: full.abi[name] }).toEqual({ name, value });
  });

  it('keeps what frames, handles and ranges reach and frees the rest, churned through many collections', () => {
    const heap = new BareHeap(shipped('heap.lean.wasm'), kOptions);
    const graph = new Graph(heap);
    const random = numbers();
    const upTo = (n: number): number => random.next().value % n;
    const slots: (Mirror | null)[] = Array.from({ length: 64 }, () => null);
    const frame = heap.call('mgc_frame_push', slots.length);
    const handles = new Map<number, Mirror>();
    const range = heap.call('mgc_malloc', 64 * 4, 0, heap.number('flag.NOSCAN'));
    const kept = heap.exports['mgc_handle_new']?.(range) as number;
    const ranged: (Mirror | null)[] = Array.from({ length: 64 }, () => null);
    expect(heap.call('mgc_add_roots', range, 64 * 4, 0)).toBe(0);

    for (let step = 0; step < 400_000; step++) {
      const fresh = graph.make();
      const choice = upTo(16);
      if (choice < 10) {
        const i = upTo(slots.length);
        const old = slots[i] ?? null;
        graph.link(fresh, 'left', choice < 5 ? old : (slots[upTo(slots.length)] ?? null));
        if (choice === 9) graph.link(fresh, 'right', ranged[upTo(64)] ?? null);
        slots[i] = choice === 0 ? null : fresh;
        graph.words[(frame >>> 2) + i] = slots[i]?.at ?? 0;
      } else if (choice < 13) {
        const i = upTo(64);
        ranged[i] = fresh;
        graph.words[(range >>> 2) + i] = fresh.at + upTo(kNodeBytes); // an inner address
      } else if (handles.size < 50) {
        handles.set(heap.exports['mgc_handle_new']?.(fresh.at) as number, fresh);
      } else {
        const handle = [...handles.keys()][upTo(handles.size)] as number;
        if (heap.call('mgc_handle_get', handle) !== handles.get(handle)?.at)
          throw new Error(`handle ${handle} leads elsewhere`);
        if (heap.call('mgc_handle_free', handle) !== 0) throw new Error(`handle ${handle} cannot be freed`);
        handles.delete(handle);
      }
      // What hangs together would grow without end, so a link is cut now and then.
      const cut = slots[upTo(slots.length)] ?? null;
      if (cut !== null && upTo(4) === 0) graph.link(cut, 'left', null);
      if (step % 40_000 !== 0) continue;
      const live = graph.check([...slots, ...ranged, ...handles.values()]);
      expect(heap.call('mgc_collect')).toBe(0);
      expect(graph.check([...slots, ...ranged, ...handles.values()])).toBe(live);
      // Exactly that lives, with the block that is the range.
      expect(heap.stat('heap_marked')).toBe(live * kNodeBytes + heap.call('mgc_roundup', 64 * 4));
    }
    expect(heap.stat('num_gc')).toBeGreaterThan(15);
    expect(heap.stat('live_handles')).toBe(handles.size + 1);

    expect(heap.call('mgc_frame_pop', frame)).toBe(0);
    expect(heap.call('mgc_remove_roots', range)).toBe(0);
    for (const handle of [...handles.keys(), kept]) expect(heap.call('mgc_handle_free', handle)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect([heap.stat('heap_marked'), heap.stat('live_handles')]).toEqual([0, 0]);
  });

  it('reads masks of up to 64 words, arrays, tails and words that may be pointers, of small and large objects', () => {
    const heap = new BareHeap(shipped('heap.lean.wasm'), kOptions);
    const graph = new Graph(heap);
    const pointers = define(heap, { size: 4, mask: 1 });
    const opaque = define(heap, { size: 12, mask: 0b100, tail: 'OPAQUE' });
    const elements = define(heap, { size: 8, mask: 0b10, tail: 'ELEMENTS', tailSize: 12, tailMask: 0b010 });
    const words = define(heap, { size: 4, tail: 'CONSERVATIVE' });
    expect(define(heap, { size: 4, mask: 1 })).toBe(pointers);
    // Each case says which words of an object of so many hold pointers.
    const cases: [type: number, count: number, isPointer: (word: number) => boolean][] = [
      [pointers, kManyPointers, () => true],
      [pointers, 20_000, () => true],
      [opaque, kManyPointers, (word) => word === 2],
      [elements, kManyPointers, (word) => (word < 2 ? word === 1 : (word - 2) % 3 === 1)],
      [elements, 20_000, (word) => (word < 2 ? word === 1 : (word - 2) % 3 === 1)],
      [words, kManyPointers, () => true],
    ];
    for (const [type, count, isPointer] of cases) {
      const handle = heap.exports['mgc_handle_new']?.(heap.call('mgc_malloc', count * 4, type, 0)) as number;
      const at = heap.call('mgc_handle_get', handle);
      // Each word has an object of its own, known to that word alone. Where the word is no pointer, the object goes.
      const targets = Array.from({ length: Math.min(count, kManyPointers) }, (_, i) => {
        const target = graph.make();
        heap.call('mgc_store', at + 4 * i, target.at);
        return target;
      });
      expect(heap.call('mgc_collect')).toBe(0);
      const kept = targets.filter((_, i) => isPointer(i));
      expect(graph.check(kept)).toBe(kept.length);
      const own = heap.stat('heap_marked') - kept.length * kNodeBytes;
      expect(own).toBe(heap.call('mgc_roundup', count * 4));
      expect(heap.call('mgc_handle_free', handle)).toBe(0);
    }
  });

  it('grows, gives pages of dead objects to others, and says when memory is out', () => {
    const heap = new BareHeap(shipped('heap.lean.wasm'), kOptions);
    const bytes = 1 << 20;
    const noscan = heap.number('flag.NOSCAN');
    for (let i = 0; i < 500; i++)
      expect(heap.call('mgc_malloc', bytes + (i % 7) * 50_000, 0, noscan)).toBeGreaterThan(0);
    expect(heap.memory.buffer.byteLength).toBeLessThan(32 << 20);
    const handles: number[] = [];
    for (let at = heap.call('mgc_malloc', bytes, 0, noscan); at !== 0; at = heap.call('mgc_malloc', bytes, 0, noscan)) {
      handles.push(heap.exports['mgc_handle_new']?.(at) as number);
    }
    expect(heap.call('mgc_status')).toBe(heap.number('status.OUT_OF_MEMORY'));
    expect(handles.length).toBeGreaterThan(50);
    for (const handle of handles) heap.call('mgc_handle_free', handle);
    expect(heap.call('mgc_malloc', 40 * bytes, 0, noscan)).toBeGreaterThan(0);
  });

  it('gives a status for what it refuses', () => {
    const heap = new BareHeap(shipped('heap.lean.wasm'));
    const status = (): string | undefined =>
      Object.keys(heap.abi).find((name) => name.startsWith('status.') && heap.abi[name] === heap.call('mgc_status'));
    expect(heap.call('mgc_new', 7)).toBe(0);
    expect(status()).toBe('status.BAD_TYPE');
    expect(define(heap, { size: 4, mask: 2 })).toBe(0);
    expect(status()).toBe('status.BAD_TYPE');
    expect(define(heap, { size: 400, mask: 1 })).toBe(0);
    expect(status()).toBe('status.BAD_SIZE');
    expect(define(heap, { size: 16, program: [1, 2] })).toBe(0);
    expect(status()).toBe('status.BAD_TYPE');
    const handle = heap.exports['mgc_handle_new']?.(
      heap.call('mgc_malloc', 8, 0, heap.number('flag.NOSCAN')),
    ) as number;
    expect(heap.call('mgc_handle_free', handle)).toBe(0);
    expect(heap.call('mgc_handle_get', handle)).toBe(0);
    expect(status()).toBe('status.STALE_HANDLE');
    const frame = heap.call('mgc_frame_push', 2);
    expect(heap.call('mgc_frame_pop', frame + 4)).toBe(heap.number('status.SHADOW_STACK'));
    expect(heap.call('mgc_frame_push', 1 << 30)).toBe(0);
    expect(heap.call('mgc_init')).toBe(heap.number('status.BAD_ARGUMENT'));
  });

  it('is refused by the package, which needs more', async () => {
    const error = await createHeap({ module: shipped('heap.lean.wasm') }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MallocgcError);
    expect((error as MallocgcError).code).toBe('BAD_ARGUMENT');
    expect((error as MallocgcError).message).toMatch(/heap\.lean\.wasm/);
  });
});
