// Symbol.dispose, also in engines that do not have it yet: there the well-known name in the registry stands in, as
// TypeScript's own helpers look for Symbol.dispose only.

/** The key of the method that `using` calls. */
export const kDispose: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/** Node's util.inspect, and so console.log there, calls the method with this key. */
export const kInspect = Symbol.for('nodejs.util.inspect.custom');

/** On the prototypes of views and arrays. */
export const kIsView = Symbol('view');

/**
 * On the prototypes that end in a guard: an assignment of `$` in a constructor finds this and makes the view's own
 * property, so the guard never hears of it. Compilers for older engines make an assignment of a class field, too.
 */
export const kOwnHandle = { value: undefined, writable: true, configurable: true };
