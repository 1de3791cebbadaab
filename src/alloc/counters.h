// What allocation and sweeping count (O1, O6). Objects and bytes of small sizes follow from the counts by size class.
#pragma once

#include "spans/size_class.h"

namespace mallocgc {

struct AllocCounters {
  uint64_t mallocs[kSizeClassCount] = {};  // slots taken, the untaken rests of runs included; [0]: large objects
  uint64_t frees[kSizeClassCount] = {};
  uint64_t large_bytes_allocated = 0;
  uint64_t large_bytes_freed = 0;
  uint64_t tiny_allocs = 0;  // requests that shared a block, the block's first not counted
  uint64_t heap_live = 0;    // marked by the last cycle + handed out since, open windows included: what the pacer paces
  uint64_t refills = 0;
  uint64_t lazy_sweeps = 0;
  uint64_t spans_swept = 0;
  uint64_t resurrections = 0;
};

}  // namespace mallocgc
