// Types go along the ways through a function: each variable has the type of what it holds, where DWARF says so at the
// write, or where it is a copy. This also finds which variables hold something that the function has as a pointer: what
// a variable of such a type holds, what a call gives as a pointer, and what is made of these.
//
// A state has for each variable its type, 0 if that is not known, and whether it is a pointer. States are carried
// forward over the blocks. Where ways meet with different types the type is not known; a pointer on one way is one.

import { copyTo } from './flow.mjs';
import { kMade } from './operations.mjs';
import { kForm, kOp } from './stream.mjs';

const kUnseen = -1;
const kWordBytes = 4;

export class TypeFlow {
  /** `typeAt` has the types that DWARF gives for what operations write. */
  constructor(numbers, stream, typeAt) {
    this.kinds = numbers;
    this.stream = stream;
    this.typeAt = typeAt;
    this.count = stream.types.length;
    this.predecessors = stream.predecessors();
    /** These operations write numbers. */
    this.numbers = [];
  }

  /** `given` has the types of parameters that may be pointers. */
  solve(given) {
    const { stream } = this;
    this.given = given;
    this.out = stream.successors.map(() => new Int32Array(2 * this.count).fill(kUnseen));
    stream.forward((block) =>
      copyTo(
        this.out[block],
        this.#through(block, () => {}),
      ),
    );
    for (let block = 0; block < stream.blockCount; ++block) this.#through(block, (at) => this.numbers.push(at));
  }

  #through(block, onNumber) {
    const { stream, count } = this;
    const state = this.#enter(block);
    for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
      if (stream.op[at] !== kOp.set) continue;
      const value = stream.values[at];
      const told = this.typeAt.get(at);
      const isCopy = value.form === kForm.variable && value.k === 0 && value.part === undefined;
      const type = told ?? (isCopy ? state[value.v] : 0);
      const loaded = this.#loadsNumber(value, state);
      let isPointer =
        value.may === kMade ||
        loaded === false ||
        (typeof value.may !== 'number' && value.may.some((v) => state[count + v] === 1));
      if (!isPointer && (this.kinds.isNumber(type) || loaded === true)) onNumber(at);
      else if (told !== undefined && !this.kinds.isNumber(told)) isPointer = value.may.length !== 0;
      state[stream.arg[at]] = type;
      state[count + stream.arg[at]] = isPointer ? 1 : 0;
    }
    return state;
  }

  // Returns undefined for what is no load, and where nothing is known.
  #loadsNumber({ form, address, bytes }, state) {
    if (form !== kForm.load || address.form !== kForm.variable || bytes !== kWordBytes) return undefined;
    const type = state[address.v];
    return type > 0 ? this.kinds.leadsToNumber(type, address.k) : undefined;
  }

  #enter(block) {
    const { count } = this;
    const state = new Int32Array(2 * count);
    if (block === 0) {
      for (const [v, type] of this.given) {
        state[v] = type;
        state[count + v] = 1;
      }
      return state;
    }
    state.fill(kUnseen, 0, count);
    for (const from of this.predecessors[block]) {
      const out = this.out[from];
      for (let v = 0; v < count; ++v) {
        if (out[v] === kUnseen) continue;
        state[v] = state[v] === kUnseen || state[v] === out[v] ? out[v] : 0;
        if (out[count + v] === 1) state[count + v] = 1;
      }
    }
    return state;
  }
}
