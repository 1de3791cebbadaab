// This finds lines of the source for places in the code: by DWARF's line table (versions 2 to 5), or by a source map.

import { customSection, Damaged, Reader, readCustom } from './binary.mjs';

/**
 * Returns `lineAt(position)`, which gives 'file:line' of the byte at a position of the file, or undefined. A damaged
 * table is told to `onWarning`, and is as if it were not there.
 */
export function linesOf(bytes, codeStart, sourceMap, onWarning) {
  const kTable = '.debug_line';
  const table = customSection(bytes, kTable);
  const found = table === undefined ? [] : (readCustom(kTable, onWarning, () => dwarfRows(bytes, table)) ?? []);
  const rows =
    found.length === 0 && sourceMap !== undefined
      ? mapRows(sourceMap)
      : found.map((row) => ({ ...row, at: row.at + codeStart }));
  rows.sort((a, b) => a.at - b.at || Number(b.isEnd) - Number(a.isEnd));
  return (position) => {
    let low = 0;
    for (let high = rows.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (rows[middle].at <= position) low = middle + 1;
      else high = middle;
    }
    const row = rows[low - 1];
    return row === undefined || row.isEnd || row.line === 0 ? undefined : `${row.file}:${row.line}`;
  };
}

// ---- DWARF ----

const kForm = {
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  data1: 0x0b,
  strp: 0x0e,
  udata: 0x0f,
};
Object.assign(kForm, { data16: 0x1e, line_strp: 0x1f });
const kContent = { path: 1, directory: 2 };
const kStandard = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5, constAddPc: 8, fixedAdvancePc: 9 };
const kExtended = { endSequence: 1, setAddress: 2 };
const kDeadAddress = 0xfffffffe; // and above: of a function that the linker has dropped

function dwarfRows(bytes, table) {
  const rows = [];
  const strings = {
    [kForm.strp]: customSection(bytes, '.debug_str'),
    [kForm.line_strp]: customSection(bytes, '.debug_line_str'),
  };
  for (let at = 0; at + 4 <= table.length; ) {
    const reader = new Reader(table, at);
    const length = reader.fixed(4);
    at = reader.at + length;
    if (length === 0 || at > table.length) break; // 64-bit DWARF has no place in wasm32
    runUnit(new Reader(table, reader.at, at), strings, rows);
  }
  return rows;
}

function runUnit(reader, strings, rows) {
  const version = reader.fixed(2);
  if (version < 2 || version > 5) return;
  if (version === 5) reader.at += 2; // sizes of an address and of a segment selector
  const headerBytes = reader.fixed(4);
  const program = reader.at + headerBytes;
  const header = {
    unit: reader.fixed(1),
    operations: version >= 4 ? reader.fixed(1) : 1,
    isStatement: reader.fixed(1),
  };
  const lineBase = (reader.fixed(1) << 24) >> 24;
  const lineRange = reader.fixed(1);
  if (lineRange === 0) throw new Damaged('a line table has no range of lines');
  const opcodeBase = reader.fixed(1);
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => reader.fixed(1));
  const files = version === 5 ? filesOf5(reader, strings) : filesOf4(reader);
  reader.at = program;
  runProgram(
    reader,
    { ...header, lineBase, lineRange, opcodeBase, operandCounts, files, first: version === 5 ? 0 : 1 },
    rows,
  );
}

function filesOf4(reader) {
  const directories = [''];
  for (let name = reader.zeroTerminated(); name !== ''; name = reader.zeroTerminated()) directories.push(name);
  const files = [];
  for (let name = reader.zeroTerminated(); name !== ''; name = reader.zeroTerminated()) {
    files.push(joined(directories[reader.u32()] ?? '', name));
    reader.leb();
    reader.leb();
  }
  return files;
}

function filesOf5(reader, strings) {
  const table = () => {
    const formats = Array.from({ length: reader.fixed(1) }, () => [reader.u32(), reader.u32()]);
    return Array.from({ length: reader.count() }, () => {
      const entry = { path: '', directory: 0 };
      for (const [content, form] of formats) {
        const value = attribute(reader, form, strings);
        if (content === kContent.path) entry.path = value;
        if (content === kContent.directory) entry.directory = value;
      }
      return entry;
    });
  };
  const directories = table();
  // The first directory is that of the compilation, which is no part of a name as the compiler was given it.
  return table().map(({ path, directory }) =>
    joined(directory === 0 ? '' : (directories[directory]?.path ?? ''), path),
  );
}

function attribute(reader, form, strings) {
  switch (form) {
    case kForm.string:
      return reader.zeroTerminated();
    case kForm.strp:
    case kForm.line_strp:
      return new Reader(strings[form] ?? new Uint8Array(1), reader.fixed(4)).zeroTerminated();
    case kForm.data1:
      return reader.fixed(1);
    case kForm.data2:
      return reader.fixed(2);
    case kForm.data4:
      return reader.fixed(4);
    case kForm.data8:
      return reader.fixed(8);
    case kForm.data16:
      reader.at += 16;
      return 0;
    case kForm.block:
      reader.at += reader.u32();
      return 0;
    default:
      return reader.uleb();
  }
}

function joined(directory, name) {
  return directory === '' || `${name}`.startsWith('/') ? name : `${directory}/${name}`;
}

function runProgram(reader, header, rows) {
  const { lineBase, lineRange, opcodeBase, operandCounts, files, first, unit } = header;
  const fresh = () => ({ at: 0, file: 1, line: 1, isDead: true });
  let state = fresh();
  const emit = (isEnd) => {
    if (state.isDead) return;
    rows.push({ at: state.at, file: files[state.file - first] ?? '?', line: state.line, isEnd });
  };
  while (reader.at < reader.end) {
    const opcode = reader.fixed(1);
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      state.at += unit * Math.floor(adjusted / lineRange);
      state.line += lineBase + (adjusted % lineRange);
      emit(false);
    } else if (opcode === 0) {
      const length = reader.u32();
      const next = reader.at + length;
      const extended = reader.fixed(1);
      if (extended === kExtended.endSequence) {
        emit(true);
        state = fresh();
      } else if (extended === kExtended.setAddress) {
        state.at = reader.fixed(length - 1);
        state.isDead = state.at === 0 || state.at >= kDeadAddress;
      }
      reader.at = next;
    } else {
      switch (opcode) {
        case kStandard.copy:
          emit(false);
          break;
        case kStandard.advancePc:
          state.at += unit * reader.u32();
          break;
        case kStandard.advanceLine:
          state.line += reader.s32();
          break;
        case kStandard.setFile:
          state.file = reader.u32();
          break;
        case kStandard.constAddPc:
          state.at += unit * Math.floor((255 - opcodeBase) / lineRange);
          break;
        case kStandard.fixedAdvancePc:
          state.at += reader.fixed(2);
          break;
        default:
          for (let n = operandCounts[opcode - 1]; n > 0; --n) reader.leb();
      }
    }
  }
}

// ---- Source maps ----

const kDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// A module is one line, whose columns are bytes of the file.
function mapRows({ sources = [], mappings = '' }) {
  const rows = [];
  const state = [0, 0, 0, 0]; // column, source, line, column there
  for (const segment of (mappings.split(';')[0] ?? '').split(',')) {
    const fields = decodeSegment(segment);
    if (fields.length === 0) continue;
    fields.slice(0, 4).forEach((difference, i) => {
      state[i] += difference;
    });
    const isMapped = fields.length >= 4;
    rows.push({
      at: state[0],
      file: isMapped ? sources[state[1]] : '',
      line: isMapped ? state[2] + 1 : 0,
      isEnd: !isMapped,
    });
  }
  return rows;
}

function decodeSegment(segment) {
  const fields = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = kDigits.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    fields.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}
