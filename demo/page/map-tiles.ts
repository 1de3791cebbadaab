// The heap map knows this of the heap: a tile for each span, and of each tile the slots as they were read last. How
// much is read in a frame is bounded, whatever the heap's size: the spans are listed a few times a second, and of the
// visible ones some are read, in turn. This is a part of the component of heap-map.ts.

import type { AnyType, SlotState, SpanInfo } from 'mallocgc';
import type { Tile } from './tile.js';

/** A cell can be in these states. `freed` means a moment ago; `grey` means, on replays, reached but not scanned yet. */
export type MapState = SlotState | 'freed' | 'grey';

/** The map asks this of a walk: HeapWalk answers it, and so does whatever shows a heap of another time. */
export interface MapWalk {
  readonly spans: readonly SpanInfo[];
  slots(span: SpanInfo): Uint32Array;
  state(slot: number): MapState;
  type(slot: number): AnyType | null;
}

/** This is a heap, or what looks like one. */
export interface MapSource {
  walk(options?: { readonly from?: number; readonly to?: number }): MapWalk;
}

/** So many spans and slots are read in a frame. A span is read whole, so it may be one span's slots more. */
export const kSpansAFrame = 512;
export const kSlotsAFrame = 100_000;
/** Spans are asked for in pieces of so many. */
const kSpansAPiece = 64;
/** All spans are listed anew so often. */
const kListMs = 200;
const kFreedShownMs = 1200;

function isAlike(a: SpanInfo, b: SpanInfo): boolean {
  return a.slotBytes === b.slotBytes && a.slotCount === b.slotCount;
}

export class MapTiles {
  /** This was done since `begin`. */
  readonly work = { spansListed: 0, spansRead: 0, slotsRead: 0 };
  #source: MapSource;
  #walk: MapWalk;
  #all: Tile[] = [];
  #byBase = new Map<number, Tile>();
  #turn = 0;
  #listed = -Infinity;

  constructor(source: MapSource) {
    this.#source = source;
    this.#walk = source.walk();
  }

  /** Takes another heap, of which nothing is known. */
  set source(source: MapSource) {
    this.#source = source;
    this.#walk = source.walk();
    this.#all = [];
    this.#byBase.clear();
    this.#listed = -Infinity;
  }
  get all(): readonly Tile[] {
    return this.#all;
  }
  /** Explains what slots say. */
  get walk(): MapWalk {
    return this.#walk;
  }

  /** Begins a frame. Returns true if the tiles are not those of the last frame. */
  begin(now: number): boolean {
    this.work.spansListed = this.work.spansRead = this.work.slotsRead = 0;
    return (now - this.#listed >= kListMs || this.#all.length <= kSpansAPiece) && this.#list(now);
  }

  /** Finds which spans there are. What is known of their slots stays. Returns true if tiles came, went or moved. */
  #list(now: number): boolean {
    this.#listed = now;
    this.#walk = this.#source.walk();
    const old = this.#byBase;
    const next = new Map<number, Tile>();
    const before = this.#all;
    this.#all = this.#walk.spans.map((span) => {
      const known = old.get(span.base);
      const tile =
        known !== undefined && isAlike(known.span, span)
          ? known
          : { span, slots: new Uint32Array(0), freedUntil: null, freedLast: 0, dirtyShare: 0, isStale: true };
      tile.span = span;
      next.set(span.base, tile);
      return tile;
    });
    this.#byBase = next;
    this.work.spansListed = this.#all.length;
    return before.length !== this.#all.length || before.some((tile, i) => tile !== this.#all[i]);
  }

  /** Reads the visible tiles from where the last frame left off, piece by piece, as far as the frame's share goes. */
  read(now: number, { first, end }: { first: number; end: number }): void {
    const { work } = this;
    const count = end - first;
    let read = 0;
    while (read < count && work.spansRead < kSpansAFrame && work.slotsRead < kSlotsAFrame) {
      const at = (this.#turn + read) % count;
      const piece = this.#all.slice(first + at, Math.min(end, first + at + kSpansAPiece));
      read += this.#readPiece(piece, now);
    }
    this.#turn = count === 0 ? 0 : (this.#turn + read) % count;
  }

  /** Returns how many of these neighbours were read. */
  #readPiece(piece: readonly Tile[], now: number): number {
    const { work } = this;
    const last = (piece[piece.length - 1] as Tile).span;
    const known = new Map(
      this.#source
        .walk({ from: (piece[0] as Tile).span.base, to: last.base + last.bytes })
        .spans.map((span) => [span.base, span]),
    );
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
    const dirtyShare = tile.span.dirtyCards / Math.max(1, tile.span.cards);
    if (dirtyShare !== tile.dirtyShare) tile.isStale = true;
    tile.dirtyShare = dirtyShare;
    // A replay changes its cells in place.
    tile.isStale ||= slots === before || slots.length !== before.length;
    for (let i = 0; i < before.length; i++) {
      if (slots[i] === before[i]) continue;
      tile.isStale = true;
      if (slots[i] !== 0) continue;
      tile.freedUntil ??= new Float64Array(slots.length);
      tile.freedUntil[i] = tile.freedLast = now + kFreedShownMs;
    }
    tile.slots = slots;
  }
}
