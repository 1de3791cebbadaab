// The write barrier (C7) goes through the C ABI: every way of storing a pointer marks the card of its place, and no
// other card.
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include <cstring>
#include <functional>
#include <vector>

#include "support/flavour.h"

namespace {

constexpr size_t kCardBytes = size_t{1} << MGC_CARD_SHIFT;

unsigned char& card_of(const void* address) {
  return mgc_cards.base[(reinterpret_cast<uintptr_t>(address) >> MGC_CARD_SHIFT) & mgc_cards.mask];
}

class Barrier : public ::testing::Test {
 protected:
  static constexpr size_t kCards = 12;

  Barrier() {
    mgc_options options{};
    options.max_bytes = size_t{16} << 20;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK);
    mutator = mgc_main_mutator(heap);
    const uint32_t mask = 1;
    mgc_type_info info{};
    info.name = "Pointer";
    info.size = sizeof(void*);
    info.pointers.mask = &mask;
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
    // The object is large, so that its base is on a card of its own.
    object = static_cast<char*>(mgc_malloc(mutator, (kCards + 30) * kCardBytes, type, 0));
    slots = mgc_frame_push(mutator, 1);
    slots[0] = object;
  }
  ~Barrier() override { mgc_heap_destroy(heap); }

  // Returns the numbers of the cards that `store` dirties.
  std::vector<size_t> dirtied(const std::function<void()>& store) {
    for (size_t i = 0; i < kCards; ++i) card_of(object + i * kCardBytes) = 0;
    store();
    std::vector<size_t> result;
    for (size_t i = 0; i < kCards; ++i) {
      if (card_of(object + i * kCardBytes) != 0) result.push_back(i);
    }
    return result;
  }

  using Cards = std::vector<size_t>;
  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
  mgc_type type = nullptr;
  char* object = nullptr;
  void** slots = nullptr;
};

TEST_F(Barrier, C7_AStoreMarksTheCardOfItsPlace) {
  for (const size_t at : {size_t{0}, kCardBytes - sizeof(void*), kCardBytes, 5 * kCardBytes + 64}) {
    EXPECT_EQ(dirtied([&] { mgc_store(object + at, object); }), Cards{at / kCardBytes});
    void* stored = nullptr;
    std::memcpy(&stored, object + at, sizeof stored);
    EXPECT_EQ(stored, object);
    EXPECT_EQ(dirtied([&] { mgc_write_barrier(object + at); }), Cards{at / kCardBytes});
  }
}

TEST_F(Barrier, C7_ARangeMarksEveryCardItTouchesAndNoOther) {
  for (size_t first = 0; first < 3 * kCardBytes; first += kCardBytes / 4 - 8) {
    for (size_t bytes = 1; first + bytes < 10 * kCardBytes; bytes = bytes * 2 + 7) {
      Cards expected;
      for (size_t card = first / kCardBytes; card <= (first + bytes - 1) / kCardBytes; ++card) expected.push_back(card);
      ASSERT_EQ(dirtied([&] { mgc_write_barrier_range(object + first, bytes); }), expected) << first << " + " << bytes;
    }
  }
  EXPECT_EQ(dirtied([&] { mgc_write_barrier_range(object + kCardBytes, 0); }), Cards{}) << "nothing was stored";
}

TEST_F(Barrier, C7_AMoveIsAMemmoveWithTheBarrierAtItsTarget) {
  for (size_t i = 0; i < 4 * kCardBytes; ++i) object[i] = static_cast<char>(i * 7);
  EXPECT_EQ(dirtied([&] { mgc_move(object + 6 * kCardBytes, object, 2 * kCardBytes); }), (Cards{6, 7}));
  EXPECT_EQ(std::memcmp(object + 6 * kCardBytes, object, 2 * kCardBytes), 0);
  std::vector<char> before(object, object + 3 * kCardBytes);
  EXPECT_EQ(dirtied([&] { mgc_move(object + 100, object, 3 * kCardBytes); }), (Cards{0, 1, 2, 3}));
  EXPECT_EQ(std::memcmp(object + 100, before.data(), before.size()), 0) << "overlapping upwards";
  before.assign(object + 500, object + 500 + 2 * kCardBytes);
  mgc_move(object + 10, object + 500, 2 * kCardBytes);
  EXPECT_EQ(std::memcmp(object + 10, before.data(), before.size()), 0) << "and downwards";
  EXPECT_EQ(dirtied([&] { mgc_move(object, object + 100, 0); }), Cards{});
}

TEST_F(Barrier, C7_ABarrierIsLegalForAnyAddress) {
  void* local = nullptr;
  mgc_store(&local, object);
  EXPECT_EQ(local, object);
  mgc_write_barrier(nullptr);
  mgc_write_barrier(reinterpret_cast<void*>(UINTPTR_MAX));
}

TEST_F(Barrier, TheHeapIsWholeAfterwards) {
  mgc_store(object, object);
  EXPECT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(mallocgc::verified(heap), mallocgc::Status::kOk);
}

}  // namespace
