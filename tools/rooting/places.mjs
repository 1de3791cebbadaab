// Places are the variables that hold an address whose base is known. A base is the stack pointer at entry, or what a
// call of mgc_frame_push (or a load of the shadow stack's top) gave. A state has two numbers for each such variable,
// base and offset, and two for the stack pointer. States are carried forward over the blocks. Where ways meet with
// different frames, as those of an inlined push and of the call beside it, the variable is the base of a place from
// there on; otherwise different numbers give an unknown place.

import { copyTo } from './flow.mjs';
import { kLists } from './module.mjs';
import { kForm, kOp } from './stream.mjs';

export const kStackBase = 1;
const kNone = Object.freeze([]);
const kUnseen = -1;
const kUnknown = 0;
export const kMutator = -2;
export const kConstant = -4; // no base: the offset is all
export const kPushes = new Set(['mgc_frame_push', 'mgc_frame_push_inline']);
const kGiveMutators = new Set(kLists.giveMutators);

export class Places {
  /**
   * `mutators` says where the module keeps mutators (mutators.mjs), and `params` which parameters are one. With
   * `hasConstants` variables may hold constants that are added to addresses, as in code that is not optimised.
   */
  constructor(stream, predecessors, mutators, params, hasConstants = false) {
    this.stream = stream;
    this.predecessors = predecessors;
    this.mutators = mutators;
    this.params = params;
    this.hasConstants = hasConstants;
    this.families = new Map(); // of a base that stands for several: those
    this.tracked = this.findVariables();
    this.solve();
  }

  /** Returns the bytes from its value at entry to the stack pointer, or null if unknown. */
  stackPointer(state) {
    return state[2 * this.tracked.size] === kStackBase ? state[2 * this.tracked.size + 1] : null;
  }

  // Finds the variables that can hold a place.
  findVariables() {
    const { stream } = this;
    const from = new Map();
    const found = new Set();
    for (const v of this.params) found.add(v);
    const isMade = (value) =>
      value.form === kForm.sp ||
      (this.hasConstants && this.#isConstant(value)) ||
      this.#isMutator(value) ||
      (value.form === kForm.call && kPushes.has(value.name));
    stream.op.forEach((op, at) => {
      if (op !== kOp.set) return;
      const value = stream.values[at];
      if (isMade(value) || this.#isShadowTop(value)) found.add(stream.arg[at]);
      const source = value.form === kForm.load ? value.address : value;
      for (const { form, v } of source.form === kForm.sum ? [source.left, source.right] : [source]) {
        if (form !== kForm.variable) continue;
        if (!from.has(v)) from.set(v, []);
        from.get(v).push(stream.arg[at]);
      }
    });
    for (const work = [...found]; work.length > 0; )
      for (const v of from.get(work.pop()) ?? [])
        if (!found.has(v)) {
          found.add(v);
          work.push(v);
        }
    return new Map([...found].map((v, i) => [v, i]));
  }

  #isMutator(value) {
    if (value.form === kForm.call) return kGiveMutators.has(value.name);
    if (value.form === kForm.global) return this.mutators.globals.has(value.v);
    return (
      value.form === kForm.load && value.address.form === kForm.constant && this.mutators.cells.has(value.address.k)
    );
  }
  #isShadowTop(value) {
    return value.form === kForm.load && this.#isMutator(value.address);
  }

  /** Says whether a variable holds an address of a stack, a frame or the mutator, and so no object. */
  isKnown(variable, state) {
    const index = this.tracked.get(variable);
    return index !== undefined && this.#entry(state, index, 0) !== null;
  }

  // Returns [base, offset] of a value in a state of places: two numbers for each tracked variable, then for the stack
  // pointer.
  placeOf(value, state) {
    if (value === undefined) return null;
    if (value.form === kForm.sp) return this.#entry(state, this.tracked.size, value.k);
    if (value.form === kForm.variable) {
      const index = this.tracked.get(value.v);
      return index === undefined ? null : this.#entry(state, index, value.k);
    }
    if (value.form === kForm.sum) return this.#sumOf(value, state);
    if (this.hasConstants && this.#isConstant(value)) return [kConstant, value.k];
    // These are the bases beside the stack pointer's: one for each call or load that gives one.
    if (value.form === kForm.call && kPushes.has(value.name)) return [2 + 2 * value.site, value.k];
    if (this.#isMutator(value)) return [kMutator, value.k];
    if (value.form === kForm.load) {
      const at = this.placeOf(value.address, state);
      if (at !== null && at[0] === kConstant && this.mutators.cells.has(at[1])) return [kMutator, value.k];
      if (at !== null && at[0] === kMutator) return [3 + 2 * value.site, value.k];
    }
    return null;
  }

  #isConstant({ form, k }) {
    return form === kForm.constant && !Number.isNaN(k);
  }
  #sumOf({ left, right, k, isDifference }, state) {
    const a = this.placeOf(left, state);
    const b = this.placeOf(right, state);
    if (a === null || b === null) return null;
    if (b[0] === kConstant) return [a[0], a[1] + (isDifference ? -b[1] : b[1]) + k];
    return a[0] === kConstant && !isDifference ? [b[0], a[1] + b[1] + k] : null;
  }

  #entry(state, index, k) {
    const base = state[2 * index];
    return base === kUnknown || base === kUnseen ? null : [base, state[2 * index + 1] + k];
  }

  #setPlace(state, index, place) {
    state[2 * index] = place === null ? kUnknown : place[0];
    state[2 * index + 1] = place === null ? 0 : place[1];
  }

  step(at, state) {
    const { stream } = this;
    if (stream.op[at] === kOp.sp) this.#setPlace(state, this.tracked.size, this.placeOf(stream.values[at], state));
    else if (stream.op[at] === kOp.set) {
      const index = this.tracked.get(stream.arg[at]);
      if (index !== undefined) this.#setPlace(state, index, this.placeOf(stream.values[at], state));
    }
  }

  solve() {
    const { stream } = this;
    const size = 2 * (this.tracked.size + 1);
    const writes = this.#writes();
    this.placesOut = new Int32Array(stream.blockCount * size).fill(kUnseen);
    const state = new Int32Array(size);
    stream.forward((block) => {
      this.enter(block, state);
      for (const at of writes[block]) this.step(at, state);
      return copyTo(this.placesOut, state, block * size);
    });
  }

  // The operations of each block that step() has something to do for.
  #writes() {
    const { op, arg, starts } = this.stream;
    const found = starts.map(() => kNone);
    for (let block = 0; block < starts.length; ++block) {
      const end = this.stream.blockEnd(block);
      for (let at = starts[block]; at < end; ++at) {
        if (op[at] !== kOp.sp && (op[at] !== kOp.set || !this.tracked.has(arg[at]))) continue;
        if (found[block] === kNone) found[block] = [];
        found[block].push(at);
      }
    }
    return found;
  }

  newState() {
    return new Int32Array(2 * (this.tracked.size + 1));
  }

  /** The state at the beginning of a block, in `state`. */
  enter(block, state = this.newState()) {
    const size = state.length;
    if (block === 0) {
      state.fill(0);
      state[size - 2] = kStackBase;
      for (const v of this.params) state[2 * this.tracked.get(v)] = kMutator;
      return state;
    }
    for (let i = 0; i < size; i += 2) {
      let base = kUnseen;
      let offset = 0;
      for (const from of this.predecessors[block]) {
        const other = this.placesOut[from * size + i];
        if (other === kUnseen) continue;
        const otherOffset = this.placesOut[from * size + i + 1];
        if (base === kUnseen) {
          base = other;
          offset = otherOffset;
        } else if (base !== other || offset !== otherOffset) {
          base = base > kStackBase && other > kStackBase ? this.#either(block, i, base, other) : kUnknown;
          offset = 0;
        }
      }
      state[i] = base;
      state[i + 1] = offset;
    }
    return state;
  }

  // Returns the base of a variable that may be in one of two frames from the beginning of a block on. Bases that are
  // calls or loads are numbered from 2 on.
  #either(block, i, ...bases) {
    const base = 2 * (this.stream.siteCount + 2) + block * (this.tracked.size + 1) + i / 2;
    if (!this.families.has(base)) this.families.set(base, { block, bases: new Set() });
    for (const other of bases) if (other !== base) this.families.get(base).bases.add(other);
    return base;
  }

  /**
   * Returns for each base one number, the same for those that may be the same frame. `used` are the bases that are
   * asked for.
   */
  familyOf(used) {
    const over = new Map();
    const top = (base) => (over.has(base) ? top(over.get(base)) : base);
    const work = new Set(used);
    for (const base of work) {
      for (const other of this.families.get(base)?.bases ?? []) {
        work.add(other);
        if (top(other) !== top(base)) over.set(top(other), top(base));
      }
    }
    return top;
  }
}
