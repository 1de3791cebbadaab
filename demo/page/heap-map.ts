// The heap map: a component of its own, without dependencies on the rest of the demo but tile.ts (docs/demo.md shows how to embed it). It draws a heap on a
// canvas: each span a tile, each slot of it a cell, coloured by state or by type.
//
// Pixels are written, not rectangles: each pixel of a tile asks which slot it lies in, so what is too small to see is sampled, and a frame costs
// the same with a thousand objects and with a million. What is read in a frame is bounded, too: the spans are listed a few times a second, and of the
// visible ones so many are read that they come to kSpansAFrame or kSlotsAFrame, in turn.
//
// Keys: arrows move the cursor, + and - zoom, 0 fits, Enter opens the object.

import type { AnyType, SlotState, SpanInfo } from 'mallocgc';
import { pixelOf, TilePainter, type Tile } from './tile.js';

/** What a cell can be. `freed`: a moment ago; `grey`: on replays, reached but not scanned yet. */
export type MapState = SlotState | 'freed' | 'grey';

/** What the map asks of a walk: HeapWalk answers it, and so does whatever shows a heap of another time. */
export interface MapWalk {
  readonly spans: readonly SpanInfo[];
  slots(span: SpanInfo): Uint32Array;
  state(slot: number): MapState;
  type(slot: number): AnyType | null;
}

/** A heap, or what looks like one. */
export interface MapSource {
  walk(options?: { readonly from?: number; readonly to?: number }): MapWalk;
}

/** What the map draws with: colours as #rrggbb. `grey` only if the source has it. */
export interface MapColours {
  readonly background: string;
  readonly states: Readonly<Record<Exclude<MapState, 'grey'>, string> & { grey?: string }>;
  /** In the order in which types are met; the last one is for untyped memory. */
  readonly types: readonly string[];
  readonly cursor: string;
}

/** What the cursor is at. */
export interface MapPlace {
  readonly span: SpanInfo;
  readonly slot: number;
  readonly address: number;
  readonly size: number;
  readonly type: AnyType | null;
  readonly state: MapState;
}

export interface MapOptions {
  readonly colours: MapColours;
  onHover?(place: MapPlace | null): void;
  onOpen?(place: MapPlace): void;
}

/** Spans and slots read in a frame; a span is read whole, so it may be one span's slots more. */
export const kSpansAFrame = 512;
export const kSlotsAFrame = 100_000;
/** Spans are asked for in pieces of so many. */
const kSpansAPiece = 64;
/** All spans are listed anew so often. */
const kListMs = 200;
const kFreedShownMs = 1200;
const kTileMin = 4;
const kTileMax = 420;
const kZoomStep = 1.35;

function isAlike(a: SpanInfo, b: SpanInfo): boolean {
  return a.slotBytes === b.slotBytes && a.slotCount === b.slotCount;
}

export class HeapMap {
  colourBy: 'state' | 'type' = 'state';
  /** Types in the order in which they got their colours. */
  readonly types: (AnyType | null)[] = [];
  #heap: MapSource;
  #walk: MapWalk;
  #tiles: Tile[] = [];
  #byBase = new Map<number, Tile>();
  #turn = 0;
  #listed = -Infinity;
  /** What the last frame read and drew. */
  readonly work = { spansListed: 0, spansRead: 0, slotsRead: 0, tilesDrawn: 0 };
  #side = 0;
  #fitted = true;
  #scroll = 0;
  #cursor: { tile: number; slot: number } | null = null;
  #pixels: ImageData | null = null;
  #colours: MapColours;
  readonly #painter = new TilePainter();
  readonly #context: CanvasRenderingContext2D;

  constructor(
    readonly canvas: HTMLCanvasElement,
    heap: MapSource,
    private readonly options: MapOptions,
  ) {
    this.#heap = heap;
    this.#walk = heap.walk();
    this.#colours = options.colours;
    this.#context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    canvas.tabIndex = 0;
    canvas.addEventListener('pointermove', (event) => this.#point(event, false));
    canvas.addEventListener('pointerleave', () => options.onHover?.(null));
    canvas.addEventListener('click', (event) => this.#point(event, true));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  set colours(colours: MapColours) {
    this.#colours = colours;
  }

  /** Shows another heap. */
  set heap(heap: MapSource) {
    this.#heap = heap;
    this.#tiles = [];
    this.#byBase.clear();
    this.types.length = 0;
    this.#cursor = null;
    this.#listed = -Infinity;
    this.fit();
  }

  /** Reads what has changed and draws. To be called once a frame. */
  frame(now = performance.now()): void {
    const { work } = this;
    work.spansListed = work.spansRead = work.slotsRead = work.tilesDrawn = 0;
    if (now - this.#listed >= kListMs || this.#tiles.length <= kSpansAPiece) this.#list(now);
    const { width, height } = this.#resize();
    if (this.#fitted || this.#side === 0) this.#side = this.#sideThatFits(width, height);
    this.#clampScroll(width, height);
    this.#read(now, this.#visible(width, height));
    this.#draw(width, height, now);
  }

  zoom(steps: number): void {
    this.#fitted = false;
    const before = this.#side;
    this.#side = Math.min(kTileMax, Math.max(kTileMin, before * kZoomStep ** steps));
    this.#keepInView(this.#cursor?.tile ?? 0);
  }

  fit(): void {
    this.#fitted = true;
    this.#scroll = 0;
  }

  /** The colour that a type has on the map. */
  colourOf(type: AnyType | null): string {
    const { types } = this.#colours;
    const last = types.length - 1;
    if (type === null) return types[last] as string;
    let index = this.types.indexOf(type);
    if (index < 0) index = this.types.push(type) - 1;
    return types[index % last] as string;
  }

  /** Puts the cursor on an object, zooming in if cells are too small to see. */
  show(address: number): void {
    const tile = this.#tiles.findIndex(({ span }) => address >= span.base && address < span.base + span.bytes);
    const span = this.#tiles[tile]?.span;
    if (span === undefined) return;
    this.#cursor = { tile, slot: Math.min(span.slotCount - 1, Math.floor((address - span.base) / span.slotBytes)) };
    this.#keepInView(tile);
  }

  // ---- reading

  /** Which spans there are; what is known of their slots stays. */
  #list(now: number): void {
    this.#listed = now;
    this.#walk = this.#heap.walk();
    const old = this.#byBase;
    const next = new Map<number, Tile>();
    this.#tiles = this.#walk.spans.map((span) => {
      const known = old.get(span.base);
      const tile = known !== undefined && isAlike(known.span, span) ? known : { span, slots: new Uint32Array(0), freedUntil: null };
      tile.span = span;
      next.set(span.base, tile);
      return tile;
    });
    this.#byBase = next;
    this.work.spansListed = this.#tiles.length;
  }

  /** Reads the visible tiles from where the last frame left off, piece by piece, as far as the frame's share goes. */
  #read(now: number, { first, end }: { first: number; end: number }): void {
    const { work } = this;
    const count = end - first;
    let read = 0;
    while (read < count && work.spansRead < kSpansAFrame && work.slotsRead < kSlotsAFrame) {
      const at = (this.#turn + read) % count;
      const piece = this.#tiles.slice(first + at, Math.min(end, first + at + kSpansAPiece));
      read += this.#readPiece(piece, now);
    }
    this.#turn = count === 0 ? 0 : (this.#turn + read) % count;
  }

  /** How many of these neighbours were read. */
  #readPiece(piece: readonly Tile[], now: number): number {
    const { work } = this;
    const last = (piece[piece.length - 1] as Tile).span;
    const known = new Map(this.#heap.walk({ from: (piece[0] as Tile).span.base, to: last.base + last.bytes }).spans.map((span) => [span.base, span]));
    let read = 0;
    for (const tile of piece) {
      if (work.slotsRead >= kSlotsAFrame) break;
      read += 1;
      work.spansRead += 1;
      const span = known.get(tile.span.base);
      // A span that is gone, or another one now, is put right when the spans are listed.
      if (span === undefined || !isAlike(span, tile.span)) continue;
      tile.span = span;
      work.slotsRead += span.slotCount;
      this.#readTile(tile, now);
    }
    return read;
  }

  #readTile(tile: Tile, now: number): void {
    const slots = this.#walk.slots(tile.span);
    const before = tile.slots;
    for (let i = 0; i < before.length; i++) {
      if (slots[i] !== 0 || before[i] === 0) continue;
      tile.freedUntil ??= new Float64Array(slots.length);
      tile.freedUntil[i] = now + kFreedShownMs;
    }
    tile.slots = slots;
  }

  // ---- layout

  #columns(width: number): number {
    return Math.max(1, Math.floor(width / this.#side));
  }

  #sideThatFits(width: number, height: number): number {
    const count = Math.max(1, this.#tiles.length);
    let side = Math.min(96, Math.sqrt((width * height) / count));
    while (side > kTileMin && Math.ceil(count / Math.max(1, Math.floor(width / side))) * side > height) side -= 0.5;
    return Math.max(kTileMin, Math.floor(side));
  }

  #visible(width: number, height: number): { first: number; end: number } {
    const columns = this.#columns(width);
    const first = Math.floor(this.#scroll / this.#side) * columns;
    const end = Math.min(this.#tiles.length, Math.ceil((this.#scroll + height) / this.#side) * columns);
    return { first: Math.min(first, end), end };
  }

  #clampScroll(width: number, height: number): void {
    const rows = Math.ceil(this.#tiles.length / this.#columns(width));
    this.#scroll = Math.max(0, Math.min(this.#scroll, rows * this.#side - height));
  }

  #keepInView(tile: number): void {
    const { width, height } = this.canvas.getBoundingClientRect();
    const top = Math.floor(tile / this.#columns(width)) * this.#side;
    if (top < this.#scroll) this.#scroll = top;
    else if (top + this.#side > this.#scroll + height) this.#scroll = top + this.#side - height;
  }

  #resize(): { width: number; height: number } {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    if (this.#pixels?.width !== w || this.#pixels.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.#pixels = this.#context.createImageData(w, h);
    }
    return { width, height };
  }

  // ---- drawing

  #draw(width: number, height: number, now: number): void {
    const image = this.#pixels as ImageData;
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(pixelOf(this.#colours.background));
    const colours = { of: this.#pixelColours(), freed: pixelOf(this.#colours.states.freed) };
    const scale = image.width / Math.max(1, width);
    const columns = this.#columns(width);
    const { first, end } = this.#visible(width, height);
    this.work.tilesDrawn = end - first;
    for (let n = first; n < end; n++) {
      const x = (n % columns) * this.#side;
      const y = Math.floor(n / columns) * this.#side - this.#scroll;
      const box = { x: Math.round(x * scale), y: Math.round(y * scale), side: Math.round(this.#side * scale) };
      this.#painter.paint(this.#tiles[n] as Tile, { pixels, width: image.width, height: image.height }, box, colours, now);
    }
    this.#context.putImageData(image, 0, 0);
    this.#drawCursor(columns, scale);
  }

  /** From what `slots` gives to a pixel; looked up once for each number met. */
  #pixelColours(): (slot: number) => number {
    const known = new Map<number, number>();
    return (slot) => {
      let pixel = known.get(slot);
      if (pixel === undefined) {
        const state = this.#walk.state(slot);
        const colour = this.colourBy === 'state' || state === 'free' ? (this.#colours.states[state] ?? this.#colours.cursor) : this.colourOf(this.#walk.type(slot));
        known.set(slot, (pixel = pixelOf(colour)));
      }
      return pixel;
    };
  }

  #drawCursor(columns: number, scale: number): void {
    const tile = this.#cursor === null ? undefined : this.#tiles[this.#cursor.tile];
    if (this.#cursor === null || tile === undefined) return;
    const cells = Math.ceil(Math.sqrt(tile.span.slotCount));
    const rows = Math.ceil(tile.span.slotCount / cells);
    const inner = this.#side - 2;
    const [w, h] = [inner / cells, inner / rows];
    const x = (this.#cursor.tile % columns) * this.#side + (this.#cursor.slot % cells) * w;
    const y = Math.floor(this.#cursor.tile / columns) * this.#side - this.#scroll + Math.floor(this.#cursor.slot / cells) * h;
    this.#context.strokeStyle = this.#colours.cursor;
    this.#context.lineWidth = 2 * scale;
    const [cw, ch] = [Math.max(w, 6), Math.max(h, 6)];
    this.#context.strokeRect((x - 1) * scale, (y - 1) * scale, (cw + 1) * scale, (ch + 1) * scale);
  }

  // ---- pointing

  #placeAt(tileIndex: number, slot: number): MapPlace | null {
    const tile = this.#tiles[tileIndex];
    if (tile === undefined || slot < 0 || slot >= tile.span.slotCount) return null;
    const { span } = tile;
    const word = tile.slots[slot] ?? 0;
    const state = this.#walk.state(word);
    const isFreed = state === 'free' && (tile.freedUntil?.[slot] ?? 0) > performance.now();
    const address = span.base + slot * span.slotBytes;
    return { span, slot, address, size: span.slotBytes, type: this.#walk.type(word), state: isFreed ? 'freed' : state };
  }

  #point(event: MouseEvent, opens: boolean): void {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top + this.#scroll];
    const columns = this.#columns(box.width);
    const column = Math.floor(x / this.#side);
    const tileIndex = Math.floor(y / this.#side) * columns + column;
    const tile = this.#tiles[tileIndex];
    if (tile === undefined || column >= columns) {
      this.options.onHover?.(null);
      return;
    }
    const inner = this.#side - (this.#side >= 12 ? 2 : 1);
    const cells = Math.ceil(Math.sqrt(tile.span.slotCount));
    const rows = Math.ceil(tile.span.slotCount / cells);
    const at = (offset: number, n: number): number => Math.min(n - 1, Math.floor(((offset % this.#side) * n) / inner));
    const slot = at(y, rows) * cells + at(x, cells);
    const place = this.#placeAt(tileIndex, slot);
    this.options.onHover?.(place);
    if (!opens || place === null) return;
    this.#cursor = { tile: tileIndex, slot };
    this.options.onOpen?.(place);
  }

  #wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1 : -1);
    } else if (!this.#fitted) {
      event.preventDefault();
      this.#scroll += event.deltaY;
    }
  }

  #key(event: KeyboardEvent): void {
    const tile = this.#tiles[this.#cursor?.tile ?? 0];
    if (tile === undefined) return;
    const columns = Math.ceil(Math.sqrt(tile.span.slotCount));
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (step !== undefined) this.#move(step);
    else if (event.key === '+' || event.key === '=') this.zoom(1);
    else if (event.key === '-') this.zoom(-1);
    else if (event.key === '0') this.fit();
    else if (event.key === 'Enter' && this.#cursor !== null) {
      const place = this.#placeAt(this.#cursor.tile, this.#cursor.slot);
      if (place !== null) this.options.onOpen?.(place);
    } else return;
    event.preventDefault();
  }

  #move(step: number): void {
    let { tile, slot } = this.#cursor ?? { tile: 0, slot: -step };
    slot += step;
    if (slot < 0 && tile > 0) slot = (this.#tiles[--tile] as Tile).span.slotCount - 1;
    else if (slot >= (this.#tiles[tile] as Tile).span.slotCount && tile + 1 < this.#tiles.length) [tile, slot] = [tile + 1, 0];
    slot = Math.max(0, Math.min(slot, (this.#tiles[tile] as Tile).span.slotCount - 1));
    this.#cursor = { tile, slot };
    this.#keepInView(tile);
    this.options.onHover?.(this.#placeAt(tile, slot));
  }
}
