// How a handle may have ended, when it was not disposed: its id says so then, and the error's text.
// Doors: handle.ts.

import type { HandleId } from './abi.js';

/** The id of a part, which has no root of its own. */
export const kPart = -1 as HandleId;
/** The ids of handles that a finalizer or a scope had, once it is over. */
export const kReturned = -2 as HandleId;
export const kScopeOver = -3 as HandleId;

const kEnds: ReadonlyMap<number, string> = new Map([
  [kReturned, 'the finalizer that it was given to is over; heap.keep(view) in the finalizer keeps it'],
  [kScopeOver, 'its scope is over; frame.keep(view) in the scope keeps it'],
]);

/** The text of the error, by the id of what roots nothing any more. */
export function endOf(id: HandleId): string {
  return `handle is stale: ${kEnds.get(id) ?? 'it was disposed'}`;
}
