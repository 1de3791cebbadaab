// The allocator's middle floor: from a cache entry that is used up to the next run of free slots, and large objects.
//   run used up -> next free run of the entry's span -> next span of the class, swept if need be (C5) -> a fresh span
// It takes what is there: pages that are free, spans that can be swept. Growing memory and collecting are decided one
// floor up, in heap/malloc.cc, which is told by null that pages are needed. Doors: heap/malloc.cc; on to spans/ and
// sweep_span.
#pragma once

#include "alloc/cache.h"
#include "alloc/sweep_span.h"
#include "spans/span_heap.h"

namespace mallocgc {

class Allocator {
 public:
  constexpr void init(SpanHeap& spans, AllocCounters& counters, SweepContext& sweep) {
    spans_ = &spans;
    counters_ = &counters;
    sweep_ = &sweep;
  }

  // M15: at most so many slots are open to the fast path at a time.
  static constexpr uint32_t kNoCap = UINT32_MAX;
  uint32_t run_cap = kNoCap;
  uint32_t cap() const { return kHasEvents ? run_cap : kNoCap; }

  // One slot of the entry's class, zeroed if its class is (M9). Null: no free pages for a fresh span.
  Address try_take(CacheEntry& entry);
  // The same if the next free run of the entry's span is short, which it is in heaps that are used: few instructions,
  // no call. Null: try_take.
  Address try_take_near(CacheEntry& entry);
  // An object with pages of its own, not zeroed unless `*zeroed`. Null: no free pages.
  Address try_take_large(const LargeRequest& request, bool* zeroed);
  // Gives the untaken rest of the entry's run back (inv.run); the entry is then empty.
  void flush(CacheEntry& entry);

 private:
  bool next_run(CacheEntry& entry);
  bool next_span(CacheEntry& entry);
  void open_window(CacheEntry& entry);
  void record_span(uint32_t kind, const Span& span);

  SpanHeap* spans_ = nullptr;
  AllocCounters* counters_ = nullptr;
  SweepContext* sweep_ = nullptr;
};

}  // namespace mallocgc
