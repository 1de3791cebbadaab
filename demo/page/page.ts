// This is the page: the session at work, shown by the elements of index.html. Every number on it is read from
// heap.memStats() or from a walk.
//
// Each frame runs the workload's step and then draws the map. Counters, time line and trace are shown four times a
// second, tables once.
// Doors: main.ts opens it; session.ts (the heap at work), heap-map.ts, inspector.ts, timeline.ts, tables.ts, player.ts.

import { address, bytes, count, milliseconds } from './format.js';
import { HeapMap, type MapColours, type MapPlace } from './heap-map.js';
import { Inspector } from './inspector.js';
import type { Mode, Session } from './session.js';
import { Player } from './player.js';
import { Snapshot } from './snapshot.js';
import { SortableTable, sizeClasses, types } from './tables.js';
import { TimeLine } from './timeline.js';
import { element, show } from './elements.js';

const kSampleMs = 250;
const kFramesKept = 240;
const kTableMs = 1000;
const kTraceLinesShown = 60;
const kTypeColours = 8;
/** The map's colours mean this: always, while a full collection in slices is under way, and where cards count. */
const kStates = [
  ['free', 'free'],
  ['new', 'new since the last collection'],
  ['survived', 'old: a collection has reached it'],
  ['reached', 'reached by the full collection under way'],
  ['dead', 'dead, waiting for the sweep'],
  ['freed', 'just freed'],
] as const;
const kCardText = 'bar under a span: its dirty cards';

/** These two sentences say what one sees. */
const kWhat: Readonly<Record<Mode, string>> = {
  stop: 'A program makes objects (blue) until the live bytes meet the goal; then the collector marks what the program can still reach (green). The rest (orange) is dead, and new objects take its place.',
  incremental:
    'A program makes objects (blue), and before the live bytes meet the goal, the collector marks what can still be reached, a small slice at a time (violet). Then what was reached is old (green), the rest is dead (orange), and new objects take its place.',
  generational:
    'A program makes objects (blue); soon and often a minor collection frees those of them that nobody can reach, and the others are old (green). When the old ones meet the goal, a full collection marks everything: what it does not reach is dead (orange), and new objects take its place.',
  auto: 'A program makes objects (blue); soon and often a minor collection frees those of them that nobody can reach, and the others are old (green). When the old ones are near the goal, a full collection marks everything, a small slice at a time (violet): what it does not reach is dead (orange), and new objects take its place.',
};

function colours(hasCards: boolean): MapColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  const typeNames = Array.from({ length: kTypeColours }, (_, i) => `--type-${i + 1}`);
  return {
    background: of('--map'),
    states: {
      free: of('--free'),
      new: of('--new'),
      survived: of('--survived'),
      dead: of('--dead'),
      freed: of('--freed'),
      reached: of('--reached'),
      grey: of('--grey'),
    },
    types: [...typeNames, '--type-none'].map(of),
    cursor: of('--cursor'),
    card: hasCards ? of('--card-dirty') : undefined,
  };
}

export class Page {
  session: Session;
  /** While something is measured, nothing is drawn. */
  held = false;
  readonly map: HeapMap;
  readonly inspector: Inspector;
  readonly player = new Player(colours(false), new Snapshot());
  readonly times = new FrameTimes();
  readonly timeline = new TimeLine(element('timeline'));
  readonly #classes = new SortableTable(element('classes') as HTMLTableElement);
  readonly #types = new SortableTable(element('types') as HTMLTableElement);
  readonly #counters = new Map<string, HTMLElement>();
  #sampled = 0;
  #tabled = 0;
  #legend = '';
  #tracesShown = '';

  constructor(session: Session) {
    this.session = session;
    this.inspector = new Inspector(element('object'), (at) => this.openObject(at));
    this.map = new HeapMap(element('map') as HTMLCanvasElement, session.heap, {
      colours: this.#colours(),
      onHover: (place) => this.#hover(place),
      onOpen: (place) => this.inspector.open(this.session.heap, place.address),
    });
    this.inspector.clear();
    this.#makeCounters();
  }

  /** Goes on with another heap. */
  use(session: Session): void {
    const old = this.session;
    this.session = session;
    this.map.heap = session.heap;
    this.map.colours = this.#colours();
    this.inspector.clear();
    this.timeline.clear();
    this.#tracesShown = '';
    old.dispose();
    this.refresh();
  }

  openObject(at: number): void {
    this.inspector.open(this.session.heap, at);
    this.map.show(at);
  }

  restyle(): void {
    this.map.colours = this.#colours();
    this.player.colours = colours(false);
    this.timeline.restyle();
    this.#legend = '';
  }

  frame(now: number): void {
    if (this.held) return;
    const begin = performance.now();
    this.session.frame();
    const worked = performance.now();
    this.map.frame(now);
    this.times.note(worked - begin, performance.now() - worked);
    this.player.frame(now);
    if (now - this.#sampled >= kSampleMs) {
      this.#sampled = now;
      this.timeline.add({ ...this.session.sample(), cards: this.#hasCards() ? this.map.dirtyCards : 0 });
      this.#showCounters();
      this.#showTraces();
      this.#showLegend();
      this.inspector.refresh(this.session.heap);
    }
    if (now - this.#tabled >= kTableMs) this.#showTables(now);
  }

  /** Shows the present numbers at once. */
  refresh(): void {
    this.#showCounters();
    this.#showTraces();
    this.#showTables(performance.now());
    this.inspector.refresh(this.session.heap);
  }

  #showTables(now: number): void {
    this.#tabled = now;
    const walk = this.session.heap.walk();
    this.#classes.show(sizeClasses(walk));
    this.#types.show(types(walk));
  }

  #makeCounters(): void {
    const list = element('stats');
    const names = {
      HeapLive: 'Live bytes',
      OldBytes: 'Old bytes',
      NextGC: 'Goal',
      HeapAlloc: 'Not yet free',
      HeapObjects: 'Objects',
      Mode: 'Mode',
      MinorGCs: 'Minor collections',
      NumGC: 'Full collections',
      Slices: 'Slices',
      Pause: 'Longest pause',
      FinalizersRun: 'Finalizers run',
      LiveHostValues: 'JS values held',
    };
    for (const [name, title] of Object.entries(names)) {
      const group = document.createElement('div');
      const term = document.createElement('dt');
      const value = document.createElement('dd');
      term.textContent = title;
      value.dataset.stat = name;
      group.append(term, value);
      list.append(group);
      this.#counters.set(name, value);
    }
    this.#showCounters();
  }

  #showCounters(): void {
    const stats = this.session.heap.memStats();
    const set = (name: string, value: number | string, text: string): void => {
      const cell = this.#counters.get(name) as HTMLElement;
      cell.dataset.value = String(value);
      cell.textContent = text;
    };
    for (const name of ['HeapLive', 'OldBytes', 'HeapAlloc'] as const) set(name, stats[name], bytes(stats[name]));
    set('NextGC', stats.NextGC, stats.NextGC > 2 ** 40 ? 'never' : bytes(stats.NextGC));
    const counts = ['HeapObjects', 'MinorGCs', 'NumGC', 'Slices', 'FinalizersRun', 'LiveHostValues'] as const;
    for (const name of counts) set(name, stats[name], count(stats[name]));
    set('Mode', stats.Mode, stats.Mode);
    // What an allocation did by itself could not be timed.
    const isTimed = stats.PauseMaxNs >= stats.PauseMaxEstimateNs / 2;
    const pause = (isTimed ? stats.PauseMaxNs : stats.PauseMaxEstimateNs) / 1e6;
    set('Pause', pause, pause === 0 ? '–' : `${isTimed ? '' : '≈ '}${milliseconds(pause)}`);
    show('what', kWhat[stats.Mode]);
  }

  /** In mode 'stop' nobody cleans cards, so they say nothing there. */
  #hasCards(): boolean {
    return this.session.heap.memStats().Mode !== 'stop';
  }

  #colours(): MapColours {
    return colours(this.#hasCards());
  }

  #showTraces(): void {
    const { traces } = this.session;
    const text = traces.length === 0 ? 'No collection yet.' : traces.slice(-kTraceLinesShown).join('\n');
    if (text === this.#tracesShown) return;
    this.#tracesShown = text;
    const pane = element('trace');
    pane.textContent = text;
    pane.scrollTop = pane.scrollHeight;
  }

  #showLegend(): void {
    const { map } = this;
    const { states, card } = this.#colours();
    const isSliced = ['auto', 'incremental'].includes(this.session.heap.memStats().Mode);
    const isByType = map.colourBy === 'type';
    // Slots without an object have no type: their colours are those of their states.
    const isShown = (state: string): boolean => (isByType ? state.startsWith('free') : state !== 'reached' || isSliced);
    const entries = kStates
      .filter(([state]) => isShown(state))
      .map(([state, text]) => [text as string, states[state] ?? ''] as const);
    if (isByType)
      entries.unshift(...map.types.map((type) => [type?.name ?? '', map.colourOf(type)] as const), [
        'untyped memory',
        map.colourOf(null),
      ] as const);
    if (card !== undefined) entries.push([kCardText, card] as const);
    const key = entries.join();
    if (key === this.#legend) return;
    this.#legend = key;
    element('legend').replaceChildren(
      ...entries.map(([text, colour]) => {
        const item = document.createElement('li');
        const swatch = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        const square = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
        square.setAttribute('width', '100%');
        square.setAttribute('height', '100%');
        square.setAttribute('rx', '2');
        square.setAttribute('fill', colour);
        swatch.setAttribute('aria-hidden', 'true');
        swatch.append(square);
        item.append(swatch, text);
        return item;
      }),
    );
  }

  #hover(place: MapPlace | null): void {
    const text =
      place === null
        ? 'Point at a cell.'
        : `${place.state === 'free' || place.state === 'freed' ? 'free slot' : (place.type?.name ?? 'untyped memory')} · ${bytes(place.size)} · ${address(place.address)} · ${place.state} · slot ${count(place.slot + 1)} of ${count(place.span.slotCount)}`;
    show('readout', text);
  }
}

/** The last frames' steps of the workload and the map took so long, in milliseconds. */
export class FrameTimes {
  readonly #kept: { step: number; map: number }[] = [];

  note(step: number, map: number): void {
    this.#kept.push({ step, map });
    if (this.#kept.length > kFramesKept) this.#kept.shift();
  }
  get all(): readonly { readonly step: number; readonly map: number }[] {
    return this.#kept;
  }
}
