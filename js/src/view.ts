// Views: JS objects whose properties are the fields of a heap object. Each type has one prototype, built once from the
// codecs of its fields, without `eval`; a view itself is an object with one own property, its handle `$`.
//
// Why `$` is an ordinary property and the prototype has no ancestors: property access stays fast when a program has
// many types (a private name would not), and a field may have any name.
//
//   view ──$──> Handle (address, shape)          prototype ──> null: the fields' accessors, [Symbol.dispose]
//
// Doors: types.ts builds them; cursor.ts uses the same accessors.

import type { Codec } from './codec.js';
import { Handle, type AnyView, type Shape } from './handle.js';
import { kDispose } from './symbols.js';

/** A field in its place. */
export interface Place {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec;
}

/** The property for a field, for any object whose `$` is a handle of the shape. */
function accessorOf(shapeOfOwner: Shape, { offset, codec }: Place): PropertyDescriptor {
  // Constants, not parameters: an engine folds them when it inlines the accessor.
  const shape = shapeOfOwner;
  const at = offset;
  const { read, write, assign } = codec;
  const get = function (this: AnyView): unknown {
    return read(Handle.live(this.$, shape) + at);
  };
  const set =
    write === undefined
      ? function (this: AnyView, value: unknown): void {
          const owner = this.$;
          Handle.live(owner, shape);
          assign(owner, at, value);
        }
      : function (this: AnyView, value: unknown): void {
          write(Handle.live(this.$, shape) + at, value);
        };
  return { get, set, enumerable: true, configurable: true };
}

/** The accessors of all fields, on a prototype without ancestors. */
export function prototypeOf(shape: Shape, places: readonly Place[]): object {
  const prototype = Object.create(null) as object;
  for (const place of places) Object.defineProperty(prototype, place.name, accessorOf(shape, place));
  Object.defineProperty(prototype, kDispose, {
    value: function (this: AnyView): void {
      this.$.dispose();
    },
    configurable: true,
    writable: true,
  });
  return prototype;
}

/** Makes a view for a handle. */
export type ViewMaker = new (handle: Handle) => AnyView;

/** The constructor of views over a prototype. */
export function viewMaker(prototype: object): ViewMaker {
  const View = function (this: { $: Handle }, handle: Handle): void {
    this.$ = handle;
  };
  View.prototype = prototype;
  return View as unknown as ViewMaker;
}
