// Weak handles (F8): they do not keep their object alive, read as undefined once it was found unreachable, and equal
// each other for the same target even after its death. Doors: Heap.weak.

import type { Core } from './core.js';
import { registry } from './engine.js';
import type { Events } from './events.js';
import { Handle, type Shape } from './handle.js';
import type { Roots } from './roots.js';
import { kDispose } from './symbols.js';
import { targetOf } from './target.js';

/**
 * A reference that does not keep its object alive.
 *
 * @example
 * ```ts
 * import { createHeap, t } from 'mallocgc';
 * const heap = await createHeap();
 * const { Item } = heap.defineTypes({ Item: { value: t.i32 } });
 * const item = heap.newobject(Item, { value: 1 });
 * const weak = heap.weak(item);
 * console.log(weak.deref()?.value); // 1
 * heap.dispose();
 * ```
 */
export class Weak<V = unknown> {
  readonly #weaks: Weaks;
  readonly #shape: Shape;
  readonly #size: number;
  readonly #id: number;
  #disposed = false;

  /** @internal */
  constructor(weaks: Weaks, shape: Shape, size: number, id: number) {
    this.#weaks = weaks;
    this.#shape = shape;
    this.#size = size;
    this.#id = id;
  }

  /** A fresh view of the object; undefined once it is dead, or this handle or the heap is disposed. */
  deref(): V | undefined {
    const { core, roots, events } = this.#weaks;
    if (this.#disposed || core.disposed) return undefined;
    const address = core.wasm.mgc_weak_get(this.#id) >>> 0;
    events.afterCall();
    if (address === 0) return undefined;
    return this.#shape.wrap(roots.open(this.#shape, address, this.#size)) as V;
  }

  /** Whether the other is a weak handle of the same object, dead or alive. */
  equals(other: unknown): boolean {
    return (
      typeof other === 'object' &&
      other !== null &&
      #id in other &&
      other.#id === this.#id &&
      other.#weaks === this.#weaks
    );
  }

  [kDispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#weaks.close(this, this.#id);
  }
}

/**
 * The weak handles of one heap. Their numbers are counted references in the core, so each is given back exactly once.
 */
export class Weaks {
  readonly #registry: FinalizationRegistry<number>;

  constructor(
    readonly core: Core,
    readonly roots: Roots,
    readonly events: Events,
  ) {
    this.#registry = registry((id) => this.#free(id));
  }

  open(target: unknown): Weak {
    const handle = targetOf(this.core, target, 'weak');
    const id = this.core.tryTwice(0, () => this.core.wasm.mgc_weak_new(Handle.address(handle)));
    this.events.afterCall();
    if (id === 0) this.core.fail();
    const weak = new Weak(this, Handle.shape(handle), handle.size, id);
    this.#registry.register(weak, id, weak);
    return weak;
  }

  close(weak: Weak, id: number): void {
    this.#registry.unregister(weak);
    this.#free(id);
  }

  #free(id: number): void {
    if (!this.core.disposed) this.core.wasm.mgc_weak_free(id);
  }
}
