// The passes see a module like this: its functions, its stack pointer, and which calls may collect.
//
// These may collect: the heap's functions that say so (may-collect.json), be they imported or linked in; imported
// functions of others, unless they are listed as harmless; every function that calls one that may; and indirect calls
// of a type of which the table holds such a function. Into a table that is imported or exported, others may put
// anything.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { customSection, Reader, RootingError, readCustom, sections, unknownInstruction } from './binary.mjs';
import { Contents } from './contents.mjs';
import { kType } from './instructions.mjs';
import { kMade, kNo, kYes } from './operations.mjs';
import { Positions } from './positions.mjs';

export const kLists = JSON.parse(readFileSync(fileURLToPath(new URL('./may-collect.json', import.meta.url)), 'utf8'));
const kGivesNumbers = new Set(kLists.never.filter((name) => !kLists.neverButGive.includes(name)));
export const kSection = 'mallocgc-root';

const isOfHeap = (name) => name.startsWith('mgc_');

export class WasmModule {
  /** `options.harmless`: names of imports that never collect. `options.floats`: doubles may be pointers, too. */
  constructor(bytes, options = {}) {
    this.bytes = bytes;
    this.options = options;
    this.sections = sections(bytes);
    this.mark = customSection(bytes, kSection);
    this.positions = new Positions(bytes);
    /** What is passed over. */
    this.warnings = [];
    this.damaged = this.#damagedSections();
    this.contents = new Contents(bytes, this.sections, this.onWarning);
    this.types = this.contents.types;
    if (this.positions.bodies.length !== this.contents.functionTypes.length - this.contents.importCount)
      throw new RootingError('the module has not as many bodies as functions');
    this.#readFunctions();
    this.#readGlobals();
    this.#wide = new Set([kType.i32, kType.i64, kType.v128]);
    if (options.floats) this.#wide.add(kType.f64);
    this.#findCollectors();
    const takesNumbers = (each) => kLists.takeNoObjects.includes(this.heapName(each));
    this.takingNumbers = new Set([...this.functions.values()].filter(takesNumbers).map(({ key }) => key));
  }

  /** By number. */
  functions = new Map();
  onWarning = (text) => {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  };
  #wide;

  /** Returns whether values of a type can be pointers, or hold two or four of them. */
  isWide(type) {
    return this.#wide.has(type);
  }
  bytesOf(type) {
    if (type === kType.i32) return 4;
    return type === kType.v128 ? 16 : 8;
  }

  // Binaryen reads these, and is not given what is damaged.
  #damagedSections() {
    const kName = 'target_features';
    const isDamaged = (section) => {
      const reader = new Reader(this.bytes, section.start, section.end);
      reader.passString();
      const read = () => {
        for (let n = reader.count(); n > 0; --n) {
          reader.at += 1; // whether it is used
          reader.passString();
        }
        return true;
      };
      return readCustom(kName, this.onWarning, read) === undefined;
    };
    return new Set(this.sections.filter((each) => each.id === 0 && each.name === kName && isDamaged(each)));
  }

  #readFunctions() {
    const { contents } = this;
    const names = contents.functionNames();
    const imports = contents.imports.filter((each) => contents.isOf(each, 'function'));
    contents.functionTypes.forEach((type, key) => {
      const isImport = key < imports.length;
      const { params, results } = this.types[type] ?? { params: [], results: [] };
      this.functions.set(key, {
        key,
        isImport,
        name: names.get(key) ?? '',
        base: isImport ? imports[key].base : '',
        from: isImport ? imports[key].from : '',
        params,
        results,
        aliases: [],
        bodyIndex: key - imports.length, // among the functions with a body; negative for the others
      });
    });
    this.hasOpenTable = contents.hasImportedTable;
    this.exportedGlobals = new Map();
    for (const { name, kind, index } of contents.exports) {
      if (contents.isOf({ kind }, 'function')) this.functions.get(index)?.aliases.push(name);
      if (contents.isOf({ kind }, 'table')) this.hasOpenTable = true;
      if (contents.isOf({ kind }, 'global')) this.exportedGlobals.set(name, index);
    }
  }

  nameOfHeapFunction(target) {
    const each = this.functions.get(target);
    return each === undefined ? '' : this.heapName(each);
  }

  /** Returns the numbers of its parameters. */
  paramsOf({ params }) {
    return params.map((_, i) => i);
  }

  #readGlobals() {
    const { globals } = this.contents;
    const names = this.contents.globalNames();
    this.mutableGlobals = new Set(globals.map((_, i) => i).filter((i) => globals[i].isMutable));
    const found = [...this.mutableGlobals].filter((i) => globals[i].type === kType.i32);
    const kName = '__stack_pointer';
    const exported = this.exportedGlobals.get(kName);
    const named = found.find((i) => names.get(i) === kName || globals[i].base === kName || i === exported);
    const hasNames = this.contents.hasAllNames;
    /** The number of a global, or -1. */
    this.stackPointer = named ?? (hasNames ? -1 : (found[0] ?? -1));
  }

  /** Throws where there is no stack to root in. */
  requireStackPointer() {
    if (this.stackPointer >= 0) return;
    throw new RootingError(
      'the module has no stack pointer: no mutable global i32 is named, imported or exported as __stack_pointer. ' +
        'Link with -Wl,--export=__stack_pointer, or keep names (-g2)',
    );
  }

  /** Returns what a report calls a function. */
  titleOf(each) {
    if (each === undefined) return '?';
    if (each.isImport) return each.base;
    const isNamed = each.name !== '' && !/^\d+$/.test(each.name);
    return isNamed ? each.name : (each.aliases.at(-1) ?? (each.name || String(each.key)));
  }

  /** Returns the heap's name of a function: of an import, an export, or in the name section. */
  heapName(each) {
    each.heapName ??= [...(each.isImport ? [each.base] : [each.name, ...each.aliases])].find(isOfHeap) ?? '';
    return each.heapName;
  }

  // ---- What may collect ----

  #findCollectors() {
    const collects = new Set(kLists.collects);
    const never = new Set(kLists.never);
    const harmless = [...kLists.harmlessImports.names, ...(this.options.harmless ?? [])];
    const isHarmless = (each) =>
      harmless.includes(each.base) ||
      kLists.harmlessImports.modules.includes(each.from) ||
      kLists.harmlessImports.prefixes.some((prefix) => each.base.startsWith(prefix));
    this.collectors = new Set();
    this.foreign = new Set();
    this.callers = new Map();
    let indirect = []; // functions with indirect calls
    const fixed = new Set();
    const work = [];
    const found = (key) => {
      if (this.collectors.has(key) || fixed.has(key)) return;
      this.collectors.add(key);
      work.push(key);
    };
    this.heapFunctions = 0;
    for (const each of this.functions.values()) {
      const name = this.heapName(each);
      if (collects.has(name) || /mallocgc8platform13capture_stack|mallocgc::platform::capture_stack/.test(each.name)) {
        this.heapFunctions += 1;
        found(each.key);
      } else if (never.has(name) || (each.isImport && isHarmless(each))) {
        fixed.add(each.key);
      } else if (each.isImport) {
        this.foreign.add(each.key);
        found(each.key);
      }
      if (each.isImport) continue;
      const targets = this.positions.targetsOf(each.bodyIndex);
      if (targets.unknown) throw unknownInstruction(this.titleOf(each), targets.unknown);
      for (const target of targets.direct) {
        if (!this.callers.has(target)) this.callers.set(target, []);
        this.callers.get(target).push(each.key);
      }
      if (targets.indirect.size > 0 && !fixed.has(each.key)) indirect.push({ key: each.key, types: targets.indirect });
    }
    const spread = () => {
      while (work.length > 0) for (const key of this.callers.get(work.pop()) ?? []) found(key);
    };
    spread();
    if (this.hasOpenTable) for (const { key } of indirect) found(key);
    spread();
    indirect = indirect.filter(({ key }) => !this.collectors.has(key));
    const inTable = this.contents.tableFunctions.map((key) => [key, this.#keyOfFunctionType(key)]);
    this.collectingTypes = new Set();
    for (let changed = true; changed; ) {
      spread();
      changed = false;
      for (const [key, type] of inTable) {
        if (!this.collectors.has(key) || this.collectingTypes.has(type)) continue;
        this.collectingTypes.add(type);
        changed = true;
      }
      for (const { key, types } of indirect) {
        if (this.collectors.has(key) || ![...types].some((type) => this.collectsIndirectly(type))) continue;
        found(key);
        changed = true;
      }
    }
  }

  #keyOfFunctionType(key) {
    return this.types[this.contents.functionTypes[key]]?.key;
  }

  /**
   * Returns whether what a function gives may be an object (operations.mjs): of the heap's own, those that make or find
   * one.
   */
  given(target, name) {
    if (name === '') return this.numbers?.given(target) ?? kYes;
    return kGivesNumbers.has(name) ? kNo : kMade;
  }
  collects(target) {
    return this.collectors.has(target);
  }
  /** Returns whether an indirect call by a type, of which the number is given, may collect. */
  collectsIndirectly(type) {
    return this.hasOpenTable || this.collectingTypes.has(this.types[type]?.key);
  }
  /** Returns whether a function takes numbers only (sizes, types): what it is given needs no object. */
  takesNoObjects(target) {
    return this.takingNumbers.has(target);
  }
  /** Returns whether the first of so many arguments to a function of the heap is a mutator. */
  takesMutator(name, count) {
    return name !== '' && kLists.takeMutators[name] === count;
  }
  isForeign(target) {
    return this.foreign.has(target);
  }
  /** Throws where nothing may collect, which is a module that does not use the heap, or lost its names. */
  requireHeap() {
    if (this.heapFunctions > 0) return;
    throw new RootingError(
      'the module uses no function of the heap that may collect: none is imported, and none is named or exported ' +
        '(of a linked heap keep the names: -g2 or --profiling-funcs)',
    );
  }
}
