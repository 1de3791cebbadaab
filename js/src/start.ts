// From a compiled module to a running one: make a memory, instantiate, fill in the core's options, start it. No glue:
// the module's one import is its memory, whose maximum is chosen here, at run time.
//
// The first size of the memory must be at least what the module declares, which no engine tells us; where it is not,
// more is tried. A memory that is passed in must be fresh below the module's reserved region: a look at the module's
// description, in a memory of its own, says where that ends.
// Doors: rooms.ts.

import type { Address, HeapExports } from './abi.js';
import { writeOptions } from './configure.js';
import { Description } from './description.js';
import { isA, isModule } from './engine.js';
import { MallocgcError, problem, show } from './errors.js';
import { Flags, kAlignShift } from './flags.js';
import { Memory } from './memory.js';
import { kMaxBytes, kPageBytes, type Settings } from './options.js';

export interface Loaded {
  readonly wasm: HeapExports;
  readonly memory: Memory;
  readonly description: Description;
}

/** What the module's description must say, name by name. */
const kFlagNumbers = {
  NOSCAN: Flags.noScan,
  NOZERO: Flags.noZero,
  OWN_BLOCK: Flags.ownBlock,
  END_POINTERS: Flags.endPointers,
  ALIGN_SHIFT: kAlignShift,
};

/**
 * What a memory of our own begins with: a small heap never grows out of it. Growing detaches the typed arrays, and from
 * then on the engine asks before each access whether they still are attached: an allocation by `raw` takes a quarter
 * longer. Untouched, it is address space.
 */
const kFirstBytes = 20 * 2 ** 20;
const kMostFirstBytes = 64 * 2 ** 20;
const kOwnBytes = 12 * 2 ** 20; // the heap's own tables, shadow stack and records, at the most, of a heap of such sizes
const kLeastPages = 16;
const kMostPagesTried = 1024;

function firstBytes({ maxBytes, numbers: { initial_bytes = 0, min_heap_bytes = 0 } }: Settings): number {
  const untilFirstCycle = Math.min(min_heap_bytes, kMostFirstBytes);
  return Math.min(maxBytes, Math.max(kFirstBytes, kOwnBytes + Math.max(initial_bytes, untilFirstCycle)));
}

/** A memory with as much address space as the device gives, up to `maxBytes`. */
function reserve(firstPages: number, maxBytes: number): WebAssembly.Memory {
  let maximum = Math.max(Math.ceil(maxBytes / kPageBytes), firstPages);
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: firstPages, maximum });
    } catch (error) {
      if (maximum === firstPages)
        throw problem('OUT_OF_MEMORY', `out of memory: cannot reserve ${maximum * kPageBytes} bytes: ${String(error)}`);
      maximum = Math.max(maximum >>> 1, firstPages);
    }
  }
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): HeapExports {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const wasm = instance.exports as unknown as HeapExports;
  wasm._initialize?.();
  return wasm;
}

function loaded(wasm: HeapExports, memory: WebAssembly.Memory): Loaded {
  if (typeof wasm.mgc_describe_names !== 'function')
    throw problem('BAD_ARGUMENT', 'the module is not heap.wasm: it has no mgc_describe_names');
  const arrays = new Memory(memory);
  return { wasm, memory: arrays, description: new Description(wasm, arrays) };
}

/** The module in a memory of our own, of `first` bytes or of the smallest size above that it takes. */
function inOwnMemory(module: WebAssembly.Module, maxBytes: number, first: number): Loaded {
  for (let pages = Math.max(Math.floor(first / kPageBytes), kLeastPages); ; pages *= 2) {
    const memory = reserve(pages, maxBytes);
    try {
      return loaded(instantiate(module, memory), memory);
    } catch (error) {
      if (!(error instanceof WebAssembly.LinkError) || pages > kMostPagesTried) throw error;
    }
  }
}

/** The same where the device may refuse to give the first bytes at once: then it begins small. */
function inFreshMemory(module: WebAssembly.Module, settings: Settings): Loaded {
  try {
    return inOwnMemory(module, settings.maxBytes, firstBytes(settings));
  } catch (error) {
    if (!(error instanceof MallocgcError) || error.code !== 'OUT_OF_MEMORY') throw error;
    return inOwnMemory(module, settings.maxBytes, 0);
  }
}

function inGivenMemory(module: WebAssembly.Module, memory: WebAssembly.Memory): Loaded {
  if (isA<SharedArrayBuffer>(memory.buffer, 'SharedArrayBuffer'))
    throw problem('BAD_ARGUMENT', 'memory is shared: the heap is for one thread');
  const reservedEnd = inOwnMemory(module, kPageBytes, 0).description.get('reserved.end');
  const reserved = new Uint8Array(memory.buffer, 0, Math.min(reservedEnd, memory.buffer.byteLength));
  if (reserved.some((byte) => byte !== 0)) {
    throw problem(
      'BAD_ARGUMENT',
      `memory is in use below ${reservedEnd}: by another heap, or by a program that does not leave the heap its region`,
    );
  }
  try {
    return loaded(instantiate(module, memory), memory);
  } catch (error) {
    if (error instanceof WebAssembly.LinkError) throw problem('BAD_ARGUMENT', `memory does not fit: ${error.message}`);
    throw error;
  }
}

/** A running module whose core has its options. */
export function start(module: WebAssembly.Module, settings: Settings): Loaded {
  if (!isModule(module)) throw problem('BAD_ARGUMENT', `module is ${show(module)}, not a WebAssembly.Module`);
  const heap = settings.memory === undefined ? inFreshMemory(module, settings) : inGivenMemory(module, settings.memory);
  const { wasm, memory, description } = heap;
  for (const [name, value] of Object.entries(kFlagNumbers)) {
    if (description.get(`flag.${name}`) !== value)
      throw problem('BAD_ARGUMENT', `heap.wasm and this package disagree about flag.${name}`);
  }
  writeOptions(
    settings,
    Math.min(settings.maxBytes, kMaxBytes),
    (wasm.mgc_options() >>> 0) as Address,
    memory,
    description,
  );
  // A memory that was made here is all the heap's.
  if (settings.memory === undefined) memory.u32[(wasm.mgc_memory_end() >>> 0) >>> 2] = memory.u8.length;
  const status = wasm.mgc_init();
  memory.refresh();
  if (status !== 0) throw problem(description.codeOf(status), memory.text(wasm.mgc_error_text() >>> 0));
  if (settings.gcPercent === 0) wasm.mgc_set_gc_percent(0);
  return heap;
}
