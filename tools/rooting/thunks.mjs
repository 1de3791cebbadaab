// A module that imports the heap tells it here where its stack is. Every imported function that may collect is called
// through a thunk, which stores the stack pointer in a cell before the call and puts back what was there after it: so
// the cell is 0 while no call is under way, and nothing is left when the program has returned. The first thunk that is
// called registers the stack with mgc_add_stack and, where stores are not barriered, says so with mgc_set_no_barriers:
// a heap that cannot do without barriers refuses, and the program traps before it has made anything. The cell takes the
// topmost 16 bytes of the stack, which the start function sets aside. What was in the cell waits as a float, which
// nobody takes for a pointer. A thunk has the name of its import, so that calls, tables and exports all come to it.

import { RootingError } from './binary.mjs';
import { kLists } from './module.mjs';

const kCellBytes = 16; // and what the stack pointer is aligned to
const kWordBytes = 4;
const kCell = 'mallocgc$cell';
const kRegistered = 'mallocgc$registered';
const kRegister = 'mallocgc$register';
const kStart = 'mallocgc$start';

/** Returns the internal name of the import of a function of the heap, which is added if it is not there. */
export function importOf(context, base, params, results) {
  for (const each of context.functions.values()) if (each.isImport && each.base === base) return each.name;
  const sibling = [...context.functions.values()].find((each) => each.isImport && each.base.startsWith('mgc_'));
  if (sibling === undefined) throw new RootingError('the module imports no function of the heap');
  const { module, binaryen } = context;
  module.addFunctionImport(base, sibling.from, base, binaryen.createType(params), results);
  const pointer = module.getFunction(base);
  const key = binaryen._BinaryenFunctionGetName(pointer);
  context.functions.set(key, {
    key,
    pointer,
    body: 0,
    isImport: true,
    name: base,
    base,
    from: sibling.from,
    aliases: [],
  });
  return base;
}

export function addThunks(context, hasBarriers) {
  const { module, binaryen } = context;
  const imported = [...context.functions.values()].filter((each) => each.isImport);
  const wrapped = imported.filter((each) => context.collects(each.key));
  // A heap that is linked in reads the stack pointer itself, whatever foreign code called it.
  if (wrapped.length === 0 || !imported.some((each) => context.heapName(each) !== '')) return 0;
  const { i32, f32, none } = binaryen;
  const stackPointer = context.string(context.stackPointer);
  const addStack = importOf(context, 'mgc_add_stack', [i32, i32], i32);
  const cell = () => module.global.get(kCell, i32);
  module.addGlobal(kCell, i32, true, module.i32.const(0));
  module.addGlobal(kRegistered, i32, true, module.i32.const(0));
  const added = module.call(addStack, [cell(), cell()], i32);
  const said = hasBarriers ? 0 : module.call(importOf(context, 'mgc_set_no_barriers', [], i32), [], i32);
  const refused = hasBarriers ? added : module.if(added, module.i32.const(1), said);
  module.addFunction(
    kRegister,
    none,
    none,
    [],
    module.block(null, [module.if(refused, module.unreachable()), module.global.set(kRegistered, module.i32.const(1))]),
  );
  for (const each of wrapped) {
    const params = binaryen.expandType(each.params);
    const original = `${each.name}$import`;
    module.removeFunction(each.name);
    module.addFunctionImport(original, each.from, each.base, each.params, each.results);
    const saved = params.length;
    const result = params.length + 1;
    const call = module.call(
      original,
      params.map((type, i) => module.local.get(i, type)),
      each.results,
    );
    const isVoid = each.results === none;
    const frame = isVoid ? result : result + 1;
    const isSafe = hasBarriers || kLists.takeNoObjects.includes(each.base);
    const register = callRegister(context, isSafe ? [] : params, frame, cell);
    const body = [
      module.local.set(saved, module.f32.load(0, 4, cell())),
      module.if(module.i32.eqz(module.global.get(kRegistered, i32)), register),
      module.i32.store(0, 4, cell(), module.global.get(stackPointer, i32)),
      isVoid ? call : module.local.set(result, call),
      module.f32.store(0, 4, cell(), module.local.get(saved, f32)),
      ...(isVoid ? [] : [module.local.get(result, each.results)]),
    ];
    const vars = [f32, ...(isVoid ? [] : [each.results]), i32];
    module.addFunction(each.name, each.params, each.results, vars, module.block(null, body, each.results));
  }
  addStart(context, stackPointer);
  return wrapped.length;
}

// Registers the stack, with the arguments that may be objects on it: a cycle may have to end in it.
function callRegister(context, params, frame, cell) {
  const { module, binaryen } = context;
  const { i32, none } = binaryen;
  const stackPointer = context.string(context.stackPointer);
  const places = params.map((type, i) => [type, i]).filter(([type]) => type === i32);
  const bytes = (places.length * kWordBytes + kCellBytes - 1) & -kCellBytes;
  const call = module.call(kRegister, [], none);
  if (bytes === 0) return call;
  const lower = module.i32.sub(module.global.get(stackPointer, i32), module.i32.const(bytes));
  return module.block(null, [
    module.global.set(stackPointer, module.local.tee(frame, lower, i32)),
    ...places.map(([, index], slot) =>
      module.i32.store(slot * kWordBytes, 4, module.local.get(frame, i32), module.local.get(index, i32)),
    ),
    module.i32.store(0, 4, cell(), module.local.get(frame, i32)),
    call,
    module.global.set(stackPointer, module.i32.add(module.local.get(frame, i32), module.i32.const(bytes))),
  ]);
}

function addStart(context, stackPointer) {
  const { module, binaryen } = context;
  const { i32, none } = binaryen;
  const before = binaryen._BinaryenGetStart(module.ptr);
  const name = before === 0 ? '' : context.string(binaryen._BinaryenFunctionGetName(before));
  const body = [
    module.global.set(kCell, module.i32.sub(module.global.get(stackPointer, i32), module.i32.const(kCellBytes))),
    module.global.set(stackPointer, module.global.get(kCell, i32)),
    module.i32.store(0, 4, module.global.get(kCell, i32), module.i32.const(0)),
    ...(name === '' ? [] : [module.call(name, [], none)]),
  ];
  module.addFunction(kStart, none, none, [], module.block(null, body));
  module.setStart(module.getFunction(kStart));
}
