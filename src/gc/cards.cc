// The walks over the card table.
#include "gc/cards.h"

namespace mallocgc {

namespace {

// Whether a marked object lies on the card at `card`, which the span covers.
bool any_marked_on(const Span& span, Address card) {
  const size_t begin = card - span.base;
  if (begin >= span.limit_bytes) return false;
  const size_t end = span.limit_bytes - begin < kCardBytes ? span.limit_bytes : begin + kCardBytes;
  const uint32_t first = span.slot_at(begin);
  const uint32_t last = span.slot_at(end - 1);
  for (uint32_t word = first / kBitsPerWord; word <= last / kBitsPerWord; ++word) {
    uint64_t marked = span.marks[word].mark;
    if (word == first / kBitsPerWord) marked &= ~low_bits(first % kBitsPerWord);
    if (word == last / kBitsPerWord) marked &= low_bits(last % kBitsPerWord + 1);
    if (marked != 0) return true;
  }
  return false;
}

}  // namespace

uint64_t clean_cards(const PageMap& map, Marker& marker, size_t from, size_t to) {
  uint64_t old = 0;
  for_each_dirty_page(map, from, to, [&](size_t page, Address address, unsigned char* cards) {
    // A page without a span of this heap may be another heap's, whose cards are not ours to clean.
    Span* const span = map.span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr) return;
    if (!marker.has_black(*span)) return static_cast<void>(__builtin_memset(cards, 0, kCardsPerPage));
    for (size_t i = 0; i < kCardsPerPage; ++i) {
      if (cards[i] == 0) continue;
      cards[i] = 0;
      old += marker.scan_card(*span, address + i * kCardBytes);
    }
  });
  return old;
}

void forget_cards(const PageMap& map, size_t from, size_t to) {
  for (size_t page = from; page < to; ++page) {
    if (map.span_of_page(PageId(static_cast<uint32_t>(page))) == nullptr) continue;
    __builtin_memset(cards_of(map.origin() + page * kPageBytes), 0, kCardsPerPage);
  }
}

uint64_t count_old_cards(const PageMap& map, uint32_t mark_cycle, size_t from, size_t to) {
  uint64_t count = 0;
  for_each_dirty_page(map, from, to, [&](size_t page, Address address, const unsigned char* cards) {
    const Span* const span = map.span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr || span->scan_kind == ScanKind::kPointerFree || span->mark_cycle != mark_cycle) return;
    for (size_t i = 0; i < kCardsPerPage; ++i) {
      if (cards[i] != 0) count += any_marked_on(*span, address + i * kCardBytes);
    }
  });
  return count;
}

}  // namespace mallocgc
