// This walks the code of a module for the immediates of its instructions only: where the calls of a function are, and
// whom it calls.

import { Reader, RootingError, sections } from './binary.mjs';
import { kMemoryFollows, kOpcode } from './instructions.mjs';

const kSection = { code: 10 };

// This follows an opcode: b block type, u number, 4 and 8 bytes, m address, t table of labels, v list of types, c list
// of catches. Others have nothing.
const kImmediates = [
  ...['02b', '03b', '04b', '06b', '07u', '08u', '09u', '0cu', '0du', '0et', '10u', '11uu', '12u', '13uu', '14u'],
  ...['15u', '18u', '1cv', '1fbc', '20u', '21u', '22u', '23u', '24u', '25u', '26u', '3fu', '40u', '41u', '42u'],
  ...['434', '448', 'd0u', 'd2u', 'd5u', 'd6u'],
  ...Array.from({ length: 0x17 }, (_, i) => `${(0x28 + i).toString(16)}m`),
];
const kAfter = Array.from({ length: 256 }, () => '');
for (const row of kImmediates) kAfter[Number.parseInt(row.slice(0, 2), 16)] = row.slice(2);
// These need one step only, which most instructions do: 0 nothing, 1 a number, 2 an address, 3 more.
const kStep = Uint8Array.from(kAfter, (what) => ['', 'u', 'm'].indexOf(what === 'b' ? 'u' : what) & 3);
kStep[kOpcode.misc] = kStep[kOpcode.simd] = kStep[kOpcode.atomic] = 3;
// What is not known here: references to objects of the engine's collector, and what switches stacks.
const kUnknown = 4;
for (let opcode = 0xe0; opcode < 0x100; ++opcode) if (kStep[opcode] === 0) kStep[opcode] = kUnknown;
const kMisc = ['', '', '', '', '', '', '', '', 'uu', 'u', 'uu', 'u', 'uu', 'u', 'uu', 'u', 'u', 'u'];

function simd(n) {
  if (n <= 11 || n === 92 || n === 93) return 'm';
  if (n === 12 || n === 13) return '88';
  if (n >= 21 && n <= 34) return '1';
  return n >= 84 && n <= 91 ? 'm1' : '';
}
function atomic(n) {
  return n === 3 ? '1' : 'm';
}

function skip(reader, what) {
  switch (what) {
    case 'm': {
      if (reader.u32() & kMemoryFollows) reader.u32();
      reader.leb();
      break;
    }
    case 't':
      for (let n = reader.u32(); n >= 0; --n) reader.u32();
      break;
    case 'v':
      for (let n = reader.count(); n > 0; --n) reader.leb();
      break;
    case 'c':
      for (let n = reader.u32(); n > 0; --n) {
        if (reader.u32() < 2) reader.u32();
        reader.u32();
      }
      break;
    case '1':
    case '4':
    case '8':
      reader.at += Number(what);
      break;
    default:
      reader.leb();
  }
}

/** Returns how an instruction of `kUnknown` is called in an error. */
function nameOf(opcode, reader) {
  if (opcode !== kOpcode.engineObject) return `0x${opcode.toString(16)}`;
  const n = reader.u32();
  const kind = [6, 20, 28, 31].findIndex((end) => n < end);
  return `${['Struct', 'Array', 'Ref', 'I31'][kind] ?? 'GC'}, 0xfb ${n}`;
}

/**
 * Reads the body of a function. `visit(opcode, at, end)` is told of each call and reference to a function; its bytes
 * are [at, end). It is told of an instruction that is not known, too, where the reading ends.
 */
function walk(reader, visit) {
  for (let n = reader.count(); n > 0; --n) {
    reader.leb();
    reader.leb();
  }
  const { bytes } = reader;
  while (reader.at < reader.end) {
    const at = reader.at;
    const opcode = bytes[at];
    if (kStep[opcode] === kUnknown) {
      visit(opcode, at, reader.end);
      return;
    }
    skipInstruction(reader);
    if ((opcode >= kOpcode.call && opcode <= kOpcode.returnCallRef) || opcode === kOpcode.refFunc)
      visit(opcode, at, reader.at);
  }
}

function skipInstruction(reader) {
  const opcode = reader.bytes[reader.at++];
  const step = kStep[opcode];
  if (step === 0) return;
  if (step === 1) reader.leb();
  else if (step === 2) skip(reader, 'm');
  else if (opcode < kOpcode.misc) for (const what of kAfter[opcode]) skip(reader, what);
  else skipBehind(reader, opcode, reader.u32());
}

// Passes over what follows a prefix and its number.
function skipBehind(reader, prefix, n) {
  const rest = prefix === kOpcode.misc ? (kMisc[n] ?? '') : prefix === kOpcode.simd ? simd(n) : atomic(n);
  for (const what of rest) skip(reader, what);
}

/**
 * `codeStart` is where the code section begins. Functions are counted as the binary has them, those with a body from 0.
 */
export class Positions {
  constructor(bytes) {
    this.bytes = bytes;
    this.bodies = [];
    this.#sections = sections(bytes);
    const code = this.#find(kSection.code);
    this.codeStart = code?.start ?? 0;
    if (code === undefined) return;
    const reader = new Reader(bytes, code.start, code.end);
    const count = reader.u32();
    this.firstBody = reader.at; // where its length stands
    for (let n = count; n > 0; --n) {
      const size = reader.u32();
      this.bodies.push([reader.at, reader.at + size]);
      reader.at += size;
    }
  }

  #sections;
  #find(id) {
    return this.#sections.find((each) => each.id === id);
  }

  /** Calls visit(opcode, at, end) for each call and reference to a function in a body. */
  walk(n, visit) {
    const [start, end] = this.bodies[n] ?? [0, 0];
    if (end > this.bytes.length) throw new RootingError('the module is cut off');
    if (start < end) walk(new Reader(this.bytes, start, end), visit);
  }

  /** Passes over an instruction, or over what follows a prefix and its number. */
  skipInstruction(reader) {
    skipInstruction(reader);
  }
  skipBehind(reader, prefix, n) {
    skipBehind(reader, prefix, n);
  }

  /** Returns the positions of the calls of a function, in bytes from the file's beginning. */
  callsOf(n) {
    const found = [];
    this.walk(n, (opcode, at) => {
      if (opcode < kOpcode.refFunc) found.push(at);
    });
    return found;
  }

  /**
   * Says whom a function calls: numbers of functions and, `indirect`, of types. `unknown` names an instruction after
   * which the rest cannot be told, among them calls by reference.
   */
  targetsOf(n) {
    const direct = new Set();
    const indirect = new Set();
    let unknown;
    const reader = new Reader(this.bytes);
    this.walk(n, (opcode, at) => {
      if (opcode === kOpcode.refFunc) return;
      reader.at = at + 1;
      if (kStep[opcode] === kUnknown) unknown ??= nameOf(opcode, reader);
      else if (opcode >= kOpcode.callRef) unknown ??= 'CallRef';
      else (opcode & 1 ? indirect : direct).add(reader.u32());
    });
    return { direct, indirect, unknown };
  }
}
