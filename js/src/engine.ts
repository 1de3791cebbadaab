// What the place where the code runs may have beside WebAssembly, with stand-ins for what it has not: worklets have no
// clock, no timers and no TextDecoder, a bare JS engine has nothing at all. Everything else of the package asks here,
// so that createHeapSync and `mallocgc/inline` need no global but WebAssembly and those of the language itself.
//
// Doors: utf8.ts has the stand-ins for the coders of texts.

interface Surroundings {
  performance?: { now(): number };
  console?: { warn?(text: string): void; error?(...values: unknown[]): void };
  setImmediate?: (run: () => void) => unknown;
  setTimeout?: (run: () => void, milliseconds: number) => unknown;
  MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(value: null): void };
  };
}

const kHere = globalThis as Surroundings;

/** Milliseconds: of the monotonic clock, or of the calendar's where there is no other. */
export function now(): number {
  const { performance } = kHere;
  return performance === undefined ? Date.now() : performance.now();
}

/**
 * Runs `run` as a task of its own, as soon as the host allows; where there are no tasks, once the code that runs now is
 * over.
 */
export function asTask(run: () => void): void {
  const { setImmediate, MessageChannel, setTimeout } = kHere;
  if (setImmediate !== undefined) {
    setImmediate(run);
  } else if (MessageChannel !== undefined) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      run();
    };
    channel.port2.postMessage(null);
  } else if (setTimeout !== undefined) {
    setTimeout(run, 0);
  } else {
    asMicrotask(run);
  }
}

/** Runs `run` once the code that runs now is over. `run` must not throw. */
export function asMicrotask(run: () => void): void {
  void Promise.resolve().then(run);
}

/** A line on the console, where there is one. */
export function warn(text: string): void {
  kHere.console?.warn?.(text);
}

/** Values on the console, as an error, where there is one. */
export function complain(...values: unknown[]): void {
  kHere.console?.error?.(...values);
}

/** Calls `found` for what the engine's collector has found dead; an engine that does not tell never calls it. */
export function registry<T>(found: (held: T) => void): FinalizationRegistry<T> {
  if (typeof FinalizationRegistry !== 'undefined') return new FinalizationRegistry(found);
  const nothing = { register: () => undefined, unregister: () => false };
  return nothing as unknown as FinalizationRegistry<T>;
}

/** Whether a value is of one of the host's classes, of whatever realm: test runners have several. */
export function isA<T>(value: unknown, name: string): value is T {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}

/** Whether a value is a compiled module, of whatever realm. */
export function isModule(value: unknown): value is WebAssembly.Module {
  try {
    return WebAssembly.Module.exports(value as WebAssembly.Module) !== undefined;
  } catch {
    return false;
  }
}
