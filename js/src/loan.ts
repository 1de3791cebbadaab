// Loans: what a finalizer is given. The view, and what is read from it, are released when the function is over (B3),
// whatever the JS engine's collector thinks of them; Heap.keep makes one of them a registered view. A loan roots by
// numbers of the core's table, since a function that returns a promise outlives every frame of the shadow stack.
//
// Doors: lifecycle.ts.

import type { Address, HandleId } from './abi.js';
import { AddressTable } from './address-table.js';
import type { Core } from './core.js';
import { problem } from './errors.js';
import { Handle, type Keeper, type Shape } from './handle.js';
import { emptyIn, isStill, type Roots } from './roots.js';
import { targetOf } from './target.js';

export class Loan implements Keeper {
  readonly #roots: Roots;
  #lent: Handle[] = [];
  /** What was read, by the address of the reference: a repeated read gives the same view. None until the first read. */
  #known: AddressTable<object> | undefined;
  #isOver = false;

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  /** A handle for a number that is taken already. */
  lend(shape: Shape, address: Address, size: number, id: HandleId): Handle {
    const handle = new Handle(this, address, id, shape, size, undefined);
    this.#lent.push(handle);
    return handle;
  }

  read(slot: Address, shape: Shape, address: Address, size: number): object {
    // From a part of a view that was kept.
    if (this.#isOver) return this.#roots.read(slot, shape, address, size);
    const table = (this.#known ??= new AddressTable<object>());
    const known = table.get(slot);
    if (isStill(known, shape, address, size)) return known;
    const view = new shape.maker(this.open(shape, address, size), shape);
    table.set(slot, view);
    return view;
  }

  readEmpty(slot: Address, shape: Shape, owner: Handle): object {
    return this.#isOver ? this.#roots.readEmpty(slot, shape) : emptyIn(owner, shape);
  }

  open(shape: Shape, address: Address, size: number): Handle {
    if (this.#isOver) return this.#roots.open(shape, address, size);
    return this.lend(shape, address, size, this.#roots.number(address));
  }

  closed(_handle: Handle, id: HandleId): void {
    this.#roots.release(id);
  }

  /** The function is over: all that was lent and not kept roots nothing any more. */
  end(): void {
    this.#isOver = true;
    for (const handle of this.#lent) {
      if (Handle.keeper(handle) !== this) continue;
      const id = Handle.id(handle);
      Handle.giveBack(handle);
      if (id !== 0) this.#roots.release(id);
    }
    this.#lent = [];
    this.#known = undefined;
  }
}

/** Heap.keep: what was lent is registered from now on; what is registered stays so. */
export function keepLent(core: Core, roots: Roots, target: unknown): void {
  const handle = Handle.whole(targetOf(core, target, 'keep'));
  const keeper = Handle.keeper(handle);
  if (keeper instanceof Loan) roots.keep(handle);
  else if (keeper !== roots && Handle.id(handle) === 0)
    throw problem('BAD_ARGUMENT', 'keep: the view is of a scope: use frame.keep(view) or heap.own(view)');
}
