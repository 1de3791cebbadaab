// Events (O5): the core writes them into a bounded ring in its memory, because it can call nobody (B7); the face reads
// the ring where user code may run, that is after an object is rooted and never inside an allocation. What the ring
// lost is counted.
// Doors: afterCall sees that there is something new; cycle.ts and lifecycle.ts pump.

import type { Core } from './core.js';
import { complain, now, warn } from './engine.js';
import { reportUncaught, type Schedule } from './schedule.js';

/** What each kind of event says, besides `type`, `cycle` and `timeNs`. */
export interface HeapEvents {
  cycleStart: { live: number; goal: number; sliced: number };
  phase: { phase: number; work: number };
  cycleEnd: { liveBefore: number; marked: number; goal: number; pauseNs: number };
  sweepDone: { objects: number; spans: number };
  growth: { bytes: number; total: number; hole: number };
  ready: { waiting: number };
  finalizerRun: { count: number };
  trace: { text: string };
  diagnosis: { text: string };
  /** A minor collection begins: bytes live, and those that young objects have taken. */
  minorStart: { live: number; taken: number };
  /** It has ended: bytes that survived, bytes on dirty cards, units of work, and whether minor collections rest now. */
  minorEnd: { survived: number; cardBytes: number; work: number; resting: number };
  /** From this package: something looks like a mistake. */
  warning: { count: number; text: string };
  /** The ring was too short: so many events were lost. */
  lost: { count: number };
}

export type EventName = keyof HeapEvents;

/** An event as listeners get it. */
export type HeapEvent<K extends EventName = EventName> = HeapEvents[K] & {
  readonly type: K;
  readonly cycle: number;
  readonly timeNs: number;
};

/** The core's name of each kind, and what its values mean, in order. */
const kKinds: readonly (readonly [string, EventName, readonly string[]])[] = [
  ['CYCLE_START', 'cycleStart', ['live', 'goal', 'sliced']],
  ['PHASE', 'phase', ['phase', 'work']],
  ['CYCLE_END', 'cycleEnd', ['liveBefore', 'marked', 'goal', 'pauseNs']],
  ['SWEEP_DONE', 'sweepDone', ['objects', 'spans']],
  ['GROWTH', 'growth', ['bytes', 'total', 'hole']],
  ['READY', 'ready', ['waiting']],
  ['FINALIZER_RUN', 'finalizerRun', ['count']],
  ['TRACE', 'trace', []],
  ['DIAGNOSIS', 'diagnosis', []],
  ['MINOR_START', 'minorStart', ['live', 'taken']],
  ['MINOR_END', 'minorEnd', ['survived', 'cardBytes', 'work', 'resting']],
];

type Listener = (event: HeapEvent) => void;

export class Events {
  readonly #core: Core;
  readonly #schedule: Schedule;
  readonly #onTrace: ((line: string) => void) | undefined;
  readonly #ring: number;
  /** Where the core counts what it has written, as an index into u32. */
  readonly #writtenIndex: number;
  #written = 0;
  readonly #kinds = new Map<number, (typeof kKinds)[number]>();
  readonly #listeners = new Map<EventName, Set<Listener>>();
  #read = 0;
  #pumping = false;
  #hasWarned = false;

  /** `onTrace` gets the trace lines; without it the console does. */
  constructor(core: Core, schedule: Schedule, onTrace: ((line: string) => void) | undefined) {
    this.#core = core;
    this.#schedule = schedule;
    this.#onTrace = onTrace;
    this.#ring = core.wasm.mgc_events() >>> 0;
    this.#writtenIndex = (this.#ring + core.description.get('events.written')) >>> 2;
    for (const kind of kKinds) this.#kinds.set(core.description.get(`event.${kind[0]}`), kind);
  }

  /** To be called after what may have collected or grown: refreshes arrays, asks for a task if there are new events. */
  afterCall(): void {
    const { memory } = this.#core;
    // Before the read: every growth comes by here, and an engine makes no access fast that has met two detached arrays.
    this.#core.refresh();
    const written = memory.u32[this.#writtenIndex] as number;
    if (written === this.#written) return;
    this.#written = written;
    this.#schedule.wanted();
  }

  on<K extends EventName>(name: K, listener: (event: HeapEvent<K>) => void): () => void {
    let set = this.#listeners.get(name);
    if (set === undefined) this.#listeners.set(name, (set = new Set()));
    const entry: Listener = (event) => listener(event as unknown as HeapEvent<K>);
    set.add(entry);
    return () => void set.delete(entry);
  }

  isKnown(name: unknown): name is EventName {
    return name === 'warning' || name === 'lost' || kKinds.some((kind) => kind[1] === name);
  }

  /** Tells the listeners of one kind. One that throws does not stop the others. */
  say<K extends EventName>(type: K, values: HeapEvents[K], cycle = 0, timeNs = now() * 1e6): void {
    const event = { ...values, type, cycle, timeNs } as HeapEvent<K>;
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(event as HeapEvent);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  /** Something looks like a mistake: listeners hear of it, or else, once a heap, the console. */
  warn(count: number, text: string): void {
    if ((this.#listeners.get('warning')?.size ?? 0) > 0) {
      this.say('warning', { count, text });
    } else if (!this.#hasWarned) {
      this.#hasWarned = true;
      warn(`mallocgc: ${text}`);
    }
  }

  /** Reads what the core has written since the last time, and tells the listeners. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (const [name, values, cycle, timeNs] of this.#take()) {
        if (name === 'trace') this.#trace((values as HeapEvents['trace']).text);
        this.say(name, values, cycle, timeNs);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #trace(line: string): void {
    const onTrace = this.#onTrace;
    if (onTrace === undefined) {
      complain(line);
      return;
    }
    try {
      onTrace(line);
    } catch (error) {
      reportUncaught(error);
    }
  }

  /** Everything unread, copied out, so that listeners may do what they like. */
  #take(): [EventName, HeapEvents[EventName], number, number][] {
    const { memory, description } = this.#core;
    memory.refresh();
    const header = (name: string): number =>
      memory.u32[(this.#ring + description.get(`events.${name}`)) >>> 2] as number;
    const written = header('written');
    const capacity = header('capacity');
    const found: [EventName, HeapEvents[EventName], number, number][] = [];
    const unread = (written - this.#read) >>> 0;
    const lost = Math.max(unread - capacity, 0);
    if (lost > 0) found.push(['lost', { count: lost }, 0, now() * 1e6]);
    for (let n = (written - unread + lost) >>> 0; n !== written; n = (n + 1) >>> 0) {
      const event = this.#record(n % capacity);
      if (event !== undefined) found.push(event);
    }
    this.#read = this.#written = written;
    memory.u32[(this.#ring + description.get('events.read')) >>> 2] = written;
    return found;
  }

  #record(place: number): [EventName, HeapEvents[EventName], number, number] | undefined {
    const { memory, description } = this.#core;
    const record = this.#ring + description.get('events.records') + place * description.get('sizeof.event');
    const at = (name: string): number => record + description.get(`event.${name}`);
    const kind = this.#kinds.get(memory.u32[at('kind') >>> 2] as number);
    if (kind === undefined) return undefined;
    const values: Record<string, unknown> = {};
    kind[2].forEach((name, i) => (values[name] = Number(memory.u64[(at('values') >>> 3) + i])));
    const text = memory.u32[at('text') >>> 2] as number;
    if (kind[2].length === 0) values.text = text === 0 ? '' : memory.text(text);
    const timeNs = Number(memory.u64[at('time_ns') >>> 3]);
    return [kind[1], values as HeapEvents[EventName], memory.u32[at('cycle') >>> 2] as number, timeNs];
  }
}
