// What the core cannot see of a finalizer or a cleanup that will never run (F10): JS values. A cleanup's argument that
// leads to its object, or a `js` field of the object whose value holds a view of it, keeps the object alive for ever.
//
// The search goes through plain objects, arrays, maps and sets, and through the heap by addresses; what a closure holds
// nobody can see. It makes no handle and stops after so many steps.
// Doors: lifecycle.ts, with debug.finalizerChecks.

import type { Address } from './abi.js';
import type { Codec, Referent } from './codec.js';
import { elementOf, lengthOf, placesOf } from './copy.js';
import type { Core, Found } from './core.js';
import { Handle } from './handle.js';
import { heldBy } from './holds.js';
import { Type } from './type.js';

const kStepsMax = 20_000;

/** A place to look at; `viaJs`: a JS value leads to it, so what it reaches is kept. */
type Step = { readonly js: unknown } | { readonly at: Referent; readonly viaJs: boolean };

class Search {
  readonly #core: Core;
  readonly #target: Found;
  readonly #waiting: Step[] = [];
  readonly #seenValues = new Set<object>();
  readonly #seenPlaces = new Set<string>();

  constructor(core: Core, target: Found) {
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
        // A Proxy that lets nobody look: as if nothing were in it.
      }
    }
    return false;
  }

  #value(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#seenValues.has(value)) return;
    this.#seenValues.add(value);
    // Only what is there already: no getter runs.
    const own: unknown = Object.getOwnPropertyDescriptor(value, '$')?.value;
    const handle = [own, value, heldBy(value)].find(Handle.isHandle);
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
      for (const { offset, codec: inner } of Type.record(codec.target)?.places ?? [])
        this.#field(inner, (address + offset) as Address, viaJs);
    }
  }
}

/** Whether JS values keep the object that was found: its own, or the argument of its cleanup. */
export function keepsItself(core: Core, handle: Handle, found: Found, argument: unknown): boolean {
  const search = new Search(core, found);
  search.push({ js: argument });
  search.push({
    at: { shape: Handle.shape(handle), address: Handle.address(handle), size: handle.size },
    viaJs: false,
  });
  return search.run();
}
