// This writes the module anew: what was changed, and the rest as it stands. Changes of code are *edits*, bytes that
// stand at a place of the input or instead of some there. Imports that are added move the functions behind them, whose
// numbers are changed wherever they stand.

import { Reader } from './binary.mjs';
import { kForm, kNames, kSections } from './contents.mjs';
import { kOpcode } from './instructions.mjs';
import { sized, unsigned } from './writer.mjs';

const kOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]; // of sections by number
const kFunctionImport = 0;
/** Edits at one place stand in this order. */
export const kAt = { entry: 0, keep: 1, after: 2, before: 3, exit: 4 };

export class Output {
  /** `imports` are functions that are imported besides: { base, from, params, results }. */
  constructor(context, imports) {
    this.context = context;
    this.contents = context.contents;
    this.types = [];
    this.imports = imports.map((each) => ({ ...each, type: this.typeOf(each.params, each.results) }));
    this.functions = []; // { type, code: bytes of the body, name }
    this.globals = []; // bytes
    this.start = -1;
  }

  #edits = new Map(); // of each body, by number: { at, end, order, bytes }
  #locals = new Map(); // of each body, by number: types of those that are added
  #redirected = new Map();
  #importNames = new Map();

  // ---- What others add ----

  /** Returns the number of an added import, or the present one of an import that was there. */
  importNamed(base) {
    const { importCount } = this.contents;
    const added = this.imports.findIndex((each) => each.base === base);
    if (added >= 0) return importCount + added;
    const known = [...this.context.functions.values()].find((each) => each.isImport && each.base === base);
    return known?.key ?? -1;
  }

  /** Returns the number that a function of the input has now. */
  numberOf(key) {
    return key < this.contents.importCount ? key : key + this.imports.length;
  }
  /** Everything that named the one function names the other, of which the number is given. */
  redirect(key, number, importName) {
    this.#redirected.set(key, number);
    this.#importNames.set(key, importName);
  }

  typeOf(params, results) {
    const key = `${params}>${results}`;
    const known = [...this.contents.types, ...this.types].findIndex((each) => each.key === key);
    if (known >= 0) return known;
    this.types.push({ params, results, key });
    return this.contents.types.length + this.types.length - 1;
  }

  /** Adds a function, and returns its number; `locals` are the types of its locals beside parameters. */
  addFunction(name, params, results, locals, code) {
    const declared = locals.flatMap((type) => [1, ...this.contents.bytesOfType(type)]);
    const body = [...unsigned(locals.length), ...declared, ...code, kOpcode.end];
    this.functions.push({ type: this.typeOf(params, results), code: body, name });
    return this.contents.functionTypes.length + this.imports.length + this.functions.length - 1;
  }
  addGlobal(bytes) {
    this.globals.push(bytes);
    return this.contents.globals.length + this.globals.length - 1;
  }

  /** Adds a local to a function, and returns its number. */
  addLocal({ bodyIndex }, stream, type) {
    if (!this.#locals.has(bodyIndex)) this.#locals.set(bodyIndex, { declared: stream.declared, types: [] });
    const { types } = this.#locals.get(bodyIndex);
    types.push(type);
    return stream.localCount + types.length - 1;
  }

  /** Puts bytes at a place of a function, or instead of what is there up to `end`. */
  edit({ bodyIndex }, at, order, bytes, end = at) {
    if (bytes.length === 0 && end === at) return;
    if (!this.#edits.has(bodyIndex)) this.#edits.set(bodyIndex, []);
    this.#edits.get(bodyIndex).push({ at, end, order, bytes });
  }

  // ---- Writing ----

  /** Returns the bytes of the module. `keepsNames` says whether the name section stays. */
  write(keepsNames) {
    const { bytes, sections } = this.contents;
    const chunks = [bytes.subarray(0, 8)];
    const missing = kOrder.filter((id) => this.contents.section(id) === undefined && this.#isNeeded(id));
    const put = (id, content) => {
      const length = content.reduce((sum, part) => sum + part.length, 0);
      chunks.push([id, ...unsigned(length)]);
      append(chunks, content);
    };
    const putMissingBefore = (id) => {
      while (missing.length > 0 && (id < 0 || kOrder.indexOf(missing[0]) < kOrder.indexOf(id)))
        put(missing[0], this.#sectionOf(missing.shift()));
    };
    const last = sections.findLastIndex(({ id }) => id !== 0); // names may stand before it, too
    for (const [i, section] of sections.entries()) {
      if (section.id !== 0) {
        putMissingBefore(section.id);
        put(section.id, this.#sectionOf(section.id, section));
      } else if (section.name === 'name') {
        if (i > last) putMissingBefore(-1);
        if (keepsNames) put(0, [sized('name'), ...this.#names()]);
      } else if (!isStale(section.name) && !this.context.damaged.has(section)) {
        put(0, [bytes.subarray(section.start, section.end)]);
      }
    }
    putMissingBefore(-1);
    return joined(chunks);
  }

  #isNeeded(id) {
    if (id === kSections.type) return this.types.length > 0;
    if (id === kSections.global) return this.globals.length > 0;
    if (id === kSections.start) return this.start >= 0;
    return (id === kSections.function || id === kSections.code) && this.functions.length > 0;
  }

  // Returns the content of a section as a list of pieces.
  #sectionOf(id, section) {
    const { bytes } = this.contents;
    const longer = (added) => {
      const reader = section && new Reader(bytes, section.start, section.end);
      const count = (reader?.u32() ?? 0) + added.length;
      return [unsigned(count), ...(reader ? this.#renumbered(reader.at, section.end) : []), ...added];
    };
    const list = (types) => [...unsigned(types.length), ...types.flatMap((type) => this.contents.bytesOfType(type))];
    switch (id) {
      case kSections.type:
        return longer(this.types.map(({ params, results }) => [kForm.function, ...list(params), ...list(results)]));
      case kSections.import:
        return longer(
          this.imports.map(({ from, base, type }) => [
            ...[...sized(from), ...sized(base), kFunctionImport, ...unsigned(type)],
          ]),
        );
      case kSections.function:
        return longer(this.functions.map(({ type }) => unsigned(type)));
      case kSections.global:
        return longer(this.globals);
      case kSections.start:
        return [unsigned(this.start >= 0 ? this.start : this.newNumber(this.contents.start))];
      case kSections.code:
        return this.#code();
      default:
        return this.#renumbered(section.start, section.end);
    }
  }

  /** Returns the number of what a name of a function of the input stands for now. */
  newNumber(key) {
    return this.#redirected.get(key) ?? this.numberOf(key);
  }

  // Returns pieces of the input, outside of code, with the new numbers of functions.
  #renumbered(start, end) {
    const { bytes, references } = this.contents;
    const pieces = [];
    let at = start;
    for (const each of references) {
      if (each.start < start || each.end > end || this.newNumber(each.index) === each.index) continue;
      pieces.push(bytes.subarray(at, each.start), unsigned(this.newNumber(each.index)));
      at = each.end;
    }
    pieces.push(bytes.subarray(at, end));
    return pieces;
  }

  // ---- Code ----

  #code() {
    const { bytes, positions } = this.context;
    const pieces = [unsigned(positions.bodies.length + this.functions.length)];
    const isRenumbered = this.imports.length > 0 || this.#redirected.size > 0;
    let copied = -1; // the first of some that are copied together
    for (let n = 0; n < positions.bodies.length; ++n) {
      const edits = this.#editsOf(n, isRenumbered);
      if (edits.length === 0) {
        if (copied < 0) copied = n;
        continue;
      }
      if (copied >= 0) pieces.push(this.#bodies(copied, n));
      copied = -1;
      append(pieces, edited(bytes, positions.bodies[n], edits));
    }
    if (copied >= 0) pieces.push(this.#bodies(copied, positions.bodies.length));
    for (const { code } of this.functions) pieces.push(unsigned(code.length), code);
    return pieces;
  }

  // Returns the bytes of the bodies [from, to), with their lengths.
  #bodies(from, to) {
    const { bytes, positions } = this.context;
    const begin = from === 0 ? positions.firstBody : positions.bodies[from - 1][1];
    return bytes.subarray(begin, positions.bodies[to - 1][1]);
  }

  #editsOf(n, isRenumbered) {
    const edits = this.#edits.get(n) ?? [];
    const added = this.#locals.get(n);
    if (added !== undefined) {
      const { declared, types } = added;
      const groups = groupsOf(types);
      const count = unsigned(declared.count + groups.length);
      edits.push({ at: declared.start, end: declared.countEnd, order: -1, bytes: count });
      const bytes = groups.flatMap(([times, type]) => [...unsigned(times), ...this.contents.bytesOfType(type)]);
      edits.push({ at: declared.end, end: declared.end, order: -1, bytes });
    }
    if (isRenumbered) {
      const { bytes, positions } = this.context;
      positions.walk(n, (opcode, at, end) => {
        if ((opcode & 1) !== 0) return; // by type
        const key = new Reader(bytes, at + 1, end).u32();
        const number = this.newNumber(key);
        if (number !== key) edits.push({ at: at + 1, end, order: 0, bytes: unsigned(number) });
      });
    }
    return edits.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  // ---- Names ----

  #names() {
    const pieces = [];
    for (const { id, names, start, end } of this.contents.nameParts) {
      // Labels are those of blocks, which have others now.
      if (id === kNames.labels) continue;
      const content =
        id === kNames.functions || id === kNames.locals
          ? this.#functionNames(id, new Reader(names, start, end))
          : [names.subarray(start, end)];
      pieces.push([id, ...unsigned(content.reduce((sum, part) => sum + part.length, 0))]);
      append(pieces, content);
    }
    // Where names of globals are damaged, others that are kept must not say that there is no stack pointer.
    const { hasAllNames, nameParts } = this.contents;
    if (!hasAllNames && !nameParts.some(({ id }) => id === kNames.globals)) {
      const names = [1, ...unsigned(this.context.stackPointer), ...sized('__stack_pointer')];
      pieces.push([kNames.globals, ...sized(names)]);
    }
    return pieces;
  }

  #functionNames(id, reader) {
    const entries = [];
    for (let n = reader.u32(); n > 0; --n) {
      const key = reader.u32();
      const start = reader.at;
      if (id === kNames.functions) reader.passString();
      else
        for (let locals = reader.u32(); locals > 0; --locals) {
          reader.leb();
          reader.passString();
        }
      const renamed = id === kNames.functions ? this.#importNames.get(key) : undefined;
      entries.push([this.numberOf(key), renamed ? sized(renamed) : reader.bytes.subarray(start, reader.at)]);
    }
    if (id === kNames.functions) {
      this.imports.forEach(({ base }, i) => entries.push([this.contents.importCount + i, sized(base)]));
      const first = this.contents.functionTypes.length + this.imports.length;
      this.functions.forEach(({ name }, i) => entries.push([first + i, sized(name)]));
    }
    entries.sort(([a], [b]) => a - b);
    return [unsigned(entries.length), ...entries.flatMap(([number, rest]) => [unsigned(number), rest])];
  }
}

// These describe the code as it was.
function isStale(name) {
  return name.startsWith('.debug_') || name.startsWith('reloc.') || name === 'linking' || name === 'sourceMappingURL';
}

function groupsOf(types) {
  const groups = [];
  for (const type of types) {
    const last = groups.at(-1);
    if (last?.[1] === type) last[0] += 1;
    else groups.push([1, type]);
  }
  return groups;
}

// Returns the pieces of a body with its edits, the length first.
function edited(bytes, [start, end], edits) {
  const pieces = [];
  let at = start;
  for (const each of edits) {
    if (each.at > at) pieces.push(bytes.subarray(at, each.at));
    pieces.push(each.bytes);
    at = each.end;
  }
  pieces.push(bytes.subarray(at, end));
  return [unsigned(pieces.reduce((sum, piece) => sum + piece.length, 0)), ...pieces];
}

// A large module has more pieces than a call takes arguments.
function append(list, more) {
  for (const each of more) list.push(each);
}

function joined(chunks) {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
