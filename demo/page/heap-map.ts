// The heap map is a component of its own, without dependencies on the rest of the demo except map-tiles.ts and tile.ts
// (docs/demo.md shows how to embed it). It draws a heap on a canvas: each span is a tile, each slot of it a cell,
// coloured by state or by type.
//
// Pixels are written, not rectangles: each pixel of a tile asks which slot it lies in, so what is too small to see is
// sampled, and a frame costs the same with a thousand objects and with a million. What is read in a frame is bounded,
// too: the spans are listed a few times a second, and the visible ones are read in turn, kSpansAFrame of them or
// kSlotsAFrame slots in a frame. What has not changed is not painted again.
//
// Keys: arrows move the cursor, + and - zoom, 0 fits, Enter opens the object.

import type { AnyType, SpanInfo } from 'mallocgc';
import { MapTiles, type MapSource, type MapState } from './map-tiles.js';
import { forgetFreed, pixelOf, TilePainter, type Tile } from './tile.js';

/** The map draws with these colours, as #rrggbb. `reached` and `grey` are needed only if the source has them. */
export interface MapColours {
  readonly background: string;
  readonly states: Readonly<
    Record<Exclude<MapState, 'reached' | 'grey'>, string> & { reached?: string; grey?: string }
  >;
  /** The bar under a tile shows which share of its cards is dirty. Without a colour there is no bar. */
  readonly card?: string | undefined;
  /** They stand in the order in which types are met; the last one is for untyped memory. */
  readonly types: readonly string[];
  readonly cursor: string;
}

/** The cursor is at this place. */
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

const kTileMin = 4;
const kTileMax = 420;
const kZoomStep = 1.35;

export class HeapMap {
  colourBy: 'state' | 'type' = 'state';
  /** These are the types in the order in which they got their colours. */
  readonly types: (AnyType | null)[] = [];
  readonly #tiles: MapTiles;
  /** This is the layout of what is on the canvas; '' means that all is to be painted. */
  #painted = '';
  #cursorDrawn = '';
  /** The last frame painted so many tiles. */
  #drawn = 0;
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
    this.#tiles = new MapTiles(heap);
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
    this.#painted = '';
  }

  /** Shows another heap. */
  set heap(heap: MapSource) {
    this.#tiles.source = heap;
    this.types.length = 0;
    this.#cursor = null;
    this.#painted = '';
    this.fit();
  }

  /** Reads what has changed and draws. It is to be called once a frame. */
  frame(now = performance.now()): void {
    if (this.#tiles.begin(now)) this.#painted = '';
    const { width, height } = this.#resize();
    if (this.#fitted || this.#side === 0) this.#side = this.#sideThatFits(width, height);
    this.#clampScroll(width, height);
    this.#tiles.read(now, this.#visible(width, height));
    this.#draw(width, height, now);
  }

  /** Returns the dirty cards of all spans, as they were listed last. */
  get dirtyCards(): number {
    return this.#tiles.all.reduce((sum, { span }) => sum + span.dirtyCards, 0);
  }

  /** Says what the last frame read and painted. */
  get work(): MapTiles['work'] & { readonly tilesDrawn: number } {
    return { ...this.#tiles.work, tilesDrawn: this.#drawn };
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

  /** Returns the colour that a type has on the map. */
  colourOf(type: AnyType | null): string {
    const { types } = this.#colours;
    const last = types.length - 1;
    if (type === null) return types[last] as string;
    let index = this.types.indexOf(type);
    if (index < 0) index = this.types.push(type) - 1;
    return types[index % last] as string;
  }

  /** Puts the cursor on an object, and zooms in if cells are too small to see. */
  show(address: number): void {
    const tile = this.#tiles.all.findIndex(({ span }) => address >= span.base && address < span.base + span.bytes);
    const span = this.#tiles.all[tile]?.span;
    if (span === undefined) return;
    this.#cursor = { tile, slot: Math.min(span.slotCount - 1, Math.floor((address - span.base) / span.slotBytes)) };
    this.#keepInView(tile);
  }

  // ---- layout

  #columns(width: number): number {
    return Math.max(1, Math.floor(width / this.#side));
  }

  #sideThatFits(width: number, height: number): number {
    const count = Math.max(1, this.#tiles.all.length);
    let side = Math.min(96, Math.sqrt((width * height) / count));
    while (side > kTileMin && Math.ceil(count / Math.max(1, Math.floor(width / side))) * side > height) side -= 0.5;
    return Math.max(kTileMin, Math.floor(side));
  }

  #visible(width: number, height: number): { first: number; end: number } {
    const columns = this.#columns(width);
    const first = Math.floor(this.#scroll / this.#side) * columns;
    const end = Math.min(this.#tiles.all.length, Math.ceil((this.#scroll + height) / this.#side) * columns);
    return { first: Math.min(first, end), end };
  }

  #clampScroll(width: number, height: number): void {
    const rows = Math.ceil(this.#tiles.all.length / this.#columns(width));
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
    const scale = image.width / Math.max(1, width);
    const columns = this.#columns(width);
    const { first, end } = this.#visible(width, height);
    // As long as tiles lie where they lay and colours mean the same, only tiles that have changed are painted.
    const layout = [image.width, image.height, this.#side, this.#scroll, columns, this.colourBy].join();
    const isFresh = layout !== this.#painted;
    this.#painted = layout;
    if (isFresh) pixels.fill(pixelOf(this.#colours.background));
    this.#drawn = 0;
    const { card, background } = this.#colours;
    const colours = {
      of: this.#pixelColours(),
      freed: pixelOf(this.#colours.states.freed),
      card: card === undefined ? undefined : pixelOf(card),
      background: pixelOf(background),
    };
    for (let n = first; n < end; n++) {
      const tile = this.#tiles.all[n] as Tile;
      const isFading = tile.freedLast !== 0;
      if (!isFresh && !tile.isStale && (!isFading || now < tile.freedLast)) continue;
      if (now >= tile.freedLast) forgetFreed(tile);
      tile.isStale = false;
      this.#drawn += 1;
      const x = (n % columns) * this.#side;
      const y = Math.floor(n / columns) * this.#side - this.#scroll;
      const box = { x: Math.round(x * scale), y: Math.round(y * scale), side: Math.round(this.#side * scale) };
      this.#painter.paint(tile, { pixels, width: image.width, height: image.height }, box, colours, now);
    }
    const cursor = JSON.stringify(this.#cursor);
    if (this.#drawn === 0 && !isFresh && cursor === this.#cursorDrawn) return;
    this.#cursorDrawn = cursor;
    this.#context.putImageData(image, 0, 0);
    this.#drawCursor(columns, scale);
  }

  /** Returns a function from what `slots` gives to a pixel. It looks each number up once. */
  #pixelColours(): (slot: number) => number {
    const known = new Map<number, number>();
    return (slot) => {
      let pixel = known.get(slot);
      if (pixel === undefined) {
        const state = this.#tiles.walk.state(slot);
        const colour =
          this.colourBy === 'state' || state === 'free'
            ? (this.#colours.states[state] ?? this.#colours.cursor)
            : this.colourOf(this.#tiles.walk.type(slot));
        known.set(slot, (pixel = pixelOf(colour)));
      }
      return pixel;
    };
  }

  #drawCursor(columns: number, scale: number): void {
    const tile = this.#cursor === null ? undefined : this.#tiles.all[this.#cursor.tile];
    if (this.#cursor === null || tile === undefined) return;
    const cells = Math.ceil(Math.sqrt(tile.span.slotCount));
    const rows = Math.ceil(tile.span.slotCount / cells);
    const inner = this.#side - 2;
    const [w, h] = [inner / cells, inner / rows];
    const x = (this.#cursor.tile % columns) * this.#side + (this.#cursor.slot % cells) * w;
    const y =
      Math.floor(this.#cursor.tile / columns) * this.#side - this.#scroll + Math.floor(this.#cursor.slot / cells) * h;
    this.#context.strokeStyle = this.#colours.cursor;
    this.#context.lineWidth = 2 * scale;
    const [cw, ch] = [Math.max(w, 6), Math.max(h, 6)];
    this.#context.strokeRect((x - 1) * scale, (y - 1) * scale, (cw + 1) * scale, (ch + 1) * scale);
  }

  // ---- pointing

  #placeAt(tileIndex: number, slot: number): MapPlace | null {
    const tile = this.#tiles.all[tileIndex];
    if (tile === undefined || slot < 0 || slot >= tile.span.slotCount) return null;
    const { span } = tile;
    const word = tile.slots[slot] ?? 0;
    const state = this.#tiles.walk.state(word);
    const isFreed = state === 'free' && (tile.freedUntil?.[slot] ?? 0) > performance.now();
    const address = span.base + slot * span.slotBytes;
    return {
      span,
      slot,
      address,
      size: span.slotBytes,
      type: this.#tiles.walk.type(word),
      state: isFreed ? 'freed' : state,
    };
  }

  #point(event: MouseEvent, opens: boolean): void {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top + this.#scroll];
    const columns = this.#columns(box.width);
    const column = Math.floor(x / this.#side);
    const tileIndex = Math.floor(y / this.#side) * columns + column;
    const tile = this.#tiles.all[tileIndex];
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
    const tile = this.#tiles.all[this.#cursor?.tile ?? 0];
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
    if (slot < 0 && tile > 0) slot = (this.#tiles.all[--tile] as Tile).span.slotCount - 1;
    else if (slot >= (this.#tiles.all[tile] as Tile).span.slotCount && tile + 1 < this.#tiles.all.length)
      [tile, slot] = [tile + 1, 0];
    slot = Math.max(0, Math.min(slot, (this.#tiles.all[tile] as Tile).span.slotCount - 1));
    this.#cursor = { tile, slot };
    this.#keepInView(tile);
    this.options.onHover?.(this.#placeAt(tile, slot));
  }
}
