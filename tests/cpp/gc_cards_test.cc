// Walks go over the cards: the tests say which pages they look at, what they find and what they clean.
#include "gc/cards.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

// A marked object lies below, and one above, so many pages that are free again. Each has a dirty card.
struct Spike : Parts {
  static constexpr uint32_t kPages = 6000;

  Spike() : Parts({.total_bytes = 80 * kMiB}) {
    const Type& type = *define("Node", 2, 3);
    EXPECT_TRUE(pages.try_grow(8, true));
    low = make(type);
    while (pages.pages_free() != 0) make(type);  // none of the pages below is left for what comes
    EXPECT_TRUE(pages.try_grow(kPages, true));
    EXPECT_TRUE(pages.try_allocate(kPages, 1, &between));
    EXPECT_TRUE(pages.try_grow(64, true));
    high = take_large(100'000, &type).pointer<void*>();
    mark_from({low, high});
    EXPECT_GT(Address::of(high) - Address::of(low), kPages * kPageBytes);
    // The table is the process's: heaps that lay here before have left cards.
    for (size_t page = begin(); page < end(); ++page) {
      std::memset(cards_of(pages.address_of(PageId(static_cast<uint32_t>(page)))), 0, kCardsPerPage);
    }
    for (unsigned char* const card : {card_of(low), card_of(high), card_between()}) *card = 1;
  }
  static unsigned char* card_of(const void* object) {
    return mgc_cards.base + ((Address::of(object).value() >> MGC_CARD_SHIFT) & mgc_cards.mask);
  }
  unsigned char* card_between() { return cards_of(pages.address_of(between.first + kPages / 2)); }
  size_t begin() const { return spans.begin().index(); }
  size_t end() const { return spans.end().index(); }
  uint64_t count() { return count_old_cards(spans, sweep.epochs.mark, begin(), end()); }
  template <class F>
  uint64_t steps(F walk) {
    const uint64_t before = pages.steps();
    walk();
    return pages.steps() - before;
  }

  void** low = nullptr;
  void** high = nullptr;
  PageRun between;
};

TEST(Cards, C13_FreePagesAreNotLookedAt) {
  Spike p;
  const uint64_t most = Spike::kPages / kBitsPerWord / 2;
  if (kDebugFlavour) {
    EXPECT_GT(p.steps([&] { p.count(); }), most);
  }
  p.pages.free(p.between);
  EXPECT_LE(p.steps([&] { EXPECT_EQ(p.count(), 2u); }), most);
  EXPECT_LE(p.steps([&] { EXPECT_EQ(clean_cards(p.spans, p.marker, p.begin(), p.end()), 2u); }), most);
  EXPECT_EQ(*Spike::card_of(p.low) + *Spike::card_of(p.high), 0);
  EXPECT_EQ(*p.card_between(), 1) << "it is no span's: whoever takes the page has a card too many";
  *Spike::card_of(p.high) = 1;
  EXPECT_LE(p.steps([&] { forget_cards(p.spans, p.begin(), p.end()); }), most);
  EXPECT_EQ(*Spike::card_of(p.high), 0);
  *p.card_between() = 0;
}

TEST(Cards, AWalkKeepsToItsPages) {
  Spike p;
  const size_t above = p.pages.page_of(Address::of(p.high)).index();
  EXPECT_EQ(count_old_cards(p.spans, p.sweep.epochs.mark, p.begin(), above), 1u);
  EXPECT_EQ(count_old_cards(p.spans, p.sweep.epochs.mark, above, above + 1), 1u);
  EXPECT_EQ(count_old_cards(p.spans, p.sweep.epochs.mark, above + 1, p.end()), 0u);
  forget_cards(p.spans, p.begin(), above);
  EXPECT_EQ(*Spike::card_of(p.low), 0);
  EXPECT_EQ(*Spike::card_of(p.high), 1);
  for (unsigned char* const card : {Spike::card_of(p.high), p.card_between()}) *card = 0;
  p.pages.free(p.between);
}

}  // namespace
}  // namespace mallocgc
