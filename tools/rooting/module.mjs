// The passes see a module like this: its functions, its stack pointer, and which calls may collect.
//
// These may collect: the heap's functions that say so (may-collect.json), be they imported or linked in; imported
// functions of others, unless they are listed as harmless; every function that calls one that may; and indirect calls
// of a type of which the table holds such a function. Into a table that is imported or exported, others may put
// anything.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { customSection, RootingError, sections, unknownInstruction } from './binary.mjs';
import { Kinds } from './kinds.mjs';
import { kMade, kNo, kYes, Operations } from './operations.mjs';
import { Positions } from './positions.mjs';

export const kLists = JSON.parse(readFileSync(fileURLToPath(new URL('./may-collect.json', import.meta.url)), 'utf8'));
const kGivesNumbers = new Set(kLists.never.filter((name) => !kLists.neverButGive.includes(name)));
export const kSection = 'mallocgc-root';

const isOfHeap = (name) => name.startsWith('mgc_');

const kFeatures = [
  ...['MVP', 'MutableGlobals', 'SignExt', 'NontrappingFPToInt', 'BulkMemory', 'BulkMemoryOpt', 'SIMD128'],
  ...['ExceptionHandling', 'TailCall', 'ReferenceTypes', 'Multivalue', 'ExtendedConst', 'Atomics', 'RelaxedSIMD'],
  ...['CallIndirectOverlong', 'MultiMemory'],
];

export async function loadBinaryen() {
  try {
    return (await import('binaryen')).default;
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RootingError('this tool works on Binaryen, which is not installed: npm i binaryen');
  }
}

export class WasmModule {
  /**
   * `options.harmless`: names of imports that never collect. `options.floats`: doubles may be pointers, too. `module`:
   * what Binaryen has made of these bytes, or made them of, if it is there already.
   */
  constructor(binaryen, bytes, options = {}, module = undefined) {
    this.binaryen = binaryen;
    this.kinds = new Kinds(binaryen);
    this.operations = new Operations(binaryen);
    this.options = options;
    this.sections = sections(bytes);
    this.mark = customSection(bytes, kSection);
    this.positions = new Positions(bytes);
    try {
      this.module = module ?? binaryen.readBinary(bytes);
    } catch (error) {
      throw new RootingError(`Binaryen cannot read the module: ${error?.message ?? error}`);
    }
    this.pointer = this.module.ptr;
    const known = kFeatures.reduce((set, name) => set | (binaryen.Features[name] ?? 0), 0);
    const declared = this.module.getFeatures();
    this.module.setFeatures(this.sections.some(({ name }) => name === 'target_features') ? declared : declared | known);
    this.#strings = new Map();
    this.#readFunctions();
    this.#readGlobals();
    this.#wide = new Set([binaryen.i32, binaryen.i64, binaryen.v128]);
    if (options.floats) this.#wide.add(binaryen.f64);
    this.#findCollectors();
    const takesNumbers = (each) => kLists.takeNoObjects.includes(this.heapName(each));
    this.takingNumbers = new Set([...this.functions.values()].filter(takesNumbers).map(({ key }) => key));
  }

  #strings;
  #wide;
  #parts = new Map();

  dispose() {
    this.module.dispose();
  }

  /** Returns the text at an address of Binaryen's, '' for null. */
  string(address) {
    if (address === 0) return '';
    let text = this.#strings.get(address);
    if (text !== undefined) return text;
    const bytes = [];
    let isPlain = true;
    for (let at = address; ; ++at) {
      const byte = this.binaryen.__i32_load8_u(at);
      if (byte === 0) break;
      if (byte > 0x7f) isPlain = false;
      bytes.push(byte);
    }
    text = isPlain ? String.fromCharCode(...bytes) : new TextDecoder().decode(new Uint8Array(bytes));
    this.#strings.set(address, text);
    return text;
  }

  /** Returns whether values of a type can be pointers, or hold two or four of them. */
  isWide(type) {
    return this.#wide.has(type);
  }
  /** Returns the parts of a local that are stored: [type, index in the tuple or -1]. */
  parts(type) {
    let parts = this.#parts.get(type);
    if (parts !== undefined) return parts;
    const isTuple = this.binaryen._BinaryenTypeArity(type) > 1;
    const all = isTuple ? this.binaryen.expandType(type).map((part, i) => [part, i]) : [[type, -1]];
    parts = all.filter(([part]) => this.isWide(part));
    this.#parts.set(type, parts);
    return parts;
  }

  #readFunctions() {
    const { binaryen } = this;
    this.functions = new Map(); // by address of the name
    let bodies = 0;
    const count = binaryen._BinaryenGetNumFunctions(this.pointer);
    for (let i = 0; i < count; ++i) {
      const pointer = binaryen._BinaryenGetFunctionByIndex(this.pointer, i);
      const key = binaryen._BinaryenFunctionGetName(pointer);
      const body = binaryen._BinaryenFunctionGetBody(pointer);
      const isImport = body === 0;
      this.functions.set(key, {
        key,
        pointer,
        body,
        isImport,
        name: this.string(key),
        base: isImport ? this.string(binaryen._BinaryenFunctionImportGetBase(pointer)) : '',
        from: isImport ? this.string(binaryen._BinaryenFunctionImportGetModule(pointer)) : '',
        params: binaryen._BinaryenFunctionGetParams(pointer),
        results: binaryen._BinaryenFunctionGetResults(pointer),
        aliases: [],
        bodyIndex: isImport ? -1 : bodies++, // among the functions with a body, as they are in the binary
      });
    }
    this.hasOpenTable = false;
    const exports = binaryen._BinaryenGetNumExports(this.pointer);
    const byName = new Map([...this.functions.values()].map((each) => [each.name, each]));
    this.functionsByName = byName;
    this.exportedGlobals = new Map();
    for (let i = 0; i < exports; ++i) {
      const pointer = binaryen._BinaryenGetExportByIndex(this.pointer, i);
      const kind = binaryen._BinaryenExportGetKind(pointer);
      const name = this.string(binaryen._BinaryenExportGetName(pointer));
      const value = this.string(binaryen._BinaryenExportGetValue(pointer));
      if (kind === binaryen.ExternalFunction) byName.get(value)?.aliases.push(name);
      if (kind === binaryen.ExternalFunction && byName.has(value) && /^\d+$/.test(byName.get(value).name))
        byName.get(value).title = name;
      if (kind === binaryen.ExternalTable) this.hasOpenTable = true;
      if (kind === binaryen.ExternalGlobal) this.exportedGlobals.set(name, value);
    }
    const tables = binaryen._BinaryenGetNumTables(this.pointer);
    for (let i = 0; i < tables; ++i) {
      const table = binaryen._BinaryenGetTableByIndex(this.pointer, i);
      if (this.string(binaryen._BinaryenTableImportGetModule(table)) !== '') this.hasOpenTable = true;
    }
  }

  bytesOf(type) {
    if (type === this.binaryen.i32) return 4;
    return type === this.binaryen.v128 ? 16 : 8;
  }
  nameOfHeapFunction(target) {
    const each = this.functions.get(target);
    return each === undefined ? '' : this.heapName(each);
  }

  /** Returns the types of the locals of a function, parameters first. */
  localsOf({ pointer, params }) {
    const { binaryen } = this;
    const types = [...binaryen.expandType(params)];
    const count = binaryen._BinaryenFunctionGetNumVars(pointer);
    for (let i = 0; i < count; ++i) types.push(binaryen._BinaryenFunctionGetVar(pointer, i));
    return types;
  }

  /** Returns the numbers of its parameters. */
  paramsOf({ params }) {
    return this.binaryen.expandType(params).map((_, i) => i);
  }

  #readGlobals() {
    const { binaryen } = this;
    this.mutableGlobals = new Set();
    const found = [];
    const count = binaryen._BinaryenGetNumGlobals(this.pointer);
    for (let i = 0; i < count; ++i) {
      const pointer = binaryen._BinaryenGetGlobalByIndex(this.pointer, i);
      const key = binaryen._BinaryenGlobalGetName(pointer);
      const base = this.string(binaryen._BinaryenGlobalImportGetBase(pointer));
      if (!binaryen._BinaryenGlobalIsMutable(pointer)) continue;
      this.mutableGlobals.add(key);
      const isI32 = binaryen._BinaryenGlobalGetType(pointer) === binaryen.i32;
      if (isI32) found.push({ key, pointer, base, name: this.string(key) });
    }
    const exported = this.exportedGlobals.get('__stack_pointer');
    const named = found.filter((each) => [each.name, each.base].includes('__stack_pointer') || each.name === exported);
    const choice =
      named[0] ?? (found.length > 0 && this.sections.every(({ name }) => name !== 'name') ? found[0] : undefined);
    this.stackPointer = choice?.key ?? 0;
    this.stackPointerGlobal = choice;
  }

  /** Throws where there is no stack to root in. */
  requireStackPointer() {
    if (this.stackPointer !== 0) return;
    throw new RootingError(
      'the module has no stack pointer: no mutable global i32 is named, imported or exported as __stack_pointer. ' +
        'Link with -Wl,--export=__stack_pointer, or keep names (-g2)',
    );
  }

  /** Returns what a report calls a function. */
  titleOf(each) {
    return each === undefined ? '?' : (each.title ?? (each.isImport ? each.base : each.name));
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
    const all = [...this.functions.values()];
    const inBinary = [...all.filter(({ isImport }) => isImport), ...all.filter(({ isImport }) => !isImport)];
    for (const each of all) {
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
      // The binary is read faster than Binaryen's tree, and has the same calls.
      const targets = this.positions.targetsOf(each.bodyIndex);
      if (targets.unknown) throw unknownInstruction(each.name, targets.unknown);
      for (const index of targets.direct) {
        const target = inBinary[index].key;
        if (!this.callers.has(target)) this.callers.set(target, []);
        this.callers.get(target).push(each.key);
      }
      if (targets.indirect.size > 0 && !fixed.has(each.key)) indirect.push(each);
    }
    const spread = () => {
      while (work.length > 0) for (const key of this.callers.get(work.pop()) ?? []) found(key);
    };
    spread();
    if (this.hasOpenTable) for (const { key } of indirect) found(key);
    spread();
    indirect = indirect.filter(({ key }) => !this.collectors.has(key));
    const typesOf = new Map(indirect.map((each) => [each.key, this.#typesCalledBy(each)]));
    const inTable = this.#typesInTable();
    this.collectingTypes = new Set();
    for (let changed = true; changed; ) {
      spread();
      changed = false;
      for (const [key, type] of inTable) {
        if (!this.collectors.has(key) || this.collectingTypes.has(type)) continue;
        this.collectingTypes.add(type);
        changed = true;
      }
      for (const [key, types] of typesOf) {
        if (this.collectors.has(key) || !types.some((type) => this.collectingTypes.has(type))) continue;
        found(key);
        changed = true;
      }
    }
  }

  #typeOfIndirect(expression) {
    const { binaryen } = this;
    return `${binaryen._BinaryenCallIndirectGetParams(expression)}>${binaryen._BinaryenCallIndirectGetResults(expression)}`;
  }

  #typesInTable() {
    const { binaryen } = this;
    const found = [];
    const count = binaryen._BinaryenGetNumElementSegments(this.pointer);
    for (let i = 0; i < count; ++i) {
      const segment = binaryen._BinaryenGetElementSegmentByIndex(this.pointer, i);
      const length = binaryen._BinaryenElementSegmentGetLength(segment);
      for (let at = 0; at < length; ++at) {
        const each = this.functions.get(binaryen._BinaryenElementSegmentGetData(segment, at));
        if (each !== undefined) found.push([each.key, `${each.params}>${each.results}`]);
      }
    }
    return found;
  }

  #typesCalledBy(each) {
    const { kinds } = this;
    const found = new Set();
    const work = [each.body];
    while (work.length > 0) {
      const expression = work.pop();
      const children = kinds.children(expression);
      if (children === null) throw unknownInstruction(each.name, kinds.nameOf(expression));
      if (kinds.getId(expression) === kinds.id.CallIndirect) found.add(this.#typeOfIndirect(expression));
      for (const child of children) if (child !== 0) work.push(child);
    }
    return [...found];
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
  collectsIndirectly(expression) {
    return this.hasOpenTable || this.collectingTypes.has(this.#typeOfIndirect(expression));
  }
  /**
   * Returns whether an expression is a call that takes numbers only (sizes, types): what it is given needs no object.
   */
  takesNoObjects(expression) {
    const { binaryen, kinds } = this;
    if (expression === 0 || kinds.getId(expression) !== kinds.id.Call) return false;
    return this.takingNumbers.has(binaryen._BinaryenCallGetTarget(expression));
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
