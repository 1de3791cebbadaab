// The card table covers what was reserved, is clean for a new heap, and lets every address be barriered.
#include <gtest/gtest.h>

#include <vector>

#include <mallocgc/abi.h>

#include "platform/fake.h"

namespace mallocgc::platform {
namespace {

unsigned char* card_of(Address a) { return mgc_cards.base + ((a.value() >> MGC_CARD_SHIFT) & mgc_cards.mask); }

TEST(PlatformCards, C7_EveryAddressMayBeBarriered) {
  int on_the_stack = 0;
  static int in_static_data = 0;
  ASSERT_NE(mgc_cards.base, nullptr);  // it is there also before the first heap: see abi.h
  *card_of(Address::of(&on_the_stack)) = 1;
  *card_of(Address::of(&in_static_data)) = 1;
  FakeSource source(size_t{1} << 20);
  ASSERT_TRUE(reserve_cards(source.range()));
  *card_of(Address::of(&on_the_stack)) = 1;
  *card_of(Address::of(&in_static_data)) = 1;
}

TEST(PlatformCards, C7_ReservingAgainNeverMovesTheTable) {
  FakeSource first(size_t{1} << 20);
  ASSERT_TRUE(reserve_cards(first.range()));
  const unsigned char* const base = mgc_cards.base;
  FakeSource second(size_t{8} << 20);
  ASSERT_TRUE(reserve_cards(second.range()));
  EXPECT_EQ(mgc_cards.base, base);
}

TEST(PlatformCards, C7_TwoHeapsShareNoCard) {
  FakeSource a(size_t{1} << 20);
  FakeSource b(size_t{1} << 20);
  ASSERT_TRUE(reserve_cards(a.range()) && reserve_cards(b.range()));
  for (Address p = a.range().low; p < a.range().end(); p = p + (size_t{1} << MGC_CARD_SHIFT)) *card_of(p) = 0;
  for (Address p = b.range().low; p < b.range().end(); p = p + (size_t{1} << MGC_CARD_SHIFT)) *card_of(p) = 1;
  for (Address p = a.range().low; p < a.range().end(); p = p + (size_t{1} << MGC_CARD_SHIFT)) ASSERT_EQ(*card_of(p), 0);
}

TEST(PlatformCards, C7_ACardIsOf128AlignedBytesAndOf256WhereAddressesHave32Bits) {
  FakeSource source(size_t{1} << 20);
  ASSERT_TRUE(reserve_cards(source.range()));
  const Address low = source.range().low;
  const size_t card = kIs64Bit ? 128 : 256;
  EXPECT_EQ(card_of(low), card_of(low + (card - 1)));
  EXPECT_EQ(card_of(low) + 1, card_of(low + card));
}

TEST(PlatformCards, C7_ANewHeapFindsTheCardsOfTheLastOneClean) {
  for (int round = 0; round < 3; ++round) {
    FakeSource source(size_t{4} << 20);
    ASSERT_TRUE(reserve_cards(source.range()));
    const Region region = source.try_grow(size_t{2} << 20, size_t{2} << 20);
    ASSERT_NE(region.bytes, 0u);
    size_t dirty = 0;
    for (Address p = region.base; p < region.end(); p = p + (size_t{1} << MGC_CARD_SHIFT)) {
      dirty += *card_of(p);
      *card_of(p) = 1;
    }
    EXPECT_LE(dirty, 8u);  // the stack may alias some of them
  }
}

// Where all heaps have one range, other memory has the cards of the places in it that lie a multiple of its size away.
// Who owns cards keeps the heaps from these places.
struct Source {
  Source() : source(*default_source(storage, sizeof storage, size_t{1} << 20)) {
    EXPECT_TRUE(reserve_cards(source.range()));
  }
  Source(const Source&) = delete;
  ~Source() { source.release(); }
  Region grow() { return source.try_grow(size_t{1} << 18, size_t{1} << 18); }

  alignas(16) unsigned char storage[kDefaultSourceBytes] = {};
  MemorySource& source;
};

TEST(PlatformCards, R5_WhoOwnsCardsSharesThemWithNoHeap) {
  Source heap;
  struct alignas(1 << MGC_CARD_SHIFT) Cards {
    char bytes[8 << MGC_CARD_SHIFT];
  };
  static Cards mine;
  const Range range{Address::of(&mine), sizeof mine / 2};
  const Range neighbour{range.end(), sizeof mine / 2};
  ASSERT_TRUE(try_own_cards(range));
  EXPECT_TRUE(try_own_cards(neighbour));
  if (kHeapsHaveOneRange) {
    const Range window = heap.source.range();
    const Region block = heap.grow();
    EXPECT_FALSE(try_own_cards(Range{block.base, block.bytes})) << "a heap's";
    const Range far{range.low + window.bytes, range.bytes};
    EXPECT_FALSE(try_own_cards(far)) << "the same cards";
    give_back_cards(neighbour);
    EXPECT_FALSE(try_own_cards(far));
    give_back_cards(range);
    EXPECT_TRUE(try_own_cards(far));
    give_back_cards(far);
    EXPECT_FALSE(try_own_cards(Range{block.base - window.bytes, block.bytes})) << "a heap has them";
    return;
  }
  give_back_cards(neighbour);
  give_back_cards(range);
  const uint64_t covered = (uint64_t{mgc_cards.mask} + 1) << MGC_CARD_SHIFT;
  const Range high{Address(~uintptr_t{0} - 0xffff), 0x1000};
  EXPECT_EQ(try_own_cards(high), high.low.value() < covered) << "beyond the table nothing has cards of its own";
}

TEST(PlatformCards, R5_NoHeapGrowsToWhereCardsAreOwned) {
  if (!kHeapsHaveOneRange) return;
  Source first;
  const Range window = first.source.range();
  // Where other tests have left heaps, the cards are these heaps'; of the rest, every second part is owned here.
  constexpr size_t kParts = 64;
  const size_t bytes = window.bytes / kParts;
  std::vector<Range> owned;
  for (size_t part = 0; part < kParts; part += 2) {
    const Range range{window.low + window.bytes + part * bytes, bytes};
    if (try_own_cards(range)) owned.push_back(range);
  }
  ASSERT_GE(owned.size(), kParts / 4) << "there are few heaps";
  for (int i = 0; i < 4; ++i) {
    Source heap;
    const Region block = heap.grow();
    ASSERT_NE(block.bytes, 0u);
    for (const Range& range : owned) {
      const Range taken{range.low - window.bytes, range.bytes};
      EXPECT_FALSE(taken.contains(block.base) || taken.contains(block.end() - 1)) << i;
    }
  }
  for (const Range& range : owned) give_back_cards(range);
}

}  // namespace
}  // namespace mallocgc::platform
