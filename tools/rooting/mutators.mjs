// A module keeps mutators in these places: globals, and words of its static data to which a function stores one.
// Nothing else is stored there, except null. Within a function a parameter is a mutator if it is given to a function of
// the heap that takes one, before it is written.

import { streamOf } from './analyse.mjs';
import { kLists } from './module.mjs';
import { kConstant, kMutator, kPushes, Places } from './places.mjs';
import { kForm, kOp } from './stream.mjs';

/**
 * Returns { globals, cells, isAsked }: names of globals, and addresses; whether the module has frames on the shadow
 * stack.
 */
export function findMutators(context) {
  const found = { globals: new Set(), cells: new Set(), isAsked: false };
  const callersOf = (isWanted) =>
    [...context.functions.values()]
      .filter((each) => isWanted(context.heapName(each)))
      .flatMap(({ key }) => context.callers.get(key) ?? []);
  // Without frames on the shadow stack nobody asks.
  if (callersOf((name) => kPushes.has(name)).length === 0) return found;
  found.isAsked = true;
  const isOfMutators = (name) => kLists.giveMutators.includes(name) || name in kLists.takeMutators;
  for (const key of new Set(callersOf(isOfMutators))) {
    const each = context.functions.get(key);
    if (context.heapName(each) === '') findIn(context, each, found);
  }
  return found;
}

function findIn(context, each, found) {
  const stream = streamOf(context, each);
  each.stream = stream; // the checker wants it next
  const places = new Places(stream, stream.predecessors(), found, mutatorParams(stream, context.paramsOf(each)), true);
  const state = places.newState();
  for (let block = 0; block < stream.blockCount; ++block) {
    places.enter(block, state);
    for (let at = stream.starts[block]; at < stream.blockEnd(block); ++at) {
      const isMutator = (value) => value !== undefined && places.placeOf(value, state)?.[0] === kMutator;
      if (stream.op[at] === kOp.store) {
        const { address, offset, value } = stream.stores[stream.arg[at]];
        const place = isMutator(value) ? places.placeOf(address, state) : null;
        if (place !== null && place[0] === kConstant) found.cells.add(place[1] + offset);
      } else if (stream.op[at] === kOp.global) {
        if (isMutator(stream.values[at])) found.globals.add(stream.arg[at]);
      }
      places.step(at, state);
    }
  }
}

/** Returns the parameters of a function that are mutators. */
export function mutatorParams(stream, params) {
  const found = new Set();
  for (const { value, at, block } of stream.mutators) {
    if (value.form !== kForm.variable || value.k !== 0 || !params.includes(value.v) || found.has(value.v)) continue;
    if (isAsGiven(stream, value.v, at, block)) found.add(value.v);
  }
  return [...found];
}

// Returns whether no write of a variable leads to a place: none stands before it, and no later one goes back.
function isAsGiven(stream, variable, at, block) {
  const isWrite = (each) => stream.op[each] === kOp.set && stream.arg[each] === variable;
  const last = stream.op.findLastIndex((_, each) => isWrite(each));
  if (last < 0) return true;
  if (stream.op.findIndex((_, each) => isWrite(each)) < at) return false;
  return !stream.successors.some((list, from) => from >= block && list.some((to) => to <= block));
}
