// The hot loops of marking. One function shades; one scans the grey objects of a span, compiled once for each way of
// finding pointers (ScanKind), so that the inner loop has no dispatch.
#include "gc/marker.h"

#include "alloc/cache.h"
#include "gc/greying.h"
#include "platform/sanitizer.h"
#include "types/cursor.h"
#include "types/layout.h"
#include "types/pointers.h"

namespace mallocgc {

using platform::load_word;

void Marker::start_cycle(const Epochs& epochs) {
  cycle_ = epochs.mark;
  sweep_cycle_ = epochs.sweep;
  work_ = MarkWork{};
  buffered_ = false;
  sliced_ = false;
  rescans_ = false;
}

void Marker::use_buffers(Metadata& metadata, PageId heap_begin, PageId heap_end) {
  if constexpr (kPrefersSize) return;
  buffers_.prepare(metadata, heap_begin, heap_end);
  buffered_ = true;
}

// Puts a large object that waits for its next piece at the head of the queue.
void Marker::put_back_in_queue(Span& large) {
  large.grey = GreyState::kOne;
  large.grey_slot = 0;
  large.queue_next = queue_head_;
  if (queue_head_ == nullptr) queue_tail_ = &large;
  queue_head_ = &large;
}

// Marks a slot and, where its objects can hold pointers, makes it grey.
MGC_ALWAYS_INLINE void Marker::mark_slot(Span& span, uint32_t slot) {
  if (span.mark_cycle != cycle_) start_mark_cycle(span, cycle_);
  if (span.scan_kind != ScanKind::kPointerFree) return make_grey<false>(span, slot);
  MarkWord& word = span.marks[slot / kBitsPerWord];
  const uint64_t fresh = bit_of(slot) & ~word.mark;
  word.mark |= fresh;
  count_marked(span, fresh != 0);
  if (fresh != 0) record(MGC_RECORD_MARK, span, slot);
}

MGC_ALWAYS_INLINE void Marker::shade_inline(Address address) {
  Span* const span = map_->span_at(address);
  if (span == nullptr) return;
  const size_t offset = address - span->base;
  if (offset >= span->limit_bytes) return;
  mark_slot(*span, span->slot_at(offset));
}

// The same for a pointer out of `near`, where objects made one after the other point to each other: then the page map
// and the other span's record need not be read. `near` is being scanned, so its marks are of this cycle and its objects
// hold pointers.
MGC_ALWAYS_INLINE void Marker::shade_from(Span& near, Address base, size_t limit_bytes, Address address) {
  const size_t offset = address - base;
  if (offset < limit_bytes) {
    make_grey<true>(near, near.slot_at(offset), address);
  } else {
    shade_inline(address);
  }
}

void Marker::shade(Address address) { shade_inline(address); }

void Marker::shade_conservatively(Address address) {
  Span* const span = map_->span_at(address);
  if (span == nullptr) return;
  const size_t offset = address - span->base;
  if (offset >= span->limit_bytes) return;
  const uint32_t slot = span->slot_at(offset);
  // A slot that is dead and not swept yet only looks allocated; what lives there is marked already.
  if (span->sweep_cycle != sweep_cycle_) return;
  if constexpr (kPrefersSize) {
    if (is_allocated(*span, slot)) shade(address);
  } else {
    if (is_allocated(*span, slot)) mark_slot(*span, slot);
  }
}

// As shade_from, for a word of `near` that may be a pointer or not. A span that is not swept yet is left to the usual
// way.
MGC_ALWAYS_INLINE void Marker::shade_if_allocated(Span& near, Address base, size_t limit_bytes, Address address) {
  const size_t offset = address - base;
  if (offset >= limit_bytes || near.sweep_cycle != sweep_cycle_) return shade_conservatively(address);
  const uint32_t slot = near.slot_at(offset);
  if (is_allocated(near, slot)) make_grey<true>(near, slot, address);
}

void Marker::shade_range(Address base, size_t words, const Layout& layout, size_t from, size_t to) {
  if constexpr (kHasWorkCounters) work_.roots_visited += to - from;
  if (layout.conservative) return scan_conservative(base + from * kWordBytes, to - from);
  scan_words(base, layout, words, from, to);
}

bool Marker::drain(uint64_t budget_units) {
  const uint64_t before = work_.units();
  const uint64_t stop_at = budget_units < kEverything - before ? before + budget_units : kEverything;
  do {
    while (queue_head_ != nullptr) {
      if (kHasWorkCounters && stop_at != kEverything && work_.units() >= stop_at) return false;
      Span* const span = queue_head_;
      queue_head_ = span->queue_next;
      scan_span(*span);
    }
  } while (shade_waiting() || scan_late());
  return true;
}

// Never inlined: an engine that starts with quick code replaces it between two calls, not in the middle of the drain.
MGC_NOINLINE void Marker::scan_span(Span& span) {
  if constexpr (kPrefersSize) return scan_compact(span);
  ++work_.spans_scanned;
  if (kDebugFlavour && recorder->cycles()) recorder->add(MGC_RECORD_SCAN_SPAN, 0, span.base.value(), span.slot_bytes);
  if (span.is_large()) return scan_large(span);
  const size_t words = span.slot_bytes / kWordBytes;
  const uint64_t scanned_before = work_.objects_scanned;
  size_t slots_an_object = words;
  if (buffered_ && span.scan_mask != 0) {
    scan_buffered(span);
    work_.slots_visited += (work_.objects_scanned - scanned_before) * count_bits(span.scan_mask);
    return;
  }
  switch (span.scan_kind) {
    case ScanKind::kPair:
      scan_grey(span, [this, &span, base = span.base, limit = span.limit_bytes](Address object, uint32_t) {
        const Address left = load_word(object);
        const Address right = load_word(object + kWordBytes);
        if (!left.is_null()) shade_from(span, base, limit, left);
        if (!right.is_null()) shade_from(span, base, limit, right);
      });
      slots_an_object = 2;
      break;
    case ScanKind::kMask: {
      const uint64_t mask = span.scan_mask;
      slots_an_object = count_bits(mask);
      scan_grey(span, [this, &span, mask, base = span.base, limit = span.limit_bytes](Address object, uint32_t) {
        for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
          const Address value = load_word(object + lowest_bit(rest) * kWordBytes);
          if (!value.is_null()) shade_from(span, base, limit, value);
        }
      });
      break;
    }
    case ScanKind::kAll:
      scan_grey(span, [this, &span, words, base = span.base, limit = span.limit_bytes](Address object, uint32_t) {
        for (size_t i = 0; i < words; ++i) {
          const Address value = load_word(object + i * kWordBytes);
          if (!value.is_null()) shade_from(span, base, limit, value);
        }
      });
      break;
    case ScanKind::kTagged:
      slots_an_object = scan_tagged(span, words);
      break;
    case ScanKind::kConservative:
      scan_grey(span, [this, &span, words, base = span.base, limit = span.limit_bytes](Address object, uint32_t) {
        for (size_t i = 0; i < words; ++i) shade_if_allocated(span, base, limit, load_word(object + i * kWordBytes));
      });
      break;
    case ScanKind::kLayout:
    case ScanKind::kMixed:
    case ScanKind::kWeak:
    case ScanKind::kAwaited:
      return scan_by_type(span);
    case ScanKind::kPointerFree:
      break;
  }
  work_.slots_visited += (work_.objects_scanned - scanned_before) * slots_an_object;
}

// A pointer to freed memory has made a free slot grey. Between two slices an object may be allocated there, which is
// white like any other (T5): one that was black would not be scanned, and its initialising stores had no barrier.
MGC_NOINLINE void Marker::forget_free_slots(Span& span, uint32_t word) {
  MarkWord& bits = span.marks[word];
  uint64_t free = bits.grey & ~span.allocated[word];
  if (span.owner != nullptr) {  // a run of it is not handed out yet
    for (uint64_t rest = bits.grey & ~free; rest != 0; rest &= rest - 1) {
      const uint32_t slot = word * kBitsPerWord + lowest_bit(rest);
      if (!is_allocated(span, slot)) free |= bit_of(slot);
    }
  }
  bits.mark &= ~free;
  bits.grey &= ~free;
}

// Scans the objects of a span whose pointer words all have tags; gives how many words of each object that are.
MGC_NOINLINE size_t Marker::scan_tagged(Span& span, size_t words) {
  if constexpr (!kHasTaggedWords) return 0;
  const Filter filter = span.type->layout->filter;
  const uint64_t mask = tagged_mask64(*span.type->layout, words);
  scan_grey(span, [this, &span, filter, mask, base = span.base, limit = span.limit_bytes](Address object, uint32_t) {
    for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
      const Address value = filter.pointer_in(object + lowest_bit(rest) * kWordBytes);
      if (!value.is_null()) shade_from(span, base, limit, value);
    }
  });
  return count_bits(mask);
}

// Scans the objects of a span with a mask, in a heap beyond the caches. A pointer into the region of the span itself is
// shaded at once: that region is in the cache as far as it can be.
MGC_NOINLINE void Marker::scan_buffered(Span& span) {
  if constexpr (kPrefersSize) return;
  const size_t near = buffers_.region_of(map_->page_at(span.base));
  if (span.scan_kind == ScanKind::kPair) {
    return scan_grey(span, [this, near](Address object, uint32_t) {
      const Address left = load_word(object);
      const Address right = load_word(object + kWordBytes);
      shade_or_wait(near, left);
      shade_or_wait(near, right);
    });
  }
  scan_grey(span, [this, near, mask = span.scan_mask](Address object, uint32_t) {
    for (uint64_t rest = mask; rest != 0; rest &= rest - 1)
      shade_or_wait(near, load_word(object + lowest_bit(rest) * kWordBytes));
  });
}

MGC_ALWAYS_INLINE void Marker::shade_or_wait(size_t near, Address value) {
  if (value.is_null()) return;
  const size_t region = buffers_.region_of(map_->page_at(value));
  if (region == near || region >= buffers_.regions()) return shade(value);
  if (!buffers_.add(region, value)) empty_buffer(static_cast<uint32_t>(region));
}

// To be called when no span is grey any more: shades the pointers that wait for the region with most of them, so that
// more can gather for the others. False if no pointer waits.
bool Marker::shade_waiting() {
  if (kPrefersSize || !buffered_) return false;
  const PointerBuffers::Fullest fullest = buffers_.fullest();
  if (fullest.count == 0) return false;
  empty_buffer(fullest.region);
  return true;
}

MGC_NOINLINE void Marker::empty_buffer(uint32_t region) {
  buffers_.empty(region, [this](Address address) { shade_inline(address); });
}

// A large object is scanned piece by piece. Between two pieces it stays at the head of the queue: a table of pointers
// makes objects all over the heap grey, and when all of it is scanned first, each of their spans is scanned once.
void Marker::scan_large(Span& span) {
  if (kHasWeakWords && span.has_weak && !is_late_) return put_off(span);
  span.grey = GreyState::kNone;
  span.marks[0].grey = 0;
  if (kHasExplicitFree && span.marks[0].mark == 0) {  // the client has freed it meanwhile
    span.scan_position = 0;
    return;
  }
  const ScanKind kind = own_kind(span);
  const size_t words = span.limit_bytes / kWordBytes;
  const size_t from = kind == ScanKind::kPointerFree ? words : span.scan_position;
  const size_t piece = kHasModes && sliced_ ? kSlicedPieceWords : kPieceWords;
  const size_t to = words - from > piece ? from + piece : words;
  ++work_.large_pieces;
  if (kind == ScanKind::kPointerFree) {
    // The object is a key that is awaited, without pointers.
  } else if (kind == ScanKind::kConservative) {
    scan_conservative(span.base + from * kWordBytes, to - from);
    work_.slots_visited += to - from;
  } else if (kind == ScanKind::kAll) {
    scan_run(span.base + from * kWordBytes, to - from);
    work_.slots_visited += to - from;
  } else {
    scan_words(span.base, *span.type->layout, words, from, to);
    if (kHasWeakWords && span.has_weak) scan_ephemerons(span.base, *span.type->layout, words, from, to);
  }
  span.scan_position = to == words ? 0 : to;
  if (to == words) {
    if (kHasWeakWords && span.scan_kind == ScanKind::kAwaited) wake(span.base);
    ++work_.objects_scanned;
    count_marked(span, 1);
    record(MGC_RECORD_SCAN, span, 0);
    return;
  }
  put_back_in_queue(span);
}

// Scans the grey objects of a span of small ones, each by its own type. Where keys are awaited, some may have no
// pointers, and the span may begin to be awaited meanwhile.
MGC_NOINLINE void Marker::scan_by_type(Span& span) {
  if (kHasWeakWords && span.has_weak && !is_late_) return put_off(span);
  scan_grey(span, [this, &span](Address object, uint32_t slot) {
    if (kHasWeakWords && span.scan_kind == ScanKind::kAwaited) wake(object);
    const Type* const type = span.slot_types == nullptr ? span.type : types_->by_id(span.slot_types[slot]);
    if (type == nullptr || !type->layout->has_pointers) return;
    const Layout& layout = *type->layout;
    const size_t words = span.slot_bytes / kWordBytes;
    if (layout.conservative) {
      work_.slots_visited += words;
      return scan_conservative(object, words);
    }
    scan_words(object, layout, words, 0, words);
    if (kHasWeakWords && layout.has_weak) scan_ephemerons(object, layout, words, 0, words);
  });
}

// Scans the pointer words of an object of `words` words that lie in [from, to).
void Marker::scan_words(Address base, const Layout& layout, size_t words, size_t from, size_t to) {
  PointerCursor cursor(layout, words, from);
  size_t first = 0;
  size_t count = 0;
  while (cursor.next_run(&first, &count) && first < to) {
    if (count > to - first) count = to - first;
    scan_run(base + first * kWordBytes, count);
    if constexpr (kHasWorkCounters) work_.slots_visited += count;
  }
  if (!layout.has_special()) return;
  for_each_special(layout, base, words, from, to, [this](Address value, Certainty certainty) {
    ++work_.slots_visited;
    certainty == Certainty::kExact ? shade(value) : shade_conservatively(value);
  });
}

void Marker::scan_run(Address base, size_t words) {
  for (size_t i = 0; i < words; ++i) {
    const Address value = load_word(base + i * kWordBytes);
    if constexpr (kPrefersSize) {
      shade(value);
    } else if (!value.is_null()) {
      shade_inline(value);
    }
  }
}

void Marker::record_object(uint32_t kind, const Span& span, uint32_t slot) const {
  if (!recorder->cycles()) return;
  const uint32_t type_id = span.slot_types != nullptr ? span.slot_types[slot]
                           : span.type != nullptr     ? span.type->id
                                                      : 0;
  recorder->add(kind, type_id, span.slot_address(slot).value());
}

void Marker::scan_conservative(Address base, size_t words) {
  for (size_t i = 0; i < words; ++i) shade_conservatively(load_word(base + i * kWordBytes));
}

}  // namespace mallocgc
