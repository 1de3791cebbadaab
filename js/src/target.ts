// A target is what a caller may name an object by.
// Doors: every method that takes a view, an array or a handle.

import type { Core } from './core.js';
import { problem, show } from './errors.js';
import { Handle } from './handle.js';

/** The handle of a target, which must be alive and of this heap. `what` begins the texts. */
export function targetOf(core: Core, target: unknown, what: string): Handle {
  core.alive();
  const handle = Handle.of(target);
  if (handle === undefined)
    throw problem('BAD_POINTER', `${what}: ${show(target)} is not a view or a handle of this heap`);
  if (Handle.shape(handle).core !== core) throw problem('WRONG_HEAP', `${what}: the handle is of another heap`);
  Handle.address(handle);
  return handle;
}
