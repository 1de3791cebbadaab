// The sweeper drives the sweep of single spans over the whole heap (C5): all at once for GC(), in slices, or until
// enough pages are free. The allocator sweeps what it needs by itself; a span that is swept already costs one
// comparison here. A span that is empty after its sweep goes back to the page heap.
// inv.sweep.done: when done() is true, no span in use has an older sweep_cycle than the heap's.
#pragma once

#include "alloc/sweep_span.h"
#include "gc/events.h"
#include "spans/span_heap.h"

namespace mallocgc {

class Sweeper {
 public:
  constexpr void init(SpanHeap& spans, PageHeap& pages, SweepContext& context, const Events& events) {
    spans_ = &spans;
    pages_ = &pages;
    context_ = &context;
    events_ = &events;
  }

  // After marking: every span is unswept.
  void start_cycle();
  bool done() const { return next_ == nullptr; }
  // Sweeps up to `spans` of them; true when done.
  bool sweep_some(uint32_t spans);
  // The same until about so many units are spent. A span that wants no sweep is one.
  bool sweep_units(uint64_t units);
  uint64_t units() const { return units_; }  // spent since the heap was made
  void sweep_rest() { sweep_some(UINT32_MAX); }
  // Sweeps until `pages` consecutive free pages exist, the sweep is done, or about `most` spans are swept (C10); true
  // if the pages may exist.
  bool reclaim(uint32_t pages, uint32_t most = UINT32_MAX);

  // Gives the pages of a span back. Precondition: it is swept and empty, and in nobody's cache.
  void give_back(Span& span);

  uint64_t spans_freed() const { return spans_freed_; }

 private:
  void sweep_next();
  void tell_done();

  SpanHeap* spans_ = nullptr;
  PageHeap* pages_ = nullptr;
  SweepContext* context_ = nullptr;
  const Events* events_ = nullptr;
  Span* next_ = nullptr;
  uint64_t spans_freed_ = 0;
  uint64_t units_ = 0;
  uint64_t spans_freed_before_ = 0;  // at the start of the cycle
  uint64_t objects_freed_before_ = 0;
};

}  // namespace mallocgc
