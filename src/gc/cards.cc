// The walks over the card table.
#include "gc/cards.h"

#include <bit>

namespace mallocgc {

namespace {

// Whether an object that may hold pointers and was marked in `cycle` lies on the `bytes` from `address` on. They begin
// in the span's pages.
bool any_marked_on(const Span& span, uint32_t cycle, Address address, size_t bytes) {
  if (span.scan_kind == ScanKind::kPointerFree || span.mark_cycle != cycle) return false;
  const size_t begin = address - span.base;
  if (begin >= span.limit_bytes) return false;
  const size_t end = span.limit_bytes - begin < bytes ? span.limit_bytes : begin + bytes;
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

uint64_t clean_cards(const SpanHeap& spans, Marker& marker, size_t from, size_t to, bool for_weak_pass) {
  uint64_t old = 0;
  for_each_dirty_page(spans, from, to, [&](size_t page, Address address, unsigned char* cards) {
    Span* const span = spans.map().span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr) return;  // the heap's own records
    if (!any_marked_on(*span, marker.cycle(), address, kPageBytes) && !marker.sees_armed(*span)) {
      __builtin_memset(cards, 0, kCardsPerPage);  // most dirty cards are of pages in which all is young
      return;
    }
    const bool keeps = kHasWeakWords && for_weak_pass && span->has_weak;
    for (size_t i = 0; i < kCardsPerPage; i += sizeof(uint64_t)) {
      uint64_t dirty;
      __builtin_memcpy(&dirty, cards + i, sizeof dirty);
      if constexpr (std::endian::native == std::endian::big) dirty = __builtin_bswap64(dirty);
      if (!keeps) __builtin_memset(cards + i, 0, sizeof dirty);
      while (dirty != 0) {
        const uint32_t card = lowest_bit(dirty) / 8;
        dirty &= ~(uint64_t{0xff} << 8 * card);
        old += marker.scan_card(*span, address + (i + card) * kCardBytes);
      }
    }
  });
  return old;
}

void forget_cards(const SpanHeap& spans, size_t from, size_t to) {
  for_each_page_in_use(spans, from, to, [&](size_t page, Address, unsigned char* cards) {
    if (spans.map().span_of_page(PageId(static_cast<uint32_t>(page))) == nullptr) return;
    __builtin_memset(cards, 0, kCardsPerPage);
  });
}

uint64_t count_old_cards(const SpanHeap& spans, uint32_t mark_cycle, size_t from, size_t to) {
  uint64_t count = 0;
  for_each_dirty_page(spans, from, to, [&](size_t page, Address address, const unsigned char* cards) {
    const Span* const span = spans.map().span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr || !any_marked_on(*span, mark_cycle, address, kPageBytes)) return;
    for (size_t i = 0; i < kCardsPerPage; ++i) {
      if (cards[i] != 0) count += any_marked_on(*span, mark_cycle, address + i * kCardBytes, kCardBytes);
    }
  });
  return count;
}

}  // namespace mallocgc
