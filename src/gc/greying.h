// The parts of the marker that each of its loops inlines: a slot turns grey, and the walk over the grey objects of a
// span.
// Doors: marker.cc and scan_compact.cc, which have the loops.
#pragma once

#include "gc/marker.h"
#include "platform/fetch.h"

namespace mallocgc {

MGC_ALWAYS_INLINE void Marker::put_in_queue(Span& span, uint32_t slot) {
  span.grey = GreyState::kOne;
  span.grey_slot = slot;
  span.queue_next = nullptr;
  // The only span in the queue has its turn next, so the object's words are fetched meanwhile. Those of a span with a
  // later turn would have left the caches again.
  if (queue_head_ == nullptr) platform::fetch(span.slot_address(slot));
  (queue_head_ == nullptr ? queue_head_ : queue_tail_->queue_next) = &span;
  queue_tail_ = &span;
}

// Whether the object was marked before is as good as random, so no branch asks: a mispredicted one would throw away the
// loads of the next pointers, and marking is fast only where those overlap.
//
// With kIsNear the span is being scanned, so the object's turn is soon, and its words are fetched meanwhile. What was
// marked before is not fetched again: the span's record takes its place, since asking would be a branch.
template <bool kIsNear>
MGC_ALWAYS_INLINE void Marker::make_grey(Span& span, uint32_t slot, Address address) {
  MarkWord& word = span.marks[slot / kBitsPerWord];
  const uint64_t fresh = bit_of(slot) & ~word.mark;
  word.mark |= fresh;
  word.grey |= fresh;
  if constexpr (kIsNear) platform::fetch(fresh != 0 ? address : Address::of(&span));
  if (fresh != 0) record(MGC_RECORD_SHADE, span, slot);
  if (span.grey != GreyState::kMany && fresh != 0) note_grey(span, slot);
}

// The first grey object of a span puts it into the queue; with the second it has many.
MGC_ALWAYS_INLINE void Marker::note_grey(Span& span, uint32_t slot) {
  if (span.grey == GreyState::kNone) return put_in_queue(span, slot);
  const bool is_first = span.grey == GreyState::kQueued;
  span.grey = is_first ? GreyState::kOne : GreyState::kMany;
  if (is_first) span.grey_slot = slot;
}

// Calls scan(address of the object) for each grey object of the span, which is out of the queue.
template <class Scan>
MGC_ALWAYS_INLINE void Marker::scan_grey(Span& span, Scan scan) {
  uint32_t word = 0;
  uint32_t end = bitmap_words(span.slot_count);
  if (span.grey == GreyState::kOne) {
    word = span.grey_slot / kBitsPerWord;
    end = word + 1;
    count_single(span.marks[word]);
  } else if (span.grey == GreyState::kQueued) {
    end = 0;
  }
  span.grey = GreyState::kNone;
  uint32_t scanned = 0;
  uint32_t words_left = kHasModes && sliced_ ? kSlicedBitmapWords : ~uint32_t{0};
  for (; word < end; ++word) {
    if (span.marks[word].grey != 0 && words_left-- == 0) {
      // The rest waits for its next turn.
      if (span.grey == GreyState::kNone) put_in_queue(span, word * kBitsPerWord + lowest_bit(span.marks[word].grey));
      span.grey = GreyState::kMany;
      break;
    }
    if (kHasModes && sliced_ && span.marks[word].grey != 0) forget_free_slots(span, word);
    // The word is read again, because objects made one after the other point at each other: a child is often in its
    // parent's word.
    while (uint64_t grey = span.marks[word].grey) {
      span.marks[word].grey = 0;
      // A child that is scanned at once has put the span into the queue. The next one to turn grey is its only one: so
      // a list that leads from word to word is followed without a look at the others.
      if (span.grey == GreyState::kOne && span.grey_slot / kBitsPerWord == word) span.grey = GreyState::kQueued;
      for (; grey != 0; grey &= grey - 1) {
        const uint32_t slot = word * kBitsPerWord + lowest_bit(grey);
        record(MGC_RECORD_SCAN, span, slot);
        scan(span.slot_address(slot), slot);
        ++scanned;
      }
    }
  }
  if constexpr (kHasWorkCounters) work_.objects_scanned += scanned;
  count_marked(span, scanned);
}

}  // namespace mallocgc
