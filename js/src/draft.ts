// Assignments of several values, all or nothing. What goes into an object that others see is put together in a draft
// first, an object that nobody sees, and moved in one piece when nothing can fail any more. An object that is being
// made is such an object itself, so there the values go straight to their places.
//
// inv.js.fresh: core.fresh is the handle of the object that is being filled, and nobody else has seen that object.
// Doors: types.ts (structs, Type.assign), sequences.ts (slices, inline arrays).

import { kNoHandle, type Address } from './abi.js';
import type { Core } from './core.js';
import { Handle, type Shape } from './handle.js';
import type { Roots } from './roots.js';

/** Runs `fill` while the object of `owner` is one that nobody has seen. User code may run in it. */
export function asFresh(core: Core, owner: Handle, fill: () => void): void {
  const { fresh } = core;
  core.fresh = owner;
  try {
    fill();
  } finally {
    core.fresh = fresh;
  }
}

/**
 * Fills a new object, which is rooted meanwhile, and stores it: `store` gets its address and may run no user code. What
 * fails on the way leaves nothing that is rooted.
 */
export function drafted(
  core: Core,
  roots: Roots,
  { shape, address, size }: { shape: Shape; address: Address; size: number },
  fill: (draft: Handle) => void,
  store: () => void,
): void {
  const id = roots.number(address);
  try {
    const draft = new Handle(roots, address, kNoHandle, shape, size, undefined);
    asFresh(core, draft, () => fill(draft));
    store();
  } finally {
    roots.release(id);
  }
}
