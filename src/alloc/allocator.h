// The allocator's middle floor: from a cache entry that is used up to the next run of free slots, and large objects.
//   run used up -> next free run of the entry's span -> next span of the class, swept if need be (C5) -> a fresh span
// It takes what is there: pages that are free, spans that can be swept. Growing memory and collecting are decided one
// floor up, in heap/malloc.cc, which is told by null that pages are needed. Doors: heap/malloc.cc; on to spans/ and
// sweep_span.
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

  // M15: windows have at most so many slots, the one that is taken at once included.
  static constexpr uint32_t kNoCap = UINT32_MAX;
  uint32_t run_cap = kNoCap;
  uint32_t cap() const { return kHasEvents ? run_cap : kNoCap; }

  // Spans that one refill looks at, and sweeps, before it takes a fresh one.
  static constexpr uint32_t kLooksPerRefill = 64;
  bool is_thorough = false;  // there is no memory for a fresh one: it looks at all of them

  // C12: bytes of live heap at which a collection is due. No entry holds more than a kWindowShare-th of what it has
  // handed out, or of what is left until then; so what windows hold is a small part of what counts, however many
  // entries there are.
  static constexpr size_t kWindowShare = 16;
  static constexpr size_t kFirstWindowShare = 64;
  uint64_t goal = UINT64_MAX;

  // One slot of the entry's class, zeroed if its class is (M9). Null: no free pages for a fresh span.
  Address try_take(CacheEntry& entry);
  // The same if the entry's run is not used up, or if the next free run of its span is short, which it is in heaps that
  // are used: few instructions, no call. The window is used up. Null: try_take.
  Address try_take_near(CacheEntry& entry);
  // An object with pages of its own, not zeroed unless `*zeroed`. Null: no free pages.
  Address try_take_large(const LargeRequest& request, bool* zeroed);
  // Gives the untaken rest of the entry's run back (inv.run); the entry is then empty.
  void flush(CacheEntry& entry);
  // The same for all entries. Cost: in proportion to the entries that were used since the last time.
  void flush_all();
  // A slot of a small span was freed by hand: it is among the next to be taken.
  void reopen(Span& span, uint32_t slot);
  // The same, but it is not to be taken before the sweep of a cycle that has not ended.
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
  uint32_t used_before_ = 0;  // as many were used between the two flushes before
  YoungSpans* young_ = nullptr;
};

}  // namespace mallocgc
