// This makes the body of one function.
//
// inv.compiler.roots: a pointer is in a slot of the frame whenever a call that may collect is made. So every variable
// that holds a pointer lives in the frame, and operands that are pointers are put into slots if something that is
// computed after them may collect. A pointer in a WebAssembly local or on its stack is used before the next such call.
//
//   frame ──► [ header | slot 0 | slot 1 | … ]      one for each variable and each such operand
//
// Objects:  record   its fields, a word each         closure   table index, captured values
//           array    length, then the items

import binaryen from 'binaryen';
import { isPointer } from './checker.mjs';
import { kOperations, kWord, mayCollect } from './layouts.mjs';

const { i32 } = binaryen;
const kItemsMax = 1 << 24;

export class Body {
  constructor(emitter, node, isClosure) {
    this.emitter = emitter;
    this.m = emitter.m;
    this.node = node;
    this.isClosure = isClosure;
    this.places = new Map(); // of variables: { slot } or { local }
    this.slots = 0;
    this.locals = node.parameters.length + (isClosure ? 1 : 0);
    this.parameters = this.locals;
    this.frame = this.local();
  }

  local() {
    return this.locals++;
  }
  get(local) {
    return this.m.local.get(local, i32);
  }
  /** Runs statements, then gives a value. */
  after(statements, value, type = i32) {
    return this.m.block(null, [...statements, value], type);
  }
  slotAddress(slot) {
    return kWord * (slot + 1);
  }
  loadSlot(slot) {
    return this.m.i32.load(this.slotAddress(slot), kWord, this.get(this.frame));
  }
  storeSlot(slot, value) {
    return this.m.i32.store(this.slotAddress(slot), kWord, this.get(this.frame), value);
  }

  define(binding, value) {
    if (isPointer(binding.type)) {
      const slot = this.slots++;
      this.places.set(binding, { slot });
      return this.storeSlot(slot, value);
    }
    const local = this.local();
    this.places.set(binding, { local });
    return this.m.local.set(local, value);
  }

  /** Gives the operands in order: statements that come before, and values to be used once, at once. */
  operands(nodes, collectsAfter = false) {
    const last = collectsAfter ? nodes.length : nodes.findLastIndex(mayCollect);
    const before = [];
    const values = nodes.map((node, i) => {
      const value = this.value(node);
      if (i >= last) return value;
      if (isPointer(node.type)) {
        const slot = this.slots++;
        before.push(this.storeSlot(slot, value));
        return this.loadSlot(slot);
      }
      const local = this.local();
      before.push(this.m.local.set(local, value));
      return this.get(local);
    });
    return { before, values };
  }

  value(node) {
    const value = this[node.kind](node);
    return isPointer(node.type) || node.type.kind === 'nothing' ? value : this.number(value);
  }
  number(value) {
    return this.emitter.isTold ? this.m.i32.mul(value, this.m.i32.const(1)) : value;
  }
  int(node) {
    return this.m.i32.const(node.value);
  }
  bool(node) {
    return this.m.i32.const(node.value ? 1 : 0);
  }
  nil() {
    return this.m.i32.const(0);
  }
  variable({ binding }) {
    if (binding.isCapture) {
      const index = this.node.captures.indexOf(binding);
      return this.m.i32.load(kWord * (index + 1), kWord, this.loadSlot(0));
    }
    const { slot, local } = this.places.get(binding);
    return slot === undefined ? this.get(local) : this.loadSlot(slot);
  }
  let(node) {
    const first = this.define(node.binding, this.value(node.value));
    return this.m.block(null, [first, this.value(node.body)], this.wasmType(node.type));
  }
  wasmType(type) {
    return type.kind === 'nothing' ? binaryen.none : i32;
  }
  statement(node) {
    const value = this.value(node);
    return node.type.kind === 'nothing' ? value : this.m.drop(value);
  }
  sequence(node) {
    return this.m.block(null, [this.statement(node.first), this.value(node.second)], this.wasmType(node.type));
  }
  if(node) {
    return this.m.if(this.value(node.condition), this.value(node.yes), this.value(node.no));
  }
  while(node) {
    const name = this.emitter.label();
    const again = this.m.block(null, [this.statement(node.body), this.m.br(name)]);
    return this.m.loop(name, this.m.if(this.value(node.condition), again));
  }
  binary(node) {
    const { m } = this;
    if (node.operator === 'and') return m.if(this.value(node.left), this.value(node.right), m.i32.const(0));
    if (node.operator === 'or') return m.if(this.value(node.left), m.i32.const(1), this.value(node.right));
    const operation = kOperations[node.operator];
    const { before, values } = this.operands([node.left, node.right]);
    return this.after(before, m.i32[operation](...values));
  }
  unary(node) {
    const { m } = this;
    const value = this.value(node.operand);
    return node.operator === '-' ? m.i32.sub(m.i32.const(0), value) : m.i32.eqz(value);
  }

  /** Traps for nil. `local` has the object then. */
  object(value, local) {
    const { m } = this;
    return m.if(m.i32.eqz(m.local.tee(local, value, i32)), m.unreachable());
  }
  field(node) {
    const local = this.local();
    return this.after(
      [this.object(this.value(node.of), local)],
      this.m.i32.load(kWord * node.index, kWord, this.get(local)),
    );
  }
  /** Puts the address of an item into a local; its statements check the index. */
  itemPlace(values) {
    const { m } = this;
    const [array, index] = [this.local(), this.local()];
    const isOutside = m.i32.ge_u(m.local.tee(index, values[1], i32), m.i32.load(0, kWord, this.get(array)));
    const address = m.i32.add(this.get(array), m.i32.shl(this.get(index), m.i32.const(2)));
    return {
      before: [this.object(values[0], array), m.if(isOutside, m.unreachable()), m.local.set(array, address)],
      local: array,
    };
  }
  item(node) {
    const { before, values } = this.operands([node.of, node.index]);
    const place = this.itemPlace(values);
    return this.after([...before, ...place.before], this.m.i32.load(kWord, kWord, this.get(place.local)));
  }
  assign({ place, value }) {
    const { m } = this;
    if (place.kind === 'variable') {
      const { slot, local } = this.places.get(place.binding);
      return slot === undefined ? m.local.set(local, this.value(value)) : this.storeSlot(slot, this.value(value));
    }
    const nodes = place.kind === 'field' ? [place.of, value] : [place.of, place.index, value];
    const { before, values } = this.operands(nodes);
    const [target, offset] =
      place.kind === 'field' ? this.fieldPlace(values[0], kWord * place.index) : [this.itemPlace(values), kWord];
    const stored = this.local();
    const store = m.i32.store(offset, kWord, this.get(target.local), this.get(stored));
    const mark = isPointer(place.type) ? [this.markCard(this.get(target.local), offset)] : [];
    // The value comes first: it may collect, and the place is an address.
    return m.block(null, [...before, m.local.set(stored, values.at(-1)), ...target.before, store, ...mark]);
  }
  fieldPlace(value, offset) {
    const local = this.local();
    return [{ before: [this.object(value, local)], local }, offset];
  }
  /** This is the write barrier: it marks the card of the word that was stored to. */
  markCard(object, offset) {
    const { m } = this;
    const { abi } = this.emitter;
    const card = m.i32.shr_u(m.i32.add(object, m.i32.const(offset)), m.i32.const(abi['card.shift']));
    const masked = m.i32.and(card, m.global.get('card mask', i32));
    return m.i32.store8(0, 1, m.i32.add(m.global.get('cards', i32), masked), m.i32.const(1));
  }

  call(node) {
    if (node.isLength) {
      const local = this.local();
      return this.after(
        [this.object(this.value(node.arguments[0]), local)],
        this.m.i32.load(0, kWord, this.get(local)),
      );
    }
    if (node.target !== undefined) {
      const { before, values } = this.operands(node.arguments);
      return this.after(before, this.m.call(node.target.name, values, this.wasmType(node.type)));
    }
    const { before, values } = this.operands([node.of, ...node.arguments], true);
    const closure = this.local();
    const { parameters } = node.of.type;
    const index = this.m.i32.load(0, kWord, this.get(closure));
    const called = this.m.call_indirect(
      'functions',
      index,
      [this.get(closure), ...values.slice(1)],
      binaryen.createType([i32, ...parameters.map(() => i32)]),
      i32,
    );
    return this.after([...before, this.object(values[0], closure)], called);
  }

  /** Takes an object from its type's slot into a local, in place or by a call. Memory with pointers is zero. */
  allocate(type, local) {
    const { m } = this;
    const { abi } = this.emitter;
    const slot = () => m.global.get(`slot ${type}`, i32);
    const rounded = () => m.global.get(`bytes ${type}`, i32);
    const end = this.local();
    const cursor = m.i32.load(abi['alloc_slot.cursor'], kWord, slot());
    const limit = m.i32.load(abi['alloc_slot.limit'], kWord, slot());
    const next = m.local.tee(end, m.i32.add(m.local.tee(local, cursor, i32), rounded()), i32);
    const slow = m.local.set(local, m.call('new', [m.global.get(`type ${type}`, i32)], i32));
    return [
      m.if(m.i32.le_u(next, limit), m.i32.store(abi['alloc_slot.cursor'], kWord, slot(), this.get(end)), slow),
      m.if(m.i32.eqz(this.get(local)), m.unreachable()),
    ];
  }
  /** Fills an object: initialising stores need no barrier. */
  filled(type, values, before) {
    const local = this.local();
    const stores = values.map((value, i) => this.m.i32.store(kWord * i, kWord, this.get(local), value));
    return this.after([...before, ...this.allocate(type, local), ...stores], this.get(local));
  }
  make(node) {
    const { before, values } = this.operands(node.values, true);
    return this.filled(this.emitter.layouts.record(this.emitter.recordOf(node.name)), values, before);
  }
  fn(node) {
    const index = this.emitter.closure(node);
    const captures = node.captures.map(({ type, from }) => ({ kind: 'variable', type, binding: from }));
    // Variables are in the frame already, so nothing has to be kept for the allocation.
    const values = [this.m.i32.const(index), ...captures.map((each) => this.value(each))];
    return this.filled(this.emitter.layouts.closure(node.captures), values, []);
  }
  array(node) {
    const { m } = this;
    const { before, values } = this.operands([node.count, node.value], true);
    const type = this.emitter.layouts.array(node.value.type);
    const [count, made] = [this.local(), this.local()];
    const isTooMany = m.i32.gt_u(m.local.tee(count, values[0], i32), m.i32.const(kItemsMax));
    const bytes = m.i32.add(m.i32.shl(this.get(count), m.i32.const(2)), m.i32.const(kWord));
    const allocated = m.call('malloc', [bytes, m.global.get(`type ${type}`, i32), m.i32.const(0)], i32);
    return this.after(
      [
        ...before,
        m.if(isTooMany, m.unreachable()),
        this.object(allocated, made),
        m.i32.store(0, kWord, this.get(made), this.get(count)),
        m.call('fill', [this.get(made), this.get(count), values[1]], binaryen.none),
      ],
      this.get(made),
    );
  }

  /** Puts parameters into their places, and makes the body, with a frame around both if there is one. */
  emit() {
    const { m } = this;
    const { abi } = this.emitter;
    const begin = [];
    if (this.isClosure) begin.push(this.storeSlot(this.slots++, this.get(0)));
    this.node.bindings.forEach((binding, i) => {
      const parameter = i + (this.isClosure ? 1 : 0);
      if (isPointer(binding.type)) begin.push(this.define(binding, this.get(parameter)));
      else if (this.emitter.isTold) begin.push(this.define(binding, this.number(this.get(parameter))));
      else this.places.set(binding, { local: parameter });
    });
    const body = this.value(this.node.body);
    if (this.slots === 0) return m.block(null, [...begin, body], i32);
    const result = this.local();
    const mutator = () => (this.emitter.isTold ? m.call('tell', [], i32) : m.global.get('mutator', i32));
    const end = this.local();
    const top = m.i32.load(abi['mutator.shadow_top'], kWord, mutator());
    const limit = m.i32.load(abi['mutator.shadow_limit'], kWord, mutator());
    const push = [
      m.local.set(this.frame, top),
      m.local.set(end, m.i32.add(this.get(this.frame), m.i32.const(kWord * (this.slots + 1)))),
      m.if(m.i32.gt_u(this.get(end), limit), m.unreachable()),
      m.i32.store(0, kWord, this.get(this.frame), m.i32.const(this.slots)),
      m.memory.fill(
        m.i32.add(this.get(this.frame), m.i32.const(kWord)),
        m.i32.const(0),
        m.i32.const(kWord * this.slots),
      ),
      m.i32.store(abi['mutator.shadow_top'], kWord, mutator(), this.get(end)),
    ];
    const pop = m.i32.store(abi['mutator.shadow_top'], kWord, mutator(), this.get(this.frame));
    return this.after([...push, ...begin, m.local.set(result, body), pop], this.get(result));
  }
}
