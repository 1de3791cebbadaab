// What a module has besides code: types, imports, functions, globals, tables, exports, segments of tables and names.
// Each place where a function's number stands is noted, so that functions can be given others (output.mjs).

import { customSection, Damaged, Reader, RootingError, readCustom } from './binary.mjs';
import { kOpcode } from './instructions.mjs';

export const kSections = {
  ...{ type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, code: 10 },
  ...{ tag: 13 },
};
const kKind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
/** What a type begins with. */
export const kForm = { array: 0x5e, struct: 0x5f, function: 0x60, final: 0x4f, sub: 0x50, group: 0x4e };
const kReference = new Set([0x63, 0x64]); // to a type that follows
/** The type of a block that gives nothing. */
export const kNoResult = 0x40;
const kOneNumber = new Set([kOpcode.i32Const, kOpcode.i64Const, kOpcode.globalGet, kOpcode.refNull]);
const kOther = Object.freeze({ params: [], results: [], key: '' }); // a type of no function
/** Parts of the name section. */
export const kNames = { module: 0, functions: 1, locals: 2, labels: 3, globals: 7, fields: 10, last: 11 };

export class Contents {
  /** `sections` are those of binary.mjs. `onWarning(text)` is told of damaged names. */
  constructor(bytes, sections, onWarning) {
    this.bytes = bytes;
    this.sections = sections;
    this.types = [];
    this.imports = []; // { kind, from, base } with a type of functions and tags
    this.functionTypes = []; // of all functions, imported ones first
    this.globals = []; // { type, isMutable, base }
    this.tags = []; // numbers of types
    this.exports = []; // { name, kind, index }
    this.tableFunctions = []; // functions that segments of tables have
    this.hasImportedTable = false;
    this.start = -1;
    /** { start, end, index }: where a function's number stands, outside of code, in order. */
    this.references = [];
    this.#referenceTypes = [];
    this.#read(kSections.type, (reader) => this.#types(reader));
    this.#read(kSections.import, (reader) => this.#imports(reader));
    this.importCount = this.functionTypes.length; // of functions
    this.#read(kSections.function, (reader) => {
      for (let n = reader.u32(); n > 0; --n) this.functionTypes.push(reader.u32());
    });
    this.#read(kSections.table, (reader) => this.#tables(reader));
    this.#read(kSections.tag, (reader) => {
      for (let n = reader.u32(); n > 0; --n) {
        reader.at += 1;
        this.tags.push(reader.u32());
      }
    });
    this.#read(kSections.global, (reader) => {
      for (let n = reader.u32(); n > 0; --n) {
        this.globals.push({ ...this.#globalType(reader), base: '' });
        this.#constant(reader);
      }
    });
    this.#read(kSections.export, (reader) => {
      for (let n = reader.u32(); n > 0; --n) {
        const name = reader.string();
        const kind = reader.bytes[reader.at++];
        this.exports.push({ name, kind, index: kind === kKind.function ? this.#function(reader) : reader.u32() });
      }
    });
    this.#read(kSections.start, (reader) => {
      this.start = this.#function(reader);
    });
    this.#read(kSections.element, (reader) => {
      for (let n = reader.u32(); n > 0; --n) this.#segment(reader);
    });
    this.#findNames(onWarning);
  }

  #referenceTypes; // types of more than a byte, as bytes

  section(id) {
    return this.sections.find((each) => each.id === id);
  }

  #read(id, visit) {
    const section = this.section(id);
    if (section !== undefined) visit(new Reader(this.bytes, section.start, section.end));
  }

  // ---- Types ----

  #types(reader) {
    for (let n = reader.u32(); n > 0; --n) this.#typeOrGroup(reader);
  }
  #typeOrGroup(reader) {
    if (reader.bytes[reader.at] !== kForm.group) return this.#type(reader);
    reader.at += 1;
    for (let n = reader.u32(); n > 0; --n) this.#type(reader);
  }

  #type(reader) {
    let form = reader.bytes[reader.at++];
    if (form === kForm.final || form === kForm.sub) {
      for (let n = reader.u32(); n > 0; --n) reader.u32();
      form = reader.bytes[reader.at++];
    }
    if (form === kForm.function) {
      const params = this.valueTypes(reader);
      const results = this.valueTypes(reader);
      this.types.push({ params, results, key: `${params}>${results}` });
      return;
    }
    if (form !== kForm.struct && form !== kForm.array)
      throw new RootingError(`the module has a type that this tool does not know: 0x${form?.toString(16)}`);
    for (let n = form === kForm.struct ? reader.count() : 1; n > 0; --n) {
      this.valueType(reader);
      reader.at += 1;
    }
    this.types.push(kOther);
  }

  /** Reads a list of types of values. */
  valueTypes(reader) {
    return Array.from({ length: reader.count() }, () => this.valueType(reader));
  }

  /** Reads a type of values: its byte, or a number above 255 for types of several bytes. */
  valueType(reader) {
    const start = reader.at;
    const first = reader.bytes[reader.at++];
    if (!kReference.has(first)) return first;
    reader.leb();
    const bytes = [...reader.bytes.subarray(start, reader.at)];
    const known = this.#referenceTypes.findIndex((each) => `${each}` === `${bytes}`);
    if (known < 0) this.#referenceTypes.push(bytes);
    return 256 + (known < 0 ? this.#referenceTypes.length - 1 : known);
  }
  bytesOfType(type) {
    return type < 256 ? [type] : this.#referenceTypes[type - 256];
  }

  /** Reads the type of a block: { params, results }. */
  blockType(reader) {
    const first = reader.bytes[reader.at];
    if (first === kNoResult) {
      reader.at += 1;
      return kOther;
    }
    if ((first & 0xc0) === 0x40) return { params: [], results: [this.valueType(reader)] };
    const type = this.types[reader.u32()];
    if (type === undefined) throw new RootingError('the module has a block of no type');
    return type;
  }

  // ---- Imports, tables, globals ----

  #imports(reader) {
    for (let n = reader.u32(); n > 0; --n) {
      const from = reader.string();
      const base = reader.string();
      const kind = reader.bytes[reader.at++];
      this.imports.push({ kind, from, base });
      if (kind === kKind.function) this.functionTypes.push(reader.u32());
      else if (kind === kKind.table) {
        this.hasImportedTable = true;
        this.#tableType(reader);
      } else if (kind === kKind.memory) this.#limits(reader);
      else if (kind === kKind.global) this.globals.push({ ...this.#globalType(reader), base });
      else if (kind === kKind.tag) {
        reader.at += 1;
        this.tags.push(reader.u32());
      } else throw new RootingError(`the module imports something that this tool does not know: ${base}`);
    }
  }

  #limits(reader) {
    const kHasMaximum = 1;
    const kHasPageSize = 8;
    const flags = reader.bytes[reader.at++];
    reader.leb();
    if (flags & kHasMaximum) reader.leb();
    if (flags & kHasPageSize) reader.leb();
  }
  #tableType(reader) {
    this.valueType(reader);
    this.#limits(reader);
  }
  #tables(reader) {
    const kHasInitialValue = 0x40;
    for (let n = reader.count(); n > 0; --n) {
      const isLong = reader.bytes[reader.at] === kHasInitialValue;
      if (isLong) reader.at += 2;
      this.#tableType(reader);
      if (isLong) this.#constant(reader);
    }
  }
  #globalType(reader) {
    const type = this.valueType(reader);
    return { type, isMutable: reader.bytes[reader.at++] === 1 };
  }

  // Reads a constant expression. Returns the functions that it refers to.
  #constant(reader) {
    const found = [];
    for (;;) {
      const opcode = reader.bytes[reader.at++];
      if (opcode === kOpcode.end) return found;
      if (opcode === undefined || reader.at >= reader.end) throw new RootingError('the module is cut off');
      if (opcode === kOpcode.refFunc) found.push(this.#function(reader));
      else if (opcode === kOpcode.f32Const) reader.at += 4;
      else if (opcode === kOpcode.f64Const) reader.at += 8;
      else if (opcode === kOpcode.simd) reader.at += 17;
      else if (opcode === kOpcode.engineObject) {
        // Objects of the engine's collector: the number of the instruction, and at most two others.
        const n = reader.u32();
        if (n <= 8) reader.leb();
        if (n === 8) reader.leb();
      } else if (kOneNumber.has(opcode)) reader.leb();
    }
  }

  // Reads the number of a function, and notes where it stands.
  #function(reader) {
    const start = reader.at;
    const index = reader.u32();
    this.references.push({ start, end: reader.at, index });
    return index;
  }

  #segment(reader) {
    const flags = reader.u32();
    const isActive = (flags & 1) === 0;
    const hasTable = (flags & 2) !== 0;
    const hasExpressions = (flags & 4) !== 0;
    if (isActive && hasTable) reader.u32();
    if (isActive) this.#constant(reader);
    if (hasTable || !isActive) {
      if (hasExpressions) this.valueType(reader);
      else reader.at += 1;
    }
    for (let n = reader.u32(); n > 0; --n) {
      if (hasExpressions) this.tableFunctions.push(...this.#constant(reader));
      else this.tableFunctions.push(this.#function(reader));
    }
  }

  // ---- Names ----

  /** Of the name section: { id, names, start, end }. Damaged ones are not among them. */
  nameParts = [];
  /** Whether there is a name section, and nothing of it is damaged. */
  hasAllNames = false;

  // What is behind a part that is longer than the section is damaged, too.
  #findNames(onWarning) {
    const names = customSection(this.bytes, 'name');
    if (names === undefined) return;
    const reader = new Reader(names);
    this.hasAllNames = true;
    while (reader.at < names.length) {
      const part = readCustom('name', onWarning, () => partOfNames(names, reader));
      const isWhole = part && readCustom(`name, part ${part.id},`, onWarning, () => areNames(part));
      if (isWhole) this.nameParts.push(part);
      else this.hasAllNames = false;
      if (part === undefined) break;
    }
  }

  #namesIn(wanted, read) {
    for (const { id, names, start, end } of this.nameParts) {
      if (id !== wanted) continue;
      const reader = new Reader(names, start, end);
      for (let n = reader.u32(); n > 0; --n) read(reader.u32(), reader);
    }
  }
  functionNames() {
    const found = new Map();
    this.#namesIn(kNames.functions, (index, reader) => found.set(index, reader.string()));
    return found;
  }
  globalNames() {
    const found = new Map();
    this.#namesIn(kNames.globals, (index, reader) => found.set(index, reader.string()));
    return found;
  }
  /** Returns the name of a local, '' if it has none. */
  localName(functionIndex, local) {
    let found = '';
    this.#namesIn(kNames.locals, (index, reader) => {
      for (let n = reader.u32(); n > 0; --n) {
        const at = reader.u32();
        const name = reader.string();
        if (index === functionIndex && at === local) found = name;
      }
    });
    return found;
  }

  /** Returns whether an export or an import is of a kind: `function`, `table`, `global` or `tag`. */
  isOf(each, kind) {
    return each.kind === kKind[kind];
  }
}

function partOfNames(names, reader) {
  const id = names[reader.at++];
  const size = reader.u32();
  const start = reader.at;
  reader.at += size;
  if (reader.at > names.length) throw new Damaged('a part of the name section is cut off');
  return { id, names, start, end: reader.at };
}

// Reads a part of the name section, if it is known, and throws where it is damaged: Binaryen does not pass over that.
function areNames({ id, names, start, end }) {
  if (id > kNames.last) return true;
  const reader = new Reader(names, start, end);
  const list = (read) => {
    for (let n = reader.count(); n > 0; --n) {
      reader.u32();
      read();
    }
  };
  const name = () => reader.passString();
  if (id === kNames.module) name();
  else if (id === kNames.locals || id === kNames.labels || id === kNames.fields) list(() => list(name));
  else list(name);
  if (reader.at !== end) throw new Damaged('a part of the name section is longer than what it has');
  return true;
}
