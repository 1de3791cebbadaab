// A fact (s, v) says that the word or words at place s hold the present value of v, unless that value is no pointer. A
// fact holds on every way to the place where it is asked for. A store to a known place makes one, for the variable and
// for all that equal it. A copy or a load carries it on; a write to v, or to the place, ends it.
//
// There are two kinds of places beside those in memory: *nowhere*, which holds what is no pointer, and each variable
// that is copied, whose facts say who equals it.
//
// A place on the linear stack counts while it is not below the stack pointer. A frame of the shadow stack counts until
// it is popped.

import { apply, clear, has, maskOf, put } from './bits.mjs';
import { isNever } from './operations.mjs';
import { kMutator, kStackBase, Places } from './places.mjs';
import { kForm, kOp } from './stream.mjs';

const kNone = Object.freeze([]);
const kSelf = -3;
const kShadowTop = 0; // where it lies in a mgc_mutator_abi

export class Facts {
  constructor(context, { stream, live, may, params, mutators }) {
    this.context = context;
    // What is made of numbers is a number, and what is made of one pointer is in the same object. It takes its time.
    this.isThorough = context.isThorough === true;
    this.stream = stream;
    this.live = live;
    this.may = may;
    this.params = new Set(params); // those that may be pointers
    this.predecessors = stream.predecessors();
    this.places = new Places(stream, this.predecessors, context.mutators, mutators, context.mutators.isAsked);
  }

  // ---- Facts ----

  // Finds once what each operation does to facts, from the places at it.
  #events() {
    const { stream, context } = this;
    const slots = new Map();
    const slotOf = (place, bytes) => {
      const key = `${place[0]}:${place[1]}:${bytes}`;
      if (!slots.has(key)) slots.set(key, { number: slots.size, base: place[0], offset: place[1], bytes });
      return slots.get(key).number;
    };
    this.events = stream.successors.map(() => []);
    const state = this.places.newState();
    for (let block = 0; block < stream.blockCount; ++block) {
      this.places.enter(block, state);
      const list = this.events[block];
      for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
        const op = stream.op[at];
        const arg = stream.arg[at];
        if (op === kOp.store) {
          const { address, value, bytes, offset } = stream.stores[arg];
          const place = this.places.placeOf(address, state);
          if (place?.[0] === kMutator && place[1] + offset === kShadowTop) {
            // This is a pop without a call, or a push: what lies at the new top and above it is in no frame.
            const top = value === undefined ? null : this.places.placeOf(value, state);
            list.push({ op: kOp.pop, base: top?.[0] ?? 0, from: top?.[1] ?? 0 });
          } else if (place !== null && place[0] > 0 && value !== undefined)
            list.push({
              op,
              slot: slotOf([place[0], place[1] + offset], bytes),
              variable: this.#variableOf(value),
            });
        } else if (op === kOp.set) {
          const value = stream.values[at];
          const event = {
            op,
            variable: arg,
            from: this.#variableOf(value),
            slot: -1,
            isNever: isNever(value, this.may),
            parts: this.isThorough && typeof value.may !== 'number' ? value.may : kNone,
          };
          if (value.form === kForm.load) {
            const place = this.places.placeOf(value.address, state);
            if (place !== null && place[0] > 0 && value.bytes === context.bytesOf(stream.types[arg]))
              event.slot = slotOf(place, value.bytes);
          }
          list.push(event);
        } else if (op === kOp.pop) {
          const operand = stream.pops[arg];
          const place = operand === null ? null : this.places.placeOf(operand, state);
          list.push({ op, base: place === null ? 0 : place[0], from: 0 });
        } else if (op === kOp.call) {
          list.push({
            op,
            call: arg,
            low: this.places.stackPointer(state),
            known: this.live[arg].filter((variable) => this.places.isKnown(variable, state)),
          });
        }
        this.places.step(at, state);
      }
    }
    this.slots = [...slots.values()];
  }

  #variableOf(value) {
    return value.form === kForm.variable && value.k === 0 ? value.v : -1;
  }

  // Numbers the pairs of a place and a variable that some way makes.
  #pairs() {
    this.pairs = [];
    this.pairOf = new Map();
    this.ofVariable = this.stream.types.map(() => []);
    this.ofSlot = this.slots.map(() => []);
    const copies = new Map();
    this.selves = new Map();
    const work = [];
    const add = (slot, variable) => {
      const key = this.#key(slot, variable);
      if (this.pairOf.has(key)) return;
      const number = this.pairs.length;
      this.pairOf.set(key, number);
      this.pairs.push({ slot, variable });
      this.ofSlot[slot].push(number);
      this.ofVariable[variable].push(number);
      work.push([slot, variable]);
    };
    const link = ({ from, variable }) => {
      for (const [a, b] of [
        [from, variable],
        [variable, from],
      ]) {
        if (!copies.has(a)) copies.set(a, []);
        copies.get(a).push([b, false]);
      }
      this.selves.set(from, 0);
    };
    const derive = (variable, parts) => {
      for (const from of parts) {
        if (!copies.has(from)) copies.set(from, []);
        copies.get(from).push([variable, true]);
      }
    };
    for (const list of this.events) {
      for (const event of list) {
        if (event.op === kOp.set && event.from >= 0) link(event);
        else if (event.op === kOp.set) derive(event.variable, event.parts);
        if (event.op === kOp.set && event.slot >= 0) add(event.slot, event.variable);
        if (event.op === kOp.store && event.variable >= 0) add(event.slot, event.variable);
      }
    }
    // A place that does not exist holds whatever is no pointer.
    this.nowhere = this.#addSlot(0, 16);
    for (const variable of this.#asked()) if (this.#isWide(variable)) add(this.nowhere, variable);
    // Each copied variable is a place, too: its facts say who equals it.
    for (const variable of this.selves.keys()) {
      const number = this.#addSlot(kSelf, 0, variable);
      this.selves.set(variable, number);
      if (this.#isWide(variable)) add(number, variable);
    }
    while (work.length > 0) {
      const [slot, variable] = work.pop();
      for (const [to, isDerived] of copies.get(variable) ?? [])
        if (!isDerived || this.slots[slot].base > 0) add(slot, to);
    }
  }

  #isWide(variable) {
    return this.context.isWide(this.stream.types[variable]);
  }

  // Whether an operation can make or end a fact, or is asked for.
  #changes({ op, variable, slot }) {
    if (op === kOp.set) return this.ofVariable[variable].length > 0;
    return op !== kOp.store || variable >= 0 || this.endedBy[slot].length > 0;
  }

  // The pairs that a store, a load or a copy makes.
  #prepare(event) {
    const { op, variable, from, slot } = event;
    if (slot >= 0 && variable >= 0) event.made = this.pairOf.get(this.#key(slot, variable));
    if (op !== kOp.set || from < 0) return;
    event.copies = [];
    for (const pair of this.ofVariable[from]) {
      const copy = this.pairOf.get(this.#key(this.pairs[pair].slot, variable));
      if (copy !== undefined) event.copies.push([pair, copy]);
    }
  }

  #addSlot(base, bytes, variable) {
    const number = this.slots.length;
    this.slots.push({ number, base, offset: 0, bytes, variable });
    this.ofSlot.push([]);
    return number;
  }
  // Returns the variables of which it is asked whether they are numbers: those that are live, and what these are made
  // of.
  #asked() {
    const found = new Set();
    for (const list of this.live) for (const variable of list) found.add(variable);
    if (!this.isThorough) return found;
    const madeOf = new Map();
    for (const list of this.events)
      for (const { op, variable, parts } of list)
        if (op === kOp.set && parts.length > 0) madeOf.set(variable, [...(madeOf.get(variable) ?? []), ...parts]);
    for (const variable of found) for (const from of madeOf.get(variable) ?? []) found.add(from);
    return found;
  }
  #key(slot, variable) {
    return slot * this.stream.types.length + variable;
  }

  // Finds for each place the pairs that a store to it ends: those of places that it overlaps, or that may be the same
  // by another name. Finds for each block the pairs of bases that begin there.
  #ends() {
    const popped = this.events.flatMap((list) => list.filter(({ op }) => op === kOp.pop));
    const familyOf = this.places.familyOf([...this.slots, ...popped].map(({ base }) => base));
    const family = this.slots.map(({ base }) => (base > kStackBase ? familyOf(base) : 0));
    this.family = family;
    const inMemory = this.slots.filter(({ base }) => base > 0);
    const overlaps = (o, slot) =>
      o.base === slot.base
        ? o.offset < slot.offset + slot.bytes && slot.offset < o.offset + o.bytes
        : family[o.number] !== 0 && family[o.number] === family[slot.number];
    this.endedBy = this.slots.map((slot) =>
      slot.base <= 0 ? [] : inMemory.filter((o) => overlaps(o, slot)).flatMap(({ number }) => this.ofSlot[number]),
    );
    this.begun = this.events.map(() => []);
    for (const [base, { block }] of this.places.families)
      for (const slot of this.slots)
        if (slot.base === base) for (const pair of this.ofSlot[slot.number]) this.begun[block].push(pair);
    this.familyOf = familyOf;
    this.ownFacts = this.ofVariable.map((list) =>
      list.filter((pair) => this.slots[this.pairs[pair].slot].base === kSelf),
    );
  }

  #step(event, now) {
    if (event.op === kOp.store) {
      apply(
        this.#maskOf(this.storeMasks, event.slot, () => ({ ends: this.endedBy[event.slot], begins: kNone })),
        now,
      );
      if (event.variable < 0) return;
      put(now, event.made);
      for (const equal of this.#equals(event.variable, now)) {
        const pair = this.pairOf.get(this.#key(event.slot, equal));
        if (pair !== undefined) put(now, pair);
      }
    } else if (event.op === kOp.set) {
      if (event.from !== event.variable) this.#write(event, now);
    } else if (event.op === kOp.pop) {
      this.#popFrames(event, now);
    }
  }

  #write(event, now) {
    const { variable, parts } = event;
    let isNumber = event.isNever;
    let carried = kNone;
    if (parts.length > 0) {
      const pointers = parts.filter((each) => !this.#isNumber(each, now));
      isNumber ||= pointers.length === 0;
      if (pointers.length === 1 && event.from < 0) carried = this.#holding(pointers[0], now);
    }
    const masks = isNumber ? this.numberMasks : this.writeMasks;
    apply(
      this.#maskOf(masks, variable, () => this.#changesOf(variable, isNumber)),
      now,
    );
    for (const slot of carried) {
      const pair = this.pairOf.get(this.#key(slot, variable));
      if (pair !== undefined) put(now, pair);
    }
    if (event.from >= 0) for (const [pair, copy] of event.copies) if (has(now, pair)) put(now, copy);
    if (event.slot >= 0) put(now, event.made);
  }

  // What ends where a variable is written: all that is said of it, and who equals it. A number is everywhere.
  #changesOf(variable, isNumber) {
    const self = this.selves.get(variable);
    const isSelf = (pair) => this.slots[this.pairs[pair].slot].base === kSelf;
    const own = this.ofVariable[variable];
    const equal = self === undefined ? [] : this.ofSlot[self];
    return {
      ends: [...equal, ...own],
      begins: [
        ...(isNumber ? own.filter((pair) => !isSelf(pair)) : []),
        ...equal.filter((pair) => this.pairs[pair].variable === variable),
      ],
    };
  }

  // Returns the mask of a place or a variable, which is made when it is asked for.
  #maskOf(masks, index, changes) {
    masks[index] ??= maskOf(changes());
    return masks[index];
  }

  #popFrames(event, now) {
    const family = event.base > kStackBase ? this.familyOf(event.base) : 0;
    for (const slot of this.slots) {
      if (slot.base <= kStackBase) continue;
      const isBelow = slot.base === event.base ? slot.offset < event.from : family !== this.family[slot.number];
      if (event.base === 0 || !isBelow) for (const pair of this.ofSlot[slot.number]) clear(now, pair);
    }
  }

  #isNumber(variable, now) {
    if (!this.#isWide(variable)) return true;
    const pair = this.pairOf.get(this.#key(this.nowhere, variable));
    return pair !== undefined && has(now, pair);
  }

  // Returns the places in memory that hold a variable.
  #holding(variable, now) {
    const found = [];
    for (const pair of this.ofVariable[variable]) {
      const { slot } = this.pairs[pair];
      if (this.slots[slot].base > 0 && has(now, pair)) found.push(slot);
    }
    return found;
  }

  // Returns the variables that hold what `variable` does.
  #equals(variable, now) {
    const found = [];
    for (const pair of this.ownFacts[variable]) {
      if (!has(now, pair)) continue;
      for (const other of this.ofSlot[this.pairs[pair].slot])
        if (has(now, other)) found.push(this.pairs[other].variable);
    }
    return found;
  }

  solve() {
    this.#events();
    this.#pairs();
    this.#ends();
    this.events = this.events.map((list) => list.filter((event) => this.#changes(event)));
    for (const list of this.events) for (const event of list) this.#prepare(event);
    this.words = (this.pairs.length + 31) >>> 5;
    this.out = new Int32Array(this.stream.blockCount * this.words).fill(-1);
    this.now = new Int32Array(this.words);
    this.storeMasks = [];
    this.writeMasks = [];
    this.numberMasks = [];
    this.stream.forward((block) => {
      this.#enter(block);
      for (const event of this.events[block]) this.#step(event, this.now);
      return this.#keep(block);
    });
  }

  // Keeps the state as what comes out of a block; false if it is what it was.
  #keep(block) {
    const { out, now, words } = this;
    let changed = false;
    for (let word = 0; word < words; ++word) {
      if (out[block * words + word] === now[word]) continue;
      out[block * words + word] = now[word];
      changed = true;
    }
    return changed;
  }

  #enter(block) {
    const { out, now, words } = this;
    now.fill(-1); // everything holds where no way leads
    if (block === 0)
      this.pairs.forEach(({ slot, variable }, pair) => {
        const isOther = this.slots[slot].base === kSelf && this.slots[slot].variable !== variable;
        if (isOther || (this.params.has(variable) && this.slots[slot].base !== kSelf)) clear(now, pair);
      });
    for (const from of this.predecessors[block])
      for (let word = 0; word < words; ++word) now[word] &= out[from * words + word];
    for (const pair of this.begun[block]) clear(now, pair);
  }

  /** Calls visit(number of the call, isCovered(variable)). */
  atCalls(visit) {
    this.events.forEach((list, block) => {
      if (!list.some(({ op }) => op === kOp.call)) return;
      this.#enter(block);
      for (const event of list) {
        if (event.op === kOp.call) visit(event.call, (variable) => this.#isCovered(variable, event));
        this.#step(event, this.now);
      }
    });
  }

  #isCovered(variable, { known, low }) {
    if (known.includes(variable)) return true;
    for (const pair of this.ofVariable[variable]) {
      if (!has(this.now, pair)) continue;
      const { base, offset, bytes } = this.slots[this.pairs[pair].slot];
      if (base === kSelf || (base > 0 && bytes < this.context.bytesOf(this.stream.types[variable]))) continue;
      if (base !== kStackBase || low === null || offset >= low) return true;
    }
    return false;
  }
}
