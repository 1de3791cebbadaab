// Where the calls of a function stand in the binary. Binaryen tells no positions, so the code is walked once more, for
// its immediates only: calls are counted in the order in which they are executed, which is that of the stream
// (stream.mjs).

import { Reader, RootingError, sections } from './binary.mjs';

const kCodeSection = 10;
const kTables = new Map(
  [
    // Opcodes without a prefix, by what follows them: b block type, u number, 4 and 8 bytes, m address, t table of
    // labels, v list of types, c list of catches. Others have nothing.
    ...[
      '02b',
      '03b',
      '04b',
      '06b',
      '07u',
      '08u',
      '09u',
      '0cu',
      '0du',
      '0et',
      '10u',
      '11uu',
      '12u',
      '13uu',
      '14u',
      '15u',
    ],
    ...[
      '18u',
      '1cv',
      '1fbc',
      '20u',
      '21u',
      '22u',
      '23u',
      '24u',
      '25u',
      '26u',
      '3fu',
      '40u',
      '41u',
      '42u',
      '434',
      '448',
    ],
    ...['d0u', 'd2u', 'd5u', 'd6u'],
    ...Array.from({ length: 0x17 }, (_, i) => `${(0x28 + i).toString(16)}m`),
  ].map((row) => [Number.parseInt(row.slice(0, 2), 16), row.slice(2)]),
);
const kMisc = ['', '', '', '', '', '', '', '', 'uu', 'u', 'uu', 'u', 'uu', 'u', 'uu', 'u', 'u', 'u'];
const kCalls = new Set([0x10, 0x11, 0x12, 0x13, 0x14, 0x15]);

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
      const kMemoryFollows = 0x40;
      if (reader.u32() & kMemoryFollows) reader.u32();
      reader.leb();
      break;
    }
    case 't':
      for (let n = reader.u32(); n >= 0; --n) reader.u32();
      break;
    case 'v':
      for (let n = reader.u32(); n > 0; --n) reader.leb();
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

/** The positions of the calls in [reader.at, reader.end), in bytes from the file's beginning. */
function callsIn(reader) {
  for (let n = reader.u32(); n > 0; --n) {
    reader.u32();
    reader.leb();
  }
  const found = [];
  while (reader.at < reader.end) {
    const at = reader.at;
    const opcode = reader.bytes[reader.at++];
    let rest = kTables.get(opcode) ?? '';
    if (opcode === 0xfc) rest = kMisc[reader.u32()] ?? '';
    else if (opcode === 0xfd) rest = simd(reader.u32());
    else if (opcode === 0xfe) rest = atomic(reader.u32());
    for (const what of rest) skip(reader, what);
    if (kCalls.has(opcode)) found.push(at);
  }
  return found;
}

/** For each function with a body: positions of its calls, by callsOf(n). `codeStart`: where the code section begins. */
export class Positions {
  constructor(bytes) {
    this.bytes = bytes;
    this.bodies = [];
    const code = sections(bytes).find(({ id }) => id === kCodeSection);
    this.codeStart = code?.start ?? 0;
    if (code === undefined) return;
    const reader = new Reader(bytes, code.start, code.end);
    for (let n = reader.u32(); n > 0; --n) {
      const size = reader.u32();
      this.bodies.push([reader.at, reader.at + size]);
      reader.at += size;
    }
  }

  callsOf(n) {
    const [start, end] = this.bodies[n] ?? [0, 0];
    if (end > this.bytes.length) throw new RootingError('the module is cut off');
    return start === end ? [] : callsIn(new Reader(this.bytes, start, end));
  }
}
