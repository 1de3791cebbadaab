// Why an object is alive, and what points to it: the core's links with the names of types and fields, by value. Nothing
// is rooted by asking, and the handle that asks is not the answer as long as there is another one.
// Doors: Heap.whyAlive, Heap.referrers.

import { kNoHandle, type Address, type HandleId } from './abi.js';
import { checkAddress } from './arguments.js';
import type { Codec } from './codec.js';
import type { Core } from './core.js';
import { problem } from './errors.js';
import type { Events } from './events.js';
import { Handle, type AnyType } from './handle.js';
import type { Known } from './known.js';
import { checkNumber } from './options.js';
import type { Roots } from './roots.js';
import { targetOf } from './target.js';
import { Type } from './type.js';
import type { Place } from './view.js';

/**
 * What points: an `object`, or a root.
 *
 * - `handle`: a view or handle in JS.
 * - `scope`: an object of a scope that has not ended.
 * - `range`: memory of a program in the same module.
 * - `clientStack`: a word of that program's stack.
 * - `chain`: a slot of a frame that LLVM made.
 * - `finalizer`: an object with a finalizer keeps what it points to, whether it lives itself or not.
 * - `context`: what a finalizer or cleanup of the core was given.
 * - `queued`, `running`: a finalizer that waits or runs.
 */
export type LinkKind =
  | 'object'
  | 'scope'
  | 'handle'
  | 'range'
  | 'finalizer'
  | 'context'
  | 'queued'
  | 'running'
  | 'clientStack'
  | 'chain';

/** One link of a path, as it was. */
export interface Link {
  readonly kind: LinkKind;
  /**
   * Where the object begins; of a `scope` or `range` the word that points on; of `queued` and the like the object it is
   * about.
   */
  readonly address: number;
  /** Bytes of the object; 0 for roots. */
  readonly size: number;
  readonly type: AnyType | null;
  /** The field that points on: `next`, `kids[3]`, `[7].left`. Null where there is no name for it. */
  readonly field: string | null;
  /** Where that is: bytes from `address`. */
  readonly offset: number;
  /** Of a handle: where it was made, if the heap has `debug.handleStacks`. */
  readonly stack: string | undefined;
}

/**
 * A shortest path from a root to an object.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Cache, Entry } = heap.defineTypes({
 *   Cache: { entries: t.slice(t.ref('Entry')) },
 *   Entry: { next: t.ref('Entry'), n: t.i32 },
 * });
 * const cache = heap.newobject(Cache);
 * let lost = 0;
 * heap.scope((frame) => {
 *   const last = frame.newobject(Entry, { n: 2 });
 *   Cache.assign(cache, { entries: [null, frame.newobject(Entry, { next: last })] });
 *   lost = last.$.address;
 * });
 * heap.GC();
 * console.log(String(heap.whyAlive(lost))); // handle → Cache.entries → [1] → Entry.next → Entry
 * console.log(heap.referrers(lost).links.map((link) => link.field)); // ["next"]
 * heap.dispose();
 * ```
 */
export class Path {
  /** What keeps the object alive; null: nothing, and the next collection frees it. */
  declare readonly root: Link | null;
  /** The objects from the one that the root points to down to the one that was asked about. */
  declare readonly steps: readonly Link[];
  /** So many objects in the middle of a long path are left out. */
  declare readonly omitted: number;

  /** @internal */
  constructor(
    /** What keeps the object alive; null: nothing, and the next collection frees it. */
    root: Link | null,
    /** The objects from the one that the root points to down to the one that was asked about. */
    steps: readonly Link[],
    /** So many objects in the middle of a long path are left out. */
    omitted: number,
  ) {
    this.root = root;
    this.steps = steps;
    this.omitted = omitted;
  }

  /** In one line: `handle → Registry.items → [3] → Item`. */
  toString(): string {
    if (this.root === null) return 'nothing keeps it alive';
    const texts = [this.root, ...this.steps].map(textOf);
    if (this.omitted > 0) texts.splice(1 + Math.ceil(this.steps.length / 2), 0, `… ${this.omitted} more …`);
    return texts.join(' → ');
  }
}

function textOf({ kind, type, field }: Link): string {
  const name = type?.name ?? '';
  const object = name === '' || field === null || field.startsWith('[') ? name + (field ?? '') : `${name}.${field}`;
  if (kind === 'object') return object === '' ? 'untyped' : object;
  return object === '' ? kind : `${kind} of ${object}`;
}

/** What points to an object directly. */
export interface Referrers {
  /** How many links there are in all. */
  readonly count: number;
  /** The first of them: roots, then objects by address of their span. */
  readonly links: readonly Link[];
}

const kKinds: readonly [string, LinkKind][] = [
  ['OBJECT', 'object'],
  ['STACK', 'scope'],
  ['HANDLE', 'handle'],
  ['RANGE', 'range'],
  ['FINALIZER', 'finalizer'],
  ['CONTEXT', 'context'],
  ['QUEUED', 'queued'],
  ['RUNNING', 'running'],
  ['CLIENT_STACK', 'clientStack'],
  ['CHAIN', 'chain'],
];

/** The kinds of links by the core's numbers. */
export function linkKinds({ description }: Core): Map<number, LinkKind> {
  return new Map(kKinds.map(([name, kind]) => [description.get(`link.${name}`), kind]));
}

/** The rooms that answers are put together from. */
export interface PathRooms {
  readonly core: Core;
  readonly known: Known;
  readonly roots: Roots;
  readonly events: Events;
}

/**
 * Calls the core with the address of a target and the handle that asks; then reads at most `limit` of the links, from
 * the `first` on.
 */
function ask(
  { core, events }: PathRooms,
  target: unknown,
  what: string,
  call: (address: Address, asking: HandleId) => number,
): number {
  core.alive();
  let asking = kNoHandle;
  let address = target;
  if (typeof target !== 'number') {
    const handle = targetOf(core, target, what);
    asking = Handle.id(handle);
    address = Handle.address(handle);
  }
  const count = call(checkAddress('address', address), asking);
  if (count < 0) core.fail();
  core.memory.refresh();
  events.afterCall();
  return count;
}

export function whyAlive(rooms: PathRooms, target: unknown): Path {
  const { core } = rooms;
  const count = ask(rooms, target, 'whyAlive', (address, asking) => core.wasm.mgc_why_alive(address, asking));
  const most = core.description.get('walk.links_max');
  const [root = null, ...steps] = readLinks(rooms, Math.min(count, most), count);
  return new Path(root, steps, Math.max(count - most, 0));
}

export function referrers(rooms: PathRooms, target: unknown, limit: unknown): Referrers {
  const { core } = rooms;
  const most = core.description.get('walk.links_max');
  const wanted = limit === undefined ? most : checkNumber('limit', limit, 0, most);
  const count = ask(rooms, target, 'referrers', (address, asking) => core.wasm.mgc_referrers(address, asking));
  return { count, links: readLinks(rooms, Math.min(count, wanted)) };
}

/** The links in the core's cells. The object that was asked about is the last of `whole`; it points on to nothing. */
function readLinks({ core, known, roots }: PathRooms, count: number, whole = 0): Link[] {
  const { description, memory } = core;
  const cells = (core.wasm.mgc_walk() >>> 0) + description.get('walk.links');
  const kinds = linkKinds(core);
  return Array.from({ length: count }, (_, i) => {
    const record = cells + i * description.get('sizeof.link');
    const word = (name: string): number => memory.u32[(record + description.get(`link.${name}`)) >>> 2] as number;
    const kind = kinds.get(word('kind'));
    if (kind === undefined) throw problem('CORRUPT', 'a link of an unknown kind');
    const at = Number(memory.u64[(record + description.get('link.at')) >>> 3]);
    const [size, offset, id] = [word('size'), word('offset'), word('type_id')];
    return {
      kind,
      address: kind === 'handle' ? 0 : word('base') || at,
      size,
      type: known.type(id),
      field: size === 0 || (whole !== 0 && i === count - 1 && offset === 0) ? null : fieldAt(known, id, size, offset),
      offset,
      stack: kind === 'handle' ? roots.stackOf(at) : undefined,
    };
  });
}

/** The least slot: it may be twice as large as the object in it. */
const kLeastSlot = 8;

/** The name of the word `offset` bytes into an object of `size` bytes. */
function fieldAt(known: Known, typeId: number, size: number, offset: number): string | null {
  const record = Type.record(known.type(typeId));
  if (record === undefined) {
    const element = known.element(typeId);
    return element === undefined ? null : inArray(element, offset);
  }
  const isArray = offset >= record.size || (size > kLeastSlot && size >= 2 * record.size);
  if (isArray && record.size > 0) return inArray(record.byValue, offset);
  return inFields(record.places, offset) || null;
}

function inArray(element: Codec, offset: number): string {
  const index = Math.floor(offset / element.size);
  const inner = inValue(element, offset - index * element.size);
  return `[${index}]${inner}`;
}

function inFields(places: readonly Place[], offset: number): string {
  const place = places.find(({ offset: at, codec }) => offset >= at && offset < at + codec.size);
  return place === undefined ? '' : place.name + inValue(place.codec, offset - place.offset);
}

function inValue(codec: Codec, offset: number): string {
  if (codec.element !== undefined) return inArray(codec.element, offset);
  const record = codec.kind === 'struct' ? Type.record(codec.target) : undefined;
  const name = record === undefined ? '' : inFields(record.places, offset);
  return name === '' ? '' : `.${name}`;
}
