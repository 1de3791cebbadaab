// The player of a replay has a map of its own, a sentence for each frame, and buttons. Frames are applied to a copy of
// the snapshot; going back applies them anew from the start, which takes well below a millisecond for what a record
// holds.

import { HeapMap, type MapColours } from './heap-map.js';
import { button, element, input, show } from './elements.js';
import type { Frame } from './replay.js';
import type { Snapshot } from './snapshot.js';

/** Each place of the slider has so many frames a second. */
const kSpeeds = [0.5, 1, 2, 4, 8, 16, 30] as const;

export class Player {
  readonly #map: HeapMap;
  #before: Snapshot | null = null;
  #now: Snapshot | null = null;
  #frames: readonly Frame[] = [];
  #at = 0;
  #playing = false;
  #due = 0;

  constructor(colours: MapColours, nothing: Snapshot) {
    this.#map = new HeapMap(element('replay-map') as HTMLCanvasElement, nothing, { colours });
    button('replay-back').addEventListener('click', () => this.#go(this.#at - 1));
    button('replay-step').addEventListener('click', () => this.#go(this.#at + 1));
    button('replay-play').addEventListener('click', () => this.#play(!this.#playing));
    input('replay-at').addEventListener('input', () => this.#go(Number(input('replay-at').value)));
    input('replay-speed').addEventListener('input', () => this.#showSpeed());
    this.#showSpeed();
  }

  set colours(colours: MapColours) {
    this.#map.colours = colours;
  }

  get isOpen(): boolean {
    return this.#before !== null;
  }

  open(before: Snapshot, frames: readonly Frame[], phases: readonly string[]): void {
    this.#before = before;
    this.#frames = frames;
    this.#at = -1;
    element('replay-phases').replaceChildren(
      ...phases.map((phase) => {
        const line = document.createElement('li');
        line.textContent = phase;
        return line;
      }),
    );
    input('replay-at').max = String(frames.length - 1);
    element('player').hidden = false;
    element('player').dataset.frames = String(frames.length);
    this.#play(false);
    this.#go(0);
  }

  close(): void {
    this.#before = this.#now = null;
    this.#playing = false;
    element('player').hidden = true;
  }

  /** It is to be called once a frame of the page. */
  frame(now: number): void {
    if (this.#now === null) return;
    if (this.#playing && now >= this.#due) {
      this.#due = now + 1000 / this.#speed();
      if (this.#at + 1 < this.#frames.length) this.#go(this.#at + 1, true);
      else this.#play(false);
    }
    this.#map.frame(now);
  }

  #speed(): number {
    return kSpeeds[Number(input('replay-speed').value)] ?? 1;
  }

  #showSpeed(): void {
    show('replay-rate', `${this.#speed()} a second`);
  }

  #play(playing: boolean): void {
    this.#playing = playing;
    this.#due = 0;
    // A replay that is over begins again.
    if (playing && this.#at + 1 >= this.#frames.length) this.#go(0, true);
    button('replay-play').textContent = playing ? 'Pause' : 'Play';
    element('replay-text').setAttribute('aria-live', playing ? 'off' : 'polite');
  }

  #go(wanted: number, isPlaying = false): void {
    if (this.#before === null) return;
    if (!isPlaying && this.#playing) this.#play(false);
    const to = Math.max(0, Math.min(this.#frames.length - 1, wanted));
    if (this.#now === null || to < this.#at || this.#at < 0) {
      this.#now = this.#before.copy();
      this.#map.heap = this.#now;
      this.#at = -1;
    }
    while (this.#at < to) this.#apply(this.#frames[++this.#at] as Frame);
    this.#show(this.#frames[to] as Frame);
  }

  #apply(frame: Frame): void {
    const now = this.#now as Snapshot;
    for (const address of [...now.cells('freed')]) now.set(address, 'free');
    for (const { address, state, type } of frame.changes) now.set(address, state, type);
  }

  #show({ phase, text, focus }: Frame): void {
    const now = this.#now as Snapshot;
    show('replay-text', text);
    show('replay-count', `${this.#at + 1} of ${this.#frames.length}`);
    input('replay-at').value = String(this.#at);
    button('replay-back').disabled = this.#at === 0;
    button('replay-step').disabled = this.#at === this.#frames.length - 1;
    for (const line of element('replay-phases').children) {
      if (line.textContent === phase) line.setAttribute('aria-current', 'step');
      else line.removeAttribute('aria-current');
    }
    const { dataset } = element('player');
    dataset.frame = String(this.#at);
    dataset.phase = phase;
    for (const state of ['new', 'grey', 'survived', 'dead'] as const)
      dataset[state] = String([...now.cells(state)].length);
    this.#map.frame();
    if (focus !== 0) this.#map.show(focus);
  }
}
