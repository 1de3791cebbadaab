// A codec is what a field kind means on one heap: how many bytes, which words the collector must know, how a value is
// read and assigned. Views, arrays and cursors are made of codecs.
//
// `assign` takes the owner's handle and an offset, not an address, because converting a value may run user code
// (getters of an init object, proxies, hooks before a collection), after which the owner may be disposed: the address
// is computed, with its checks, when the bytes are about to be written.

import type { Address } from './abi.js';
import type { NumberArray } from './fields.js';
import type { AnyType, Handle, Shape } from './handle.js';
import type { Core } from './core.js';
import { problem } from './errors.js';

/** A layout program (abi.h, MGC_PROG_*) that covers exactly the codec's words; null: none are set. */
export type Program = readonly number[] | null;

/** What a reference refers to. */
export interface Referent {
  readonly shape: Shape;
  readonly address: Address;
  readonly size: number;
}

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
  /**
   * The value at an address in the owner's object. What is read of a reference lives as the owner's handle does. The
   * owner may be left out unless `isPart` or `isReference`.
   */
  read(address: Address, owner?: Handle): unknown;
  /** Stores a value `offset` bytes into the owner's object, with its barrier. */
  assign(owner: Handle, offset: number, value: unknown): void;
  /** Reads as a part of the owner's object: a view, an array or bytes in place. */
  readonly isPart?: boolean;
  /** Reads as a view, an array or a handle of another object. */
  readonly isReference?: boolean;
  /** References: what the one at an address refers to, or null. Makes no handle. */
  readonly refersTo?: (address: Address) => Referent | null;
  /** Inline arrays: the codec of one element. */
  readonly element?: Codec;
  /**
   * Numbers: stores a value at an address, without running code; the fast path of views. `where` stands for the kind in
   * errors.
   */
  readonly write?: (address: Address, value: unknown, where?: string) => void;
  /** Where `write` is: what `typeof` says of the values that it takes. */
  readonly takes?: 'number' | 'bigint' | 'boolean';
  /** Numbers: a typed array over elements. */
  readonly typed?: (buffer: ArrayBuffer, address: Address, count: number) => NumberArray;
}

/** Longer layouts are refused: they would not be told in reasonable time. */
const kProgramWordsMax = 1 << 20;
/** A repeat takes three words itself. */
const kShort = 4;

/** Programs end to end, with the words between them skipped. Each piece starts `at` a byte offset. */
export function joinPrograms(
  core: Core,
  pieces: readonly { at: number; program: Program; size: number }[],
  size: number,
): Program {
  if (pieces.every(({ program }) => program === null)) return null;
  const skip = core.description.get('prog.SKIP');
  const repeat = core.description.get('prog.REPEAT');
  const end = core.description.get('prog.END');
  const words: number[] = [];
  let done = 0;
  let last: Program = null;
  /** Where the words of the last piece begin, and how often it has been there. */
  let lastAt = 0;
  let times = 0;
  const skipTo = (at: number): void => {
    if (at > done) words.push(skip, (at - done) / core.wordBytes);
    done = at;
  };
  for (const { at, program, size: bytes } of pieces) {
    if (program === null) continue;
    if (program === last && at === done) {
      // The same again, side by side: a repeat. So what is nested by twos takes no more words than it has levels.
      times += 1;
      if (isRepeat(program, repeat, end)) {
        words[lastAt + 1] = times * (program[1] as number);
      } else if (times === 2) {
        words.splice(lastAt, 0, repeat, times);
        words.push(end);
      } else {
        words[lastAt + 1] = times;
      }
      done = at + bytes;
      continue;
    }
    skipTo(at);
    last = program.length > kShort ? program : null;
    lastAt = words.length;
    times = 1;
    for (const word of program) words.push(word);
    if (words.length > kProgramWordsMax)
      throw problem('BAD_TYPE', `the layout takes more than ${kProgramWordsMax} words to describe`);
    done = at + bytes;
  }
  skipTo(size - (size & 3));
  return words;
}

/** Whether a program is one repeat from its beginning to its end. */
function isRepeat(program: readonly number[], repeat: number, end: number): boolean {
  if (program[0] !== repeat) return false;
  let depth = 0;
  for (let i = 0; i < program.length; i += program[i] === end ? 1 : 2) {
    if (program[i] === repeat) depth += 1;
    else if (program[i] === end) depth -= 1;
    if (depth === 0) return i === program.length - 1;
  }
  return false;
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
