// A shape is what the face knows about the objects of one kind (handle.ts). All are made here, so that an engine finds
// the properties of each at the same places: it asks a shape for every view that it makes.
// Doors: types.ts (objects of a type), sequences.ts (arrays), roots.ts (memory without a type).

import type { Core } from './core.js';
import type { AnyType, Handle, Maker, Shape } from './handle.js';

/** Makes a handle of a handle: memory without a type has no other view. */
function itself(handle: Handle): Handle {
  return handle;
}

/** Makes a shape of memory whose layout nobody knows yet; `type` is what it was allocated as. */
export function plainShape(core: Core, type: AnyType | null): Shape {
  const maker = itself as unknown as Maker;
  return { core, type, size: -1, maker, partMaker: maker };
}

/** Completes a shape, and returns it. */
export function shaped<S extends object>(shape: Shape, known: S & Partial<Shape>): Shape & S {
  return Object.assign(shape, known);
}
