// Plain copies of what is in the heap, for programs and for JSON. The heap is read by addresses, so no handle is made,
// nothing is rooted and nothing collected.
//
// Doors: toJS is public; present.ts puts toJSON on the prototypes of views.

import type { Address } from './abi.js';
import type { Codec, Referent } from './codec.js';
import { problem, show } from './errors.js';
import { Handle, type Shape } from './handle.js';
import { Type } from './type.js';
import type { Place } from './view.js';

/** What stands at an address: the fields of an object, the elements of an array, or bytes nobody knows. */
export function placesOf(shape: Shape): readonly Place[] | undefined {
  return 'element' in shape ? undefined : Type.record(shape.type)?.places;
}

export function elementOf(shape: Shape): Codec | undefined {
  return (shape as { element?: Codec }).element;
}

export function lengthOf(element: Codec, size: number): number {
  return element.size === 0 ? 0 : Math.floor(size / element.size);
}

/** What a part is: its shape is not needed to read it. */
export function partOf(codec: Codec, address: Address): { places?: readonly Place[]; element?: Codec; count: number } {
  if (codec.element !== undefined) return { element: codec.element, count: codec.count };
  return { places: Type.record(codec.target)?.places ?? [], count: address === 0 ? 0 : 1 };
}

function bytesAt(shape: Shape, address: Address, size: number): Uint8Array {
  return new Uint8Array(shape.core.buffer(), size === 0 ? 0 : address, size).slice();
}

/** Sets a property of a plain object, whatever its name. */
function put(object: object, name: string, value: unknown): void {
  if (name !== '__proto__') (object as Record<string, unknown>)[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The handle of a view, an array or a handle, which must be alive. */
function subject(target: unknown, what: string): Handle {
  const handle = Handle.of(target);
  if (handle === undefined) throw problem('BAD_POINTER', `${what}: ${show(target)} is not a view or a handle`);
  const { core } = Handle.shape(handle);
  core.alive();
  Handle.address(handle);
  core.refresh();
  return handle;
}

/**
 * A deep plain copy of a view, an array or a handle: objects with the fields, arrays with the elements, `Uint8Array`s
 * for bytes and for memory without a type, bigints for 64-bit integers. Values of `js` fields are not copied. What is
 * referred to twice, or in a circle, is so in the copy. Never collects, and roots nothing. Cost: linear in what is
 * reachable. Throws STALE_HANDLE, BAD_POINTER.
 *
 * @example
 * ```ts
 * import { createHeap, t, toJS } from 'mallocgc';
 * const heap = await createHeap();
 * const { User } = heap.defineTypes({ User: { name: t.string, tags: t.slice(t.u8) } });
 * const user = heap.newobject(User, { name: 'Ada', tags: [1, 2] });
 * console.log(JSON.stringify(toJS(user))); // {"name":"Ada","tags":[1,2]}
 * heap.dispose();
 * ```
 */
export function toJS(target: unknown): unknown {
  const handle = subject(target, 'toJS');
  const { core } = Handle.shape(handle);
  const seen = new Map<Shape, Map<Address, object>>();
  const waiting: (() => void)[] = [];
  const whole = ({ shape, address, size }: Referent): object => {
    let known = seen.get(shape);
    if (known === undefined) seen.set(shape, (known = new Map<Address, object>()));
    const before = known.get(address);
    if (before !== undefined) return before;
    const places = placesOf(shape);
    const element = elementOf(shape);
    const copy = element !== undefined ? [] : places !== undefined ? {} : bytesAt(shape, address, size);
    known.set(address, copy);
    if (element !== undefined) waiting.push(() => items(copy as unknown[], element, address, lengthOf(element, size)));
    else if (places !== undefined) waiting.push(() => fields(copy, places, address));
    return copy;
  };
  const items = (copy: unknown[], element: Codec, address: Address, count: number): void => {
    for (let i = 0; i < count; i++) copy.push(value(element, (address + i * element.size) as Address));
  };
  const fields = (copy: object, places: readonly Place[], address: Address): void => {
    for (const { name, offset, codec } of places) put(copy, name, value(codec, (address + offset) as Address));
  };
  const value = (codec: Codec, address: Address): unknown => {
    if (codec.refersTo !== undefined) {
      const referent = codec.refersTo(address);
      return referent !== null ? whole(referent) : codec.kind === 'slice' ? [] : null;
    }
    if (codec.isPart !== true) return codec.read(address);
    if (codec.kind === 'bytes') return core.memory.u8.slice(address, address + codec.count);
    const { element, places, count } = partOf(codec, address);
    const copy = element === undefined ? {} : [];
    if (element !== undefined) waiting.push(() => items(copy as unknown[], element, address, count));
    else waiting.push(() => fields(copy, places ?? [], address));
    return copy;
  };
  const copy = whole({ shape: Handle.shape(handle), address: Handle.address(handle), size: handle.size });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
  return copy;
}

/** What JSON.stringify is given: fields and elements, 64-bit integers as decimal strings, bytes as arrays. */
export function toJSON(target: unknown): unknown {
  const handle = subject(target, 'JSON');
  const { core } = Handle.shape(handle);
  const done = new Map<Shape, Map<Address, unknown>>();
  const open = new Set<string>();
  const whole = ({ shape, address, size }: Referent): unknown => {
    const known = done.get(shape)?.get(address);
    if (known !== undefined) return known;
    const key = `${shape.type?.name ?? ''} ${elementOf(shape)?.key ?? ''} ${address}`;
    if (open.has(key))
      throw problem(
        'BAD_ARGUMENT',
        `JSON: a ${shape.type?.name ?? 'list'} refers to itself, in a circle; toJS(view) copies circles`,
      );
    open.add(key);
    const places = placesOf(shape);
    const element = elementOf(shape);
    const copy =
      element !== undefined
        ? items(element, address, lengthOf(element, size))
        : places !== undefined
          ? fields(places, address)
          : [...bytesAt(shape, address, size)];
    open.delete(key);
    let ofShape = done.get(shape);
    if (ofShape === undefined) done.set(shape, (ofShape = new Map<Address, unknown>()));
    ofShape.set(address, copy);
    return copy;
  };
  const items = (element: Codec, address: Address, count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => value(element, (address + i * element.size) as Address));
  const fields = (places: readonly Place[], address: Address): object => {
    const copy = {};
    for (const { name, offset, codec } of places) put(copy, name, value(codec, (address + offset) as Address));
    return copy;
  };
  const value = (codec: Codec, address: Address): unknown => {
    if (codec.refersTo !== undefined) {
      const referent = codec.refersTo(address);
      return referent !== null ? whole(referent) : codec.kind === 'slice' ? [] : null;
    }
    if (codec.kind === 'bytes') return [...core.memory.u8.subarray(address, address + codec.count)];
    if (codec.isPart === true) {
      const { element, places, count } = partOf(codec, address);
      return element === undefined ? fields(places ?? [], address) : items(element, address, count);
    }
    const plain = codec.read(address);
    return typeof plain === 'bigint' ? String(plain) : plain;
  };
  try {
    return whole({ shape: Handle.shape(handle), address: Handle.address(handle), size: handle.size });
  } catch (error) {
    if (!(error instanceof RangeError) || 'code' in error) throw error;
    throw problem('BAD_ARGUMENT', 'JSON: nested too deeply for the engine’s stack');
  }
}

interface Equality {
  equals?: (a: unknown, b: unknown, testers?: unknown[]) => boolean;
}

/**
 * For `expect.addEqualityTesters([viewEquality])` of Jest and Vitest: views, arrays and handles equal what their plain
 * copies equal, so `expect(view).toEqual({ … })` compares the fields. Undefined where neither is one.
 */
export function viewEquality(
  this: Equality | undefined,
  a: unknown,
  b: unknown,
  testers?: unknown[],
): boolean | undefined {
  const [one, other] = [Handle.of(a), Handle.of(b)];
  if (one === undefined && other === undefined) return undefined;
  if (one !== undefined && other !== undefined && one.equals(other)) return true;
  if (one?.disposed === true || other?.disposed === true) return false;
  const left = one === undefined ? a : toJS(one);
  const right = other === undefined ? b : toJS(other);
  return this?.equals?.(left, right, testers) ?? false;
}
