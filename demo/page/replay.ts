// This makes the frames of a replay from what a heap recorded: which cells change, and a sentence on it. Nothing here
// is made up: each frame is a stretch of entries of heap.takeRecord(), in their order.

import type { AnyType, RecordEntry } from 'mallocgc';
import { address as show, bytes, count } from './format.js';
import type { MapState } from './map-tiles.js';
import type { Snapshot } from './snapshot.js';

export interface Frame {
  readonly phase: string;
  readonly text: string;
  readonly changes: readonly { readonly address: number; readonly state: MapState; readonly type?: AnyType | null }[];
  /** This address is to be looked at; 0 is none. */
  readonly focus: number;
}

type Entry<K extends RecordEntry['kind']> = Extract<RecordEntry, { kind: K }>;

export const kCollectionPhases = ['Start', 'Roots', 'Mark', 'Goal', 'Sweep', 'Done'] as const;

const kRootNames: Readonly<Record<string, string>> = {
  handle: 'views and handles in JS',
  scope: 'scopes that have not ended',
  range: 'root ranges',
  finalizer: 'objects with a finalizer, which keep what they point to',
  context: 'what finalizers and cleanups were given',
  queued: 'finalizers that wait',
  running: 'finalizers that run',
  clientStack: 'words of programs’ own stacks',
  chain: 'frames of compilers’ shadow stacks',
};

const plural = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`;
const addresses = (entries: readonly { readonly address: number }[], state: MapState): Frame['changes'] =>
  entries.map(({ address }) => ({ address, state }));

/** Makes the frames of one collection. The snapshot is of the heap before it. */
export class CollectionReplay {
  readonly frames: Frame[] = [];
  readonly #entries: readonly RecordEntry[];
  readonly #reached = new Set<number>();
  #at = 0;

  constructor(entries: readonly RecordEntry[], before: Snapshot) {
    this.#entries = entries;
    const start = this.#one('cycleStart');
    this.#add(
      'Start',
      `Collection ${count(start.cycle)} starts: ${bytes(start.live)} are live, and the goal is ${bytes(start.goal)}. All objects are white: nobody knows yet which of them are reached.`,
    );
    this.#sweep('Start', 'First the last collection’s sweep is finished.');
    this.#roots();
    this.#marking();
    const end = this.#one('markEnd');
    const dead = [...before.cells('new')].filter((address) => !this.#reached.has(address));
    this.#add(
      'Mark',
      `Nothing is grey any more. ${plural(end.objects, 'object')}, ${bytes(end.bytes)}, are reached; ${plural(dead.length, 'object')} are not: they are dead.`,
      dead.map((address) => ({ address, state: 'dead' })),
    );
    // The dead are resolved before anything is swept.
    for (const { address } of this.#while('queued')) this.#queued('Mark', address);
    const goal = this.#one('cycleEnd');
    this.#add(
      'Goal',
      `The goal of the next collection is ${bytes(goal.goal)}, from the ${bytes(goal.marked)} that are marked, the roots, and gcPercent. The program could go on now.`,
    );
    this.#sweep('Sweep', 'Span by span, what is not marked becomes free.');
    this.#add('Done', 'Swept: all orange cells are free slots again, and the next allocations take them.');
  }

  #add(phase: string, text: string, changes: Frame['changes'] = [], focus = 0): void {
    this.frames.push({ phase, text, changes, focus });
  }

  #one<K extends RecordEntry['kind']>(kind: K): Entry<K> {
    const entry = this.#entries[this.#at++];
    if (entry?.kind !== kind) throw new Error(`the record has ${entry?.kind ?? 'nothing'} instead of ${kind}`);
    return entry as Entry<K>;
  }

  /** Returns the entries from here on that are of these kinds. */
  #while<K extends RecordEntry['kind']>(...kinds: readonly K[]): Entry<K>[] {
    const found: Entry<K>[] = [];
    for (; (kinds as readonly string[]).includes(this.#entries[this.#at]?.kind ?? ''); this.#at++)
      found.push(this.#entries[this.#at] as Entry<K>);
    return found;
  }

  #reach(entries: readonly { readonly address: number }[]): void {
    for (const { address } of entries) this.#reached.add(address);
  }

  #roots(): void {
    const roots = this.#while('root');
    const shaded = this.#while('shade', 'mark');
    this.#reach(shaded);
    for (const kind of new Set(roots.map(({ root }) => root))) {
      const of = roots.filter(({ root }) => root === kind);
      this.#add(
        'Roots',
        `${plural(of.length, 'root')}: ${kRootNames[kind] ?? kind}. What they point to is reached and turns grey; its span waits in the queue.`,
        addresses(of, 'grey'),
        of[0]?.address,
      );
    }
    this.#add('Roots', 'All roots are seen. Objects without pointers need no scan: they are black at once.', [
      ...addresses(
        shaded.filter(({ kind }) => kind === 'shade'),
        'grey',
      ),
      ...addresses(
        shaded.filter(({ kind }) => kind === 'mark'),
        'survived',
      ),
    ]);
  }

  #marking(): void {
    for (;;) {
      const [span] = this.#while('scanSpan').slice(-1);
      if (span === undefined) return;
      const events = this.#while('shade', 'scan', 'mark');
      this.#reach(events);
      const scanned = events.filter(({ kind }) => kind === 'scan').length;
      const met = events.length - scanned;
      const text = `The marker takes the span at ${show(span.span)} from its queue: ${plural(scanned, 'grey object')} of ${bytes(span.slotBytes)} scanned, now black. ${met === 0 ? 'They point to nothing new.' : `${plural(met, 'object')} that they point to ${met === 1 ? 'is' : 'are'} reached for the first time.`}`;
      this.#add(
        'Mark',
        text,
        events.map(({ address, kind }) => ({ address, state: kind === 'shade' ? 'grey' : 'survived' })),
        span.span,
      );
    }
  }

  #queued(phase: string, address: number): void {
    this.#add(
      phase,
      `The object at ${show(address)} is dead and has a finalizer: that is queued, and the object lives until it has run.`,
      [{ address, state: 'survived' }],
      address,
    );
  }

  #sweep(phase: string, first: string): void {
    let text = first;
    let freed: Frame['changes'][number][] = [];
    for (;;) {
      const events = this.#while('free', 'queued', 'sweepSpan', 'spanFreed');
      if (events.length === 0) return;
      for (const event of events) {
        if (event.kind === 'free') freed.push({ address: event.address, state: 'freed' });
        else if (event.kind === 'queued') {
          this.#queued(phase, event.address);
        } else if (event.kind === 'spanFreed') {
          this.#add(
            phase,
            `The span at ${show(event.span)} is empty: its ${bytes(event.bytes)} go back to the page heap.`,
            [],
            event.span,
          );
        } else if (event.freed > 0) {
          this.#add(
            phase,
            `${text} The span at ${show(event.span)}: ${plural(event.freed, 'object')} freed, ${count(event.live)} stay.`.trim(),
            freed,
            event.span,
          );
          freed = [];
          text = '';
        }
      }
    }
  }
}

// ---- allocations

/** These are the ways of an allocation, the shortest first. */
export const kWays = {
  bump: 'The run has room: a bump',
  tiny: 'A tiny object in a shared block',
  run: 'The next run of the span',
  span: 'Another span of the class',
  newSpan: 'A fresh span from the page heap',
  growth: 'The memory grows',
} as const;
export type Way = keyof typeof kWays;

export interface RecordedAllocation {
  readonly way: Way;
  /** The entries before these say what the heap did until then. */
  readonly from: number;
  readonly end: number;
}

/** Returns each allocation of a record, up to the first collection in it. */
export function allocationsOf(entries: readonly RecordEntry[]): RecordedAllocation[] {
  const found: RecordedAllocation[] = [];
  let from = 0;
  for (let i = 0; i < entries.length && entries[i]?.kind !== 'cycleStart'; i++) {
    if (entries[i]?.kind !== 'allocation') continue;
    const kinds = new Set(entries.slice(from, i).map(({ kind }) => kind));
    const way = (['growth', 'newSpan', 'span', 'run', 'tiny'] as const).find((kind) => kinds.has(kind)) ?? 'bump';
    found.push({ way, from, end: i + 1 });
    from = i + 1;
  }
  return found;
}

/** Applies entries of allocations to a snapshot. */
export function allocate(snapshot: Snapshot, entries: readonly RecordEntry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'allocation') snapshot.set(entry.address, 'new', entry.type);
    else if (entry.kind === 'free') snapshot.set(entry.address, 'free');
  }
}

type Change = Frame['changes'][number];

/** Returns the frame of one step of an allocation, or undefined for a step that shows nothing by itself. */
function stepFrame(entry: RecordEntry, freed: readonly Change[]): Frame | undefined {
  switch (entry.kind) {
    case 'tiny': {
      const text = `It is smaller than a tiny block and has no pointers: there is room at ${show(entry.address)} in the block that others share.`;
      return { phase: 'Tiny block', text, changes: [], focus: entry.address };
    }
    case 'span': {
      const swept = freed.length > 0 ? `, now that it is swept: ${plural(freed.length, 'object')} freed` : '';
      const text = `The cache’s span has no free slot left. Among the spans of its class the one at ${show(entry.span)} has room${swept}.`;
      return { phase: 'Span list', text, changes: freed, focus: entry.span };
    }
    case 'growth': {
      const text = `The page heap has no free pages either: the memory grows by ${bytes(entry.bytes)}, to ${bytes(entry.total)} in all.`;
      return { phase: 'memory.grow', text, changes: [], focus: 0 };
    }
    case 'newSpan': {
      const text = `No span of the class has room: the page heap gives ${bytes(entry.bytes)} for a fresh span at ${show(entry.span)}.`;
      return { phase: 'Page heap', text, changes: [], focus: entry.span };
    }
    case 'run': {
      const changes = Array.from({ length: entry.slots }, (_, i) => ({
        address: entry.address + (i * entry.bytes) / entry.slots,
        state: 'grey' as const,
        type: null,
      }));
      const text = `The next free slots in a row, ${plural(entry.slots, 'slot')} from ${show(entry.address)} on, become the cache’s run: their bits are set at once.`;
      return { phase: 'Run', text, changes, focus: entry.address };
    }
    default:
      return undefined;
  }
}

/** Returns the frames of one allocation. The snapshot is of the heap before it. */
export function allocationFrames(entries: readonly RecordEntry[], snapshot: Snapshot): Frame[] {
  const [last] = entries.slice(-1);
  if (last?.kind !== 'allocation') throw new Error('the record has no allocation');
  const span = snapshot.spanAt(last.address);
  const what = last.type?.name ?? 'block without pointers';
  const frames: Frame[] = [
    {
      phase: 'Request',
      text: `A ${what} of ${bytes(last.bytes)} is asked for: slots of ${bytes(span?.slotBytes ?? last.bytes)} hold it.`,
      changes: [],
      focus: 0,
    },
  ];
  let freed: Change[] = [];
  for (const entry of entries) {
    if (entry.kind === 'free') freed.push({ address: entry.address, state: 'freed' });
    const frame = stepFrame(entry, freed);
    if (frame !== undefined) frames.push(frame);
    if (entry.kind === 'span') freed = [];
  }
  const isBump = entries.length === 1;
  const text = isBump
    ? `The cache’s run has room: the cursor moves on by one slot, and the object is at ${show(last.address)}. JavaScript and compiled code do this without a call.`
    : `The object is at ${show(last.address)}${entries.some(({ kind }) => kind === 'tiny') ? '' : ', the first slot that the cursor passes'}.`;
  frames.push({
    phase: 'Object',
    text,
    changes: [{ address: last.address, state: 'new', type: last.type }],
    focus: last.address,
  });
  return frames;
}
