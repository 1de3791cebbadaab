// What typed arrays over an object hold on to: the handle that roots it, so that the JS engine finds the handle dead
// only when the arrays are (B4). The array gets a private name for it, which nobody sees: a property would take ten
// times as long to define, and stand in what programs print and compare.
// Doors: handle.ts, array.ts, sequences.ts; reach.ts and lifecycle.ts ask.

/** A constructor that gives what it was given, so that a class can put its private names there. */
function given(value: object): object {
  return value;
}

class Held extends (given as unknown as new (value: object) => object) {
  readonly #root: object;

  constructor(array: object, root: object) {
    super(array);
    this.#root = root;
  }

  static rootOf(array: object): object | undefined {
    return #root in array ? array.#root : undefined;
  }
}

/** The array, which keeps `root` reachable from now on. */
export function holding<T extends object>(array: T, root: object): T {
  return new Held(array, root) as T;
}

/** What an array was made to hold. */
export function heldBy(array: object): unknown {
  return Held.rootOf(array);
}
