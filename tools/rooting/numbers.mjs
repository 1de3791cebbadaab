// Types tell numbers: a module's DWARF has the types of what functions give, of parameters, and of the values that are
// written to locals. Only the checker asks. A value is a number if its variable is
//
//   an integer, a character, a truth value or an enumeration of at most 4 bytes, or a float of 4
//   a pointer to a function, or to a record of the heap's own (a struct mgc_…)
//
// but not if its type goes by the name of uintptr_t or intptr_t, which are for pointers too, nor if the function makes
// it of something that it has as a pointer: of a variable or a parameter that is one, or of what a call gives as one.
// Wider integers stay what they are, since two pointers may be in one.

import { DebugInfo, kType } from './debug_info.mjs';
import { kMade, kNo } from './operations.mjs';
import { TypeFlow } from './type_flow.mjs';

const kNumber = 1;
const kPointer = 2;
const kWord = 3; // may be either
const kThrough = new Set([kType.constant, kType.volatile, kType.restrict, kType.atomic]);
const kPointers = new Set([kType.pointer, kType.reference, kType.rvalueReference]);
const kEncoding = { address: 0x01, boolean: 0x02, float: 0x04, signed: 0x05, lastCharacter: 0x08, utf: 0x10 };
const kWordBytes = 4;
const kMostDepth = 32; // of types in types, which in damaged DWARF may go round
const isName = (entry) => entry !== undefined && (kThrough.has(entry.tag) || entry.tag === kType.typedef);

export class Numbers {
  /** Is undefined where the module has no DWARF, or a damaged one, which `onWarning` is told. */
  static of(context, bytes, onWarning) {
    const info = DebugInfo.of(bytes, onWarning);
    return info === undefined ? undefined : new Numbers(context, info);
  }

  constructor(context, info) {
    this.info = info;
    this.positions = context.positions;
    /** What functions give by their types: keys of those that give numbers, and of those that give pointers. */
    this.gives = new Map();
    for (const each of context.functions.values()) {
      const known = each.isImport ? undefined : this.#functionOf(each);
      if (known !== undefined) this.gives.set(each.key, this.#kindOf(info.get(known.entry, 'type')));
    }
  }

  #kinds = new Map();

  #functionOf({ bodyIndex }) {
    const [start] = this.positions.bodies[bodyIndex] ?? [-1];
    return start < 0 ? undefined : this.info.functionAt(start - this.positions.codeStart);
  }

  /**
   * Returns what a function gives: kNo for a number, kMade for what may be a pointer, undefined where nothing is known.
   */
  given(key) {
    const kind = this.gives.get(key);
    return kind === undefined ? undefined : kind === kNumber ? kNo : kMade;
  }

  /** Takes numbers out of a function's stream, and gives the parameters that may be pointers. */
  apply(context, each, stream) {
    const params = context.paramsOf(each);
    const known = this.#functionOf(each);
    if (known === undefined) return params;
    const types = this.#typesIn(known);
    const typeAt = new Map(); // of what an operation writes
    for (const [at, place] of stream.writes) {
      const type = types.get(place - this.positions.codeStart)?.get(stream.arg[at]);
      if (type !== undefined) typeAt.set(at, type);
    }
    const given = types.get(known.low) ?? new Map();
    const rest = params.filter((v) => !given.has(v) || this.#kindOf(given.get(v)) !== kNumber);
    const flow = new TypeFlow(this, stream, typeAt);
    flow.solve(new Map(rest.filter((v) => given.has(v)).map((v) => [v, given.get(v)])));
    for (const at of flow.numbers) stream.values[at] = { ...stream.values[at], may: kNo };
    return rest;
  }

  /** Returns whether values of a type are numbers. */
  isNumber(type) {
    return type !== 0 && this.#kindOf(type) === kNumber;
  }

  /**
   * Returns whether what lies so many bytes behind where a pointer of a type points to is a number, if that is known.
   */
  leadsToNumber(type, offset) {
    const pointer = this.#through(type);
    if (pointer === undefined || !kPointers.has(pointer.tag) || offset < 0) return undefined;
    return this.#isNumberAt(pointer.type, offset);
  }

  #isNumberAt(type, offset, depth = 0) {
    const entry = this.#through(type);
    if (entry === undefined || depth > kMostDepth) return false;
    if (entry.tag === kType.array) return this.#isNumberAt(entry.type, 0, depth + 1);
    if (entry.tag === kType.union)
      return (entry.members ?? []).every((each) => this.#isNumberAt(each.type, 0, depth + 1));
    if (entry.tag !== kType.structure && entry.tag !== kType.class) return this.#kindOf(type) === kNumber;
    let found;
    for (const each of entry.members ?? []) if ((each.offset ?? 0) <= offset) found = each;
    return found !== undefined && this.#isNumberAt(found.type, offset - (found.offset ?? 0), depth + 1);
  }

  // Returns for each place where variables begin to lie in locals, by local, the type of what lies there.
  #typesIn(known) {
    const types = new Map();
    for (const variable of known.variables) {
      const type = this.info.get(variable, 'type') ?? 0;
      for (const { low, local } of this.info.rangesOf(variable)) {
        const place = low === 0 ? known.low : low;
        if (!types.has(place)) types.set(place, new Map());
        const at = types.get(place);
        // Where two variables begin in one local, the one that may be a pointer counts.
        if (!at.has(local) || this.#kindOf(type) !== kNumber) at.set(local, type);
      }
    }
    return types;
  }

  #kindOf(type) {
    if (type === undefined || type === 0) return kWord;
    let kind = this.#kinds.get(type);
    if (kind === undefined) {
      kind = this.#findKind(type);
      this.#kinds.set(type, kind);
    }
    return kind;
  }

  #findKind(type) {
    const entry = this.#through(type);
    if (entry === undefined) return kWord;
    if (kPointers.has(entry.tag)) {
      const target = this.#through(entry.type);
      const isOfHeap = target?.tag === kType.structure && /^mgc_/.test(target.name?.() ?? '');
      return target?.tag === kType.subroutine || isOfHeap ? kNumber : kPointer;
    }
    if (entry.bytes > kWordBytes) return kWord;
    if (entry.tag === kType.enumeration) return kNumber;
    if (entry.tag !== kType.base) return kWord;
    const { boolean, lastCharacter, utf } = kEncoding;
    return (entry.encoding >= boolean && entry.encoding <= lastCharacter) || entry.encoding === utf ? kNumber : kWord;
  }

  // Returns what a type is without its names; undefined for void, and for words that may be pointers.
  #through(type) {
    let entry = this.info.entries.get(type);
    for (let depth = 0; isName(entry); ++depth) {
      if (depth > kMostDepth) return undefined;
      if (entry.tag === kType.typedef && /^(__)?u?intptr_t$/.test(entry.name?.() ?? '')) return undefined;
      entry = this.info.entries.get(entry.type);
    }
    return entry;
  }
}
