// This is a JSON document in the garbage-collected heap. Every value is an object of a type of its own; lists are
// arrays of references; strings are UTF-8 in the heap. No JS object is held by any of it.
//
//   Document ─root─> List ─items─> [ any, any … ]          Number {f64}   Text {string}   Literal {code}
//                    Dict ─keys──> [ Key, Key … ]          a Key is shared by all objects that have it
//                         ─values> [ any, any … ]
//
// Millions of values are made and read through heap.raw, by address: an address is safe as long as its object is
// reachable, so everything under construction is kept in one heap array, the stack, which a view roots.
// Doors: main.mjs loads, walks and stringifies; edit.mjs replaces values.

import { t } from 'mallocgc';

const kNoIndex = 0xffffffff;
const kFirstStack = 1024;
const kPieceChars = 1 << 16;
const kPairsCompared = 16;
const kLiterals = [null, false, true];

/** Returns the array index that a key is, as JS orders properties by it, or kNoIndex for all others. */
function indexOfKey(text) {
  const index = Number(text) >>> 0;
  return index !== kNoIndex && String(index) === text ? index : kNoIndex;
}

/** These are the children of a list or an object, with how far one has come with them. */
class Children {
  constructor(base, count, dict) {
    this.base = base;
    this.count = count;
    /** The object's address; 0 for a list. */
    this.dict = dict;
    this.i = 0;
  }
}

/** This is a growing array of references in the heap. */
class Stack {
  constructor(heap, Slot) {
    this.heap = heap;
    this.Slot = Slot;
    this.top = 0;
    this.use(heap.newarray(Slot, kFirstStack));
  }

  use(array) {
    this.array = array;
    this.base = array.$.address;
    this.capacity = array.length;
  }

  push(address) {
    if (this.top === this.capacity) this.grow();
    this.set(this.top++, address);
  }

  get(i) {
    return this.heap.raw.loadRef(this.base + i * this.Slot.size);
  }

  set(i, address) {
    this.heap.raw.storeRef(this.base + i * this.Slot.size, address);
  }

  grow() {
    const old = this.array;
    const oldBase = this.base;
    this.use(this.heap.newarray(this.Slot, this.capacity * 2));
    for (let i = 0; i < old.length; i++) this.set(i, this.heap.raw.loadRef(oldBase + i * this.Slot.size));
    old.$.dispose();
  }

  dispose() {
    this.array.$.dispose();
  }
}

export class HeapDocument {
  constructor(heap) {
    this.heap = heap;
    this.raw = heap.raw;
    this.types = heap.defineTypes({
      Number: { value: t.f64 },
      Text: { text: t.string },
      Key: { text: t.string, index: t.u32 },
      Literal: { code: t.u8 },
      List: { items: t.slice(t.any) },
      Dict: { keys: t.slice(t.ref('Key')), values: t.slice(t.any) },
      Slot: { value: t.any },
      Document: { root: t.any, literals: t.slice(t.ref('Literal')) },
    });
    this.ids = Object.fromEntries(Object.entries(this.types).map(([name, type]) => [name, heap.raw.typeId(type)]));
    const { List, Dict, Document, Text, Number: Num, Literal, Key, Slot } = this.types;
    this.at = {
      items: List.fields.items.offset,
      keys: Dict.fields.keys.offset,
      values: Dict.fields.values.offset,
      text: Text.fields.text.offset,
      keyText: Key.fields.text.offset,
      keyIndex: Key.fields.index.offset,
      number: Num.fields.value.offset,
      code: Literal.fields.code.offset,
      root: Document.fields.root.offset,
    };
    this.wordBytes = Slot.size;
    this.document = heap.newobject(Document, {
      literals: kLiterals.map((_, code) => heap.newobject(Literal, { code })),
    });
    const literals = this.document.literals;
    this.literals = Array.from(literals, (literal) => literal.$.address);
  }

  /** Returns the address of the place where the address of the whole document's value stands. */
  get rootSlot() {
    return this.document.$.address + this.at.root;
  }

  // ---- making values: each is kept on the builder's stack from the start

  newNumber(stack, value) {
    const address = this.raw.newobject(this.ids.Number);
    this.raw.storeF64(address + this.at.number, value);
    stack.push(address);
  }

  newText(stack, text) {
    const address = this.raw.newobject(this.ids.Text);
    stack.push(address);
    this.raw.storeString(address + this.at.text, text);
  }

  newKey(stack, text) {
    const address = this.raw.newobject(this.ids.Key);
    stack.push(address);
    this.raw.storeString(address + this.at.keyText, text);
    this.raw.storeU32(address + this.at.keyIndex, indexOfKey(text));
    return address;
  }

  newLiteral(stack, value) {
    stack.push(this.literals[kLiterals.indexOf(value)]);
  }

  /** Makes an array of references in a slice field of `owner`, which is reachable. Returns its address. */
  newReferences(owner, offset, count) {
    const address = count === 0 ? 0 : this.raw.mallocgc(count * this.wordBytes, this.ids.Slot);
    this.raw.storeRef(owner + offset, address);
    this.raw.storeU32(owner + offset + this.wordBytes, count);
    return address;
  }

  /** Replaces what is on the stack from `mark` on by a list of it. */
  newList(stack, mark) {
    const count = stack.top - mark;
    const list = this.raw.newobject(this.ids.List);
    stack.push(list);
    const items = this.newReferences(list, this.at.items, count);
    for (let i = 0; i < count; i++) this.raw.storeRef(items + i * this.wordBytes, stack.get(mark + i));
    stack.set(mark, list);
    stack.top = mark + 1;
  }

  /**
   * Replaces the pairs of key and value on the stack by an object. `order` says which pairs, in which order. Without it
   * all pairs stay as they are.
   */
  newDict(stack, mark, order) {
    const count = order?.length ?? (stack.top - mark) >> 1;
    const dict = this.raw.newobject(this.ids.Dict);
    stack.push(dict);
    const keys = this.newReferences(dict, this.at.keys, count);
    for (let i = 0; i < count; i++)
      this.raw.storeRef(keys + i * this.wordBytes, stack.get(order?.[i][0] ?? mark + 2 * i));
    const values = this.newReferences(dict, this.at.values, count);
    for (let i = 0; i < count; i++)
      this.raw.storeRef(values + i * this.wordBytes, stack.get(order?.[i][1] ?? mark + 2 * i + 1));
    stack.set(mark, dict);
    stack.top = mark + 1;
  }

  newStack() {
    return new Stack(this.heap, this.types.Slot);
  }

  /** Returns the builder that parse() tells; `finish` makes the value that was read the document's root. */
  builder() {
    const stack = this.newStack();
    const keys = this.newStack();
    /** @type {Map<string, number>} */
    const known = new Map();
    /** @type {number[]} */
    const marks = [];
    return {
      literal: (value) => this.newLiteral(stack, value),
      number: (value) => this.newNumber(stack, value),
      text: (text) => this.newText(stack, text),
      beginList: () => void marks.push(stack.top),
      endList: () => this.newList(stack, marks.pop()),
      beginDict: () => void marks.push(stack.top),
      key: (text) => {
        let address = known.get(text);
        if (address === undefined) known.set(text, (address = this.newKey(keys, text)));
        stack.push(address);
      },
      endDict: () => {
        const mark = marks.pop();
        this.newDict(stack, mark, this.orderOf(stack, mark));
      },
      finish: () => {
        this.raw.storeRef(this.rootSlot, stack.get(0));
        stack.dispose();
        keys.dispose();
      },
    };
  }

  /** Returns whether a few pairs can stay as they are: no key is an array index, and none is there twice. */
  isOrdered(stack, mark) {
    if (stack.top - mark > 2 * kPairsCompared) return false;
    for (let at = mark; at < stack.top; at += 2) {
      const key = stack.get(at);
      if (this.raw.loadU32(key + this.at.keyIndex) !== kNoIndex) return false;
      for (let other = mark; other < at; other += 2) if (stack.get(other) === key) return false;
    }
    return true;
  }

  /**
   * Returns the pairs on the stack as JS orders properties: the last value of a key is in the place of its first; array
   * indices come first, ascending. Returns undefined if that is how they are.
   */
  orderOf(stack, mark) {
    if (this.isOrdered(stack, mark)) return undefined;
    /** @type {Map<number, [number, number]>} */
    const pairs = new Map();
    let hasIndices = false;
    for (let at = mark; at < stack.top; at += 2) {
      const key = stack.get(at);
      hasIndices ||= this.raw.loadU32(key + this.at.keyIndex) !== kNoIndex;
      pairs.set(key, [at, at + 1]);
    }
    const order = [...pairs.values()];
    if (!hasIndices) return order;
    const index = ([key]) => this.raw.loadU32(stack.get(key) + this.at.keyIndex);
    const indexed = order.filter((pair) => index(pair) !== kNoIndex).sort((a, b) => index(a) - index(b));
    return [...indexed, ...order.filter((pair) => index(pair) === kNoIndex)];
  }

  // ---- reading values, by address

  typeOf(address) {
    return this.heap.typeOf(address);
  }

  /** Returns the references of a list or the values of an object, or undefined for leaves. */
  children(address, type = this.typeOf(address)) {
    const isDict = type === this.types.Dict;
    if (!isDict && type !== this.types.List) return undefined;
    const slice = address + (isDict ? this.at.values : this.at.items);
    return new Children(this.raw.loadRef(slice), this.raw.loadU32(slice + this.wordBytes), isDict ? address : 0);
  }

  /** Returns the document's root, as if it were the one child of a list. */
  rootAsChild() {
    return new Children(this.rootSlot, 1, 0);
  }

  child(children, i) {
    return this.raw.loadRef(children.base + i * this.wordBytes);
  }

  keyText(dict, i) {
    const keys = this.raw.loadRef(dict + this.at.keys);
    return this.raw.loadString(this.raw.loadRef(keys + i * this.wordBytes) + this.at.keyText);
  }

  /** Returns a leaf as a JS value. */
  leaf(address, type) {
    if (type === this.types.Number) return this.raw.loadF64(address + this.at.number);
    if (type === this.types.Text) return this.raw.loadString(address + this.at.text);
    return kLiterals[this.raw.loadU8(address + this.at.code)];
  }

  /** Visits every value, parents first: `visit(type, address, depth)`. */
  walk(visit) {
    const open = [this.rootAsChild()];
    while (open.length > 0) {
      const inner = open[open.length - 1];
      if (inner.i === inner.count) {
        open.pop();
        continue;
      }
      const at = this.child(inner, inner.i++);
      const type = this.typeOf(at);
      visit(type, at, open.length - 1);
      const children = this.children(at, type);
      if (children !== undefined) open.push(children);
    }
  }

  /** Gives the document as JSON, in pieces of some size, exactly as JSON.stringify writes it. */
  *stringify() {
    const open = [this.rootAsChild()];
    let text = '';
    while (open.length > 0) {
      const inner = open[open.length - 1];
      if (inner.i === inner.count) {
        open.pop();
        if (open.length > 0) text += inner.dict === 0 ? ']' : '}';
        continue;
      }
      if (inner.i > 0) text += ',';
      if (inner.dict !== 0) text += `${JSON.stringify(this.keyText(inner.dict, inner.i))}:`;
      const at = this.child(inner, inner.i++);
      const type = this.typeOf(at);
      const children = this.children(at, type);
      if (children === undefined) {
        text += JSON.stringify(this.leaf(at, type));
      } else {
        text += children.dict === 0 ? '[' : '{';
        open.push(children);
      }
      if (text.length > kPieceChars) {
        yield text;
        text = '';
      }
    }
    yield text;
  }
}
