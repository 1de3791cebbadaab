// A module that imports the heap tells it here where its stack is. Every imported function that may collect is called
// through a thunk, which stores the stack pointer in a cell before the call and puts back what was there after it: so
// the cell is 0 while no call is under way, and nothing is left when the program has returned. The first thunk that is
// called registers the stack with mgc_add_stack and, where stores are not barriered, says so with mgc_set_no_barriers:
// a heap that cannot do without barriers refuses, and the program traps before it has made anything. The cell takes the
// topmost 16 bytes of the stack, which the start function sets aside. What was in the cell waits as a float, which
// nobody takes for a pointer. A thunk has the name of its import, and calls, tables and exports all come to it.

import { RootingError } from './binary.mjs';
import { kNoResult } from './contents.mjs';
import { kOpcode, kType } from './instructions.mjs';
import { kLists } from './module.mjs';
import { access, call, globalGet, globalSet, i32Const, kAdd, kSub, localGet, localSet, localTee } from './writer.mjs';

const kCellBytes = 16; // and what the stack pointer is aligned to
const kWordBytes = 4;
const kRegister = 'mallocgc$register';
const kStart = 'mallocgc$start';
const { i32, f32 } = kType;
const kLoadFloat = access(kOpcode.f32Load, 0);
const kStore = access(kOpcode.i32Store, 0);
const kStoreFloat = access(kOpcode.f32Store, 0);
const kZero = [i32, 1, ...i32Const(0), kOpcode.end]; // a mutable global

const importsOf = (context) => [...context.functions.values()].filter((each) => each.isImport);

/** Returns the imported functions that need a thunk. A heap that is linked in reads the stack pointer itself. */
function wrappedIn(context) {
  const imported = importsOf(context);
  if (!imported.some((each) => context.heapName(each) !== '')) return [];
  return imported.filter((each) => context.collects(each.key));
}

/** Returns the imports that a module needs besides: for thunks, and those of `wanted`: { base, params, results }. */
export function addedImports(context, hasBarriers, wanted) {
  const needed = [...wanted];
  if (wrappedIn(context).length > 0) {
    needed.push({ base: 'mgc_add_stack', params: [i32, i32], results: [i32] });
    if (!hasBarriers) needed.push({ base: 'mgc_set_no_barriers', params: [], results: [i32] });
  }
  const imported = importsOf(context);
  const added = needed.filter(({ base }) => !imported.some((each) => each.base === base));
  if (added.length === 0) return [];
  const sibling = imported.find((each) => each.base.startsWith('mgc_'));
  if (sibling === undefined) throw new RootingError('the module imports no function of the heap');
  return added.map((each) => ({ ...each, from: sibling.from }));
}

/** Adds the thunks, and returns how many there are. */
export function addThunks(context, output, hasBarriers) {
  const wrapped = wrappedIn(context);
  if (wrapped.length === 0) return 0;
  const thunks = new Thunks(context, output, hasBarriers);
  for (const each of wrapped) thunks.wrap(each);
  thunks.addStart();
  return wrapped.length;
}

class Thunks {
  constructor(context, output, hasBarriers) {
    this.context = context;
    this.output = output;
    this.hasBarriers = hasBarriers;
    this.cell = output.addGlobal(kZero);
    this.registered = output.addGlobal(kZero);
    this.register = this.#addRegister();
  }

  #addRegister() {
    const { output, cell } = this;
    const added = [...globalGet(cell), ...globalGet(cell), ...call(output.importNamed('mgc_add_stack'))];
    const said = [
      ...[kOpcode.if, i32, ...i32Const(1), kOpcode.else],
      ...[...call(output.importNamed('mgc_set_no_barriers')), kOpcode.end],
    ];
    return output.addFunction(
      kRegister,
      [],
      [],
      [],
      [
        ...[...added, ...(this.hasBarriers ? [] : said)],
        ...[kOpcode.if, kNoResult, kOpcode.unreachable, kOpcode.end, ...i32Const(1), ...globalSet(this.registered)],
      ],
    );
  }

  wrap(each) {
    const { output, context, cell } = this;
    const { params, results } = each;
    const saved = params.length;
    const isSafe = this.hasBarriers || kLists.takeNoObjects.includes(each.base);
    const code = [
      ...[...globalGet(cell), ...kLoadFloat, ...localSet(saved)],
      ...[...globalGet(this.registered), kOpcode.i32Eqz, kOpcode.if, kNoResult],
      ...[...this.#callRegister(isSafe ? [] : params, saved + 1), kOpcode.end],
      ...[...globalGet(cell), ...globalGet(context.stackPointer), ...kStore],
      ...[...params.flatMap((_, i) => localGet(i)), ...call(output.numberOf(each.key))],
      ...[...globalGet(cell), ...localGet(saved), ...kStoreFloat],
    ];
    const name = this.context.heapName(each) || each.name || each.base;
    output.redirect(each.key, output.addFunction(name, params, results, [f32, i32], code), `${name}$import`);
  }

  // Registers the stack, with the arguments that may be objects on it: a cycle may have to end in it.
  #callRegister(params, frame) {
    const { stackPointer } = this.context;
    const places = params.flatMap((type, i) => (type === i32 ? [i] : []));
    const bytes = (places.length * kWordBytes + kCellBytes - 1) & -kCellBytes;
    if (bytes === 0) return call(this.register);
    return [
      ...[...globalGet(stackPointer), ...i32Const(bytes), kSub, ...localTee(frame), ...globalSet(stackPointer)],
      ...places.flatMap((index, slot) => [
        ...[...localGet(frame), ...localGet(index), ...access(kOpcode.i32Store, slot * kWordBytes)],
      ]),
      ...[...globalGet(this.cell), ...localGet(frame), ...kStore, ...call(this.register)],
      ...[...localGet(frame), ...i32Const(bytes), kAdd, ...globalSet(stackPointer)],
    ];
  }

  addStart() {
    const { output, cell, context } = this;
    const { stackPointer, contents } = context;
    const before = contents.start < 0 ? [] : call(output.newNumber(contents.start));
    output.start = output.addFunction(
      kStart,
      [],
      [],
      [],
      [
        ...[...globalGet(stackPointer), ...i32Const(kCellBytes), kSub, ...globalSet(cell)],
        ...[...globalGet(cell), ...globalSet(stackPointer)],
        ...[...globalGet(cell), ...i32Const(0), ...kStore, ...before],
      ],
    );
  }
}
