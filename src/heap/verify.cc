// The walk over all structures of a heap (inspect/verifier.h). Only the debug flavour offers it to clients; it works in
// every flavour, so that the tests of each can ask for it. It has a file of its own: a program that does not ask does
// not link it.
#include "heap/heap.h"
#include "inspect/verifier.h"

namespace mallocgc {

Status Heap::verify_structures() {
  Verifier verifier(VerifiedParts{.spans = spans_,
                                  .classes = classes_,
                                  .pages = pages_,
                                  .metadata = metadata_,
                                  .types = types_,
                                  .specials = specials_,
                                  .host_values = host_values_,
                                  .handles = handles_,
                                  .globals = globals_,
                                  .mutators = mutators_,
                                  .counters = counters_,
                                  .sweep = sweep_});
  last_error_.clear();
  return note(verifier.run(last_error_));
}

}  // namespace mallocgc
