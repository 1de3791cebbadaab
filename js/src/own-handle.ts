// `$`, the handle of a view or an array, is their one own property, and an enumerable one: so they can be spread, and
// tests that compare by own properties find views of two objects different.
//
// Whoever replaces it is told so: in the debug flavour, which this file is for, by the write itself; in the others by
// the next access to a field (Handle.live), since the cheapest way to refuse the write makes a view in a scope take 1.6
// times as long, and one with a text of its own seven times (docs/performance-log.md).
// Doors: view.ts and array.ts, where Core.refusesWrites; reach.ts.

import { problem } from './errors.js';
import type { AnyView, Handle } from './handle.js';
import { heldBy, holding } from './holds.js';

/** Gives a view or an array its `$`, which refuses to be written. `name` begins the errors' texts. */
export function refuseWrites(view: Pick<AnyView, '$'>, handle: Handle, name: string): void {
  Object.defineProperty(view, '$', {
    get: holding(() => handle, handle),
    set() {
      throw problem('BAD_ARGUMENT', `${name}.$ is the handle of its object and cannot be replaced`);
    },
    enumerable: true,
  });
}

/** The own `$` of whatever value. Runs no code of the value's. */
export function ownHandleOf(value: object): unknown {
  const { value: plain, get } = Object.getOwnPropertyDescriptor(value, '$') ?? {};
  return get === undefined ? (plain as unknown) : heldBy(get);
}
