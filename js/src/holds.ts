// What typed arrays over an object hold on to: the handle that roots it, so that the JS engine finds the handle dead
// only when the arrays are (B4).
// Doors: handle.ts.

const kHolds = Symbol('handle');

/** The array, which keeps `root` reachable from now on. */
export function holding<T extends object>(array: T, root: object): T {
  return Object.defineProperty(array, kHolds, { value: root });
}

/** What an array was made to hold. */
export function heldBy(array: object): unknown {
  return (array as { [kHolds]?: unknown })[kHolds];
}
