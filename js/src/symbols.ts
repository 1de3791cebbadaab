// Symbol.dispose, also in engines that do not have it yet: there the well-known name in the registry stands in, as
// TypeScript's own helpers look for Symbol.dispose only.

/** The key of the method that `using` calls. */
export const kDispose: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/** Node's util.inspect, and so console.log there, calls the method with this key. */
export const kInspect = Symbol.for('nodejs.util.inspect.custom');
