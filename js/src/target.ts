// A target is what a caller may name an object by.
// Doors: every method that takes a view, an array or a handle.

import type { Address } from './abi.js';
import type { Core } from './core.js';
import { problem, show } from './errors.js';
import { Handle, type Shape } from './handle.js';
import { heldBy } from './holds.js';
import { intrinsic } from './intrinsic.js';
import { kIsView } from './symbols.js';

/** The handle of a target, which must be alive and of this heap. `what` begins the texts. */
export function targetOf(core: Core, target: unknown, what: string): Handle {
  core.alive();
  const handle = Handle.of(target);
  if (handle === undefined) {
    if (typeof target === 'object' && target !== null && kIsView in target)
      throw problem(
        'BAD_TYPE',
        `${what}: the view has another object’s handle as its $, or there is a Proxy around it`,
      );
    throw problem('BAD_POINTER', `${what}: ${show(target)} is not a view or a handle of this heap`);
  }
  if (Handle.shape(handle).core !== core) throw problem('WRONG_HEAP', `${what}: the handle is of another heap`);
  Handle.address(handle);
  return handle;
}

/**
 * The handle of what a further root is wanted for: a target, or a typed array over an object, such as a `bytes` field.
 * That has a part of the object, of the shape `untyped`, which covers just its bytes.
 */
export function rootableOf(core: Core, untyped: Shape, target: unknown, what: string): Handle {
  return ArrayBuffer.isView(target) ? handleOfBytes(core, untyped, target, what) : targetOf(core, target, what);
}

function handleOfBytes(core: Core, untyped: Shape, array: ArrayBufferView, what: string): Handle {
  const whole = targetOf(core, heldBy(array) ?? array, what);
  if (intrinsic(array, 'buffer') !== core.buffer())
    throw problem('STALE_HANDLE', `${what}: growth of the heap has detached the array: read it again`);
  const [address, size] = [intrinsic(array, 'byteOffset') as Address, intrinsic(array, 'byteLength')];
  const root = Handle.address(whole);
  // The root of a cursor's array is where the cursor is now.
  if (size > 0 && (address < root || address + size > root + whole.size))
    throw problem('STALE_HANDLE', `${what}: the array is of an object that its cursor has left: read it again`);
  return Handle.part(whole, untyped, address, size);
}
