// The instructions of WebAssembly, as the tools want them: what follows an opcode in the binary, how many operands it
// takes, what it gives, and whether that may be a pointer. Instructions that steer are in the stream (stream.mjs).

/** The types of values, as the binary has them. */
export const kType = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
  exnref: 0x69,
};
const { i32, i64, f32, f64, v128 } = kType;

export const kOpcode = {
  ...{ unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, try: 0x06, catch: 0x07 },
  ...{ throw: 0x08, rethrow: 0x09, throwRef: 0x0a, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f },
  ...{ call: 0x10, callIndirect: 0x11, returnCall: 0x12, returnCallIndirect: 0x13, callRef: 0x14, returnCallRef: 0x15 },
  ...{ delegate: 0x18, catchAll: 0x19, drop: 0x1a, select: 0x1b, selectTyped: 0x1c, tryTable: 0x1f },
  ...{ localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24 },
  ...{ i32Load: 0x28, f32Load: 0x2a },
  ...{ i32Store: 0x36, i64Store: 0x37, f32Store: 0x38, f64Store: 0x39, i32Const: 0x41 },
  ...{ i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, refNull: 0xd0 },
  ...{ i32Eqz: 0x45, i32Add: 0x6a, i32Sub: 0x6b, refFunc: 0xd2, engineObject: 0xfb, misc: 0xfc },
  ...{ simd: 0xfd, atomic: 0xfe },
};
/** In the alignment of an access: the number of a memory follows. */
export const kMemoryFollows = 0x40;
export const kMemoryCopy = 10; // behind `misc`
export const kV128Store = 11; // behind `simd`

/**
 * What an instruction gives may be a pointer never, if its operand may, if one of its operands may, or always. Loads
 * and stores have rules of their own in the stream.
 */
export const kGives = { never: 0, asOperand: 1, asOperands: 2, maybe: 3, load: 4, store: 5 };

// An instruction: `takes` operands, gives a value of `type` (0 for none). Loads and stores have `bytes`.
const instruction = (takes, type, gives, bytes = 0) => Object.freeze({ takes, type, gives, bytes });

/** By opcode; undefined for those that steer, and for those that are not known. */
export const kPlain = [];
/** By the number behind the prefix. */
export const kMisc = [];
export const kSimd = [];
export const kAtomic = [];

const rows = (table, list) => {
  for (const [first, last, takes, type, gives, bytes] of list)
    for (let n = first; n <= last; ++n) table[n] = instruction(takes, type, gives, bytes);
};
const { never, asOperand, asOperands, maybe, load, store } = kGives;

rows(kPlain, [
  [0x01, 0x01, 0, 0, never],
  [0x28, 0x28, 1, i32, load, 4],
  [0x29, 0x29, 1, i64, load, 8],
  [0x2a, 0x2a, 1, f32, load, 4],
  [0x2b, 0x2b, 1, f64, load, 8],
  [0x2c, 0x2d, 1, i32, load, 1],
  [0x2e, 0x2f, 1, i32, load, 2],
  [0x30, 0x31, 1, i64, load, 1],
  [0x32, 0x33, 1, i64, load, 2],
  [0x34, 0x35, 1, i64, load, 4],
  [0x36, 0x36, 2, 0, store, 4],
  [0x37, 0x37, 2, 0, store, 8],
  [0x38, 0x38, 2, 0, store, 4],
  [0x39, 0x39, 2, 0, store, 8],
  [0x3a, 0x3a, 2, 0, store, 1],
  [0x3b, 0x3b, 2, 0, store, 2],
  [0x3c, 0x3c, 2, 0, store, 1],
  [0x3d, 0x3d, 2, 0, store, 2],
  [0x3e, 0x3e, 2, 0, store, 4],
  [0x3f, 0x3f, 0, i32, never],
  [0x40, 0x40, 1, i32, never],
  // Comparisons.
  [0x45, 0x45, 1, i32, never],
  [0x46, 0x4f, 2, i32, never],
  [0x50, 0x50, 1, i32, never],
  [0x51, 0x66, 2, i32, never],
  // i32 and i64: counts of bits; sums; products; bit operations and shifts.
  [0x67, 0x69, 1, i32, never],
  [0x6a, 0x6b, 2, i32, asOperands],
  [0x6c, 0x70, 2, i32, never],
  [0x71, 0x78, 2, i32, asOperands],
  [0x79, 0x7b, 1, i64, never],
  [0x7c, 0x7d, 2, i64, asOperands],
  [0x7e, 0x82, 2, i64, never],
  [0x83, 0x8a, 2, i64, asOperands],
  // Floats.
  [0x8b, 0x91, 1, f32, never],
  [0x92, 0x98, 2, f32, never],
  [0x99, 0x9f, 1, f64, never],
  [0xa0, 0xa6, 2, f64, never],
  // Conversions.
  [0xa7, 0xa7, 1, i32, asOperand],
  [0xa8, 0xab, 1, i32, never],
  [0xac, 0xad, 1, i64, asOperand],
  [0xae, 0xb1, 1, i64, never],
  [0xb2, 0xb6, 1, f32, never],
  [0xb7, 0xbb, 1, f64, never],
  [0xbc, 0xbc, 1, i32, asOperand],
  [0xbd, 0xbd, 1, i64, asOperand],
  [0xbe, 0xbe, 1, f32, asOperand],
  [0xbf, 0xbf, 1, f64, asOperand],
  [0xc0, 0xc1, 1, i32, never],
  [0xc2, 0xc3, 1, i64, never],
  [0xc4, 0xc4, 1, i64, asOperand],
  [0xd1, 0xd1, 1, i32, never],
  [0xd3, 0xd3, 2, i32, never],
]);

rows(kMisc, [
  [0, 3, 1, i32, never],
  [4, 7, 1, i64, never],
  [8, 8, 3, 0, never],
  [9, 9, 0, 0, never],
  [10, 12, 3, 0, never],
  [13, 13, 0, 0, never],
  [14, 14, 3, 0, never],
  [15, 15, 2, i32, never],
  [16, 16, 0, i32, never],
  [17, 17, 3, 0, never],
]);

// Lanes of vectors are what they may be, except for comparisons.
const vectors = (takes, list) => list.map(([first, last]) => [first, last, takes, v128, maybe]);
rows(kSimd, [
  [0, 0, 1, v128, load, 16],
  [1, 10, 1, v128, maybe],
  [11, 11, 2, 0, store, 16],
  [12, 12, 0, v128, never],
  [13, 14, 2, v128, maybe],
  [15, 20, 1, v128, asOperand],
  [21, 22, 1, i32, maybe],
  [23, 23, 2, v128, maybe],
  [24, 25, 1, i32, maybe],
  [26, 26, 2, v128, maybe],
  [27, 27, 1, i32, maybe],
  [28, 28, 2, v128, maybe],
  [29, 29, 1, i64, maybe],
  [30, 30, 2, v128, maybe],
  [31, 31, 1, f32, maybe],
  [32, 32, 2, v128, maybe],
  [33, 33, 1, f64, maybe],
  [34, 34, 2, v128, maybe],
  [35, 76, 2, v128, never],
  [77, 77, 1, v128, maybe],
  [78, 81, 2, v128, maybe],
  [82, 82, 3, v128, maybe],
  [83, 83, 1, i32, never],
  [84, 87, 2, v128, maybe],
  [88, 88, 2, 0, store, 1],
  [89, 89, 2, 0, store, 2],
  [90, 90, 2, 0, store, 4],
  [91, 91, 2, 0, store, 8],
  ...vectors(1, [
    [92, 98],
    [103, 106],
    [116, 117],
    [122, 122],
    [124, 129],
    [135, 138],
    [148, 148],
    [160, 161],
  ]),
  ...vectors(1, [
    [167, 170],
    [192, 193],
    [199, 202],
    [224, 225],
    [227, 227],
    [236, 237],
    [239, 239],
    [248, 255],
  ]),
  ...vectors(2, [
    [101, 102],
    [107, 115],
    [118, 121],
    [123, 123],
    [130, 130],
    [133, 134],
    [139, 147],
    [149, 153],
  ]),
  ...vectors(2, [
    [155, 159],
    [171, 174],
    [177, 177],
    [181, 186],
    [188, 191],
    [203, 206],
    [209, 209],
    [213, 213],
  ]),
  ...vectors(2, [
    [220, 223],
    [228, 235],
    [240, 247],
    [256, 256],
    [269, 274],
  ]),
  [214, 219, 2, v128, never],
  ...vectors(1, [[257, 260]]),
  ...vectors(3, [
    [261, 268],
    [275, 275],
  ]),
  ...[99, 131, 163, 195].flatMap((n) => [[n, n + 1, 1, i32, never]]), // all_true, bitmask
]);

const kAtomicTypes = [
  [i32, 4],
  [i64, 8],
  [i32, 1],
  [i32, 2],
  [i64, 1],
  [i64, 2],
  [i64, 4],
];
rows(kAtomic, [
  [0, 0, 2, i32, maybe],
  [1, 2, 3, i32, maybe],
  [3, 3, 0, 0, never],
  ...kAtomicTypes.flatMap(([type, bytes], i) => [
    [0x10 + i, 0x10 + i, 1, type, load, bytes],
    [0x17 + i, 0x17 + i, 2, 0, store, bytes],
    ...Array.from({ length: 6 }, (_, j) => [0x1e + 7 * j + i, 0x1e + 7 * j + i, 2, type, maybe]),
    [0x48 + i, 0x48 + i, 3, type, maybe],
  ]),
]);

// ---- Names, for reports ----

const kNames = new Map([
  [kOpcode.throw, 'Throw'],
  [kOpcode.throwRef, 'ThrowRef'],
  [kOpcode.br, 'Break'],
  [kOpcode.brIf, 'Break'],
  [kOpcode.brTable, 'Switch'],
  [kOpcode.return, 'Return'],
  [kOpcode.call, 'Call'],
  [kOpcode.callIndirect, 'CallIndirect'],
  [kOpcode.returnCall, 'Call'],
  [kOpcode.returnCallIndirect, 'CallIndirect'],
  [kOpcode.select, 'Select'],
  [kOpcode.selectTyped, 'Select'],
  [kOpcode.localSet, 'LocalSet'],
  [kOpcode.localTee, 'LocalSet'],
  [kOpcode.globalSet, 'GlobalSet'],
  [kOpcode.misc, 'Memory'],
  [kOpcode.simd, 'SIMD'],
  [kOpcode.atomic, 'Atomic'],
  [kOpcode.end, 'Block'],
  [kOpcode.else, 'If'],
  [kOpcode.if, 'If'],
]);

/** Returns what a report calls an instruction. */
export function nameOfInstruction(opcode) {
  if (kNames.has(opcode)) return kNames.get(opcode);
  const plain = kPlain[opcode];
  if (plain === undefined) return `0x${opcode.toString(16)}`;
  if (plain.gives === load) return 'Load';
  if (plain.gives === store) return 'Store';
  return plain.takes === 2 ? 'Binary' : 'Unary';
}
