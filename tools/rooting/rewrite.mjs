// This roots one function: before each call that may collect, the variables that may be pointers and are live across it
// are stored to a frame on the linear stack.
//
//   one call, not in a loop     a frame around the call:  sp -= n; stores; call; sp += n
//   the compiler made a frame   room above that one (compiler_frame.mjs)
//   otherwise                   a frame from entry to exit
//
// Within a frame that lasts, a call stores what its places do not hold yet.
//
// The stores stand before the operands of the call, or where these do more than read, right before the call. Where a
// function returns in several places, these branch to the end of a block around all; a tail call pops the frame first.
// Places are not cleared: a stale word is ignored or keeps an object until the frame ends.

import { analyse } from './analyse.mjs';
import { RootingError } from './binary.mjs';
import { kNoResult } from './contents.mjs';
import { kOp } from './flow.mjs';
import { layOut, neededStores } from './frames.mjs';
import { kOpcode, kType, kV128Store } from './instructions.mjs';
import { kAt } from './output.mjs';
import { kForm } from './values.mjs';
import {
  access,
  globalGet,
  globalSet,
  i32Const,
  kAdd,
  kSub,
  kWordAlignment,
  localGet,
  localSet,
  localTee,
  unsigned,
} from './writer.mjs';

const kStores = new Map([
  [kType.i32, kOpcode.i32Store],
  [kType.i64, kOpcode.i64Store],
  [kType.f64, kOpcode.f64Store],
]);

export class FunctionRooter {
  /** `skip(n)` leaves out the n-th store of the module: tests of the checker do that. */
  constructor(context, output, each, counters, skip) {
    this.context = context;
    this.output = output;
    this.each = each;
    this.counters = counters;
    this.skip = skip;
  }

  /** Returns true if the function was changed. */
  run() {
    const found = analyse(this.context, this.each);
    const { stream, live } = found;
    this.#requireWords(stream);
    if (live.every((list) => list.length === 0)) return false;
    this.stream = stream;
    const layout = layOut(stream, live, this.context);
    this.layout = layout;
    const theirs = stream.compilerFrame.in(stream, this.each.params.length);
    const isKept = theirs !== null || stream.calls.length > 1 || this.#isInLoop(stream.calls[0]);
    const stores = neededStores(found, layout, isKept);
    this.counters.functions += 1;
    this.counters.calls += stream.calls.length;
    this.counters.wanted += live.reduce((sum, list) => sum + list.length, 0);
    this.frame = theirs?.local ?? this.#addLocal(kType.i32);
    this.base = theirs?.bytes ?? 0;
    this.locals = new Map();
    for (const each of stream.temporaries) this.#keep(each);
    stream.calls.forEach((call, i) => {
      if (live[i].length === 0) return;
      if (isKept) this.#edit(call.first, kAt.before, this.#stores(stores[i]));
      else this.#frameAround(call, stores[i]);
    });
    if (theirs !== null) this.#growFrame(theirs);
    else if (isKept) this.#frameFromEntry();
    return true;
  }

  // The heap reads words of a stack, so that a frame must begin at one. The stack pointer goes by way of locals.
  #requireWords({ op, arg, values }) {
    const isPlace = ({ form }) => form === kForm.sp || form === kForm.variable;
    const isPart = (value) => isPlace(value) && value.k % (1 << kWordAlignment) !== 0;
    const moves = values.filter((_, at) => op[at] === kOp.sp);
    const between = new Set(moves.filter(({ form }) => form === kForm.variable).map(({ v }) => v));
    const isMove = (at) => op[at] === kOp.set && between.has(arg[at]) && values[at].form === kForm.sp;
    if (!moves.some(isPart) && !values.some((value, at) => isMove(at) && isPart(value))) return;
    const title = this.context.titleOf(this.each);
    throw new RootingError(`${title} moves the stack pointer by a part of a word, which this tool does not know`);
  }

  // Returns whether a loop head comes at or before the call, to which something at or after the call goes back.
  #isInLoop({ block }) {
    return this.stream.successors.some((list, from) => from >= block && list.some((to) => to <= block));
  }

  #addLocal(type) {
    return this.output.addLocal(this.each, this.stream, type);
  }
  #edit(at, order, bytes, end = at) {
    this.output.edit(this.each, at, order, bytes, end);
  }

  // Gives a local to an operand that waits. What was given together with it, and lies above it, is put back.
  #keep({ variable, place, type, above }) {
    const local = this.#addLocal(type);
    this.locals.set(variable, local);
    const others = above.map((each) => this.#addLocal(each));
    this.#edit(place, kAt.keep, [
      ...others.toReversed().flatMap(localSet),
      ...localTee(local),
      ...others.flatMap(localGet),
    ]);
  }

  #stores(variables) {
    const bytes = [];
    for (const v of variables) {
      const number = this.counters.stores++;
      if (this.skip(number)) continue;
      const offset = this.base + this.layout.offsets.get(v);
      bytes.push(...localGet(this.frame), ...localGet(this.locals.get(v) ?? v));
      bytes.push(...storeOf(this.stream.types[v], offset));
    }
    return bytes;
  }

  #push() {
    const { stackPointer } = this.context;
    const { bytes } = this.layout;
    return [
      ...[...globalGet(stackPointer), ...i32Const(bytes), kSub],
      ...[...localTee(this.frame), ...globalSet(stackPointer)],
    ];
  }
  #pop() {
    return [...localGet(this.frame), ...i32Const(this.layout.bytes), kAdd, ...globalSet(this.context.stackPointer)];
  }

  #frameAround({ first, end }, variables) {
    this.#edit(first, kAt.before, [...this.#push(), ...this.#stores(variables)]);
    this.#edit(end, kAt.after, this.#pop());
  }

  #growFrame({ constants, bytes }) {
    for (const { start, end } of constants) this.#edit(start, kAt.keep, i32Const(bytes + this.layout.bytes), end);
  }

  #frameFromEntry() {
    const { exits, declared, end, isBranchedTo } = this.stream;
    const hasBlock = isBranchedTo || exits.some(({ depth }) => depth >= 0);
    this.#edit(declared.end, kAt.entry, [...this.#push(), ...(hasBlock ? [kOpcode.block, ...this.#blockType()] : [])]);
    for (const exit of exits) {
      if (exit.depth < 0) this.#edit(exit.start, kAt.before, this.#pop());
      else this.#edit(exit.start, kAt.before, [kOpcode.br, ...unsigned(exit.depth)], exit.end);
    }
    this.#edit(end, kAt.exit, [...(hasBlock ? [kOpcode.end] : []), ...this.#pop()]);
  }

  #blockType() {
    const { results } = this.each;
    if (results.length === 0) return [kNoResult];
    return results.length === 1
      ? this.context.contents.bytesOfType(results[0])
      : unsigned(this.output.typeOf([], results));
  }
}

function storeOf(type, offset) {
  if (type !== kType.v128) return access(kStores.get(type), offset);
  return [kOpcode.simd, kV128Store, kWordAlignment, ...unsigned(offset)];
}
