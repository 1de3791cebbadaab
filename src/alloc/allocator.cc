// Refilling a cache entry, and large objects.
#include "alloc/allocator.h"

#include "base/check.h"
#include "platform/sanitizer.h"

namespace mallocgc {

Address Allocator::try_take(CacheEntry& entry) {
  while (entry.slot.cursor == entry.run_end) {
    if (!next_run(entry) && !next_span(entry)) return Address();
  }
  const Address taken(entry.slot.cursor);
  entry.slot.cursor += entry.span->slot_bytes;
  open_window(entry);
  return taken;
}

// A run that ends below the end of its bitmap word, found and taken in that word alone. Nobody wants to see single
// allocations.
Address Allocator::try_take_near(CacheEntry& entry) {
  Span* const span = entry.span;
  if (span == nullptr || span->next_slot >= span->slot_count) return Address();
  MGC_DCHECK(entry.slot.cursor == entry.run_end, "a cache entry leaves a run that is not used up");
  const uint32_t words = bitmap_words(span->slot_count);
  uint32_t word = span->next_slot / kBitsPerWord;
  uint64_t taken = span->allocated[word] | low_bits(span->next_slot % kBitsPerWord);
  while (~taken == 0) {
    if (++word == words) return Address();
    taken = span->allocated[word];
  }
  const uint32_t first = lowest_bit(~taken);
  const uint64_t behind = taken >> first;
  if (behind == 0) return Address();
  const uint32_t count = lowest_bit(behind);
  const size_t bytes = count * span->slot_bytes;
  const Address base = span->slot_address(word * kBitsPerWord + first);
  span->allocated[word] |= low_bits(count) << first;
  span->next_slot = word * kBitsPerWord + first + count;
  if (entry.zero_on_take && span->needs_zero) clear_units<256>(base, bytes);
  entry.slot = {base.value() + span->slot_bytes, base.value() + bytes};
  entry.run_end = base.value() + bytes;
  counters_->mallocs[span->size_class] += count;
  counters_->heap_live += bytes;
  ++counters_->refills;
  return base;
}

void Allocator::open_window(CacheEntry& entry) {
  const size_t capped = size_t{cap()} * entry.span->slot_bytes;
  const size_t rest = entry.run_end - entry.slot.cursor;
  // With a cap of 1 the fast path gets no window at all: every object comes by the slow path.
  const bool closed = cap() == 1 || platform::kAsan;
  entry.slot.limit =
      closed ? entry.slot.cursor : entry.slot.cursor + (cap() == kNoCap || rest < capped ? rest : capped);
}

// The next free run of the entry's span becomes its run.
bool Allocator::next_run(CacheEntry& entry) {
  Span* const span = entry.span;
  if (span == nullptr) return false;
  const SlotRun run = find_free_run(*span, span->next_slot, span->slot_count);
  span->next_slot = run.first + run.count;
  if (run.count == 0) {
    span->next_slot = span->slot_count;
    flush(entry);
    return false;
  }
  set_allocated(*span, run);
  const Address base = span->slot_address(run.first);
  const size_t bytes = run.count * span->slot_bytes;
  if (entry.span_class->zero_on_take && span->needs_zero) {
    platform::unpoison(base, bytes);
    __builtin_memset(base.pointer(), 0, bytes);
    platform::poison(base, bytes);
  }
  entry.slot = {base.value(), base.value()};
  entry.run_end = base.value() + bytes;
  counters_->mallocs[span->size_class] += run.count;
  counters_->heap_live += bytes;
  ++counters_->refills;
  if (sweep_->recorder->allocations()) sweep_->recorder->add(MGC_RECORD_RUN, run.count, base.value(), bytes);
  return true;
}

// The next span with a free slot becomes the entry's: spans of the class that were not looked at in this cycle, then a
// fresh one.
bool Allocator::next_span(CacheEntry& entry) {
  SpanClass& span_class = *entry.span_class;
  span_class.touch(sweep_->cycle);
  Span* found = nullptr;
  while (found == nullptr) {
    Span* const span = span_class.todo.pop_front();
    if (span == nullptr) break;
    span_class.done.push_back(span);
    if (needs_sweep(*span, sweep_->cycle)) {
      sweep_span(*span, *sweep_);
      ++counters_->lazy_sweeps;
    }
    if (find_free_run(*span, 0, 1).count != 0) found = span;
  }
  if (found != nullptr && sweep_->recorder->allocations()) record_span(MGC_RECORD_SPAN, *found);
  if (found == nullptr) {
    found = spans_->try_make_small(span_class, sweep_->cycle);
    if (found == nullptr) return false;
    platform::poison(found->base, bytes_of_pages(found->page_count));
    if (sweep_->recorder->allocations()) record_span(MGC_RECORD_NEW_SPAN, *found);
  }
  entry.span = found;
  found->owner = &entry;
  return true;
}

void Allocator::record_span(uint32_t kind, const Span& span) {
  sweep_->recorder->add(kind, 0, span.base.value(), bytes_of_pages(span.page_count));
}

void Allocator::flush(CacheEntry& entry) {
  Span* const span = entry.span;
  if (span == nullptr) return;
  const uint32_t rest = untaken_slots(entry);
  if (rest != 0) {
    const SlotRun run{span->slot_at(entry.slot.cursor - span->base.value()), rest};
    clear_allocated(*span, run);
    counters_->mallocs[span->size_class] -= rest;
    counters_->heap_live -= rest * span->slot_bytes;
  }
  span->owner = nullptr;
  entry.span = nullptr;
  entry.slot = {0, 0};
  entry.run_end = 0;
}

Address Allocator::try_take_large(const LargeRequest& request, bool* zeroed) {
  Span* const span = spans_->try_make_large(request, sweep_->cycle);
  if (span == nullptr) return Address();
  *zeroed = !span->needs_zero;
  if (sweep_->recorder->allocations()) record_span(MGC_RECORD_NEW_SPAN, *span);
  ++counters_->mallocs[kLargeSizeClass];
  counters_->large_bytes_allocated += span->slot_bytes;
  counters_->heap_live += span->slot_bytes;
  return span->base;
}

}  // namespace mallocgc
