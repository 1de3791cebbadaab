// Cards: what the write barrier remembers (C7). A card is 2^MGC_CARD_SHIFT bytes of the heap; whoever has stored a
// pointer at an address stores 1 to the byte of its card. Two readers, never at the same time:
//   a minor cycle             old objects on dirty cards may point to young ones: the words there are roots
//   a full cycle in slices    marked objects on dirty cards may point to unmarked ones
// A card has two states, which are enough for both. Minor cycles pause while a full cycle marks; and when a cycle of
// either kind has ended, whatever is alive is marked, so that a clean card may forget what was stored.
//
// Cards are found page by page over the heap's pages in use, so that the cost follows what lives and not the highest
// address that was ever in use: a few loads tell that a page has none. A card without marked objects, of pointer-free
// objects, or of no span is only cleaned.
// inv.cards: outside a marking, an old object that points to a young one does so from a dirty card.
// Doors: gc/minor.cc, gc/slices.cc; on to Marker::scan_card.
#pragma once

#include "gc/marker.h"
#include "spans/span_heap.h"
#include "spans/young_spans.h"

namespace mallocgc {

inline constexpr size_t kCardsPerPage = kPageBytes / kCardBytes;
static_assert(kCardsPerPage % sizeof(uint64_t) == 0);

// The cards of the page at `page`, which lie together.
inline unsigned char* cards_of(Address page) {
  return mgc_cards.base + ((page.value() >> MGC_CARD_SHIFT) & mgc_cards.mask);
}

// Calls f(first, end) for each run of pages in use in [from, to).
template <class F>
void for_each_run_in_use(const SpanHeap& spans, size_t from, size_t to, F f) {
  for (size_t page = spans.next_in_use(from, to); page < to;) {
    const size_t end = spans.end_of_use(page, to);
    f(page, end);
    page = spans.next_in_use(end, to);
  }
}

template <size_t kCards>
bool any_dirty(const unsigned char* cards) {
  uint64_t dirty = 0;
  for (size_t i = 0; i < kCards; i += sizeof(uint64_t)) {
    uint64_t eight;
    __builtin_memcpy(&eight, cards + i, sizeof eight);
    dirty |= eight;
  }
  return dirty != 0;
}

// Calls f(page number, address, cards) for each page in use in [from, to) that has a dirty card. Nearly all pages have
// none, so they are asked four at a time, whose cards lie together if the first is a fourth page by its address.
template <class F>
void for_each_dirty_page(const SpanHeap& spans, size_t from, size_t to, F f) {
  constexpr size_t kTogether = 4;
  const Address origin = spans.map().origin();
  for_each_run_in_use(spans, from, to, [&](size_t page, size_t end) {
    while (page < end) {
      const Address address = origin + page * kPageBytes;
      unsigned char* const cards = cards_of(address);
      if (address.value() % (kTogether * kPageBytes) == 0 && end - page >= kTogether &&
          !any_dirty<kTogether * kCardsPerPage>(cards)) {
        page += kTogether;
        continue;
      }
      if (any_dirty<kCardsPerPage>(cards)) f(page, address, cards);
      ++page;
    }
  });
}

// Cleans the dirty cards of pages [from, to), and reads what marked objects point to there. Gives on how many cards
// such objects lie: cards of young objects alone are only cleaned. `for_weak_pass`: those of old objects in spans with
// weak words stay dirty, because the weak pass of a minor cycle goes by them, too.
uint64_t clean_cards(const SpanHeap& spans, Marker& marker, size_t from, size_t to, bool for_weak_pass = false);
// Cleans them without looking.
void forget_cards(const SpanHeap& spans, size_t from, size_t to);
// The same number before a minor cycle, where nothing is cleaned or read: dirty cards on which objects are marked that
// may hold pointers.
uint64_t count_old_cards(const SpanHeap& spans, uint32_t mark_cycle, size_t from, size_t to);

}  // namespace mallocgc
