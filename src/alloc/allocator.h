// The allocator's middle floor: it gives a cache entry whose window is used up the next one, and makes large objects.
//
//   window used up -> the next window of the run
//   run used up    -> the next free run of the entry's span
//   span used up   -> the next span of the class, which is swept now if it was not yet (C5)
//   no such span   -> a fresh span
//
// It takes what is there: pages that are free, and spans that can be swept. It neither grows the memory nor collects.
// heap/malloc.cc decides on both, when it gets null for want of pages.
// Doors: heap/malloc.cc; on to spans/ and sweep_span.
#pragma once

#include "alloc/cache.h"
#include "alloc/sweep_span.h"
#include "spans/span_heap.h"
#include "spans/young_spans.h"

namespace mallocgc {

class Allocator {
 public:
  constexpr void init(SpanHeap& spans, AllocCounters& counters, SweepContext& sweep, YoungSpans& young) {
    spans_ = &spans;
    young_ = &young;
    counters_ = &counters;
    sweep_ = &sweep;
  }

  // A window has at most so many slots, with the one that is taken at once (M15).
  static constexpr uint32_t kNoCap = UINT32_MAX;
  uint32_t run_cap = kNoCap;
  uint32_t cap() const { return kHasEvents ? run_cap : kNoCap; }

  // One refill looks at so many spans, and sweeps them, before it takes a fresh one (C10).
  static constexpr uint32_t kLooksPerRefill = 64;
  bool is_thorough = false;  // there is no memory for a fresh span: a refill looks at all spans of the class

  // C12: bytes of live heap at which a collection is due. No entry holds more than a kWindowShare-th of what it has
  // handed out, or of what is left until then; so what windows hold is a small part of what counts, however many
  // entries there are.
  static constexpr size_t kWindowShare = 16;
  static constexpr size_t kFirstWindowShare = 64;
  uint64_t goal = UINT64_MAX;
  // No window is larger than this. It is small while a cycle marks in slices, since assists come between two windows.
  size_t window_max = kNoWindowMax;
  static constexpr size_t kNoWindowMax = ~size_t{0};

  // One slot of the entry's class, zeroed if its class is (M9). Null: no free pages for a fresh span.
  Address try_take(CacheEntry& entry);
  // The fast way to the next window, in few instructions and without a call: it opens more of the run, or takes the
  // span's next free run if that is near, which is to say that it ends in the bitmap word where it begins. In a heap
  // that is in use most runs are. Null: nothing is near, so call try_take. Precondition: the window is used up, and
  // nobody must see single allocations.
  Address try_take_near(CacheEntry& entry);
  // An object with pages of its own, not zeroed unless `*zeroed`. Null: no free pages.
  Address try_take_large(const LargeRequest& request, bool* zeroed);
  // Gives the untaken rest of the entry's run back (inv.run); the entry is then empty.
  void flush(CacheEntry& entry);
  // The same for all entries. Cost: in proportion to the entries that were used since the last time.
  void flush_all();
  // A slot of a small span was freed by hand: makes it one of the next to be taken.
  void reopen(Span& span, uint32_t slot);
  // The same, but the slot is not taken before the sweep of the cycle that goes on.
  void set_aside(Span& span, uint32_t slot);
  // f(const CacheEntry&) for every entry that may have a run.
  template <class F>
  void for_each_used(F&& f) const {
    for (const CacheEntry* entry = used_; entry != nullptr; entry = entry->next_used) f(*entry);
  }

 private:
  bool next_run(CacheEntry& entry);
  bool next_span(CacheEntry& entry);
  static Span* try_reopened(SpanClass& span_class);
  Address open_window(CacheEntry& entry);
  size_t window_bytes(const CacheEntry& entry) const;
  void note_use(CacheEntry& entry);
  void record_span(uint32_t kind, const Span& span);

  SpanHeap* spans_ = nullptr;
  AllocCounters* counters_ = nullptr;
  SweepContext* sweep_ = nullptr;
  CacheEntry* used_ = nullptr;  // since the last flush_all
  uint32_t used_count_ = 0;
  uint32_t used_before_ = 0;  // so many were used between the last two flushes of all
  YoungSpans* young_ = nullptr;
};

}  // namespace mallocgc
