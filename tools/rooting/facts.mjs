// A fact (s, v) says that the word or words at place s hold the present value of v, unless that value is no pointer. A
// fact holds on every way to the place where it is asked for. A store to a known place makes one, for the variable and
// for all that equal it. A copy or a load carries it on; a write to v, or to the place, ends it.
//
// There are two kinds of places beside those in memory: *nowhere*, which holds what is no pointer, and each variable
// that is copied, whose facts say who equals it.
//
// A place on the linear stack counts while it is not below the stack pointer; a frame of the shadow stack until it is
// popped.

import { isNever } from './operations.mjs';
import { kMutator, kStackBase, Places } from './places.mjs';
import { kForm, kOp } from './stream.mjs';

const kSelf = -3;
const kShadowTop = 0; // where it lies in a mgc_mutator_abi

export class Facts {
  constructor(context, { stream, live, may, params }) {
    this.context = context;
    this.stream = stream;
    this.live = live;
    this.may = may;
    this.params = params;
    this.predecessors = stream.predecessors();
    this.places = new Places(stream, this.predecessors);
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
    for (let block = 0; block < stream.blockCount; ++block) {
      const state = this.places.enter(block);
      const list = this.events[block];
      for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
        const op = stream.op[at];
        const arg = stream.arg[at];
        if (op === kOp.store) {
          const { address, value, bytes, offset } = stream.stores[arg];
          const place = this.places.placeOf(address, state);
          if (place?.[0] === kMutator && place[1] + offset === kShadowTop) {
            // A pop without a call, or a push: what lies at the new top and above it is in no frame.
            const top = value === undefined ? null : this.places.placeOf(value, state);
            list.push({ op: kOp.pop, base: top?.[0] ?? 0, from: top?.[1] ?? 0 });
          } else if (place !== null && value !== undefined)
            list.push({
              op,
              slot: slotOf([place[0], place[1] + offset], bytes),
              variable: this.#variableOf(value),
              part: value.part ?? -1,
            });
        } else if (op === kOp.set) {
          const value = stream.values[at];
          const event = {
            op,
            variable: arg,
            from: this.#variableOf(value),
            fromPart: value.part ?? -1,
            slot: -1,
            isNever: isNever(value, this.may),
          };
          if (value.form === kForm.load) {
            const place = this.places.placeOf(value.address, state);
            if (place !== null && place[0] !== kMutator && value.bytes === context.bytesOf(stream.types[arg]))
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
            addresses: this.places.known(state),
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
    this.ofVariable = new Map();
    this.ofSlot = this.slots.map(() => []);
    const copies = new Map();
    this.selves = new Map();
    const work = [];
    const add = (slot, variable, part) => {
      const key = `${slot}:${variable}:${part}`;
      if (this.pairOf.has(key)) return;
      const number = this.pairs.length;
      this.pairOf.set(key, number);
      this.pairs.push({ slot, variable, part });
      this.ofSlot[slot].push(number);
      if (!this.ofVariable.has(variable)) this.ofVariable.set(variable, []);
      this.ofVariable.get(variable).push(number);
      work.push([slot, variable, part]);
    };
    const link = ({ from, variable, fromPart }) => {
      for (const [a, b, part] of [
        [from, variable, fromPart],
        [variable, from, -1],
      ]) {
        if (!copies.has(a)) copies.set(a, []);
        if (a === from || fromPart < 0) copies.get(a).push([b, part]);
      }
      if (fromPart < 0) this.selves.set(from, 0);
    };
    for (const list of this.events) {
      for (const event of list) {
        if (event.op === kOp.set && event.from >= 0) link(event);
        if (event.op === kOp.set && event.slot >= 0) add(event.slot, event.variable, -1);
        if (event.op === kOp.store && event.variable >= 0) add(event.slot, event.variable, event.part);
      }
    }
    // A place that does not exist holds whatever is no pointer.
    const nowhere = this.slots.length;
    this.slots.push({ number: nowhere, base: 0, offset: 0, bytes: 16 });
    this.ofSlot.push([]);
    for (const variable of new Set(this.live.flat()))
      for (const [, part] of this.context.parts(this.stream.types[variable])) add(nowhere, variable, part);
    // Each copied variable is a place, too: its facts say who equals it.
    for (const variable of this.selves.keys()) {
      const number = this.slots.length;
      this.selves.set(variable, number);
      this.slots.push({ number, base: kSelf, offset: 0, bytes: 0, variable });
      this.ofSlot.push([]);
      for (const [, part] of this.context.parts(this.stream.types[variable])) add(number, variable, part);
    }
    while (work.length > 0) {
      const [slot, variable, part] = work.pop();
      for (const [to, from] of copies.get(variable) ?? []) {
        if (from < 0) add(slot, to, part);
        else if (from === part) add(slot, to, -1);
      }
    }
    this.overlaps = this.slots.map((slot) =>
      this.slots
        .filter(
          (o) =>
            o.base > 0 &&
            o.base === slot.base &&
            o.offset < slot.offset + slot.bytes &&
            slot.offset < o.offset + o.bytes,
        )
        .map((o) => o.number),
    );
  }

  #step(event, now) {
    const clear = (pair) => {
      now[pair >>> 5] &= ~(1 << (pair & 31));
    };
    const put = (pair) => {
      now[pair >>> 5] |= 1 << (pair & 31);
    };
    const has = (pair) => (now[pair >>> 5] >>> (pair & 31)) & 1;
    if (event.op === kOp.store) {
      for (const slot of this.overlaps[event.slot]) this.ofSlot[slot].forEach(clear);
      if (event.variable >= 0) {
        put(this.pairOf.get(`${event.slot}:${event.variable}:${event.part}`));
        for (const equal of this.#equals(event.variable, has)) {
          const pair = this.pairOf.get(`${event.slot}:${equal}:${event.part}`);
          if (pair !== undefined) put(pair);
        }
      }
    } else if (event.op === kOp.set) {
      if (event.from === event.variable) return;
      const self = this.selves.get(event.variable);
      if (self !== undefined) this.ofSlot[self].forEach(clear);
      for (const pair of this.ofVariable.get(event.variable) ?? [])
        if (event.isNever && this.slots[this.pairs[pair].slot].base !== kSelf) put(pair);
        else clear(pair);
      if (event.from >= 0)
        for (const pair of this.ofVariable.get(event.from) ?? []) {
          const { slot, part } = this.pairs[pair];
          if (!has(pair) || (event.fromPart >= 0 && part !== event.fromPart)) continue;
          const copy = this.pairOf.get(`${slot}:${event.variable}:${event.fromPart >= 0 ? -1 : part}`);
          if (copy !== undefined) put(copy);
        }
      if (self !== undefined)
        for (const pair of this.ofSlot[self]) if (this.pairs[pair].variable === event.variable) put(pair);
      if (event.slot >= 0) put(this.pairOf.get(`${event.slot}:${event.variable}:-1`));
    } else if (event.op === kOp.pop) {
      for (const slot of this.slots)
        if (slot.base > kStackBase && (event.base === 0 || (slot.base === event.base && slot.offset >= event.from)))
          this.ofSlot[slot.number].forEach(clear);
    }
  }

  // Variables that hold what `variable` does.
  #equals(variable, has) {
    const found = [];
    for (const pair of this.ofVariable.get(variable) ?? []) {
      const slot = this.slots[this.pairs[pair].slot];
      if (slot.base !== kSelf || !has(pair)) continue;
      for (const other of this.ofSlot[slot.number]) if (has(other)) found.push(this.pairs[other].variable);
    }
    return found;
  }

  solve() {
    this.#events();
    this.#pairs();
    const words = (this.pairs.length + 31) >>> 5;
    this.words = words;
    this.out = this.events.map(() => new Uint32Array(words).fill(0xffffffff));
    for (let changed = true; changed; ) {
      changed = false;
      this.events.forEach((list, block) => {
        const now = this.#enter(block);
        for (const event of list) this.#step(event, now);
        for (let word = 0; word < words; ++word) {
          if (this.out[block][word] === now[word]) continue;
          this.out[block][word] = now[word];
          changed = true;
        }
      });
    }
  }

  #enter(block) {
    const now = new Uint32Array(this.words);
    now.fill(0xffffffff); // everything holds where no way leads
    if (block === 0)
      this.pairs.forEach(({ slot, variable }, pair) => {
        const isOther = this.slots[slot].base === kSelf && this.slots[slot].variable !== variable;
        if (isOther || (variable < this.params && this.slots[slot].base !== kSelf))
          now[pair >>> 5] &= ~(1 << (pair & 31));
      });
    for (const from of this.predecessors[block])
      for (let word = 0; word < this.words; ++word) now[word] &= this.out[from][word];
    return now;
  }

  /** visit(number of the call, isCovered(variable, part)) */
  atCalls(visit) {
    this.events.forEach((list, block) => {
      const now = this.#enter(block);
      for (const event of list) {
        if (event.op === kOp.call) {
          visit(
            event.call,
            (variable, part) =>
              event.addresses.has(variable) ||
              (this.ofVariable.get(variable) ?? []).some((pair) => {
                const each = this.pairs[pair];
                if (each.part !== part || ((now[pair >>> 5] >>> (pair & 31)) & 1) === 0) return false;
                const slot = this.slots[each.slot];
                if (slot.base === kSelf) return false;
                const needed = this.context.bytesOf(
                  part < 0 ? this.stream.types[variable] : this.context.parts(this.stream.types[variable])[0][0],
                );
                if (part < 0 && slot.bytes < needed) return false;
                return slot.base !== kStackBase || event.low === null || slot.offset >= event.low;
              }),
          );
        }
        this.#step(event, now);
      }
    });
  }
}
