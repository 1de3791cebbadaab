// This says where in the frame of a function each variable is stored, and which stores are needed.
//
// Two variables that are live across one call have places of their own; others may share one. A place holds the
// variable's present value (is *current*) from a store before a call until the variable is written or the place is used
// by another. It is also current, whatever it holds, after the variable is given a value that is no pointer, and at the
// entry, where locals are 0. It counts as current only if it is so on every way to here. A call stores what is live and
// not current.

import { copyTo } from './flow.mjs';
import { isNever } from './operations.mjs';
import { kOp } from './stream.mjs';

/** Returns bytes from the frame's start for each variable that is in `live`, and the size of the frame. */
export function layOut(stream, live, context) {
  const offsets = new Map();
  const placeOf = new Map();
  const together = new Map();
  for (const variables of live) {
    for (const v of variables) {
      if (!together.has(v)) together.set(v, new Set());
      const with_ = together.get(v);
      for (const other of variables) with_.add(other);
    }
  }
  const sizeOf = (v) => context.bytesOf(stream.types[v]);
  const places = []; // { size, variables }
  const byUse = [...together.keys()].sort((a, b) => together.get(b).size - together.get(a).size || a - b);
  for (const v of byUse) {
    const size = sizeOf(v);
    const with_ = together.get(v);
    let place = places.find((each) => each.size === size && each.variables.every((other) => !with_.has(other)));
    if (place === undefined) {
      place = { size, variables: [] };
      places.push(place);
    }
    place.variables.push(v);
    placeOf.set(v, place);
  }
  places.sort((a, b) => b.size - a.size);
  let bytes = 0;
  for (const place of places) {
    place.offset = bytes;
    bytes += place.size;
  }
  for (const [v, place] of placeOf) offsets.set(v, place.offset);
  return { offsets, places, placeOf, bytes: (bytes + 15) & ~15 };
}

/** Returns for each call the variables to be stored before it. Without `isKept` each call has a frame of its own. */
export function neededStores({ stream, live, may, params }, { placeOf }, isKept) {
  if (!isKept) return live;
  const bits = [...placeOf.keys()];
  const bitOf = new Map(bits.map((v, i) => [v, i]));
  const words = (bits.length + 31) >>> 5;
  const rivals = bits.map((v) =>
    placeOf
      .get(v)
      .variables.filter((other) => other !== v)
      .map((other) => bitOf.get(other)),
  );
  const blocks = stream.blockCount;
  const out = new Uint32Array(blocks * words).fill(0xffffffff);
  const predecessors = stream.predecessors();
  const now = new Uint32Array(words);
  const has = (bit) => (now[bit >>> 5] >>> (bit & 31)) & 1;
  const clear = (bit) => {
    now[bit >>> 5] &= ~(1 << (bit & 31));
  };
  const put = (bit) => {
    now[bit >>> 5] |= 1 << (bit & 31);
  };
  const enter = (block) => {
    now.fill(0xffffffff);
    if (block === 0) for (const v of params) if (bitOf.has(v)) clear(bitOf.get(v));
    for (const from of predecessors[block])
      for (let word = 0; word < words; ++word) now[word] &= out[from * words + word];
  };
  const through = (block, onCall) => {
    for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
      const op = stream.op[at];
      if (op === kOp.set) {
        const bit = bitOf.get(stream.arg[at]);
        if (bit === undefined) continue;
        if (isNever(stream.values[at], may)) put(bit);
        else clear(bit);
      } else if (op === kOp.call) {
        const call = stream.arg[at];
        onCall(call);
        for (const v of live[call]) {
          const bit = bitOf.get(v);
          for (const rival of rivals[bit]) clear(rival);
          put(bit);
        }
      }
    }
  };
  stream.forward((block) => {
    enter(block);
    through(block, () => {});
    return copyTo(out, now, block * words);
  });
  const stores = live.map(() => []);
  for (let block = 0; block < blocks; ++block) {
    enter(block);
    through(block, (call) => {
      stores[call] = live[call].filter((v) => !has(bitOf.get(v)));
    });
  }
  return stores;
}
