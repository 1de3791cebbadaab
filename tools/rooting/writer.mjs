// Numbers, names and instructions as the binary has them, as lists of bytes.

import { kOpcode } from './instructions.mjs';

/** An unsigned number. */
export function unsigned(n) {
  const bytes = [];
  do {
    bytes.push((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    n = Math.floor(n / 128);
  } while (n > 0);
  return bytes;
}

/** A signed number of 32 bits. */
export function signed(n) {
  const bytes = [];
  for (;;) {
    const low = n & 0x7f;
    n >>= 7;
    const isLast = (n === 0 && !(low & 0x40)) || (n === -1 && low & 0x40);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** A name, or other bytes, with the length before it. */
export function sized(content) {
  const bytes = typeof content === 'string' ? [...new TextEncoder().encode(content)] : content;
  return [...unsigned(bytes.length), ...bytes];
}

/** Instructions with one number behind the opcode. */
const withNumber = (opcode) => (n) => [opcode, ...unsigned(n)];
export const localGet = withNumber(kOpcode.localGet);
export const localSet = withNumber(kOpcode.localSet);
export const localTee = withNumber(kOpcode.localTee);
export const globalGet = withNumber(kOpcode.globalGet);
export const globalSet = withNumber(kOpcode.globalSet);
export const call = withNumber(kOpcode.call);
export const i32Const = (n) => [kOpcode.i32Const, ...signed(n)];
export const kAdd = kOpcode.i32Add;
export const kSub = kOpcode.i32Sub;

/** As the logarithm. */
export const kWordAlignment = 2;
/** A load or store, by opcode, at an offset. */
export const access = (opcode, offset) => [opcode, kWordAlignment, ...unsigned(offset)];
