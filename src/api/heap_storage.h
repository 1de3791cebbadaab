// The records of heaps that mgc_heap_create makes lie here, in pages from sources of their own, since a heap cannot lie
// in its own memory, and libc's malloc is not ours to call. They are blocks of one size, reused last-in-first-out; the
// pages are never given back. Only the platform bounds their number. Several threads may create heaps: a spin lock
// guards the list, held for a few instructions or one growth. Doors: api/heap.cc; on to the platform.
#pragma once

#include "base/config.h"

namespace mallocgc::api {

// A block for one mgc_heap, aligned to 16; null if the platform refuses.
void* try_heap_storage();
void free_heap_storage(void* storage);

}  // namespace mallocgc::api
