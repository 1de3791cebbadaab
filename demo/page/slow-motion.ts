// In slow motion what the page's heap does is recorded, and played. The heap is then of the debug flavour, which
// records. Everything here goes through options and methods that any program has (debug.cycleTrace,
// debug.allocFreeTrace, heap.takeRecord).

import type { HeapRecord } from 'mallocgc';
import { count } from './format.js';
import type { Page } from './page.js';
import { button, element, show } from './elements.js';
import {
  allocate,
  allocationFrames,
  allocationsOf,
  CollectionReplay,
  kCollectionPhases,
  kWays,
  type RecordedAllocation,
  type Way,
} from './replay.js';
import { Snapshot } from './snapshot.js';

const kStepsRecorded = 12;
/** So many records of allocations are enough: fewer than there is room for. */
const kEntriesEnough = 8000;

/** Records from now on. Whatever is in the record by then is dropped. */
async function recorded(page: Page, run: () => void): Promise<HeapRecord> {
  const { heap } = page.session;
  await heap.takeRecord();
  run();
  return heap.takeRecord();
}

export class SlowMotion {
  #allocations: { record: HeapRecord; after: Snapshot; ways: Map<Way, RecordedAllocation> } | null = null;

  constructor(private readonly page: Page) {
    button('record-collection').addEventListener('click', () => void this.#guard(() => this.#collection()));
    button('record-allocation').addEventListener('click', () => void this.#guard(() => this.#record()));
    (element('ways') as HTMLSelectElement).addEventListener('change', () => this.#playWay());
  }

  /** This follows when the page has got another heap. */
  update(): void {
    const { slow } = this.page.session;
    this.page.player.close();
    button('slow').setAttribute('aria-pressed', String(slow));
    for (const id of ['record-collection', 'record-allocation']) button(id).disabled = !slow;
    this.#showWays(null);
    show(
      'replay-said',
      slow
        ? 'The heap is a new one, of the debug flavour, with few objects. Record what you want to see.'
        : 'Slow motion starts a new heap that records what it does.',
    );
  }

  async #guard(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      show('replay-said', `It could not be recorded: ${String(error)}`);
    }
    this.page.refresh();
  }

  async #collection(): Promise<void> {
    const { session } = this.page;
    session.pause();
    const before = Snapshot.of(session.heap);
    const { entries, lost } = await recorded(this.page, () => session.collect());
    if (lost > 0)
      return show(
        'replay-said',
        `The collection was longer than the record: ${count(lost)} entries are lost. Fewer live objects will do.`,
      );
    const { frames } = new CollectionReplay(entries, before);
    this.#showWays(null);
    this.page.player.open(before, frames, kCollectionPhases);
    show('replay-said', `Recorded: ${count(entries.length)} entries, ${count(frames.length)} frames.`);
  }

  async #record(): Promise<void> {
    const { session } = this.page;
    session.pause();
    const { heap } = session;
    if (session.state !== 'paused') return show('replay-said', 'Start a workload first: it allocates.');
    const percent = heap.setGCPercent(-1);
    const before = Snapshot.of(heap);
    let record = await recorded(this.page, () => session.step());
    for (let i = 1; i < kStepsRecorded && record.entries.length < kEntriesEnough; i++) {
      session.step();
      const next = await heap.takeRecord();
      record = { entries: [...record.entries, ...next.entries], lost: record.lost + next.lost };
    }
    heap.setGCPercent(percent);
    const ways = new Map<Way, RecordedAllocation>();
    for (const allocation of allocationsOf(record.entries))
      if (!ways.has(allocation.way)) ways.set(allocation.way, allocation);
    if (ways.size === 0) return show('replay-said', 'Nothing was allocated before a collection began. Try again.');
    const after = before.copy();
    after.add(heap, () => 'free');
    this.#allocations = { record, after, ways };
    this.#showWays([...ways.keys()]);
    this.#playWay();
    const all = allocationsOf(record.entries).length;
    show('replay-said', `Recorded: ${count(all)} allocations, of which one of each kind can be played.`);
  }

  #showWays(ways: readonly Way[] | null): void {
    const select = element('ways') as HTMLSelectElement;
    element('ways-field').hidden = ways === null;
    select.replaceChildren(
      ...Object.entries(kWays).flatMap(([way, title]) =>
        ways?.includes(way as Way) === true ? [new Option(title, way)] : [],
      ),
    );
    select.selectedIndex = select.options.length - 1;
  }

  #playWay(): void {
    const way = (element('ways') as HTMLSelectElement).value as Way;
    const allocation = this.#allocations?.ways.get(way);
    if (this.#allocations === null || allocation === undefined) return;
    const { record, after } = this.#allocations;
    const before = after.copy();
    allocate(before, record.entries.slice(0, allocation.from));
    const frames = allocationFrames(record.entries.slice(allocation.from, allocation.end), before);
    this.page.player.open(before, frames, [...new Set(frames.map(({ phase }) => phase))]);
  }
}
