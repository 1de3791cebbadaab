// This finds which variables are live across which call. The search goes backward over the blocks, in reverse order of
// evaluation, with dense bit sets, until nothing changes: it takes as many passes as loops are nested, and one more.

import { kOp } from './stream.mjs';

/** Returns for each call of the stream the variables that are read after it, of those with `wanted[v]`, as numbers. */
export function liveAcrossCalls(stream, wanted) {
  const bits = [];
  const bitOf = new Int32Array(stream.types.length).fill(-1);
  for (let v = 0; v < stream.types.length; ++v) {
    if (!wanted[v]) continue;
    bitOf[v] = bits.length;
    bits.push(v);
  }
  const words = (bits.length + 31) >>> 5;
  const blocks = stream.blockCount;
  const used = new Uint32Array(blocks * words); // read before it is written
  const written = new Uint32Array(blocks * words);
  const liveIn = new Uint32Array(blocks * words);
  const now = new Uint32Array(words);
  const through = (block, onCall) => {
    for (let at = stream.blockEnd(block) - 1; at >= stream.starts[block]; --at) {
      const op = stream.op[at];
      if (op === kOp.call) {
        onCall(stream.arg[at]);
        continue;
      }
      if (op !== kOp.get && op !== kOp.set) continue;
      const bit = bitOf[stream.arg[at]];
      if (bit < 0) continue;
      if (op === kOp.get) now[bit >>> 5] |= 1 << (bit & 31);
      else now[bit >>> 5] &= ~(1 << (bit & 31));
    }
  };
  summarise(stream, bitOf, words, used, written);
  for (let changed = true; changed; ) {
    changed = false;
    for (let block = blocks - 1; block >= 0; --block) {
      const row = block * words;
      for (let word = 0; word < words; ++word) {
        let out = 0;
        for (const next of stream.successors[block]) out |= liveIn[next * words + word];
        const live = (used[row + word] | (out & ~written[row + word])) >>> 0;
        if (live === liveIn[row + word]) continue;
        liveIn[row + word] = live;
        changed = true;
      }
    }
  }
  const live = stream.calls.map(() => []);
  for (let block = 0; block < blocks; ++block) {
    for (let word = 0; word < words; ++word) {
      now[word] = 0;
      for (const next of stream.successors[block]) now[word] |= liveIn[next * words + word];
    }
    through(block, (call) => {
      for (let word = 0; word < words; ++word)
        for (let rest = now[word]; rest !== 0; rest &= rest - 1)
          live[call].push(bits[word * 32 + (31 - Math.clz32(rest & -rest))]);
    });
  }
  return live;
}

// Finds what each block reads before it writes it, and what it writes.
function summarise(stream, bitOf, words, used, written) {
  for (let block = 0; block < stream.blockCount; ++block) {
    for (let at = stream.blockEnd(block) - 1; at >= stream.starts[block]; --at) {
      const op = stream.op[at];
      if (op !== kOp.get && op !== kOp.set) continue;
      const bit = bitOf[stream.arg[at]];
      if (bit < 0) continue;
      const word = block * words + (bit >>> 5);
      const mask = 1 << (bit & 31);
      if (op === kOp.get) used[word] |= mask;
      else {
        used[word] &= ~mask;
        written[word] |= mask;
      }
    }
  }
}
