// With --barriers the card is marked after every store of a word that may be a pointer, to memory that may be in the
// heap. A value that is no pointer by its origin (operations.mjs) needs no barrier, nor does a store to the stack.
// Copies of memory mark their range.

import { pointersIn, streamOf } from './analyse.mjs';
import { RootingError } from './binary.mjs';
import { mayBe } from './operations.mjs';
import { kForm } from './stream.mjs';
import { importOf } from './thunks.mjs';

const kWordBytes = 4;
const kBarrier = 'mgc_write_barrier_range';

/** Adds the barriers, and returns how many there are. */
export function addBarriers(context) {
  const { binaryen, kinds } = context;
  const { i32, none } = binaryen;
  const linked = [...context.functions.values()].find((each) => !each.isImport && context.heapName(each) === kBarrier);
  if (linked === undefined && isLinked(context))
    throw new RootingError(`the heap that is linked in has no ${kBarrier}: link it as docs/rooting.md says`);
  const barrier = linked?.name ?? importOf(context, kBarrier, [i32, i32], none);
  let count = 0;
  for (const each of context.functions.values()) {
    if (each.isImport || context.heapName(each) !== '') continue;
    each.body = binaryen._BinaryenFunctionGetBody(each.pointer);
    const stores = storesOf(context, each);
    for (const [expression, parent, index] of bottomUp(kinds, each.body)) {
      const kind = kinds.getId(expression);
      const isCopy = kind === kinds.id.MemoryCopy;
      if (!isCopy && !stores.has(expression)) continue;
      const marked = isCopy
        ? copyAndMark(context, each, barrier, expression)
        : storeAndMark(context, each, barrier, expression);
      if (parent === 0) binaryen._BinaryenFunctionSetBody(each.pointer, marked);
      else kinds.setChild(parent, index, marked);
      count += 1;
    }
  }
  return count;
}

/** Returns whether the heap is a part of the module, and none of its functions is imported. */
function isLinked(context) {
  return ![...context.functions.values()].some((each) => each.isImport && context.heapName(each) !== '');
}

/** Returns the stores that need a barrier. */
function storesOf(context, each) {
  const stream = streamOf(context, each);
  const may = pointersIn(context, stream, context.paramsOf(each));
  const needed = stream.stores.filter(
    ({ address, value, bytes }) =>
      bytes >= kWordBytes &&
      address.form !== kForm.sp &&
      mayBe(address, may) &&
      (value === undefined || mayBe(value, may)),
  );
  return new Set(needed.map(({ expression }) => expression));
}

function bottomUp(kinds, body) {
  const order = [];
  const work = [[body, 0, 0]];
  while (work.length > 0) {
    const entry = work.pop();
    order.push(entry);
    kinds.children(entry[0]).forEach((child, i) => {
      if (child !== 0) work.push([child, entry[0], i]);
    });
  }
  return order.reverse();
}

function storeAndMark({ module, binaryen, kinds }, each, barrier, expression) {
  const { i32, none } = binaryen;
  const place = binaryen._BinaryenFunctionAddVar(each.pointer, i32);
  kinds.setChild(expression, 0, module.local.tee(place, kinds.child(expression, 0), i32));
  const offset = binaryen._BinaryenStoreGetOffset(expression);
  const at = module.i32.add(module.local.get(place, i32), module.i32.const(offset));
  const bytes = module.i32.const(binaryen._BinaryenStoreGetBytes(expression));
  return module.block(null, [expression, module.call(barrier, [at, bytes], none)], none);
}

function copyAndMark({ module, binaryen, kinds }, each, barrier, expression) {
  const { i32, none } = binaryen;
  const keep = (index) => {
    const local = binaryen._BinaryenFunctionAddVar(each.pointer, i32);
    kinds.setChild(expression, index, module.local.tee(local, kinds.child(expression, index), i32));
    return module.local.get(local, i32);
  };
  const mark = module.call(barrier, [keep(0), keep(2)], none);
  return module.block(null, [expression, mark], none);
}
