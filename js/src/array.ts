// ArrayView: n elements in a row, wherever they are: an object of their own (newarray), the target of a slice, or
// inside an object (t.array). Elements are read and assigned through their codec.
//
// inv.js.array: length * element.size bytes from the handle's address on lie in one object.
// Doors: Heap.newarray, sequences.ts.

import { kNull, type Address } from './abi.js';
import type { Codec } from './codec.js';
import { foreign, located, problem, show } from './errors.js';
import type { NumberArray } from './fields.js';
import { Handle, type Shape } from './handle.js';
import { holding } from './holds.js';
import { refuseWrites } from './own-handle.js';
import { kDispose, kIsView, kOwnHandle } from './symbols.js';

/** The shape of arrays with one kind of element. */
export interface ArrayShape extends Shape {
  readonly element: Codec;
}

/**
 * Elements in the heap. Roots what it is a view of, like any view.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const numbers = heap.newarray(t.f64, 3);
 * numbers.set(0, 1.5);
 * numbers.view().fill(2, 1);
 * console.log([...numbers], numbers.at(-1)); // [1.5, 2, 2] 2
 * heap.dispose();
 * ```
 */
export class ArrayView<R = unknown, W = R, A = R extends bigint ? BigInt64Array | BigUint64Array : NumberArray> {
  /** The handle of the object which the elements are in. */
  declare readonly $: Handle;
  readonly #handle: Handle;
  readonly #shape: ArrayShape;
  readonly #length: number;

  /** @internal */
  constructor(
    handle: Handle,
    shape: ArrayShape,
    length = shape.element.size === 0 ? 0 : Math.floor(handle.size / shape.element.size),
  ) {
    if (shape.core.refusesWrites) refuseWrites(this, handle, 'ArrayView');
    else this.$ = handle;
    Handle.bind(handle, this);
    this.#handle = handle;
    this.#shape = shape;
    this.#length = length;
  }

  /** How many elements. */
  get length(): number {
    ArrayView.#branded(this);
    return this.#length;
  }

  /** Element `i`, from the end if negative, as Array.prototype.at; undefined outside. */
  at(i: number): R | undefined {
    ArrayView.#branded(this);
    const length = this.#length;
    let place = i;
    if (typeof i !== 'number' || i >>> 0 !== i || i >= length) {
      const index = typeof i === 'number' ? Math.trunc(i) || 0 : NaN;
      place = index < 0 ? index + length : index;
      if (!(place >= 0 && place < length)) return undefined;
    }
    const { element } = this.#shape;
    return element.read(
      (Handle.livePart(this.#handle, this.#shape) + place * element.size) as Address,
      this.#handle,
    ) as R;
  }

  /** Assigns element `i`, 0 <= i < length; a RangeError outside. */
  set(i: number, value: W): void {
    ArrayView.#branded(this);
    if (typeof i !== 'number' || i >>> 0 !== i || i >= this.#length) {
      throw problem('BAD_ARGUMENT', `index ${show(i)} is outside an array of ${this.#length}`, 'range');
    }
    const { element } = this.#shape;
    try {
      element.assign(this.#handle, i * element.size, value);
    } catch (error) {
      throw located(error, `${this.#shape.type?.name ?? element.key}[${i}]`);
    }
  }

  *[Symbol.iterator](): IterableIterator<R> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as R;
  }

  /**
   * Number elements in place, as a typed array. It keeps the array's handle reachable for the JS engine; `dispose()`
   * ends it nevertheless, and what is made from it (`subarray`) keeps nothing. Growth of the heap detaches it, so ask
   * again after whatever may allocate. BAD_TYPE where the elements are no numbers.
   */
  view(): A {
    ArrayView.#branded(this);
    const { element, core } = this.#shape;
    if (element.typed === undefined)
      throw problem('BAD_TYPE', `view(): elements of kind ${element.kind} are not numbers`);
    const address = Handle.livePart(this.#handle, this.#shape);
    const typed = element.typed(core.buffer(), this.#length === 0 ? kNull : address, this.#length);
    return holding(typed, Handle.whole(this.#handle)) as never;
  }

  [kDispose](): void {
    ArrayView.#branded(this);
    this.#handle.dispose();
  }

  get [Symbol.toStringTag](): string {
    return 'ArrayView';
  }

  /** @internal How many elements an array has, whatever property of its own says so. */
  static lengthOf(array: ArrayView): number {
    ArrayView.#branded(array);
    return array.#length;
  }

  /** Refuses a method that is called on a Proxy, or on anything else that is no array. */
  static #branded(value: object): void {
    if (!(#shape in value)) foreign('an ArrayView');
  }
}

Object.defineProperties(ArrayView.prototype, { $: kOwnHandle, [kIsView]: { value: true } });
// Elements are assigned by `set`: whoever writes an index, as to an array, is told so.
Object.setPrototypeOf(
  ArrayView.prototype,
  new Proxy(Object.prototype, {
    set(_target, name) {
      throw problem(
        'BAD_ARGUMENT',
        `an ArrayView has no property ${show(name)} to write: use set(i, value) for elements`,
      );
    },
  }),
);
