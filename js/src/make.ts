// What the heap allocates besides objects of a type: blocks, arrays, texts. Each function checks its arguments,
// allocates, and roots the result by a registered handle.
// Doors: heap.ts.

import { checkFlags, checkSize } from './arguments.js';
import { ArrayView } from './array.js';
import { problem, show } from './errors.js';
import type { Handle } from './handle.js';
import { plainElement } from './layout.js';
import type { Rooms } from './rooms.js';
import { newText } from './values.js';

/** Go's mallocgc. */
export function makeBlock(rooms: Rooms, size: unknown, type: unknown, flags: unknown): Handle {
  const { core, allocator, roots, types } = rooms;
  core.alive();
  const bytes = checkSize(size);
  const bits = checkFlags(flags);
  const record = type === null || type === undefined ? undefined : types.record(type, 'mallocgc');
  const address = allocator.allocate(bytes, record?.id ?? 0, bits);
  const { layouts } = types;
  const shape =
    record === undefined
      ? roots.untyped
      : bytes === record.size
        ? record.shape
        : layouts.arrayShape(layouts.byValue(record));
  return roots.open(shape, address, bytes);
}

/** An array of a type by value, or of a field kind. */
export function makeArray({ core, roots, types }: Rooms, type: unknown, length: number): ArrayView {
  core.alive();
  const written = plainElement(type, 'newarray');
  core.alive();
  const { layouts } = types;
  const shape = layouts.transact(() => layouts.arrayShape(layouts.element(written, 'newarray')));
  const address = layouts.arrays.allocate(shape, length);
  return new ArrayView(roots.open(shape, address, length * shape.element.size), shape, length);
}

/** Go's rawmem. */
export function makeRaw({ core, allocator, roots }: Rooms, size: unknown): Handle {
  core.alive();
  const bytes = checkSize(size);
  return roots.open(roots.untyped, bytes === 0 ? core.zerobase : allocator.raw(bytes), bytes);
}

/** A text, as a handle that string fields take. */
export function makeText({ core, allocator, roots, types }: Rooms, text: unknown): Handle {
  core.alive();
  if (typeof text !== 'string') throw problem('BAD_ARGUMENT', `string takes a string, not ${show(text)}`);
  const { address, bytes } = newText(core, allocator, text);
  return roots.open(types.stringShape, bytes === 0 ? core.zerobase : address, bytes);
}
