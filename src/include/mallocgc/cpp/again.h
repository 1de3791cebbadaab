// What the C++ face does by itself where the C face says MGC_TRY_AGAIN: calls that need memory for records of the heap
// and never collect (handles, roots, weak handles, finalizers, cleanups, types) are made once more after a collection.
// Doors: holders.h, allocation.h, gc.h.
#ifndef MALLOCGC_CPP_AGAIN_H
#define MALLOCGC_CPP_AGAIN_H

#include <mallocgc/mallocgc.h>

namespace mallocgc {
inline namespace face {

// After a call that failed: true if it is worth another try, because there was a collection meanwhile. `keep`, which
// may be null, is a root until then.
[[gnu::noinline]] inline bool may_try_again(mgc_heap* heap, const void* keep) {
  if (mgc_last_status(heap) != MGC_TRY_AGAIN) return false;
  mgc_mutator* const mutator = mgc_main_mutator(heap);
  void** const slot = mgc_frame_push(mutator, 1);
  if (slot == nullptr) return false;
  slot[0] = const_cast<void*>(keep);
  const mgc_status collected = mgc_collect(heap);
  mgc_frame_pop(mutator, slot);
  return collected == MGC_OK;
}

// `call` gives 0 or null where it fails.
template <class Call>
auto made_by(mgc_heap* heap, const void* keep, Call call) {
  auto made = call();
  if (!made && may_try_again(heap, keep)) made = call();
  return made;
}

// `call` gives a status.
template <class Call>
mgc_status status_of(mgc_heap* heap, const void* keep, Call call) {
  const mgc_status status = call();
  return status == MGC_TRY_AGAIN && may_try_again(heap, keep) ? call() : status;
}

}  // namespace face
}  // namespace mallocgc

#endif
