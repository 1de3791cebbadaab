// What the face knows by the core's numbers: the types that were defined, and the elements of arrays without a named
// type.
// Doors: types.ts fills it in; whoever reads an address asks it.

import type { Address } from './abi.js';
import type { Codec } from './codec.js';
import type { Core } from './core.js';
import type { AnyType } from './handle.js';

export class Known {
  readonly #core: Core;
  readonly #types: (AnyType | undefined)[] = [];
  readonly #elements: (Codec | undefined)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** The type with a number; null: it is of nobody's, or has no name. */
  type(id: number): AnyType | null {
    return this.#types[id] ?? null;
  }

  /** The element of arrays whose unnamed type has the number. */
  element(id: number): Codec | undefined {
    return this.#elements[id];
  }

  /** The type of the object that an address is in. */
  typeAt(address: Address): AnyType | null {
    return this.type(this.#core.wasm.mgc_type_of(address) >>> 0);
  }

  addType(id: number, type: AnyType): void {
    this.#types[id] = type;
  }

  addElement(id: number, element: Codec): void {
    this.#elements[id] ??= element;
  }
}
