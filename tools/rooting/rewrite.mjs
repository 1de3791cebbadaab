// This roots one function: before each call that may collect, the variables that may be pointers and are live across it
// are stored to a frame on the linear stack.
//
//   one call, not in a loop     a frame around the call:  sp -= n; stores; call; sp += n
//   the compiler made a frame   room above that one (compiler_frame.mjs)
//   otherwise                   a frame from entry to exit
//
// Within a frame that lasts, a call stores what its places do not hold yet.
//
// The stores stand after the call's operands: where those do more than read, behind the last of them. Returns leave
// through one exit; a tail call pops the frame first, with its operands in locals. Places are not cleared: a stale word
// is ignored or keeps an object until the frame ends.

import { analyse } from './analyse.mjs';
import { findCompilerFrame, growCompilerFrame } from './compiler_frame.mjs';
import { layOut, neededStores } from './frames.mjs';

const kExit = 'mallocgc$exit';
const kPureLimit = 64;

export class FunctionRooter {
  /** `skip(n)` leaves out the n-th store of the module: tests of the checker do that. */
  constructor(context, each, counters, skip) {
    this.context = context;
    this.module = context.module;
    this.binaryen = context.binaryen;
    this.kinds = context.kinds;
    this.each = each;
    this.counters = counters;
    this.skip = skip;
  }

  /** Returns true if the function was changed. */
  run() {
    const found = analyse(this.context, this.each);
    const { stream, live } = found;
    if (live.every((list) => list.length === 0)) return false;
    this.stream = stream;
    const layout = layOut(stream, live, this.context);
    this.layout = layout;
    const theirs = findCompilerFrame(this.context, this.each.body, found.params.length);
    const isKept = theirs !== null || stream.calls.length > 1 || this.#isInLoop(stream.calls[0]);
    const stores = neededStores(found, layout, isKept);
    this.counters.functions += 1;
    this.counters.calls += stream.calls.length;
    this.counters.wanted += live.reduce((sum, list) => sum + list.length, 0);
    this.frame = theirs?.local ?? this.#addLocal(this.binaryen.i32);
    this.base = theirs?.bytes ?? 0;
    this.locals = new Map();
    for (const { variable, parent, index } of stream.temporaries) this.#keep(variable, parent, index);
    stream.calls.forEach((call, i) => {
      if (live[i].length === 0) return;
      if (isKept) this.#storeBefore(call, stores[i]);
      else this.#frameAround(call, stores[i]);
    });
    if (theirs !== null) growCompilerFrame(this.context, theirs, layout.bytes);
    const body = isKept && theirs === null ? this.#frameFromEntry() : this.each.body;
    this.binaryen._BinaryenFunctionSetBody(this.each.pointer, body);
    return true;
  }

  // Returns whether a loop head comes at or before the call, to which something at or after the call goes back.
  #isInLoop({ block }) {
    return this.stream.successors.some((list, from) => from >= block && list.some((to) => to <= block));
  }

  #addLocal(type) {
    return this.binaryen._BinaryenFunctionAddVar(this.each.pointer, type);
  }
  #get(local, type) {
    return this.module.local.get(local, type);
  }
  #stackPointer() {
    return this.binaryen._BinaryenGlobalGet(this.module.ptr, this.context.stackPointer, this.binaryen.i32);
  }
  #setStackPointer(value) {
    return this.binaryen._BinaryenGlobalSet(this.module.ptr, this.context.stackPointer, value);
  }
  #replace(parent, index, expression) {
    if (parent === 0) this.each.body = expression;
    else this.kinds.setChild(parent, index, expression);
  }
  #at(parent, index) {
    return parent === 0 ? this.each.body : this.kinds.child(parent, index);
  }

  // Gives a local to an operand that waits.
  #keep(variable, parent, index) {
    const type = this.stream.types[variable];
    const local = this.#addLocal(type);
    this.locals.set(variable, local);
    this.#replace(parent, index, this.module.local.tee(local, this.#at(parent, index), type));
  }

  #stores(variables) {
    const { module } = this;
    const list = [];
    for (const v of variables) {
      const type = this.stream.types[v];
      const local = this.locals.get(v) ?? v;
      let offset = this.base + this.layout.offsets.get(v);
      for (const [part, index] of this.context.parts(type)) {
        const whole = this.#get(local, type);
        const value = index < 0 ? whole : module.tuple.extract(whole, index);
        const place = this.#get(this.frame, this.binaryen.i32);
        const number = this.counters.stores++;
        if (!this.skip(number)) list.push(this.#storeOf(part, offset, place, value));
        offset += this.context.bytesOf(part);
      }
    }
    return list;
  }

  #storeOf(type, offset, place, value) {
    const { module, binaryen } = this;
    const name = new Map([
      [binaryen.i32, 'i32'],
      [binaryen.i64, 'i64'],
      [binaryen.v128, 'v128'],
      [binaryen.f64, 'f64'],
    ]).get(type);
    return module[name].store(offset, 4, place, value);
  }

  // `first` happens after the operands of the call are there.
  #beforeCall({ expression, parent, index }, first) {
    if (first.length === 0) return;
    const { module, kinds } = this;
    const operands = kinds.children(expression);
    const type = kinds.getType(this.#at(parent, index));
    if (operands.every((operand) => this.#isPure(operand))) {
      this.#replace(parent, index, module.block(null, [...first, this.#at(parent, index)], type));
      return;
    }
    const last = operands.length - 1;
    const operandType = kinds.getType(operands[last]);
    const local = this.#addLocal(operandType);
    const parts = [module.local.set(local, operands[last]), ...first, this.#get(local, operandType)];
    kinds.setChild(expression, last, module.block(null, parts, operandType));
  }

  // Returns whether an expression reads locals and memory, and does nothing else.
  #isPure(expression) {
    const { id } = this.kinds;
    const work = [expression];
    for (let seen = 0; work.length > 0; ++seen) {
      if (seen > kPureLimit) return false;
      const at = work.pop();
      if (at === 0) continue;
      const kind = this.kinds.getId(at);
      const isPure = [id.LocalGet, id.Const, id.Unary, id.Binary, id.Load, id.Select].includes(kind);
      if (!isPure) return false;
      work.push(...this.kinds.children(at));
    }
    return true;
  }

  #storeBefore(call, variables) {
    this.#beforeCall(call, this.#stores(variables));
  }

  #frameAround(call, variables) {
    const { module, binaryen } = this;
    const { parent, index, expression } = call;
    const bytes = this.layout.bytes;
    const lower = module.i32.sub(this.#stackPointer(), module.i32.const(bytes));
    const push = [this.#setStackPointer(module.local.tee(this.frame, lower, binaryen.i32)), ...this.#stores(variables)];
    const pop = this.#pop();
    const type = this.kinds.getType(expression);
    this.#beforeCall(call, push);
    const whole = this.#at(parent, index);
    if (type === binaryen.none) {
      this.#replace(parent, index, module.block(null, [whole, pop], binaryen.none));
      return;
    }
    const result = this.#addLocal(type);
    const parts = [module.local.set(result, whole), pop, this.#get(result, type)];
    this.#replace(parent, index, module.block(null, parts, type));
  }

  #pop() {
    const { module, binaryen } = this;
    const top = module.i32.add(this.#get(this.frame, binaryen.i32), module.i32.const(this.layout.bytes));
    return this.#setStackPointer(top);
  }

  #frameFromEntry() {
    const { module, binaryen, kinds } = this;
    const type = this.each.results;
    let left = false;
    for (const exit of this.stream.exits) {
      if (exit.kind === kinds.id.Return) {
        const value = kinds.child(exit.expression, 0);
        this.#replace(exit.parent, exit.index, module.br(kExit, undefined, value === 0 ? undefined : value));
        left = true;
      } else {
        this.#popBeforeTailCall(exit);
      }
    }
    const lower = module.i32.sub(this.#stackPointer(), module.i32.const(this.layout.bytes));
    const push = this.#setStackPointer(module.local.tee(this.frame, lower, binaryen.i32));
    const inner = module.block(left ? kExit : null, [this.each.body], type);
    if (type === binaryen.none) return module.block(null, [push, inner, this.#pop()], binaryen.none);
    const result = this.#addLocal(type);
    return module.block(null, [push, module.local.set(result, inner), this.#pop(), this.#get(result, type)], type);
  }

  #popBeforeTailCall({ expression, parent, index }) {
    const { module, kinds } = this;
    const parts = [];
    kinds.children(expression).forEach((operand, i) => {
      const type = kinds.getType(operand);
      const local = this.#addLocal(type);
      parts.push(module.local.set(local, operand));
      kinds.setChild(expression, i, this.#get(local, type));
    });
    parts.push(this.#pop(), expression);
    this.#replace(parent, index, module.block(null, parts, this.binaryen.unreachable));
  }
}
