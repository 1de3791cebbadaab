// With --barriers the card is marked after every store of a word that may be a pointer, to memory that may be in the
// heap. A value that is no pointer by its origin (operations.mjs) needs no barrier, nor does a store to the stack.
// Copies of memory mark their range.

import { pointersIn, streamOf } from './analyse.mjs';
import { RootingError } from './binary.mjs';
import { kType } from './instructions.mjs';
import { mayBe } from './operations.mjs';
import { kAt } from './output.mjs';
import { kForm } from './stream.mjs';
import { call, i32Const, kAdd, localGet, localSet, localTee } from './writer.mjs';

const kWordBytes = 4;
export const kBarrier = 'mgc_write_barrier_range';

/** Returns the function of a heap that is linked in, undefined where the heap is imported. */
export function linkedBarrier(context) {
  const all = [...context.functions.values()];
  const linked = all.find((each) => !each.isImport && context.heapName(each) === kBarrier);
  if (linked === undefined && !all.some((each) => each.isImport && context.heapName(each) !== ''))
    throw new RootingError(`the heap that is linked in has no ${kBarrier}: link it as docs/rooting.md says`);
  return linked;
}

/** Adds the barriers, and returns how many there are. */
export function addBarriers(context, output) {
  const linked = linkedBarrier(context);
  const barrier = linked === undefined ? output.importNamed(kBarrier) : output.numberOf(linked.key);
  let count = 0;
  for (const each of context.functions.values()) {
    if (each.isImport || context.heapName(each) !== '') continue;
    const stream = streamOf(context, each);
    const may = pointersIn(context, stream, context.paramsOf(each));
    const stores = stream.stores.filter((store) => needsBarrier(store, may));
    markStores(output, each, stream, stores, barrier);
    for (const copy of stream.copies) markCopy(output, each, stream, copy, barrier);
    count += stores.length + stream.copies.length;
  }
  return count;
}

function needsBarrier({ address, value, bytes }, may) {
  return bytes >= kWordBytes && address.form !== kForm.sp && mayBe(address, may) && mayBe(value, may);
}

// The address is kept in a local where it was evaluated. Stores have one of their own while others are under way.
function markStores(output, each, stream, stores, barrier) {
  const places = []; // { local, until }
  for (const { start, end, addressEnd, offset, bytes, type } of stores) {
    const from = addressEnd < 0 ? start : addressEnd;
    let place = places.find(({ until }) => until <= from);
    if (place === undefined) {
      place = { local: output.addLocal(each, stream, kType.i32) };
      places.push(place);
    }
    place.until = end;
    if (addressEnd < 0) {
      const value = output.addLocal(each, stream, type);
      output.edit(each, start, kAt.before, [...localSet(value), ...localTee(place.local), ...localGet(value)]);
    } else output.edit(each, addressEnd, kAt.keep, localTee(place.local));
    output.edit(each, end, kAt.after, [
      ...[...localGet(place.local), ...i32Const(offset), kAdd],
      ...[...i32Const(bytes), ...call(barrier)],
    ]);
  }
}

function markCopy(output, each, stream, { start, end }, barrier) {
  const [to, from, length] = [0, 1, 2].map(() => output.addLocal(each, stream, kType.i32));
  output.edit(each, start, kAt.before, [
    ...[...localSet(length), ...localSet(from), ...localTee(to)],
    ...[...localGet(from), ...localGet(length)],
  ]);
  output.edit(each, end, kAt.after, [...localGet(to), ...localGet(length), ...call(barrier)]);
}
