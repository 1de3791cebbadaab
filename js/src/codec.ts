// A codec is what a field kind means on one heap: how many bytes, which words the collector must know, how a value is
// read and assigned. Views, arrays and cursors are made of codecs.
//
// `assign` takes the owner's handle and an offset, not an address, because converting a value may run user code
// (getters of an init object, proxies, hooks before a collection), after which the owner may be disposed: the address
// is computed, with its checks, when the bytes are about to be written.

import type { Address } from './abi.js';
import type { NumberArray } from './fields.js';
import type { AnyType, Handle } from './handle.js';
import type { Core } from './core.js';

/** A layout program (abi.h, MGC_PROG_*) that covers exactly the codec's words; null: none are set. */
export type Program = readonly number[] | null;

export interface Codec {
  /** The same for equal codecs: kind, targets, counts. */
  readonly key: string;
  readonly kind: string;
  readonly size: number;
  readonly align: number;
  /** Words that are pointers, and words that are numbers of JS values. */
  readonly pointers: Program;
  readonly hosts: Program;
  /** For tools: the type referred to or embedded, and the count of an array. */
  readonly target: AnyType | null;
  readonly count: number;
  /** The value at an address that is rooted. */
  read(address: Address): unknown;
  /** Stores a value `offset` bytes into the owner's object, with its barrier. */
  assign(owner: Handle, offset: number, value: unknown): void;
  /** Inline arrays: the codec of one element. */
  readonly element?: Codec;
  /** Numbers: stores a value at an address, without running code; the fast path of views. */
  readonly write?: (address: Address, value: unknown) => void;
  /** Numbers: a typed array over elements. */
  readonly typed?: (buffer: ArrayBuffer, address: Address, count: number) => NumberArray;
}

/** Programs end to end, with the words between them skipped. Each piece starts `at` a byte offset. */
export function joinPrograms(
  core: Core,
  pieces: readonly { at: number; program: Program; size: number }[],
  size: number,
): Program {
  if (pieces.every(({ program }) => program === null)) return null;
  const skip = core.description.get('prog.SKIP');
  const words: number[] = [];
  let done = 0;
  const skipTo = (at: number): void => {
    if (at > done) words.push(skip, (at - done) >>> 2);
    done = at;
  };
  for (const { at, program, size: bytes } of pieces) {
    if (program === null) continue;
    skipTo(at);
    for (const word of program) words.push(word);
    done = at + bytes;
  }
  skipTo(size - (size & 3));
  return words;
}

/** One pointer (or host) word, then `rest` others. */
export function wordProgram(core: Core, rest: number): Program {
  const { description } = core;
  const one = [description.get('prog.POINTERS'), 1];
  return rest === 0 ? one : [...one, description.get('prog.SKIP'), rest];
}

export function repeatProgram(core: Core, program: Program, count: number): Program {
  if (program === null || count === 0) return null;
  const { description } = core;
  return [description.get('prog.REPEAT'), count, ...program, description.get('prog.END')];
}
