// Init objects: what an object is made from is nearly always a literal, whose properties an engine finds quickest by
// `for in` with the name that the loop gives. The fields of the last such object, in their order, are what the next one
// has likely too. A list of them is never changed once it is a type's, so getters may make objects of the same type
// meanwhile.
//
// Numbers are stored by one function for all kinds: an engine inlines it, where it would call the writer of each kind.
// Doors: types.ts (newobject).

import type { Address } from './abi.js';
import type { Core } from './core.js';
import { asFresh } from './draft.js';
import { located, problem, show } from './errors.js';
import { Handle } from './handle.js';
import { numberStore } from './numbers.js';
import type { TypeRecord } from './type-record.js';
import type { Place } from './view.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** Copies the fields of another object, without those that are `done`. */
type CopyFields = (owner: Handle, record: TypeRecord, source: unknown, done: readonly Place[]) => void;

/**
 * Assigns the properties of an init object to a whole object that nobody has seen. False, and nothing assigned, for
 * handles and for what has no properties.
 */
export type Literals = (owner: Handle, record: TypeRecord, init: unknown) => boolean;

/** Makes the function over constants of the heap: an engine folds them. */
export function literals(core: Core, copyFields: CopyFields): Literals {
  const store = numberStore(core.memory);
  const assign = (owner: Handle, place: Place, value: unknown): void => {
    if (place.write !== undefined) place.write((Handle.address(owner) + place.offset) as Address, value);
    else if (!place.isPart) place.assign(owner, place.offset, value);
    else asFresh(core, owner, () => place.assign(owner, place.offset, value));
  };
  /** A property that was not expected. Undefined: it is `$`. */
  const placeOf = (record: TypeRecord, name: string): Place | undefined => {
    const place = record.placeOf.get(name);
    if (place === undefined && name !== '$') throw problem('BAD_ARGUMENT', `${record.name} has no field ${show(name)}`);
    return place;
  };
  return (owner, record, init) => {
    // A view's only own property is its `$`. A handle has another one.
    if (typeof init !== 'object' || init === null || init instanceof Handle) return false;
    const given = init as Record<string, unknown>;
    const address = Handle.address(owner);
    const { likely } = record;
    /** The fields of this object so far, once they are others than the likely ones. */
    let order: Place[] | undefined;
    let at = '';
    let i = 0;
    try {
      for (const name in given) {
        // What an object inherits is no field that was given. An engine knows that a literal's are its own.
        if (!hasOwn.call(given, name)) continue;
        at = name;
        let place = likely[i];
        if (place === undefined || place.name !== name) {
          order ??= likely.slice(0, i);
          place = placeOf(record, name);
          if (place === undefined) {
            // Wherever it stands, its object is where the values come from, and fields beside it win.
            copyFields(owner, record, given[name], order);
            continue;
          }
        }
        order?.push(place);
        i += 1;
        const value = given[name];
        if (!store(place.direct, (address + place.offset) as Address, value)) assign(owner, place, value);
      }
    } catch (error) {
      throw located(error, `.${at}`);
    }
    if (order !== undefined) record.likely = order;
    return i > 0 || order !== undefined;
  };
}
