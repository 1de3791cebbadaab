// The rooter and the checker ask a function this first: what its stream is, which of its variables may be pointers, and
// which of these are live across which call.

import { unknownInstruction } from './binary.mjs';
import { liveAcrossCalls } from './liveness.mjs';
import { mayBePointers } from './operations.mjs';
import { Stream, UnknownKind } from './stream.mjs';

/** Returns the stream of a function of the module. Throws where the function has an instruction that is not known. */
export function streamOf(context, each) {
  const { stream } = each;
  each.stream = undefined;
  if (stream !== undefined) return stream;
  try {
    return new Stream(context, each);
  } catch (error) {
    if (!(error instanceof UnknownKind)) throw error;
    throw unknownInstruction(context.titleOf(each), error.message);
  }
}

/** Says which variables of a function may be pointers. `params` are the parameters that may be. */
export function pointersIn(context, stream, params, isSeed) {
  return mayBePointers(stream, params, (v) => context.isWide(stream.types[v]), isSeed);
}

/** Returns the stream of a function, and for each of its calls what is live across it. */
export function analyse(context, each) {
  const stream = streamOf(context, each);
  const params = context.numbers?.apply(context, each, stream) ?? context.paramsOf(each);
  const may = pointersIn(context, stream, params);
  return { stream, live: liveAcrossCalls(stream, may), may, params };
}
