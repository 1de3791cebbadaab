// A handle may have ended without being disposed: then its id says how, and so does the error's text. This file also
// has the texts by which handles are told apart.
// Doors: handle.ts.

import type { Address, HandleId } from './abi.js';

/** The id of a part, which has no root of its own. */
export const kPart = -1 as HandleId;
/** The id of a handle that a finalizer had, once that is over. */
export const kReturned = -2 as HandleId;
/** The id of a handle of a scope, which is over once the handle has no address, unless the handle was disposed. */
export const kScoped = -3 as HandleId;

const kEnds: ReadonlyMap<number, string> = new Map([
  [kReturned, 'the finalizer that it was given to is over; heap.keep(view) in the finalizer keeps it'],
  [kScoped, 'its scope is over; frame.keep(view) in the scope keeps it'],
]);

/** The text of the error, by the id of what roots nothing any more. */
export function endOf(id: HandleId): string {
  return `handle is stale: ${kEnds.get(id) ?? 'it was disposed'}`;
}

/** Returns a handle as text: the name of its type, if it has one, its address, 0 if it was disposed, and its bytes. */
export function titleOf(name: string | undefined, address: Address, size: number): string {
  const place = address === 0 ? 'disposed' : `0x${address.toString(16)}`;
  return `Handle${name === undefined ? '' : `<${name}>`} ${place} ${size}`;
}
