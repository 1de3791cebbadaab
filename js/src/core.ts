// What every room of a heap stands on: the running module, its memory, its description, and the checks that each call
// needs. A leaf: it knows no other room.
//
// inv.js.memory: a room that calls into wasm and then touches memory calls memory.refresh() in between (growth
// detaches).
// inv.js.root: between an allocation and the rooting of its result no user code runs and nothing else is allocated.
// Doors: rooms.ts makes it; every room is given it.

import { kNull, type Address, type HeapExports } from './abi.js';
import type { Description } from './description.js';
import { problem } from './errors.js';
import type { Memory } from './memory.js';

const kReentered = 're-entered from a callback of the heap, in ';

/** The object that contains an address, as the core tells it. */
export interface Found {
  readonly base: Address;
  readonly size: number;
  readonly typeId: number;
}

/** The exports of a heap that was disposed: whoever still holds a view holds no module and no memory. */
const kGone = new Proxy({} as HeapExports, {
  get: () => (): never => {
    throw problem('DISPOSED', 'the heap was disposed');
  },
});

export class Core {
  /** The address of every object without bytes (M1). */
  declare readonly zerobase: Address;
  /** Bytes of a pointer, of a length, and of the number of a JS value. */
  declare readonly wordBytes: number;
  disposed = false;
  /** Whether a write to the `$` of a view throws, in the debug flavour, or the next access (own-handle.ts). */
  declare readonly refusesWrites: boolean;
  /**
   * The handle of an object that is being filled and that nobody else has seen: whoever assigns to another one takes
   * care that what fails changes nothing.
   */
  fresh: object | undefined = undefined;
  /** The card table, which has its place from the start. */
  readonly #cards: number;
  readonly #cardMask: number;
  readonly #cardShift: number;

  /** Every handle carries it as its property `heap`; handle.ts says why. */
  declare readonly mark: symbol;
  readonly #foundCell: number;
  readonly #foundOffsets: readonly [number, number, number];

  /** Stores a pointer and marks its card (C7): see storePointer. */
  declare readonly store: (address: Address, value: Address) => void;

  declare wasm: HeapExports;
  declare readonly memory: Memory;
  declare readonly description: Description;

  constructor(wasm: HeapExports, memory: Memory, description: Description) {
    this.refusesWrites = description.get('flavour.debug') !== 0;
    this.wasm = wasm;
    this.memory = memory;
    this.description = description;
    const table = description.get('cards.address');
    this.#cards = memory.u32[(table + description.get('cards.base')) >>> 2] as number;
    this.#cardMask = memory.u32[(table + description.get('cards.mask')) >>> 2] as number;
    this.#cardShift = description.get('card.shift');
    this.store = storer(memory, this.#cards, this.#cardShift, this.#cardMask);
    this.wordBytes = description.get('word.bytes');
    this.mark = Symbol('use toJS(view) for a plain copy: a view of a mallocgc heap');
    this.#foundCell = wasm.mgc_found() >>> 0;
    const found = (name: string): number => description.get(`found.${name}`);
    this.#foundOffsets = [found('base'), found('size'), found('type_id')];
    this.zerobase = (wasm.mgc_malloc(0, 0, 0) >>> 0) as Address;
    memory.refresh();
  }

  alive(): void {
    if (this.disposed) throw problem('DISPOSED', 'the heap was disposed');
  }

  /** Makes the memory's arrays right before they are written to; throws DISPOSED. */
  refresh(): void {
    if (this.memory.u8.length !== 0) return;
    this.alive();
    this.memory.refresh();
  }

  /** The memory's buffer, as it is now. */
  buffer(): ArrayBuffer {
    this.refresh();
    return this.memory.u8.buffer as ArrayBuffer;
  }

  /** Throws what the last failed call of the core came to. */
  fail(): never {
    this.check(this.wasm.mgc_status());
    throw problem('CORRUPT', 'a call failed without a status');
  }

  check(status: number): void {
    if (status !== 0) throw this.error(status);
  }

  error(status: number): Error {
    this.memory.refresh();
    const text = this.memory.text(this.wasm.mgc_error_text() >>> 0);
    // The module calls nobody, so nobody calls it from a callback: an unwound call has left it so (M13).
    if (text.startsWith(kReentered)) return problem('CORRUPT', `heap interrupted in ${text.slice(kReentered.length)}`);
    return problem(this.description.codeOf(status), text);
  }

  /**
   * Makes a call of the core that never collects and gives 0 where it fails: once more after a collection, if that is
   * what the core says. `address` is a root in the meantime. Runs no user code.
   */
  tryTwice(address: Address, call: () => number): number {
    const result = call();
    if (result !== 0 || this.wasm.mgc_status() !== this.description.get('status.TRY_AGAIN')) return result;
    const slot = (this.wasm.mgc_frame_push(1) >>> 0) as Address;
    this.memory.refresh();
    if (slot === 0) return result;
    this.memory.u32[slot >>> 2] = address;
    this.wasm.mgc_collect();
    this.wasm.mgc_frame_pop(slot);
    this.memory.refresh();
    return call();
  }

  /** The same for calls that give a status; the object that they name is a root. */
  checkTwice(call: () => number): void {
    let status = 0;
    this.tryTwice(kNull, () => ((status = call()) === 0 ? 1 : 0));
    this.check(status);
  }

  /** Marks the card of a pointer that was stored (C7). */
  barrier(address: Address): void {
    this.memory.u8[this.cardOf(address)] = 1;
  }

  /** The address of the card of an address, which it has for good. */
  cardOf(address: Address): Address {
    return (this.#cards + ((address >>> this.#cardShift) & this.#cardMask)) as Address;
  }

  /** The object that contains an address (M14). */
  found(address: Address): Found | undefined {
    if (this.wasm.mgc_find_object(address) === 0) return undefined;
    this.memory.refresh();
    const { u32 } = this.memory;
    const [base, size, typeId] = this.#foundOffsets;
    const read = (offset: number): number => u32[(this.#foundCell + offset) >>> 2] as number;
    return { base: read(base) as Address, size: read(size), typeId: read(typeId) };
  }

  /** Where the counters are, as they are now (mgc_stats_data); for `stat`. The memory is fresh after it. */
  stats(): Address {
    const at = (this.wasm.mgc_stats() >>> 0) as Address;
    this.memory.refresh();
    return at;
  }

  /** One of the counters, by its name. */
  stat(stats: Address, name: string): number {
    return Number(this.memory.u64[(stats + this.description.get(`stats.${name}`)) >>> 3]);
  }

  /** Everything is given back; every use from now on throws DISPOSED. */
  dispose(): void {
    this.disposed = true;
    this.memory.close();
    this.wasm = kGone;
  }
}

/** A u32 of the heap, wherever its buffer is now; throws DISPOSED. */
export function readWord(core: Core, address: Address): number {
  const word = core.memory.u32[address >>> 2];
  if (word !== undefined) return word;
  core.refresh();
  return core.memory.u32[address >>> 2] ?? 0;
}

/** The same for a word that is a pointer. */
export const readPointer = readWord as (core: Core, address: Address) => Address;

/** Makes the function over constants: an engine folds them where it inlines it. */
function storer(memory: Memory, cards: number, shift: number, mask: number): Core['store'] {
  return (address, value) => {
    memory.u32[address >>> 2] = value;
    memory.u8[cards + ((address >>> shift) & mask)] = 1;
  };
}

/** Stores a pointer and marks its card (C7). The memory must be fresh. */
export function storePointer(core: Core, address: Address, value: Address): void {
  core.store(address, value);
}
