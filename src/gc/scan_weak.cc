// Here the marker meets ephemerons: a value is marked when its key is.
//
// Spans with weak words or keys wait until nothing else is grey (put_off): then most keys that live by other things are
// marked already. An ephemeron whose key is not marked is noted (gc/awaited.h), and the key's span is scanned in a slow
// way for the rest of the marking (ScanKind::kAwaited): each of its objects that is scanned asks for the ephemerons
// that wait for it. So no other span, and no object that is shaded, pays for ephemerons. Objects without pointers turn
// grey there, too.
//
//   shade ─► grey ─► scan_by_type ─► wake ─► values are shaded ─► …
//
// Whatever the order of the ephemerons, each is looked at when its object is scanned, and once more when its key is.
#include "alloc/cache.h"
#include "gc/cards.h"
#include "gc/greying.h"
#include "gc/weak_pass.h"
#include "types/weak_words.h"

namespace mallocgc {

namespace {

uint64_t dirty_cards(const Span& span) {
  uint64_t count = 0;
  for (uint32_t page = 0; page < span.page_count; ++page) {
    const unsigned char* const cards = cards_of(span.base + page * kPageBytes);
    for (size_t i = 0; i < kCardsPerPage; ++i) count += cards[i];
  }
  return count;
}

// Returns how many ephemerons are in a span, and how many on its dirty cards: at most as many as pairs of words, and
// one.
uint64_t most_in_span(const Span& span) {
  const Layout& layout = *span.type->layout;
  return layout.has_keys ? most_ephemerons(layout, object_words(span)) * count_allocated(span) : 0;
}
uint64_t most_on_cards(const Span& span) {
  const uint64_t most = most_in_span(span);
  const uint64_t on_cards = most == 0 ? 0 : dirty_cards(span) * (kCardBytes / kWordBytes / 2 + 1);
  return on_cards < most ? on_cards : most;
}

}  // namespace

void Marker::begin_ephemerons(Metadata& metadata, const YoungSpans* young) {
  if constexpr (!kHasWeakWords) return;
  if (spans_->first_weak() == nullptr) return;
  uint64_t most = 0;
  for (const Span* span = spans_->first_weak(); span != nullptr; span = span->weak_next)
    most += young == nullptr ? most_in_span(*span) : most_on_cards(*span);
  if (young != nullptr) {
    young->for_each([&most](const Span& span) { most += span.has_weak ? most_in_span(span) : 0; });
  }
  // Some are noted twice, and in slices some are made meanwhile.
  if (most != 0) awaited_.prepare(metadata, most + most / 4 + kBitsPerWord);
}

void Marker::end_ephemerons(Metadata& metadata) {
  if constexpr (!kHasWeakWords) return;
  while (awaited_spans_ != nullptr) {
    Span& span = *awaited_spans_;
    awaited_spans_ = span.awaited_next;
    span.awaited_next = nullptr;
    const ScanKind kind = own_kind(span);
    span.scan_kind = kind;
    if (span.span_class != nullptr) span.scan_mask = span.span_class->scan_mask;
  }
  awaited_.drop(metadata);
}

// Returns how the objects of a span are scanned, awaited or not.
ScanKind Marker::own_kind(const Span& span) const {
  if (!kHasWeakWords || span.scan_kind != ScanKind::kAwaited) return span.scan_kind;
  return span.span_class != nullptr ? span.span_class->scan_kind
                                    : plan_scan(span.type, span.slot_bytes / kWordBytes).kind;
}

// The span counts as being in the queue.
void Marker::put_off(Span& span) {
  span.queue_next = late_;
  late_ = &span;
}

// Scans one span that was put off, when nothing else is grey. Returns false if there is none, and nothing more to be
// found.
bool Marker::scan_late() {
  if constexpr (!kHasWeakWords) return false;
  if (late_ == nullptr) return rescans_ && rescan_ephemerons();
  Span& span = *late_;
  late_ = span.queue_next;
  is_late_ = true;
  scan_span(span);
  is_late_ = false;
  return true;
}

// Returns null if the address is in no object.
Span* Marker::object_around(Address address, uint32_t* slot) const {
  Span* const span = map_->span_at(address);
  if (span == nullptr || address - span->base >= span->limit_bytes) return nullptr;
  *slot = span->slot_at(address - span->base);
  return span;
}

// Scans the ephemerons in [from, to) of an object of `words` words at `base`.
void Marker::scan_ephemerons(Address base, const Layout& layout, size_t words, size_t from, size_t to) {
  if constexpr (!kHasWeakWords) return;
  for_each_ephemeron(layout, base, words, from, to, [&](Address key, Address value) {
    ++work_.slots_visited;
    if (value.is_null()) return;
    uint32_t slot = 0;
    Span* const span = object_around(weak_target(layout, key), &slot);
    if (span == nullptr || span->is_marked(slot, cycle_)) {
      keep_value(base, layout, value);
    } else if (!weak_target(layout, value).is_null()) {
      wait_for(*span, slot, key);
    }
  });
}

void Marker::wait_for(Span& span, uint32_t slot, Address place) {
  if (!awaited_.add(span.slot_address(slot), place)) {
    rescans_ = true;
    return;
  }
  if (span.scan_kind == ScanKind::kAwaited) return;
  span.scan_kind = ScanKind::kAwaited;
  span.scan_mask = 0;
  span.awaited_next = awaited_spans_;
  awaited_spans_ = &span;
}

// Shades the value, unless it is in the ephemeron's own object, which is marked, or has a finalizer and keeps what it
// points to except itself (F3).
void Marker::keep_value(Address base, const Layout& layout, Address value) {
  const Address target = weak_target(layout, value);
  ++work_.slots_visited;
  uint32_t slot = 0;
  Span* const span = object_around(target, &slot);
  if (span == nullptr || span->slot_address(slot) == base || span->is_marked(slot, cycle_)) return;
  kept_ = true;
  shade(target);
}

// The object is marked, so what waits for it is kept.
void Marker::wake(Address object) {
  if (awaited_.empty()) return;
  work_.slots_visited += awaited_.take(object, [&](Address place) { return wake_one(object, place); });
}

// Returns true if the ephemeron whose key is at `place` has waited for the object, or waits for nothing any more.
// Meanwhile the program may have stored another key there (which marks the card, so it is looked at again), or freed
// its object.
bool Marker::wake_one(Address object, Address place) {
  const Span& holder = *map_->span_at(place);
  const uint32_t holder_slot = holder.slot_at(place - holder.base);
  if (!is_allocated(holder, holder_slot)) return true;
  const Layout& layout = *holder.type->layout;
  uint32_t slot = 0;
  const Span* const span = object_around(weak_target(layout, place), &slot);
  if (span == nullptr || span->slot_address(slot) != object) return false;
  keep_value(holder.slot_address(holder_slot), layout, place + value_distance(layout) * kWordBytes);
  return true;
}

// Looks at every ephemeron, where there was no memory for what waits, as often as one is found. Returns true if
// something was found.
bool Marker::rescan_ephemerons() {
  kept_ = false;
  for (const Span* span = spans_->first_weak(); span != nullptr; span = span->weak_next) {
    const size_t words = object_words(*span);
    for (uint32_t word = 0; word < bitmap_words(span->slot_count); ++word) {
      for (uint64_t left = weak_holders(*span, word, cycle_); left != 0; left &= left - 1)
        scan_ephemerons(span->slot_address(word * kBitsPerWord + lowest_bit(left)), *span->type->layout, words, 0,
                        words);
    }
  }
  return kept_;
}

}  // namespace mallocgc
