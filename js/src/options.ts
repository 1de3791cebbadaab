// The options of createHeap and setDebug: their types and their checks. configure.ts hands them to the core.

import { problem, show } from './errors.js';
import type { AnyType } from './handle.js';

/**
 * What may be switched on to find errors. All but `gctrace`, `handleStacks` and `measures` need the debug flavour,
 * which `createHeap` picks by itself.
 */
export interface DebugOptions {
  /** One line a collection, in Go's form, to `onTrace` (default: the console). */
  gctrace?: boolean | undefined;
  /** A second, separate marking must agree after each collection. */
  checkmark?: boolean | undefined;
  /** Freed memory is filled with a pattern. */
  poison?: boolean | undefined;
  /** All structures are walked, and all counters recomputed, after each collection. */
  verify?: boolean | undefined;
  /** A collection at every n-th allocation; 0 is off. */
  stressEvery?: number | undefined;
  /**
   * Every allocation, the way it took, and every free is recorded: see `heap.takeRecord()`. Every allocation takes the
   * slow path.
   */
  allocFreeTrace?: boolean | undefined;
  /** What every collection does is recorded, object by object: see `heap.takeRecord()`. */
  cycleTrace?: boolean | undefined;
  /** Reports finalizers that can never run (F10). */
  finalizerChecks?: boolean | undefined;
  /** Each handle remembers where it was made: see `heap.handles()`. Costs microseconds a handle. */
  handleStacks?: boolean | undefined;
  /**
   * Each pause is an entry of `performance.measure`, which Chromium's DevTools show on a track `mallocgc`. The engine
   * keeps the entries until `performance.clearMeasures()`. Needs no debug flavour.
   */
  measures?: boolean | undefined;
}

/** How a heap is made. Everything has a default. */
export interface HeapOptions {
  /**
   * Bytes to reserve in the memory at once; by default 0. A memory of its own begins with at least 20 MiB of address
   * space, if `maxBytes` allows.
   */
  initialBytes?: number | undefined;
  /**
   * The most that objects and their metadata may take: by default 2 GiB, at most 4 GiB − 64 KiB. Where the device
   * refuses so much address space, half of it is tried, again and again.
   */
  maxBytes?: number | undefined;
  /**
   * How much the heap may grow, in percent of what was live, before it is collected: by default 100. A negative number
   * switches automatic collection off.
   */
  gcPercent?: number | undefined;
  /** No automatic collection begins below so many bytes: by default 4 MiB. */
  minHeapBytes?: number | undefined;
  /** A soft limit in bytes, as Go's GOMEMLIMIT: near it collections come sooner. By default there is none. */
  memoryLimit?: number | undefined;
  /**
   * How many bytes of heap growth a JS value weighs that a heap object holds in a `js` field: by default 256. Raise it
   * for large values, so that small objects do not keep them long; with 0 they weigh nothing.
   */
  jsValueBytes?: number | undefined;
  /**
   * Lets the JS engine feel the heap memory that forgotten views pin, so that it looks for them sooner: `true`, or how
   * many bytes of objects share a ballast (32 MiB). See the guide, docs/js-guide.md, for what it costs. Off by default;
   * `true` leaves it off on devices of little memory.
   */
  ballast?: boolean | number | undefined;
  /** Bytes between two samples of the allocation profile; 0 is off. */
  memProfileRate?: number | undefined;
  /**
   * How the heap collects: `'stop'`, full collections in one piece; `'incremental'`, the same in slices;
   * `'generational'`, minor collections of what is young, and full ones in one piece; `'auto'` (the default), minor
   * collections, and full ones in slices; in the lean flavour `'stop'`. See docs/collector-modes.md.
   */
  mode?: 'auto' | 'stop' | 'incremental' | 'generational' | undefined;
  /**
   * Other code stores into objects of this heap and marks no cards, as a module does that `mallocgc-root` has rewritten
   * without `--barriers`: the mode is `'stop'`, whatever the default is. BAD_ARGUMENT with another mode, and from
   * `minorGC` and `startCycle`.
   */
  noBarriers?: boolean | undefined;
  /**
   * `'auto'` (the default): finalizers run as a task after a collection, and collections in slices, and sweeps, go on
   * in idle time. `'manual'`: the heap starts no task; call `runFinalizers`, and `step`.
   */
  schedule?: 'auto' | 'manual' | undefined;
  debug?: DebugOptions | undefined;
  /** Told when a finalizer or a cleanup throws or rejects; by default the error is reported as uncaught ones are. */
  onFinalizerError?: ((error: unknown, type: AnyType | null) => void) | undefined;
  /** Called when memory is exhausted, before the allocation is tried once more: drop what you can. */
  onPressure?: ((needBytes: number) => void) | undefined;
  /** Receives the lines of `gctrace`. */
  onTrace?: ((line: string) => void) | undefined;
  /** The heap's module: compiled, as bytes, or where to fetch it from. */
  module?: WebAssembly.Module | ArrayBuffer | ArrayBufferView | URL | Response | undefined;
  /** The memory to live in: fresh, or used by others only above what the module reserves. */
  memory?: WebAssembly.Memory | undefined;
}

export const kPageBytes = 65536;
export const kAddressMax = 2 ** 32 - 1;
export const kMaxBytes = 2 ** 32 - kPageBytes;
/** As the heap's own, which tests/tidy/once.test.ts compares them with. */
const kDefaultMaxBytes = 2 ** 31;
const kDefaultPercent = 100;
const kDefaultJsValueBytes = 256;
const kDefaultBallastBytes = 2 ** 25;
const kLeastBallastBytes = 2 ** 16;
const kMostBallastBytes = 2 ** 30;
/** Of a device's memory, for ballast to be worth its address space. */
const kLeastGigabytes = 2;

export function checkNumber(what: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    const flavour = typeof value === 'number' ? 'range' : 'type';
    throw problem('BAD_ARGUMENT', `${what} is not an integer from ${low} to ${high}: ${show(value)}`, flavour);
  }
  return value + 0;
}

export function checkPercent(value: unknown): number {
  return checkNumber('gcPercent', value, -(2 ** 31), 2 ** 31 - 1);
}

export function checkLimit(value: unknown): number {
  if (value === Infinity) return 0;
  return checkNumber('memoryLimit', value, 0, Number.MAX_SAFE_INTEGER);
}

export const kModes = ['auto', 'stop', 'incremental', 'generational'] as const;
export type Mode = (typeof kModes)[number];

/** Options with all defaults and checks applied. */
export interface Settings {
  readonly maxBytes: number;
  readonly numbers: Readonly<Record<string, number>>;
  readonly gcPercent: number;
  readonly mode: Mode;
  readonly noBarriers: boolean;
  readonly automatic: boolean;
  readonly jsValueBytes: number;
  /** 0: none. */
  readonly ballastBytes: number;
  readonly debug: DebugOptions;
  readonly onFinalizerError: ((error: unknown, type: AnyType | null) => void) | undefined;
  readonly onPressure: ((needBytes: number) => void) | undefined;
  readonly onTrace: ((line: string) => void) | undefined;
  readonly module: HeapOptions['module'];
  readonly memory: WebAssembly.Memory | undefined;
}

function checkFunction<T>(what: string, value: T | undefined): T | undefined {
  if (value !== undefined && typeof value !== 'function')
    throw problem('BAD_ARGUMENT', `${what} is ${show(value)}, not a function`);
  return value;
}

function checkOneOf(what: string, value: unknown, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value as string)) {
    throw problem('BAD_ARGUMENT', `${what} is ${show(value)}, not one of ${known.join(', ')}`);
  }
}

function checkBoolean(what: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw problem('BAD_ARGUMENT', `${what} is ${show(value)}, not true or false`, 'type');
  return value ?? false;
}

function checkObject<T extends object>(what: string, value: T | undefined): T | Record<string, never> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null)
    throw problem('BAD_ARGUMENT', `${what} is ${show(value)}, not an object`);
  return value;
}

function ballastBytes(ballast: unknown): number {
  if (ballast === undefined || ballast === false) return 0;
  if (ballast === true) return isSmallDevice() ? 0 : kDefaultBallastBytes;
  return checkNumber('ballast', ballast, kLeastBallastBytes, kMostBallastBytes);
}

/** Where address space may be short. Engines that do not tell are taken for large ones. */
function isSmallDevice(): boolean {
  const { navigator } = globalThis as { navigator?: { deviceMemory?: number } };
  return (navigator?.deviceMemory ?? Infinity) < kLeastGigabytes;
}

/** The names of all options. TypeScript sees to it that none is missing. */
const kOptions = Object.keys({
  ...{ initialBytes: 0, maxBytes: 0, gcPercent: 0, minHeapBytes: 0, memoryLimit: 0, jsValueBytes: 0, ballast: 0 },
  ...{ memProfileRate: 0, mode: 0, schedule: 0, debug: 0, onFinalizerError: 0, onPressure: 0, onTrace: 0, module: 0 },
  ...{ memory: 0, noBarriers: 0 },
} satisfies Record<keyof HeapOptions, 0>);
const kDebugOptions = Object.keys({
  ...{ gctrace: 0, checkmark: 0, poison: 0, verify: 0, stressEvery: 0, allocFreeTrace: 0, cycleTrace: 0 },
  ...{ finalizerChecks: 0, handleStacks: 0, measures: 0 },
} satisfies Record<keyof DebugOptions, 0>);

/** A name that is no option is a typing mistake, unless it has no value. */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(name))
      throw problem('BAD_ARGUMENT', `${what} has no ${show(name)}; there are ${known.join(', ') || 'none'}`);
  }
}

/** What has no options has these. */
export function checkNoOptions(what: string, options: object | undefined): void {
  checkNames(what, checkObject('options', options), []);
}

export function checkOptions(options: HeapOptions | undefined): Settings {
  const given: HeapOptions = { ...checkObject('options', options) };
  checkNames('options', given, kOptions);
  const bytes = (name: 'initialBytes' | 'minHeapBytes' | 'memProfileRate', high: number): number =>
    given[name] === undefined ? 0 : checkNumber(name, given[name], 0, high);
  checkOneOf('mode', given.mode, kModes);
  checkOneOf('schedule', given.schedule, ['auto', 'manual']);
  if (given.memory !== undefined && !(given.memory instanceof WebAssembly.Memory)) {
    throw problem('BAD_ARGUMENT', `memory is ${show(given.memory)}, not a WebAssembly.Memory`);
  }
  const maxBytes =
    given.maxBytes === undefined ? kDefaultMaxBytes : checkNumber('maxBytes', given.maxBytes, 1, 2 ** 32);
  return {
    maxBytes: Math.min(maxBytes, kMaxBytes),
    numbers: {
      initial_bytes: bytes('initialBytes', kMaxBytes),
      min_heap_bytes: bytes('minHeapBytes', Number.MAX_SAFE_INTEGER),
      memory_limit: given.memoryLimit === undefined ? 0 : checkLimit(given.memoryLimit),
      mem_profile_rate: bytes('memProfileRate', Number.MAX_SAFE_INTEGER),
    },
    gcPercent: given.gcPercent === undefined ? kDefaultPercent : checkPercent(given.gcPercent),
    mode: given.mode ?? 'auto',
    noBarriers: checkBoolean('noBarriers', given.noBarriers),
    automatic: given.schedule !== 'manual',
    jsValueBytes:
      given.jsValueBytes === undefined
        ? kDefaultJsValueBytes
        : checkNumber('jsValueBytes', given.jsValueBytes, 0, kMaxBytes),
    ballastBytes: ballastBytes(given.ballast),
    debug: checkDebug(given.debug),
    onFinalizerError: checkFunction('onFinalizerError', given.onFinalizerError),
    onPressure: checkFunction('onPressure', given.onPressure),
    onTrace: checkFunction('onTrace', given.onTrace),
    module: given.module,
    memory: given.memory,
  };
}

export function checkDebug(options: DebugOptions | undefined): DebugOptions {
  const given: DebugOptions = { ...checkObject('debug', options) };
  checkNames('debug', given, kDebugOptions);
  if (given.stressEvery !== undefined) checkNumber('stressEvery', given.stressEvery, 0, 0xffffffff);
  return given;
}

/** Whether these options need heap.debug.wasm. */
export function needsDebugFlavour(debug: DebugOptions): boolean {
  return Boolean(
    debug.checkmark ||
      debug.poison ||
      debug.verify ||
      debug.stressEvery ||
      debug.allocFreeTrace ||
      debug.cycleTrace ||
      debug.finalizerChecks,
  );
}
