// Who points to this object directly: roots, then allocated objects, found by one pass over the heap. Nothing is
// allocated. Garbage that no collection has seen yet counts. What waits for its sweep would count too, so the heap
// sweeps first.
// Doors: heap/walk.cc (referrers); on to inspect/links.h.
#pragma once

#include "inspect/links.h"

namespace mallocgc {

struct ReferrerQuestion {
  const SpanHeap& spans;
  TypeTable& types;
  const RootSet& roots;
  uint64_t asking;  // a handle that does not count; 0: none
};

// Writes a link for each root, and for each word of an object, the target itself included, that points into the target.
void find_referrers(const ReferrerQuestion& question, const ObjectSlot& target, LinkBuffer& out);

}  // namespace mallocgc
