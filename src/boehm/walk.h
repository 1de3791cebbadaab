// This walks over the objects of the heap, one after the other. Door: for_each_object().
#pragma once

#include "boehm/program.h"

namespace mallocgc::boehm {

// Calls f(void* object, uint32_t type_id) for each object that the last collection left, and each made since. It goes
// by the walk of the heap, which allocates nothing.
template <class F>
void for_each_object(F&& f) {
  constexpr size_t kObjectsAtATime = 256;
  mgc_span_info span;
  uint32_t slots[kObjectsAtATime];
  for (const void* from = nullptr; mgc_walk_spans(program.heap, from, &span, 1) == 1;) {
    for (uint32_t first = 0;;) {
      const uint32_t count = mgc_walk_slots(program.heap, span.base, first, slots, kObjectsAtATime);
      for (uint32_t i = 0; i < count; ++i) {
        const uint32_t state = slots[i] & ((uint32_t{1} << MGC_SLOT_TYPE_SHIFT) - 1);
        if (state != MGC_SLOT_NEW && state != MGC_SLOT_SURVIVED) continue;
        f(static_cast<void*>(static_cast<char*>(span.base) + size_t{first + i} * span.slot_bytes),
          slots[i] >> MGC_SLOT_TYPE_SHIFT);
      }
      if (count == 0) break;
      first += count;
    }
    from = static_cast<char*>(span.base) + size_t{span.page_count} * MGC_PAGE_BYTES;
  }
}

}  // namespace mallocgc::boehm
