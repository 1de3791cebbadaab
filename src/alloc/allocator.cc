// Refilling a cache entry, and large objects.
#include "alloc/allocator.h"

#include "base/check.h"
#include "platform/sanitizer.h"

namespace mallocgc {

Address Allocator::try_take(CacheEntry& entry) {
  while (entry.window.cursor == entry.run_end) {
    if (!next_run(entry) && !next_span(entry)) return Address();
  }
  const Address taken = entry.try_bump();
  return taken.is_null() ? open_window(entry) : taken;
}

// A run that ends below the end of its bitmap word is found and taken in that word alone.
Address Allocator::try_take_near(CacheEntry& entry) {
  MGC_DCHECK(entry.window.cursor == entry.window.limit, "a cache entry leaves a window that is not used up");
  if (entry.window.cursor != entry.run_end) return open_window(entry);
  Span* const span = entry.span;
  if (span == nullptr || span->next_slot >= span->slot_count) return Address();
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
  entry.window = {base.value(), base.value()};
  entry.run_end = base.value() + bytes;
  counters_->mallocs[span->size_class] += count;
  ++counters_->refills;
  return open_window(entry);
}

// Bytes of the next window: one slot at least, and no more than there is.
MGC_ALWAYS_INLINE size_t Allocator::window_bytes(const CacheEntry& entry) const {
  const size_t slot_bytes = entry.slot_bytes;
  if (platform::kAsan) return slot_bytes;  // every object comes by the slow path
  size_t bytes = entry.run_end - entry.window.cursor;
  if (cap() != kNoCap && bytes > size_t{cap()} * slot_bytes) bytes = size_t{cap()} * slot_bytes;
  size_t most = entry.handed_out / kWindowShare;
  if (most > window_max) most = window_max;
  if (bytes <= most) return bytes;
  return most < 2 * slot_bytes ? slot_bytes : entry.span->slot_at(most) * slot_bytes;
}

// The next window of the run, whose first slot is taken.
MGC_ALWAYS_INLINE Address Allocator::open_window(CacheEntry& entry) {
  const Address base(entry.window.cursor);
  const size_t bytes = window_bytes(entry);
  entry.window = {base.value() + entry.slot_bytes, base.value() + bytes};
  entry.handed_out += bytes;
  counters_->heap_live += bytes;
  if (!entry.zero_on_take || !entry.span->needs_zero) return base;
  if (platform::kAsan) {
    platform::unpoison(base, bytes);
    __builtin_memset(base.pointer(), 0, bytes);
    platform::poison(base, bytes);
  } else {
    clear_units<256>(base, bytes);
  }
  return base;
}

// Notes that an entry gets its first span since the last flush of all entries. Its first window is its part of what may
// be allocated until the next collection, and as many entries share that as were used in the last period.
void Allocator::note_use(CacheEntry& entry) {
  if (entry.is_used) return;
  entry.is_used = true;
  entry.next_used = used_;
  used_ = &entry;
  ++used_count_;
  constexpr uint64_t kMost = bytes_of_pages(kMaxSpanPages);
  const uint64_t left = goal > counters_->heap_live ? goal - counters_->heap_live : 0;
  const uint64_t part = left / kFirstWindowShare / (used_count_ > used_before_ ? used_count_ : used_before_);
  entry.handed_out = static_cast<size_t>(part < kMost ? part : kMost) * kWindowShare;
}

void Allocator::flush_all() {
  while (used_ != nullptr) {
    CacheEntry& entry = *used_;
    used_ = entry.next_used;
    flush(entry);
    entry.is_used = false;
    entry.next_used = nullptr;
    entry.handed_out = 0;
  }
  used_before_ = used_count_;
  used_count_ = 0;
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
  entry.window = {base.value(), base.value()};
  entry.run_end = base.value() + bytes;
  counters_->mallocs[span->size_class] += run.count;
  ++counters_->refills;
  if (sweep_->recorder->allocations()) sweep_->recorder->add(MGC_RECORD_RUN, run.count, base.value(), bytes);
  return true;
}

// Gives a span with slots that were freed by hand, and that nobody has passed yet: such spans are the first young ones.
Span* Allocator::try_reopened(SpanClass& span_class) {
  Span* const span = span_class.young.first();
  if (span == nullptr || span->owner != nullptr || find_free_run(*span, span->next_slot, 1).count == 0) return nullptr;
  span->unlink();
  return span;
}

void Allocator::reopen(Span& span, uint32_t slot) {
  if (slot < span.next_slot) span.next_slot = slot;
  if (span.owner != nullptr) return;
  span.unlink();
  young_->add_first(*span.span_class, span);
}

// A cache does not look again at slots that it has passed in its span, so it needs nothing here. A span that this
// cycle's sweep has not reached yet is no young one: its dead objects are not counted as live any more.
void Allocator::set_aside(Span& span, uint32_t slot) {
  if (span.owner != nullptr && slot < span.next_slot) return;
  if (span.owner != nullptr) flush(*span.owner);
  span.next_slot = span.slot_count;
  span.unlink();
  if (needs_sweep(span, sweep_->epochs)) return span.span_class->done.push_back(&span);
  young_->add(*span.span_class, span);
}

// The next span with a free slot becomes the entry's. First comes one with slots that were freed by hand, then spans of
// the class that were not looked at in this cycle, but only a few of them at a time (C10), and then a fresh one. Where
// no span may be swept yet, a fresh one comes at once.
bool Allocator::next_span(CacheEntry& entry) {
  SpanClass& span_class = *entry.span_class;
  span_class.touch(sweep_->epochs.sweep);
  Span* found = kHasExplicitFree ? try_reopened(span_class) : nullptr;
  const uint32_t looks_most = sweep_->is_resolving ? 0 : is_thorough ? UINT32_MAX : kLooksPerRefill;
  for (uint32_t looks = 0; found == nullptr && looks < looks_most; ++looks) {
    Span* const span = span_class.todo.pop_front();
    if (span == nullptr) break;
    if (needs_sweep(*span, sweep_->epochs)) {
      sweep_span(*span, *sweep_);
      ++counters_->lazy_sweeps;
    }
    if (find_free_run(*span, 0, 1).count != 0) {
      found = span;
    } else {
      span_class.done.push_back(span);
    }
  }
  if (found != nullptr && sweep_->recorder->allocations()) record_span(MGC_RECORD_SPAN, *found);
  if (found == nullptr) {
    found = spans_->try_make_small(span_class, sweep_->epochs.sweep);
    if (found == nullptr) return false;
    platform::poison(found->base, bytes_of_pages(found->page_count));
    if (sweep_->recorder->allocations()) record_span(MGC_RECORD_NEW_SPAN, *found);
    found->unlink();
  } else if (kHasModes && found->mark_cycle == sweep_->epochs.mark) {
    forget_marks_of_free_slots(*found);
  }
  young_->add(span_class, *found);
  entry.span = found;
  found->owner = &entry;
  note_use(entry);
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
    const SlotRun run{span->slot_at(entry.window.cursor - span->base.value()), rest};
    clear_allocated(*span, run);
    counters_->mallocs[span->size_class] -= rest;
    counters_->heap_live -= entry.window.limit - entry.window.cursor;
  }
  span->owner = nullptr;
  entry.span = nullptr;
  entry.window = {0, 0};
  entry.run_end = 0;
}

Address Allocator::try_take_large(const LargeRequest& request, bool* zeroed) {
  Span* const span = spans_->try_make_large(request, sweep_->epochs.sweep);
  if (span == nullptr) return Address();
  young_->add_large(*span);
  *zeroed = !span->needs_zero;
  if (sweep_->recorder->allocations()) record_span(MGC_RECORD_NEW_SPAN, *span);
  ++counters_->mallocs[kLargeSizeClass];
  counters_->large_bytes_allocated += span->slot_bytes;
  counters_->heap_live += span->slot_bytes;
  return span->base;
}

}  // namespace mallocgc
