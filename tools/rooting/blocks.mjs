// Blocks of the binary become basic blocks here: what is reached, and on which ways.

import { RootingError } from './binary.mjs';
import { kOp } from './flow.mjs';
import { kOpcode } from './instructions.mjs';
import { Operands } from './operands.mjs';
import { join, kNo } from './operations.mjs';
import { kForm, kOther } from './values.mjs';

const kCatchAll = 2; // clauses of this kind and the next have no tag

/** Thrown for an instruction that is not known; the message is its name. */
export class UnknownKind extends Error {}

export class Blocks extends Operands {
  control = []; // the blocks around, innermost last
  reader; // of the function's body
  ownResults; // types of what the function gives
  // Of each try around, outermost first: { from: blocks that exceptions come from } where the catches are its own
  // parts, { catches: labels, takesAll } of a try_table.
  tries = [];

  enterBlock(opcode, { params, results }) {
    const height = this.top - params.length;
    this.control.push({ opcode, params, results, height, label: { from: [] }, ends: [], head: this.block });
  }

  around(depth) {
    const frame = this.control[this.control.length - 1 - depth];
    if (frame === undefined) throw new RootingError('a branch leads out of its function');
    return frame;
  }

  // Reads what is carried to a place, and leaves it on the stack.
  carry(types, opcode) {
    for (let i = this.top - types.length; i < this.top; ++i) this.read(i, opcode);
  }

  branch(frame, opcode) {
    this.carry(frame.label.loop === undefined ? frame.results : frame.params, opcode);
    this.#setVariables(frame.label);
    this.jump(frame.label);
  }

  // The variables of a loop's parameters get what is carried to it, the topmost operands.
  #setVariables({ variables }) {
    variables?.forEach((v, i) => {
      this.emit(kOp.set, v, this.stack[this.top - variables.length + i]);
    });
  }

  tagTypes(index) {
    return this.context.types[this.context.contents.tags[index]]?.params ?? [];
  }

  openBlock(opcode, type) {
    if (opcode === kOpcode.if) this.take(opcode);
    const inside = opcode === kOpcode.tryTable ? this.#readCatches() : { from: [] };
    this.enterBlock(opcode, type);
    const frame = this.control[this.control.length - 1];
    if (opcode === kOpcode.loop) this.#openLoop(frame);
    else if (opcode === kOpcode.if) this.#openIf(frame);
    else if (opcode === kOpcode.try || opcode === kOpcode.tryTable) {
      frame.inside = inside;
      this.tries.push(inside);
      this.cut();
    }
  }

  // A loop is given its parameters at its entry and by each branch to it. They are other operands inside, and may be
  // pointers if one of those that are carried to it may: a variable for each says so, which nobody reads.
  #openLoop(frame) {
    const { params } = frame;
    this.carry(params, frame.opcode);
    const variables = params.map((type) => this.types.push(type) - 1);
    this.#setVariables({ variables });
    frame.label = { loop: this.cut(), variables };
    const values = variables.map((v) => ({ may: Object.freeze([v]), form: kForm.other, v: 0, k: 0 }));
    this.#giveInside(frame, values);
  }

  // Both parts of an if are given its parameters.
  #openIf(frame) {
    this.carry(frame.params, frame.opcode);
    frame.given = this.stack.slice(frame.height, this.top);
    this.begin([frame.head]);
    this.#giveInside(frame, frame.given);
  }

  #giveInside({ params, height }, values) {
    this.top = height;
    this.giveAll(values, params, this.reader.at);
  }

  // Reads the clauses of a try_table. Their labels are those of the blocks around it.
  #readCatches() {
    const { reader } = this;
    const inside = { catches: [], takesAll: false };
    for (let n = reader.u32(); n > 0; --n) {
      const hasTag = reader.u32() < kCatchAll;
      if (hasTag) reader.u32();
      else inside.takesAll = true;
      inside.catches.push(this.around(reader.u32()).label);
    }
    return inside;
  }

  /** Takes what an instruction throws. What follows is not reached. */
  raise(opcode) {
    if (opcode === kOpcode.throw) for (const _ of this.tagTypes(this.reader.u32())) this.take(opcode);
    else if (opcode === kOpcode.rethrow) this.reader.u32();
    else this.take(opcode);
    this.mayThrow();
    this.leave();
  }

  /** This comes after something that may throw: any of the catches around it may go on. */
  mayThrow() {
    for (const { from, catches, takesAll } of this.tries.toReversed()) {
      from?.push(this.block);
      for (const label of catches ?? []) {
        for (const v of label.variables ?? []) this.emit(kOp.set, v, kOther);
        this.jump(label);
      }
      if (takesAll) return;
    }
  }

  // A part of an if or a try ends. Returns what it gives, null if its end is not reached.
  #endOfPart(frame) {
    let values = null;
    if (this.reached) {
      if (this.top - frame.results.length !== frame.height)
        throw new RootingError('a block does not give what it says');
      this.carry(frame.results, frame.opcode);
      values = this.stack.slice(frame.height, this.top);
      frame.ends.push(this.block);
    }
    this.top = frame.height;
    return values;
  }

  openElse() {
    const frame = this.control[this.control.length - 1];
    frame.first = this.#endOfPart(frame);
    frame.hasElse = true;
    this.begin([frame.head]);
    this.#giveInside(frame, frame.given);
  }

  openCatch(types) {
    const frame = this.control[this.control.length - 1];
    this.#endOfPart(frame);
    this.#leaveTry(frame);
    this.begin(frame.inside.from);
    this.giveAll(
      types.map(() => kOther),
      types,
      this.reader.at,
    );
  }

  #leaveTry(frame) {
    if (this.tries.at(-1) === frame.inside) this.tries.pop();
  }

  closeBlock() {
    const frame = this.control.pop();
    const { opcode, label, results } = frame;
    const isOutermost = this.control.length === 0;
    if (opcode === kOpcode.tryTable) this.#leaveTry(frame);
    if (opcode === kOpcode.if || opcode === kOpcode.try) return this.#endOfParts(frame);
    if (isOutermost) this.isBranchedTo = label.from.length > 0;
    if (opcode === kOpcode.loop || (label.from.length === 0 && !isOutermost)) {
      if (!this.reached) this.top = frame.height;
      return undefined;
    }
    this.#endOfPart(frame);
    if (!isOutermost) this.#meet([...label.from, ...frame.ends], results, null);
    return undefined;
  }

  #endOfParts(frame) {
    const { opcode, label, results } = frame;
    const last = this.#endOfPart(frame);
    if (opcode === kOpcode.try) this.#leaveTry(frame);
    else if (!frame.hasElse) frame.ends.push(frame.head);
    const isBranchedTo = label.from.length > 0 || opcode === kOpcode.try;
    const first = frame.hasElse ? frame.first : frame.given;
    const values = isBranchedTo ? null : results.map((_, i) => either(first?.[i], last?.[i]));
    this.#meet([...label.from, ...frame.ends], results, values);
  }

  // Ways meet behind a block. Without `values` nothing is known of what it gives.
  #meet(from, results, values) {
    if (from.length === 0) return this.leave();
    this.begin([...new Set(from)]);
    this.giveAll(values ?? results.map(() => kOther), results, this.reader.at);
  }

  brTable(opcode) {
    const reader = this.reader;
    this.take(opcode);
    const frames = new Set();
    let last;
    for (let n = reader.u32(); n >= 0; --n) {
      last = this.around(reader.u32());
      frames.add(last);
    }
    this.carry(last.label.loop === undefined ? last.results : last.params, opcode);
    for (const { label } of frames) {
      this.#setVariables(label);
      this.jump(label);
    }
    this.leave();
  }
}

// What an if gives; a part whose end is not reached gives nothing.
function either(a, b) {
  const may = a === undefined ? (b?.may ?? kNo) : b === undefined ? a.may : join(a.may, b.may);
  return { may, form: kForm.other, v: 0, k: 0 };
}
