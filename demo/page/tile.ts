// This is one tile of the heap map, as pixels: which slot each pixel lies in, and its colour. It is a part of the
// component of heap-map.ts.

import type { SpanInfo } from 'mallocgc';

export interface Tile {
  span: SpanInfo;
  /** HeapWalk.slots gives them. */
  slots: Uint32Array;
  /** For each slot it says until when the slot is shown as just freed. */
  freedUntil: Float64Array | null;
  /** It says until when any slot is shown so; 0 is none. */
  freedLast: number;
  /** This share of its cards is dirty: 0 to 1. */
  dirtyShare: number;
  /** It has changed since it was painted. */
  isStale: boolean;
}

/** Shows all that was freed a while ago as free. */
export function forgetFreed(tile: Tile): void {
  tile.freedUntil = null;
  tile.freedLast = 0;
}

/** A tile is painted here, in pixels of the image. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}
interface Image {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
}
interface Colours {
  /** It goes from what `slots` gives to a pixel. */
  readonly of: (slot: number) => number;
  readonly freed: number;
  /** The bar under a tile is as long as its share of dirty cards. Without a colour there is no bar. */
  readonly card: number | undefined;
  /** This is the rest of the bar. */
  readonly background: number;
}

/** Tiles of one size class are cut alike, so how they are cut is kept. */
const kCutsKept = 500;
/** Cells of fewer pixels have no line between them. */
const kCellWithLine = 6;

/** Returns the side of a tile without the line between two tiles. */
function innerSide({ side }: Box): number {
  return side - (side >= 12 ? 2 : 1);
}

/** Returns a colour `#rrggbb` as an opaque pixel of image data. */
export function pixelOf(colour: string): number {
  const n = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((n & 0xff) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
}

export class TilePainter {
  readonly #cuts = new Map<string, Int32Array>();

  paint(tile: Tile, image: Image, box: Box, colours: Colours, now: number): void {
    this.#paintCells(tile, image, box, colours, now);
    this.#paintCards(tile, image, box, colours);
  }

  #paintCells(tile: Tile, { pixels, width: imageWidth, height }: Image, box: Box, colours: Colours, now: number): void {
    const inner = innerSide(box);
    const { slots, freedUntil } = tile;
    const count = Math.max(1, tile.span.slotCount);
    const columns = Math.ceil(Math.sqrt(count));
    const hasLines = inner / columns >= kCellWithLine;
    const rowAt = this.#cut(inner, Math.ceil(count / columns), hasLines);
    const columnAt = this.#cut(inner, columns, hasLines);
    const width = Math.min(inner, imageWidth - box.x);
    let [word, pixel] = [-1, 0];
    for (let py = Math.max(0, -box.y); py < inner && box.y + py < height; py++) {
      const row = rowAt[py] as number;
      if (row < 0) continue;
      const line = (box.y + py) * imageWidth + box.x;
      for (let px = 0; px < width; px++) {
        const column = columnAt[px] as number;
        if (column < 0) continue;
        const slot = row * columns + column;
        if (slot >= count) break;
        const next = slots[slot] ?? 0;
        if (next === 0 && freedUntil !== null && (freedUntil[slot] as number) > now) {
          pixels[line + px] = colours.freed;
          continue;
        }
        // Neighbours are mostly alike.
        if (next !== word) [word, pixel] = [next, colours.of(next)];
        pixels[line + px] = pixel;
      }
    }
  }

  /** Paints the bar below the cells, where tiles have a line between them. */
  #paintCards(tile: Tile, { pixels, width, height }: Image, box: Box, colours: Colours): void {
    if (colours.card === undefined) return;
    const inner = innerSide(box);
    const end = Math.ceil(inner * tile.dirtyShare);
    for (let y = Math.max(0, box.y + inner); y < Math.min(box.y + box.side, height); y++) {
      for (let x = 0; x < Math.min(inner, width - box.x); x++)
        pixels[y * width + box.x + x] = x < end ? colours.card : colours.background;
    }
  }

  /** Returns the cell that each of `length` pixels lies in, of `cells` cells, or -1 for the lines between them. */
  #cut(length: number, cells: number, hasLines: boolean): Int32Array {
    const key = `${length},${cells},${hasLines}`;
    let at = this.#cuts.get(key);
    if (at !== undefined) return at;
    const cell = (i: number): number => Math.floor((i * cells) / length);
    at = Int32Array.from({ length: Math.max(0, length) }, (_, i) =>
      hasLines && cell(i + 1) !== cell(i) ? -1 : cell(i),
    );
    if (this.#cuts.size >= kCutsKept) this.#cuts.clear();
    this.#cuts.set(key, at);
    return at;
  }
}
