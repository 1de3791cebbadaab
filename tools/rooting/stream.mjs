// A function becomes a stream of operations in the order of execution, cut into basic blocks. Liveness, the rewriter
// and the checker work on it. It is read from the binary as an engine does: values wait on a stack, and instructions
// take them from there. Code that no way leads to is passed over. Variables are the locals, and after them the
// *temporaries* (operands.mjs).
//
//   GET v         v is read                          CALL i     calls[i], which may collect
//   SET v, value  v is written                       STORE i    stores[i], to memory
//   SP value      the stack pointer is written       POP i      pops[i], the end of a shadow stack frame
//   GLOBAL g, value  another global is written
//
// A *value* says what is known of where it comes from: may (operations.mjs), and for the checker a form. Blocks are
// numbered in an order in which every edge but those to loop heads goes forward. Where exceptions are caught, a block
// ends after each call, with an edge to the catches. Places are in bytes from the beginning of the file.

import { Reader, RootingError } from './binary.mjs';
import { Blocks, UnknownKind } from './blocks.mjs';
import { CompilerFrame } from './compiler_frame.mjs';
import { kOp } from './flow.mjs';
import {
  kAtomic,
  kGives,
  kMemoryCopy,
  kMemoryFollows,
  kMisc,
  kOpcode,
  kPlain,
  kSimd,
  kType,
  kV128Store,
  nameOfInstruction,
} from './instructions.mjs';
import { join, kNo } from './operations.mjs';
import { binaryValue, constantValue, globalValue, kForm, kNever, kOther, loadValue } from './values.mjs';

export { kForm, kOp, UnknownKind };

const kPops = new Set(['mgc_frame_pop', 'mgc_frame_pop_inline', 'mgc_shadow_restore', 'mgc_frame_restore']);
const kTypedBlocks = new Set([kOpcode.block, kOpcode.loop, kOpcode.if, kOpcode.try, kOpcode.tryTable]);
const kMostLocals = 50_000; // engines have the same bound
const kMemorySize = 0x3f;
const kMemoryGrow = 0x40;
const kTableGet = 0x25;
const kTableSet = 0x26;

// What more than reads.
const kEffect = Uint8Array.from({ length: 256 }, (_, opcode) => {
  const isConstant = opcode >= kOpcode.i32Const && opcode <= kOpcode.f64Const;
  const isRead = opcode === kOpcode.localGet || opcode === kOpcode.globalGet || kPlain[opcode]?.type > 0;
  return isConstant || (isRead && opcode !== kMemoryGrow) ? 0 : 1;
});

export class Stream extends Blocks {
  /** `context` is what is known of the module (module.mjs), and `each` one of its functions. */
  constructor(context, each) {
    super();
    this.context = context;
    this.pops = []; // what mgc_frame_pop is given; null for mgc_shadow_restore
    this.stores = []; // { address, value, bytes, offset, start, end, addressEnd, type }
    this.copies = []; // { start, end } of copies of memory
    this.exits = []; // { start, end, depth } of returns; depth is -1 for tail calls
    this.siteCount = 0; // of loads and calls
    const [start, end] = context.positions.bodies[each.bodyIndex];
    this.reader = new Reader(context.bytes, start, end);
    this.types = [...each.params];
    /** Where the function's locals are declared: { start, countEnd, count, end }. */
    this.declared = this.#readLocals(start);
    this.localCount = this.types.length;
    this.locals = this.types.map((_, v) => Object.freeze({ may: Object.freeze([v]), form: kForm.variable, v, k: 0 }));
    this.compilerFrame = new CompilerFrame(context);
    this.ownResults = each.results;
    this.#walk();
    this.insertTemporaries();
  }

  #readLocals(start) {
    const reader = this.reader;
    const { contents } = this.context;
    const count = reader.u32();
    const countEnd = reader.at;
    for (let n = count; n > 0; --n) {
      const times = reader.u32();
      const type = contents.valueType(reader);
      if (this.types.length + times > kMostLocals) throw new RootingError('a function has too many locals');
      for (let i = 0; i < times; ++i) this.types.push(type);
    }
    return { start, countEnd, count, end: reader.at };
  }

  // ---- The walk ----

  #walk() {
    const reader = this.reader;
    const { bytes } = reader;
    this.enterBlock(kOpcode.block, { params: [], results: this.ownResults });
    while (this.control.length > 0) {
      if (!this.reached) this.#passOver();
      const start = reader.at;
      if (start >= reader.end) throw new RootingError('the module is cut off');
      const opcode = bytes[reader.at++];
      const plain = kPlain[opcode];
      if (plain !== undefined) this.#plain(opcode, plain, start);
      else if (opcode >= kOpcode.localGet && opcode <= kOpcode.globalSet) this.#variable(opcode);
      else if (opcode >= kOpcode.i32Const && opcode <= kOpcode.f64Const) this.#constant(opcode);
      else if (opcode >= kOpcode.call && opcode <= kOpcode.returnCallIndirect) this.#call(opcode, start);
      else this.#steer(opcode, start);
      if (kEffect[opcode] === 1) this.lastEffect = reader.at;
      else if (plain === undefined || plain.takes === 0) this.begins[this.top - 1] = start;
      if (opcode !== kOpcode.block) this.compilerFrame.follow(start);
    }
    this.end = reader.at - 1; // where the last `end` stands
  }

  // Passes over code that no way leads to: to the end of the block around, or to its next part.
  #passOver() {
    const reader = this.reader;
    for (let depth = 0; ; ) {
      if (reader.at >= reader.end) throw new RootingError('the module is cut off');
      const opcode = reader.bytes[reader.at];
      if (kTypedBlocks.has(opcode)) depth += 1;
      const isPart = opcode === kOpcode.else || opcode === kOpcode.catch || opcode === kOpcode.catchAll;
      const isEnd = opcode === kOpcode.end || opcode === kOpcode.delegate;
      if (depth === 0 && (isPart || isEnd)) return;
      if (isEnd) depth -= 1;
      this.context.positions.skipInstruction(reader);
    }
  }

  #plain(opcode, { takes, type, gives, bytes }, start) {
    const reader = this.reader;
    if (opcode === kMemorySize || opcode === kMemoryGrow) reader.leb();
    if (gives === kGives.load) return this.#load(opcode, type, bytes);
    if (gives === kGives.store) return this.#store(opcode, bytes, start);
    if (takes === 1) {
      const first = this.take(opcode);
      const may = gives === kGives.asOperand ? first.may : kNo;
      this.give(may === kNo ? kNever : { may, form: kForm.other, v: 0, k: 0 }, type, reader.at);
    } else if (takes === 2) {
      const right = this.take(opcode);
      const left = this.take(opcode);
      this.give(gives === kGives.asOperands ? binaryValue(opcode, left, right) : kNever, type, reader.at);
    } else if (type !== 0) {
      this.give(kNever, type, reader.at);
    }
    return undefined;
  }

  #offset() {
    const reader = this.reader;
    if (reader.u32() & kMemoryFollows) reader.u32();
    return reader.u32();
  }

  #load(opcode, type, bytes) {
    const offset = this.#offset();
    const value = loadValue(bytes, offset, this.take(opcode), this.siteCount++);
    this.give(this.#named(value, type), type, this.reader.at);
  }

  // Where types are known, what is loaded has a variable, so that it is a number if its type says so.
  #named(value, type) {
    if (this.context.numbers === undefined || value.form !== kForm.load) return value;
    const variable = this.types.length;
    this.types.push(type);
    this.emit(kOp.set, variable, value);
    return { ...value, may: [variable] };
  }

  #store(opcode, bytes, start, offset = this.#offset()) {
    const type = this.kinds[this.top - 1];
    const value = this.take(opcode);
    const addressEnd = this.groups[this.top - 1] === null ? this.places[this.top - 1] : -1;
    const address = this.take(opcode);
    this.stores.push({ address, value, bytes, offset, start, end: this.reader.at, addressEnd, type });
    this.emit(kOp.store, this.stores.length - 1);
    this.forgetLoads();
  }

  #variable(opcode) {
    const reader = this.reader;
    const index = reader.u32();
    if (opcode === kOpcode.localGet) {
      if (index >= this.localCount) throw new RootingError('a function reads a local that it does not have');
      this.emit(kOp.get, index);
      this.give(this.locals[index], this.types[index], reader.at, this.op.length - 1);
    } else if (opcode === kOpcode.globalGet) {
      const type = this.context.contents.globals[index]?.type;
      this.give(globalValue(this.context, index), type, reader.at);
    } else if (opcode === kOpcode.globalSet) {
      const value = this.take(opcode);
      if (index === this.context.stackPointer) {
        this.emit(kOp.sp, 0, value);
        this.forget(-1);
        this.compilerFrame.moves(value);
      } else this.emit(kOp.global, index, value);
    } else {
      const value = this.take(opcode);
      this.writes.push([this.op.length, reader.at]);
      this.emit(kOp.set, index, value);
      this.forget(index);
      if (opcode === kOpcode.localTee) this.give(this.locals[index], this.types[index], reader.at);
    }
  }

  #constant(opcode) {
    const reader = this.reader;
    let k = Number.NaN;
    if (opcode === kOpcode.i32Const) k = reader.s32();
    else if (opcode === kOpcode.i64Const) reader.leb();
    else reader.at += opcode === kOpcode.f64Const ? 8 : 4;
    this.give(constantValue(k), kType.i32 - (opcode - kOpcode.i32Const), reader.at);
  }

  // ---- What steers ----

  #steer(opcode, start) {
    const reader = this.reader;
    switch (opcode) {
      case kOpcode.unreachable:
        return this.leave();
      case kOpcode.block:
      case kOpcode.loop:
      case kOpcode.if:
      case kOpcode.try:
      case kOpcode.tryTable:
        return this.openBlock(opcode, this.context.contents.blockType(reader));
      case kOpcode.else:
        return this.openElse();
      case kOpcode.catch:
      case kOpcode.catchAll:
        return this.openCatch(opcode === kOpcode.catch ? this.tagTypes(reader.u32()) : []);
      case kOpcode.delegate:
        reader.u32();
        return this.closeBlock();
      case kOpcode.end:
        return this.closeBlock();
      case kOpcode.br:
        this.branch(this.around(reader.u32()), opcode);
        return this.leave();
      case kOpcode.brIf:
        this.take(opcode);
        this.branch(this.around(reader.u32()), opcode);
        return this.cut();
      case kOpcode.brTable:
        return this.brTable(opcode);
      case kOpcode.return:
        this.carry(this.ownResults, opcode);
        this.exits.push({ start, end: reader.at, depth: this.control.length - 1 });
        return this.leave();
      case kOpcode.throw:
      case kOpcode.rethrow:
      case kOpcode.throwRef:
        return this.raise(opcode);
      default:
        return this.#rest(opcode, start);
    }
  }

  #rest(opcode, start) {
    const reader = this.reader;
    if (opcode === kOpcode.drop) {
      this.top -= 1;
      return undefined;
    }
    if (opcode === kOpcode.select || opcode === kOpcode.selectTyped) {
      const type =
        opcode === kOpcode.selectTyped ? this.context.contents.valueTypes(reader)[0] : this.kinds[this.top - 2];
      this.take(opcode);
      const other = this.take(opcode);
      return this.give({ ...kOther, may: join(this.take(opcode).may, other.may) }, type, reader.at);
    }
    const table = new Map([
      [kOpcode.misc, kMisc],
      [kOpcode.simd, kSimd],
      [kOpcode.atomic, kAtomic],
    ]).get(opcode);
    if (table !== undefined) return this.#prefixed(opcode, table, start);
    return this.#reference(opcode);
  }

  #prefixed(opcode, table, start) {
    const reader = this.reader;
    const n = reader.u32();
    const found = table[n];
    if (found === undefined) throw new UnknownKind(`0x${opcode.toString(16)} ${n}`);
    const { takes, type, gives, bytes } = found;
    if (gives === kGives.load) return this.#load(opcode, type, bytes);
    if (gives === kGives.store) {
      const offset = this.#offset();
      if (opcode === kOpcode.simd && n !== kV128Store) reader.at += 1; // the lane
      return this.#store(opcode, bytes, start, offset);
    }
    this.context.positions.skipBehind(reader, opcode, n);
    if (opcode === kOpcode.misc && n === kMemoryCopy) this.copies.push({ start, end: reader.at });
    let operand = kOther;
    for (let i = 0; i < takes; ++i) operand = this.take(opcode);
    if (opcode !== kOpcode.simd || type === 0) this.forgetLoads();
    if (type === 0) return undefined;
    const may = gives === kGives.asOperand ? operand.may : gives === kGives.maybe ? kOther.may : kNo;
    return this.give({ ...kOther, may }, type, reader.at);
  }

  // References are no pointers to memory.
  #reference(opcode) {
    const reader = this.reader;
    if (opcode === kTableGet || opcode === kTableSet) {
      reader.u32();
      for (let i = 0; i < (opcode === kTableSet ? 2 : 1); ++i) this.take(opcode);
      if (opcode === kTableGet) this.give(kNever, kType.funcref, reader.at);
    } else if (opcode === kOpcode.refFunc) {
      reader.u32();
      this.give(kNever, kType.funcref, reader.at);
    } else if (opcode === kOpcode.refNull) {
      reader.leb(); // of what type
      this.give(kNever, kType.funcref, reader.at);
    } else {
      throw new UnknownKind(nameOfInstruction(opcode));
    }
  }

  // ---- Calls ----

  #call(opcode, start) {
    const reader = this.reader;
    const { context } = this;
    const isDirect = opcode === kOpcode.call || opcode === kOpcode.returnCall;
    const index = reader.u32();
    if (!isDirect) {
      reader.u32();
      this.take(opcode);
    }
    const target = isDirect ? index : -1;
    const type = context.types[isDirect ? context.contents.functionTypes[index] : index];
    if (type === undefined) throw new RootingError('a function calls one that is not there');
    const operands = this.#operands(type.params.length, opcode, isDirect && context.takesNoObjects(target));
    const end = reader.at;
    const first = this.#firstOf(start, operands.length > 0 || !isDirect);
    if (opcode === kOpcode.returnCall || opcode === kOpcode.returnCallIndirect) {
      this.exits.push({ start: first, end, depth: -1 });
      return this.leave();
    }
    const collects = isDirect ? context.collects(target) : context.collectsIndirectly(index);
    const name = isDirect ? context.nameOfHeapFunction(target) : '';
    if (operands.length > 0 && context.takesMutator(name, operands.length))
      this.mutators.push({ value: operands[0], at: this.op.length, block: this.block });
    if (kPops.has(name)) {
      this.pops.push(name.startsWith('mgc_frame_pop') ? operands[operands.length - 1] : null);
      this.emit(kOp.pop, this.pops.length - 1);
    }
    if (collects) {
      this.collecting += 1;
      this.calls.push({ start, first, end, target, operands, at: this.op.length, block: this.block });
      this.emit(kOp.call, this.calls.length - 1);
      if (isDirect && context.keepsArguments && context.isForeign(target)) this.#keepArguments(operands);
    }
    if (this.tries.length > 0) {
      this.mayThrow();
      this.cut();
    }
    const given = type.results.map((each) => {
      const may = context.isWide(each) ? context.given(target, name) : kNo;
      return { may, form: kForm.call, v: 0, k: 0, name, site: this.siteCount++ };
    });
    return this.giveAll(given, type.results, end);
  }

  // Returns where the operands that were taken last begin, if from there to the instruction nothing is done but
  // reading; otherwise where that stands.
  #firstOf(start, hasOperands) {
    const begin = hasOperands ? this.begins[this.top] : start;
    return begin >= this.lastEffect ? begin : start;
  }

  // Takes the operands of a call. To one that takes numbers only it is no use of a local that it gets that.
  #operands(count, opcode, takesNumbers) {
    const operands = [];
    for (let i = count - 1; i >= 0; --i) {
      if (this.top === 0) throw new RootingError('a call has too few operands');
      if (takesNumbers) {
        const read = this.reads[--this.top];
        if (read >= 0) this.op[read] = kOp.nop;
        operands[i] = this.stack[this.top];
      } else {
        operands[i] = this.take(opcode);
      }
    }
    return operands;
  }

  // A foreign function cannot root what it is given: locals that are its arguments live until it returns.
  #keepArguments(operands) {
    for (const value of operands) if (value.form === kForm.variable && value.k === 0) this.emit(kOp.get, value.v);
  }
}
