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

// Calls f(number of the first, cards) for each eight cards of a page of which one is dirty. The first is the lowest
// byte.
template <class F>
void for_each_eight(const unsigned char* cards, F f) {
  for (size_t first = 0; first < kCardsPerPage; first += sizeof(uint64_t)) {
    uint64_t eight;
    __builtin_memcpy(&eight, cards + first, sizeof eight);
    if (eight == 0) continue;
    if constexpr (std::endian::native == std::endian::big) eight = __builtin_bswap64(eight);
    f(first, eight);
  }
}

template <class F>
void for_each_dirty(uint64_t eight, F f) {
  while (eight != 0) {
    const size_t card = lowest_bit(eight) / 8;
    eight &= ~(uint64_t{0xff} << 8 * card);
    f(card);
  }
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
    for_each_eight(cards, [&](size_t first, uint64_t dirty) {
      if (!keeps) __builtin_memset(cards + first, 0, sizeof dirty);
      for_each_dirty(dirty,
                     [&](size_t card) { old += marker.scan_card(*span, address + (first + card) * kCardBytes); });
    });
  });
  return old;
}

void forget_cards(const SpanHeap& spans, size_t from, size_t to) {
  const Address origin = spans.map().origin();
  for_each_run_in_use(spans, from, to, [&](size_t page, size_t end) {
    for (; page < end; ++page) {
      if (spans.map().span_of_page(PageId(static_cast<uint32_t>(page))) == nullptr) continue;
      __builtin_memset(cards_of(origin + page * kPageBytes), 0, kCardsPerPage);
    }
  });
}

uint64_t count_old_cards(const SpanHeap& spans, uint32_t mark_cycle, size_t from, size_t to) {
  uint64_t count = 0;
  for_each_dirty_page(spans, from, to, [&](size_t page, Address address, const unsigned char* cards) {
    const Span* const span = spans.map().span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr || !any_marked_on(*span, mark_cycle, address, kPageBytes)) return;
    for_each_eight(cards, [&](size_t first, uint64_t dirty) {
      if (span->is_large()) {
        count += count_bits(dirty);  // a dirty card is 1
        return;
      }
      for_each_dirty(dirty, [&](size_t card) {
        count += any_marked_on(*span, mark_cycle, address + (first + card) * kCardBytes, kCardBytes);
      });
    });
  });
  return count;
}

}  // namespace mallocgc
