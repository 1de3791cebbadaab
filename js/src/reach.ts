// What the core cannot see of a finalizer or a cleanup that will never run (F10): JS values. A cleanup's argument that
// leads to its object, or a `js` field of the object whose value holds a view of it, keeps the object alive for ever.
// The parts of the face that the search asks are handed to it, so that it is a script without imports.
//
// The search goes through plain objects, arrays, maps and sets, and through the heap by addresses; what a closure holds
// nobody can see. It makes no handle and stops after so many steps.
// Doors: lifecycle.ts, with debug.finalizerChecks; further.ts says how a heap comes by it.

import type { Address } from './abi.js';
import type { Codec, Referent } from './codec.js';
import type { elementOf, lengthOf, placesOf } from './copy.js';
import type { Core, Found } from './core.js';
import type { Handle } from './handle.js';
import type { heldBy } from './holds.js';
import type { ownHandleOf } from './own-handle.js';
import type { Type } from './type.js';

const kStepsMax = 20_000;

/** The search asks these. */
export interface Asked {
  readonly Handle: typeof Handle;
  readonly Type: typeof Type;
  readonly heldBy: typeof heldBy;
  readonly ownHandleOf: typeof ownHandleOf;
  readonly elementOf: typeof elementOf;
  readonly lengthOf: typeof lengthOf;
  readonly placesOf: typeof placesOf;
}

/** A place to look at; `viaJs`: a JS value leads to it, so what it reaches is kept. */
type Step = { readonly js: unknown } | { readonly at: Referent; readonly viaJs: boolean };

class Search {
  readonly #asked: Asked;
  readonly #core: Core;
  readonly #target: Found;
  readonly #waiting: Step[] = [];
  readonly #seenValues = new Set<object>();
  readonly #seenPlaces = new Set<string>();

  constructor(asked: Asked, core: Core, target: Found) {
    this.#asked = asked;
    this.#core = core;
    this.#target = target;
  }

  push(step: Step): void {
    this.#waiting.push(step);
  }

  run(): boolean {
    for (let steps = 0; steps < kStepsMax; steps++) {
      const step = this.#waiting.pop();
      if (step === undefined) return false;
      if ('at' in step) {
        if (this.#place(step.at, step.viaJs)) return true;
        continue;
      }
      try {
        this.#value(step.js);
      } catch {
        // A Proxy lets nobody look: it counts as if nothing were in it.
      }
    }
    return false;
  }

  #value(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#seenValues.has(value)) return;
    this.#seenValues.add(value);
    const { Handle, heldBy, ownHandleOf } = this.#asked;
    // Only what is there already is read: no getter of the value's runs.
    const handle = [ownHandleOf(value), value, heldBy(value)].find(Handle.isHandle);
    if (handle !== undefined) {
      const shape = Handle.shape(handle);
      if (shape.core !== this.#core || handle.disposed) return;
      this.push({ at: { shape, address: Handle.rootAddress(handle), size: Math.max(handle.size, 1) }, viaJs: true });
      return;
    }
    if (value instanceof Map) for (const pair of value) this.push({ js: pair });
    else if (value instanceof Set) for (const each of value) this.push({ js: each });
    for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) this.push({ js: inner });
  }

  /** True: the target is kept. */
  #place({ shape, address, size }: Referent, viaJs: boolean): boolean {
    const { base } = this.#target;
    const { elementOf, lengthOf, placesOf } = this.#asked;
    if (viaJs && address >= base && address < base + Math.max(this.#target.size, 1)) return true;
    const element = elementOf(shape);
    const key = `${address} ${size} ${viaJs} ${shape.type?.name ?? ''} ${element?.key ?? ''}`;
    if (this.#seenPlaces.has(key)) return false;
    this.#seenPlaces.add(key);
    if (element !== undefined) this.#elements(element, address, lengthOf(element, size), viaJs);
    for (const { offset, codec } of placesOf(shape) ?? []) this.#field(codec, (address + offset) as Address, viaJs);
    return false;
  }

  #elements(element: Codec, address: Address, count: number, viaJs: boolean): void {
    if (element.pointers === null && element.hosts === null) return;
    for (let i = 0; i < Math.min(count, kStepsMax); i++)
      this.#field(element, (address + i * element.size) as Address, viaJs);
  }

  #field(codec: Codec, address: Address, viaJs: boolean): void {
    if (codec.refersTo !== undefined) {
      const at = codec.refersTo(address);
      if (at !== null) this.push({ at, viaJs });
    } else if (codec.kind === 'js') {
      this.push({ js: codec.read(address) });
    } else if (codec.element !== undefined) {
      this.#elements(codec.element, address, codec.count, viaJs);
    } else if (codec.kind === 'struct') {
      for (const { offset, codec: inner } of this.#asked.Type.record(codec.target)?.places ?? [])
        this.#field(inner, (address + offset) as Address, viaJs);
    }
  }
}

export type KeepsItself = typeof keepsItself;

/** Whether JS values keep the object that was found: its own, or the argument of its cleanup. */
export function keepsItself(
  asked: Asked,
  { core, handle, found, argument }: { core: Core; handle: Handle; found: Found; argument: unknown },
): boolean {
  const { Handle } = asked;
  const search = new Search(asked, core, found);
  search.push({ js: argument });
  search.push({
    at: { shape: Handle.shape(handle), address: Handle.address(handle), size: handle.size },
    viaJs: false,
  });
  return search.run();
}
