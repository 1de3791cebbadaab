// The compiler has given a function a frame on the linear stack. Ours is laid above it, so that one push and one pop do
// for both. It is recognised by what LLVM emits,
//
//   entry   sp = X = sp - n      before anything else
//   exits   sp = X + n
//   catch   sp = X
//
// with X written nowhere else. A function whose stack pointer moves in another way gets a frame of its own.

import { Reader } from './binary.mjs';
import { kOp } from './flow.mjs';
import { kOpcode } from './instructions.mjs';
import { kForm } from './values.mjs';

const kAlignment = 16;
const kRemembered = 4;

export class CompilerFrame {
  constructor({ bytes, stackPointer }) {
    this.bytes = bytes;
    this.stackPointer = stackPointer;
  }

  // Where the last instructions begin, in turn, except for the beginnings of blocks.
  #starts = new Int32Array(kRemembered);
  #count = 0;
  #first = -1;
  #frame = null;
  #isOther = false;

  /** Is told of each instruction in order, except for the beginnings of blocks. */
  follow(start) {
    if (this.#count === 0) this.#first = start;
    this.#starts[this.#count++ % kRemembered] = start;
  }

  /** The stack pointer gets a value, by the instruction that is told next. */
  moves(value) {
    if (this.#isOther) return;
    if (this.#frame === null) {
      this.#frame = this.#push();
      this.#isOther = this.#frame === null;
    } else {
      this.#isOther = !this.#isPop(value);
    }
  }

  /** Returns { local, bytes, constants }: X, n, and where n stands; null if the function has no such frame. */
  in({ op, arg }, params) {
    const frame = this.#isOther ? null : this.#frame;
    if (frame === null || frame.bytes % kAlignment !== 0 || frame.local < params) return null;
    let writes = 0;
    for (let at = 0; at < op.length; ++at) if (op[at] === kOp.set && arg[at] === frame.local) writes += 1;
    return writes === 1 ? frame : null;
  }

  // The last instructions, latest first.
  #start(i) {
    return this.#starts[(this.#count - 1 - i) % kRemembered];
  }
  #is(opcodes) {
    return opcodes.length <= this.#count && opcodes.every((opcode, i) => this.bytes[this.#start(i)] === opcode);
  }
  #number(i) {
    return new Reader(this.bytes, this.#start(i) + 1).u32();
  }
  #signed(i) {
    return new Reader(this.bytes, this.#start(i) + 1).s32();
  }
  #placeOfConstant(i) {
    const reader = new Reader(this.bytes, this.#start(i) + 1);
    reader.leb();
    return { start: this.#start(i), end: reader.at };
  }

  // Recognises sp = (X = sp - n), as the first of all.
  #push() {
    const { localTee, i32Sub, i32Const, globalGet } = kOpcode;
    if (!this.#is([localTee, i32Sub, i32Const, globalGet]) || this.#start(3) !== this.#first) return null;
    if (this.#number(3) !== this.stackPointer) return null;
    const bytes = this.#signed(2);
    return bytes <= 0 ? null : { local: this.#number(0), bytes, constants: [this.#placeOfConstant(2)] };
  }

  // Recognises sp = X and sp = X + n.
  #isPop({ form, v, k }) {
    const { local, bytes, constants } = this.#frame;
    if (form !== kForm.variable || v !== local) return false;
    if (k === 0) return this.#is([kOpcode.localGet]);
    if (k !== bytes || !this.#is([kOpcode.i32Add, kOpcode.i32Const, kOpcode.localGet])) return false;
    constants.push(this.#placeOfConstant(1));
    return true;
  }
}
