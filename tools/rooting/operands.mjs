// The operands of a function are evaluated and wait on the engine's stack. One that waits while a call that may collect
// is made becomes a *temporary*: it is set where it was evaluated and read where it is consumed. If it is a copy of a
// local that nobody writes meanwhile, that local lives on instead.

import { RootingError } from './binary.mjs';
import { Flow, kOp } from './flow.mjs';
import { nameOfInstruction } from './instructions.mjs';
import { kNo } from './operations.mjs';
import { kForm } from './values.mjs';

export class Operands extends Flow {
  // Of each operand: its value, now and as it was given, and its type; the operation before which it was there, in
  // which block, and how many calls that may collect came before that; the byte behind what gave it; the types of what
  // that gave besides, above it; the operation that has read it from a local, or -1; the temporary that it has become,
  // or -1.
  stack = [];
  origins = [];
  kinds = [];
  marks = [];
  blocks = [];
  counts = [];
  places = [];
  groups = [];
  reads = [];
  kept = [];
  begins = []; // where its first operand begins, of one that only reads
  lastEffect = 0; // the byte behind the last instruction that does more
  top = 0;

  calls = []; // { first, start, end, target or -1, block, at, operands: values }; `first` is where operands begin
  mutators = []; // { value, at, block }: what is given to the heap as a mutator
  writes = []; // [operation, place behind it] of each write of a local
  temporaries = []; // { variable, consumer, place, type, above: types }
  insertions = []; // { block, mark, variable, value }: writes of temporaries
  collecting = 0; // calls that may collect, so far

  give(value, type, place, read = -1) {
    const at = this.top++;
    this.stack[at] = value;
    this.origins[at] = value;
    this.kinds[at] = type;
    this.marks[at] = this.op.length;
    this.blocks[at] = this.block;
    this.counts[at] = this.collecting;
    this.places[at] = place;
    this.groups[at] = null;
    this.reads[at] = read;
    this.kept[at] = -1;
  }

  /** Gives several values at one place. */
  giveAll(values, types, place) {
    values.forEach((value, i) => {
      this.give(value, types[i], place);
      if (types.length > 1) this.groups[this.top - 1] = types.slice(i + 1);
    });
  }

  /** Takes an operand for an instruction. */
  take(opcode) {
    const at = this.top - 1;
    if (at < 0) throw new RootingError('an instruction has too few operands');
    this.read(at, opcode);
    this.top = at;
    return this.stack[at];
  }

  /** Says that an instruction reads the operand at a height, which may stay there. */
  read(at, opcode) {
    if (this.counts[at] === this.collecting) return;
    const value = this.origins[at];
    const type = this.kinds[at];
    if (value.may === kNo || !this.context.isWide(type)) return;
    if (this.kept[at] < 0 && this.#staysInLocal(value, this.marks[at])) {
      this.emit(kOp.get, value.v);
      return;
    }
    if (this.kept[at] < 0) this.#keep(at, value, type, opcode);
    this.emit(kOp.get, this.kept[at]);
  }

  #keep(at, value, type, opcode) {
    const variable = this.types.length;
    this.types.push(type);
    const above = this.groups[at] ?? [];
    this.temporaries.push({ variable, consumer: nameOfInstruction(opcode), place: this.places[at], type, above });
    this.insertions.push({ block: this.blocks[at], mark: this.marks[at], variable, value });
    this.kept[at] = variable;
  }

  /** Puts the writes of temporaries among the operations, and numbers again what is numbered after these. */
  insertTemporaries() {
    if (this.insertions.length === 0) return;
    const { op, arg, values, starts } = this;
    const ofBlock = new Map();
    for (const each of this.insertions) {
      if (!ofBlock.has(each.block)) ofBlock.set(each.block, []);
      ofBlock.get(each.block).push(each);
    }
    const places = new Int32Array(op.length + 1);
    this.op = [];
    this.arg = [];
    this.values = [];
    this.starts = [];
    for (let block = 0; block < starts.length; ++block) {
      this.starts.push(this.op.length);
      const list = (ofBlock.get(block) ?? []).sort((a, b) => a.mark - b.mark);
      const end = block + 1 < starts.length ? starts[block + 1] : op.length;
      let next = 0;
      for (let at = starts[block]; at <= end; ++at) {
        for (; next < list.length && list[next].mark === at; ++next)
          this.emit(kOp.set, list[next].variable, list[next].value);
        if (at === end) break;
        places[at] = this.op.length;
        this.emit(op[at], arg[at], values[at]);
      }
    }
    places[op.length] = this.op.length;
    for (const each of [...this.calls, ...this.mutators]) each.at = places[each.at];
    for (const write of this.writes) write[0] = places[write[0]];
  }

  /** A local, or with -1 the stack pointer, is written: operands that were made of it are so no longer. */
  forget(v) {
    for (let at = 0; at < this.top; ++at) {
      const value = this.stack[at];
      if (v < 0 ? value.form === kForm.sp : mentions(value, v)) this.stack[at] = unplaced(value);
    }
  }
  /** Memory is written: operands that were loaded are no longer what is there. */
  forgetLoads() {
    for (let at = 0; at < this.top; ++at)
      if (this.stack[at].form === kForm.load) this.stack[at] = unplaced(this.stack[at]);
  }

  // Returns whether it is a copy of a local that nobody writes until the operand is consumed: the local lives on until
  // then.
  #staysInLocal(value, mark) {
    if (value.form !== kForm.variable || value.k !== 0) return false;
    for (let at = mark; at < this.op.length; ++at)
      if (this.op[at] === kOp.set && this.arg[at] === value.v) return false;
    return true;
  }
}

function mentions({ form, v, address, left, right }, local) {
  if (form === kForm.variable) return v === local;
  if (form === kForm.load) return mentions(address, local);
  return form === kForm.sum && (mentions(left, local) || mentions(right, local));
}

function unplaced({ may }) {
  return { may, form: kForm.other, v: 0, k: 0 };
}
