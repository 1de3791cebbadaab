// Views: JS objects whose properties are the fields of a heap object. Each type has one prototype, built once from the
// codecs of its fields, without `eval`; a view itself is an object with one own property, its handle `$`.
//
// `$` is an ordinary property, because property access stays fast with one when a program has many types; with a
// private name it would not. The prototype has no ancestor but the guard, which has no properties, so a field may have
// any name.
//
//   view ──$──> Handle (address, shape)
//    └────────> prototype (the fields' accessors, [Symbol.dispose], faces for consoles and JSON) ──> guard ──> null
//
// Views of parts have a prototype of their own, whose accessors ask whether the whole still lives. The accessors are
// written out once for each: an engine that inlines one folds its constants, and does not mix up what it learnt.
//
// Doors: types.ts builds them; cursor.ts uses the same accessors.

import type { Address } from './abi.js';
import type { Codec } from './codec.js';
import { located, problem, show } from './errors.js';
import { Handle, type AnyView, type Shape } from './handle.js';
import { refuseWrites } from './own-handle.js';
import { kDispose, kIsView, kOwnHandle } from './symbols.js';

/** A field in its place. */
export interface Place {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec;
  /** The codec's, where an engine finds them faster: places have one shape, codecs have many. */
  readonly write: Codec['write'];
  readonly assign: Codec['assign'];
  readonly isPart: boolean;
  /** Which of the numbers it is that literal.ts stores itself; 0: none of them. */
  readonly direct: number;
}

// Constants of this file: an engine folds them, where it would load the class and ask whether its methods are the same.
const { live, livePartOf, knownPart, keepPart } = Handle;

type Getter = (this: AnyView) => unknown;
type Setter = (this: AnyView, value: unknown) => void;

/** Parts are the same object as long as their whole's view is good. `field` is the number of the field. */
function partGetter(shape: Shape, place: Place, field: number): Getter {
  const { offset, codec } = place;
  const { read } = codec;
  if (codec.kind === 'bytes') return bytesGetter(live, shape, place, field);
  return function () {
    const owner = this.$;
    const address = live(owner, shape, this);
    const known = knownPart(owner, field);
    return known !== undefined ? known : keepPart(owner, field, read((address + offset) as Address, owner) as object);
  };
}

/** The same for parts of parts. */
function innerPartGetter(shape: Shape, place: Place, field: number): Getter {
  const { offset, codec } = place;
  const { read } = codec;
  if (codec.kind === 'bytes') return bytesGetter(livePartOf, shape, place, field);
  return function () {
    const owner = this.$;
    const address = livePartOf(owner, shape, this);
    const known = knownPart(owner, field);
    return known !== undefined ? known : keepPart(owner, field, read((address + offset) as Address, owner) as object);
  };
}

/** Bytes are the same array until the memory has grown. */
function bytesGetter(check: typeof live, shape: Shape, { offset, codec }: Place, field: number): Getter {
  const { read } = codec;
  const { memory } = shape.core;
  return function () {
    const owner = this.$;
    const address = (check(owner, shape, this) + offset) as Address;
    const known = knownPart(owner, field) as Uint8Array | undefined;
    if (known !== undefined && memory.u8.length !== 0 && known.length !== 0) return known;
    return keepPart(owner, field, read(address, owner) as object);
  };
}

/** The property for a field of a whole object. */
function accessorOf(shapeOfOwner: Shape, place: Place, field: number): { get: Getter; set: Setter } {
  // Constants, not parameters: an engine folds them when it inlines the accessor.
  const shape = shapeOfOwner;
  const at = place.offset;
  const where = `${shape.type?.name ?? ''}.${place.name}`;
  const { read, write, assign, isPart, isReference } = place.codec;
  const get: Getter = isPart
    ? partGetter(shape, place, field)
    : isReference
      ? function () {
          const owner = this.$;
          return read((live(owner, shape, this) + at) as Address, owner);
        }
      : function () {
          return read((live(this.$, shape, this) + at) as Address);
        };
  const set: Setter =
    write === undefined
      ? function (value) {
          const owner = this.$;
          live(owner, shape, this);
          try {
            assign(owner, at, value);
          } catch (error) {
            throw located(error, where);
          }
        }
      : function (value) {
          write((live(this.$, shape, this) + at) as Address, value, where);
        };
  return { get, set };
}

/** The same for a field of a part. */
function partAccessorOf(shape: Shape, place: Place, field: number): { get: Getter; set: Setter } {
  const at = place.offset;
  const where = `${shape.type?.name ?? ''}.${place.name}`;
  const { read, write, assign, isPart } = place.codec;
  const get: Getter = isPart
    ? innerPartGetter(shape, place, field)
    : function () {
        const owner = this.$;
        return read((livePartOf(owner, shape, this) + at) as Address, owner);
      };
  const set: Setter = function (value) {
    const owner = this.$;
    const address = (livePartOf(owner, shape, this) + at) as Address;
    try {
      if (write === undefined) assign(owner, at, value);
      else write(address, value);
    } catch (error) {
      throw located(error, where);
    }
  };
  return { get, set };
}

/**
 * The end of every prototype chain: whoever writes a property that nothing before it has is told so. It is asked for
 * such properties only, so fields cost the same.
 */
const kGuard: object = new Proxy(Object.freeze(Object.create(null) as object), {
  set(_target, name, _value, receiver: unknown) {
    throw problem('BAD_ARGUMENT', `${Handle.of(receiver)?.type?.name ?? 'the view'} has no field ${show(name)}`);
  },
});

/** The accessors of all fields, on a prototype without ancestors but the guard; and `others`, where no field has their names. */
export function prototypeOf(
  shape: Shape,
  places: readonly Place[],
  others: PropertyDescriptorMap,
  accessor: typeof accessorOf = accessorOf,
): object {
  const prototype = Object.create(kGuard, others) as object;
  places.forEach((place, field) => {
    Object.defineProperty(prototype, place.name, {
      ...accessor(shape, place, field),
      enumerable: true,
      configurable: true,
    });
  });
  Object.defineProperty(prototype, kDispose, {
    value: function (this: AnyView): void {
      const handle = Handle.of(this);
      if (handle === undefined) throw problem('BAD_ARGUMENT', 'not a view of this package');
      handle.dispose();
    },
    configurable: true,
    writable: true,
  });
  return prototype;
}

/** The same for parts of objects. */
export function partPrototypeOf(shape: Shape, places: readonly Place[], others: PropertyDescriptorMap): object {
  return prototypeOf(shape, places, others, partAccessorOf);
}

/** Makes a view for a handle. */
export type ViewMaker = new (handle: Handle) => AnyView;

/** A class for each type: its instances have a hidden class of their own. */
function plainClass(): ViewMaker {
  return class {
    declare readonly $: Handle;
    constructor(handle: Handle) {
      this.$ = handle;
      Handle.bind(handle, this);
    }
  } as unknown as ViewMaker;
}

/** The same where a write to `$` is to throw. */
function guardedClass(name: string): ViewMaker {
  return class {
    declare readonly $: Handle;
    constructor(handle: Handle) {
      refuseWrites(this, handle, name);
      Handle.bind(handle, this);
    }
  } as unknown as ViewMaker;
}

/**
 * The constructor of views over a prototype. `name` is what debuggers show. `$` is assigned, not defined as a class
 * field would be: with many types, V8 defines a property ten times as slowly as it assigns one.
 */
export function viewMaker({ core }: Shape, prototype: object, name: string): ViewMaker {
  const View = core.refusesWrites ? guardedClass(name) : plainClass();
  Reflect.deleteProperty(View.prototype, 'constructor');
  Object.defineProperties(View.prototype, Object.getOwnPropertyDescriptors(prototype));
  Object.defineProperties(View.prototype, { $: kOwnHandle, [kIsView]: { value: true } });
  Object.setPrototypeOf(View.prototype, Object.getPrototypeOf(prototype) as object);
  Object.defineProperty(View, 'name', { value: name, configurable: true });
  return View;
}
