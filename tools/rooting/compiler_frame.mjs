// The compiler has given a function a frame on the linear stack. Ours is laid above it, so that one push and one pop do
// for both. It is recognised by what LLVM emits,
//
//   entry   sp = X = sp - n      before anything else
//   exits   sp = X + n
//   catch   sp = X
//
// with X written nowhere else. A function whose stack pointer moves in another way gets a frame of its own.

/** Returns { local, bytes, constants }: X, n, and the expressions of n; null if the function has no such frame. */
export function findCompilerFrame(context, body, locals) {
  const entry = firstStep(context, body);
  const sizes = entry === 0 ? null : pushOf(context, entry);
  if (sizes === null || sizes.bytes % 16 !== 0 || sizes.local < locals) return null;
  const { binaryen, kinds } = context;
  const { id } = kinds;
  const constants = [sizes.constant];
  const work = [body];
  while (work.length > 0) {
    const at = work.pop();
    const kind = kinds.getId(at);
    if (kind === id.LocalSet && binaryen._BinaryenLocalSetGetIndex(at) === sizes.local) {
      if (at !== sizes.tee) return null;
    } else if (kind === id.GlobalSet && at !== entry && setsStackPointer(context, at)) {
      const constant = popOf(context, kinds.child(at, 0), sizes);
      if (constant === null) return null;
      if (constant !== 0) constants.push(constant);
    }
    for (const child of kinds.children(at)) if (child !== 0) work.push(child);
  }
  return { local: sizes.local, bytes: sizes.bytes, constants };
}

/** Makes the frame `bytes` larger: they lie above it. */
export function growCompilerFrame(context, frame, bytes) {
  for (const constant of frame.constants) context.binaryen._BinaryenConstSetValueI32(constant, frame.bytes + bytes);
}

// Returns what a body does first: the way goes down through blocks.
function firstStep({ binaryen, kinds }, body) {
  let at = body;
  while (kinds.getId(at) === kinds.id.Block) {
    if (binaryen._BinaryenBlockGetNumChildren(at) === 0) return 0;
    at = binaryen._BinaryenBlockGetChildAt(at, 0);
  }
  return at;
}

function setsStackPointer({ binaryen, stackPointer }, expression) {
  return binaryen._BinaryenGlobalSetGetName(expression) === stackPointer;
}

function constantOf({ binaryen, kinds }, expression) {
  const isI32 = kinds.getId(expression) === kinds.id.Const && kinds.getType(expression) === binaryen.i32;
  return isI32 ? binaryen._BinaryenConstGetValueI32(expression) : null;
}

function operandsOf({ binaryen, kinds }, expression, operation) {
  if (kinds.getId(expression) !== kinds.id.Binary) return null;
  return binaryen._BinaryenBinaryGetOp(expression) === operation ? kinds.children(expression) : null;
}

// Recognises sp = (X = sp - n).
function pushOf(context, entry) {
  const { binaryen, kinds, operations } = context;
  const { id } = kinds;
  if (kinds.getId(entry) !== id.GlobalSet || !setsStackPointer(context, entry)) return null;
  const tee = kinds.child(entry, 0);
  if (kinds.getId(tee) !== id.LocalSet) return null;
  const operands = operandsOf(context, kinds.child(tee, 0), operations.sub);
  if (operands === null || kinds.getId(operands[0]) !== id.GlobalGet) return null;
  if (binaryen._BinaryenGlobalGetGetName(operands[0]) !== context.stackPointer) return null;
  const bytes = constantOf(context, operands[1]);
  if (bytes === null || bytes <= 0) return null;
  return { local: binaryen._BinaryenLocalSetGetIndex(tee), bytes, constant: operands[1], tee };
}

// Returns the expression of n in X + n, 0 for X alone, and null for anything else.
function popOf(context, value, { local, bytes }) {
  const { binaryen, kinds, operations } = context;
  const isX = (at) => kinds.getId(at) === kinds.id.LocalGet && binaryen._BinaryenLocalGetGetIndex(at) === local;
  if (isX(value)) return 0;
  const operands = operandsOf(context, value, operations.add);
  if (operands === null || !isX(operands[0]) || constantOf(context, operands[1]) !== bytes) return null;
  return operands[1];
}
