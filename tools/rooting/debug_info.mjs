// DWARF (versions 2 to 5) tells of functions: their variables and where these lie, the types of them and of what the
// functions give. Only locations that are a local of the function are kept: what lies in memory is no concern here.
//
//   .debug_abbrev   shapes of entries        .debug_info   the entries: functions, variables, types
//   .debug_loc, .debug_loclists              from where to where a variable lies in which local

import { customSection, Damaged, Reader, readCustom } from './binary.mjs';

const kTag = { parameter: 0x05, variable: 0x34, subprogram: 0x2e, member: 0x0d };
export const kType = {
  ...{ enumeration: 0x04, pointer: 0x0f, reference: 0x10, structure: 0x13, subroutine: 0x15, typedef: 0x16 },
  ...{ array: 0x01, union: 0x17, class: 0x02 },
  ...{ base: 0x24, constant: 0x26, volatile: 0x35, restrict: 0x37, rvalueReference: 0x42, atomic: 0x47 },
};
const kKept = new Set([...Object.values(kTag), ...Object.values(kType)]);
/** These attributes are read, by number. */
const kAttributes = new Map([
  ...[
    [0x02, 'location'],
    [0x03, 'name'],
    [0x0b, 'bytes'],
    [0x11, 'low'],
    [0x12, 'high'],
    [0x31, 'origin'],
  ],
  ...[
    [0x38, 'offset'],
    [0x3e, 'encoding'],
    [0x47, 'origin'],
    [0x49, 'type'],
    [0x72, 'stringBase'],
    [0x73, 'addressBase'],
  ],
  ...[[0x8c, 'listBase']],
]);
const kForm = { address: 0x01, implicit: 0x21, indirect: 0x16, expression: 0x18, listIndex: 0x22 };
const kData = new Set([0x05, 0x06, 0x07, 0x0b, 0x0d, 0x0f]); // a constant
const kBlocks = new Set([0x03, 0x04, 0x09, 0x0a, kForm.expression]);
const kUnit = { type: 0x02, splitType: 0x06, skeleton: 0x04, splitCompile: 0x05 };
const kList = { end: 0, base: 1, startEndIndices: 2, startLength: 3, offsets: 4, always: 5, address: 6, startEnd: 7 };
const kOperation = { constant: 0x10, and: 0x1a, stackValue: 0x9f, convert: 0xa8, location: 0xed };
const kBaseSelection = 0xffffffff;
const kEverywhere = 0xfffffffe;

export class DebugInfo {
  /** It is undefined where the module has none, or a damaged one, which `onWarning` is told. */
  static of(bytes, onWarning) {
    const kInfo = '.debug_info';
    const info = customSection(bytes, kInfo);
    const shapes = customSection(bytes, '.debug_abbrev');
    if (info === undefined || shapes === undefined) return undefined;
    return readCustom(kInfo, onWarning, () => new DebugInfo(bytes, info, shapes));
  }

  constructor(bytes, info, shapes) {
    const section = (name) => customSection(bytes, name) ?? new Uint8Array(0);
    this.strings = section('.debug_str');
    this.lineStrings = section('.debug_line_str');
    this.stringOffsets = section('.debug_str_offsets');
    this.addresses = section('.debug_addr');
    this.lists = section('.debug_loc');
    this.lists5 = section('.debug_loclists');
    this.shapes = shapes;
    this.entries = new Map();
    /** { low, high, entry, variables }: from and to which byte of the code section. */
    this.functions = [];
    const reader = new Reader(info);
    while (reader.at + 4 <= info.length) {
      const length = reader.fixed(4);
      const end = reader.at + length;
      if (length === 0 || end > info.length) break; // 64-bit DWARF has no place in wasm32
      this.#readUnit(new Reader(info, reader.at, end), reader.at - 4);
      reader.at = end;
    }
    this.functions.sort((a, b) => a.low - b.low);
  }

  /** Returns the function that has the byte at a place of the code section, or undefined if none has. */
  functionAt(place) {
    let low = 0;
    for (let high = this.functions.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.functions[middle].low <= place) low = middle + 1;
      else high = middle;
    }
    const found = this.functions[low - 1];
    return found !== undefined && place < found.high ? found : undefined;
  }

  /** Returns an attribute of an entry, or of the one that it is an instance of. */
  get(entry, name) {
    let at = entry;
    for (let steps = 0; at !== undefined && steps < 8; ++steps) {
      if (at[name] !== undefined) return at[name];
      at = this.entries.get(at.origin);
    }
    return undefined;
  }

  // ---- Entries ----

  #readUnit(reader, start) {
    const version = reader.fixed(2);
    if (version < 2 || version > 5) return;
    const unit = { start, version, low: 0, stringBase: 8, addressBase: 8, listBase: 12 };
    const kind = version === 5 ? reader.fixed(1) : 0;
    if (version === 5) reader.at += 1; // the size of an address
    const shapes = this.#readShapes(reader.fixed(4));
    if (version < 5) reader.at += 1;
    if (kind === kUnit.type || kind === kUnit.splitType) reader.at += 12;
    if (kind === kUnit.skeleton || kind === kUnit.splitCompile) reader.at += 8;
    const around = []; // { entry, inside }: the entries around, innermost last, and the functions that these are in
    let isHead = true;
    while (reader.at < reader.end) {
      const offset = reader.at;
      const code = reader.u32();
      if (code === 0) {
        around.pop();
        continue;
      }
      const shape = shapes.get(code);
      if (shape === undefined) return;
      const entry = { tag: shape.tag };
      for (const { attribute, form, constant } of shape.attributes) {
        const value = this.#value(reader, form, constant, unit);
        const name = kAttributes.get(attribute);
        if (name === undefined) continue;
        if (name === 'high' && kData.has(form)) entry.length = value;
        else if (name === 'name') entry.name = () => this.#text(value, form, unit);
        else if (name === 'location') entry.location = { value, form, unit };
        else entry[name] = this.#resolved(value, form, unit);
      }
      if (isHead) Object.assign(unit, entry);
      isHead = false;
      if (kKept.has(shape.tag)) this.entries.set(offset, entry);
      const outer = around[around.length - 1];
      let inside = outer?.inside;
      if (shape.tag === kTag.subprogram) inside = this.#enter(entry);
      else if (shape.tag === kTag.member) this.#addMember(outer?.entry, entry);
      else if ((shape.tag === kTag.variable || shape.tag === kTag.parameter) && entry.location !== undefined)
        inside?.variables.push(entry);
      if (shape.hasChildren) around.push({ entry, inside });
    }
  }

  // Members have their offsets as a number, or as an expression that adds one.
  #addMember(structure, member) {
    if (structure === undefined) throw new Damaged('a member is in no structure');
    if (member.offset instanceof Uint8Array) member.offset = new Reader(member.offset, 1).u32();
    structure.members ??= [];
    structure.members.push(member);
  }

  // An entry without code is a declaration, or what instances refer to.
  #enter(entry) {
    if (entry.low === undefined || entry.low === 0 || entry.low >= kEverywhere) return undefined;
    const found = { low: entry.low, high: entry.high ?? entry.low + (entry.length ?? 0), entry, variables: [] };
    this.functions.push(found);
    return found;
  }

  #readShapes(offset) {
    const shapes = new Map();
    const reader = new Reader(this.shapes, offset);
    for (let code = reader.u32(); code !== 0; code = reader.u32()) {
      const shape = { tag: reader.u32(), hasChildren: reader.fixed(1) !== 0, attributes: [] };
      for (;;) {
        const attribute = reader.u32();
        const form = reader.u32();
        const constant = form === kForm.implicit ? reader.s32() : 0;
        if (attribute === 0 && form === 0) break;
        shape.attributes.push({ attribute, form, constant });
      }
      shapes.set(code, shape);
      if (reader.at >= reader.end) break;
    }
    return shapes;
  }

  // Reads numbers as they stand; for blocks it gives [start, end].
  #value(reader, form, constant, unit) {
    if (form === kForm.implicit) return constant;
    if (form === kForm.indirect) return this.#value(reader, formBehind(reader), 0, unit);
    if (kBlocks.has(form)) {
      const length = form === 0x0a ? reader.fixed(1) : form === 0x03 ? reader.fixed(2) : 0;
      const bytes = length || (form === 0x04 ? reader.fixed(4) : form === 0x09 || form === 0x18 ? reader.u32() : 0);
      reader.at += bytes;
      return reader.bytes.subarray(reader.at - bytes, reader.at);
    }
    switch (form) {
      case 0x0b: // one byte: data1, flag, ref1, strx1, addrx1
      case 0x0c:
      case 0x11:
      case 0x25:
      case 0x29:
        return reader.fixed(1);
      case 0x05: // two
      case 0x12:
      case 0x26:
      case 0x2a:
        return reader.fixed(2);
      case 0x27: // three
      case 0x2b:
        return reader.fixed(3);
      case 0x01: // four: an address, data4, offsets in sections
      case 0x06:
      case 0x0e:
      case 0x10:
      case 0x13:
      case 0x17:
      case 0x1c:
      case 0x1d:
      case 0x1f:
      case 0x28:
      case 0x2c:
        return reader.fixed(4);
      case 0x07: // eight
      case 0x14:
      case 0x20:
      case 0x24:
        return reader.fixed(8);
      case 0x1e:
        reader.at += 16;
        return 0;
      case 0x08: {
        const start = reader.at;
        reader.zeroTerminated();
        return reader.bytes.subarray(start, reader.at);
      }
      case 0x0d:
        return reader.s32();
      case 0x19:
        return 1;
      default: // numbers of any length
        return reader.uleb();
    }
  }

  // References become offsets in the section, indices of addresses the addresses.
  #resolved(value, form, unit) {
    if ((form >= 0x11 && form <= 0x13) || form === 0x15) return unit.start + value;
    if (form === 0x1b || (form >= 0x29 && form <= 0x2c)) return this.#address(value, unit);
    return value;
  }
  #address(index, unit) {
    return new Reader(this.addresses, unit.addressBase + 4 * index).fixed(4);
  }
  #text(value, form, unit) {
    if (form === 0x08) return new Reader(value).zeroTerminated();
    if (form === 0x1f) return new Reader(this.lineStrings, value).zeroTerminated();
    const isIndex = form === 0x1a || (form >= 0x25 && form <= 0x28);
    const offset = isIndex ? new Reader(this.stringOffsets, unit.stringBase + 4 * value).fixed(4) : value;
    return new Reader(this.strings, offset).zeroTerminated();
  }

  // ---- Locations ----

  /**
   * Says where a variable lies in a local: [{ low, high, local }], by the code section. `low` is 0 where it always
   * does. What is damaged says nothing.
   */
  rangesOf({ location }) {
    try {
      return this.#rangesAt(location);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      return [];
    }
  }

  #rangesAt({ value, form, unit }) {
    if (kBlocks.has(form)) {
      const local = localIn(value);
      return local < 0 ? [] : [{ low: 0, high: kEverywhere, local }];
    }
    return unit.version === 5 ? this.#ranges5(value, form, unit) : this.#ranges4(value, unit);
  }

  #ranges4(offset, { low: start }) {
    const found = [];
    const reader = new Reader(this.lists, offset);
    let base = start ?? 0;
    while (reader.at + 8 <= reader.end) {
      const low = reader.fixed(4);
      const high = reader.fixed(4);
      if (low === 0 && high === 0) break;
      if (low === kBaseSelection) {
        base = high;
        continue;
      }
      const length = reader.fixed(2);
      this.#add(found, reader, length, base + low, base + high);
    }
    return found;
  }

  #ranges5(value, form, unit) {
    const found = [];
    const { listBase } = unit;
    const offset = form === kForm.listIndex ? listBase + new Reader(this.lists5, listBase + 4 * value).fixed(4) : value;
    const reader = new Reader(this.lists5, offset);
    let base = unit.low ?? 0;
    while (reader.at < reader.end) {
      const kind = reader.fixed(1);
      let low = 0;
      let high = kEverywhere;
      if (kind === kList.end) break;
      if (kind === kList.base || kind === kList.address) {
        base = kind === kList.base ? this.#address(reader.u32(), unit) : reader.fixed(4);
        continue;
      }
      if (kind === kList.offsets) {
        low = base + reader.u32();
        high = base + reader.u32();
      } else if (kind === kList.startEndIndices) {
        low = this.#address(reader.u32(), unit);
        high = this.#address(reader.u32(), unit);
      } else if (kind === kList.startEnd) {
        low = reader.fixed(4);
        high = reader.fixed(4);
      } else if (kind !== kList.always) {
        low = kind === kList.startLength ? this.#address(reader.u32(), unit) : reader.fixed(4);
        high = low + reader.u32();
      }
      this.#add(found, reader, reader.u32(), low, high);
    }
    return found;
  }

  #add(found, reader, length, low, high) {
    const local = localIn(reader.bytes.subarray(reader.at, reader.at + length));
    if (local >= 0) found.push({ low, high, local });
    reader.at += length;
  }
}

// An indirect form stands before the value; it may be an indirect one again.
function formBehind(reader) {
  for (;;) {
    const form = reader.u32();
    if (form !== kForm.indirect) return form;
  }
}

// Returns the local that an expression says the value to be in, or its lower bits, and -1 for any other place.
function localIn(expression) {
  const reader = new Reader(expression);
  const { location, stackValue, constant, and, convert } = kOperation;
  if (reader.fixed(1) !== location || reader.fixed(1) !== 0) return -1;
  const local = reader.u32();
  while (reader.at < reader.end) {
    const operation = reader.fixed(1);
    if (operation === stackValue) return reader.at === reader.end ? local : -1;
    if (operation !== constant && operation !== convert) return -1;
    reader.uleb();
    if (operation === constant && reader.fixed(1) !== and) return -1;
  }
  return local;
}
