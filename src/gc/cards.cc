// The walks over the card table.
#include "gc/cards.h"

namespace mallocgc {

uint64_t clean_cards(const PageMap& map, Marker& marker, size_t from, size_t to) {
  uint64_t old = 0;
  for_each_dirty_page(map, from, to, [&](size_t page, Address address, unsigned char* cards) {
    // A page without a span of this heap may be another heap's, whose cards are not ours to clean.
    Span* const span = map.span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr) return;
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

uint64_t count_old_cards(const PageMap& map, const YoungSpans& young, size_t from, size_t to) {
  uint64_t count = 0;
  for_each_dirty_page(map, from, to, [&](size_t page, Address, const unsigned char* cards) {
    const Span* const span = map.span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr || span->scan_kind == ScanKind::kPointerFree || young.may_be_young(*span)) return;
    for (size_t i = 0; i < kCardsPerPage; ++i) count += cards[i];
  });
  return count;
}

}  // namespace mallocgc
