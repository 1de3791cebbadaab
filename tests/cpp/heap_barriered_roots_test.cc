// Ranges whose stores mark cards (R5): their cards decide what minor cycles and cycles in slices read of them.
#include <mallocgc/mallocgc.h>

#include <array>
#include <memory>

#include "support/heap_fixture.h"
#include "support/slices_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

constexpr size_t kCardBytes = size_t{1} << MGC_CARD_SHIFT;
constexpr size_t kCardWords = kCardBytes / kWordBytes;
constexpr size_t kCards = 40;

// Memory of the client: whole cards, with room for a range that does not begin or end with one.
struct alignas(kCardBytes) Table {
  void* words[kCards * kCardWords] = {};
};
Table table;
Table others;

struct Barriered : HeapFixture {
  explicit Barriered(uint32_t mode = MGC_MODE_GENERATIONAL) : HeapFixture(checked(mode)) {
    for (void*& word : table.words) word = nullptr;
    type = define("Word", 1, 1);
  }
  void add(void* base, size_t bytes) {
    ASSERT_EQ(heap.add_roots(base, bytes, type, true), Status::kOk) << heap.last_error();
  }
  void minor() { EXPECT_EQ(heap.collect_minor(), Status::kOk) << heap.last_error(); }
  uint64_t slots_read_by_a_minor() {
    const uint64_t before = stats().work_slots_visited;
    minor();
    return stats().work_slots_visited - before;
  }
  Type* type = nullptr;
};

TEST(BarrieredRoots, R5_AStoreThatMarksItsCardKeepsAYoungObject) {
  for (const size_t at : {size_t{0}, kCardWords - 1, 5 * kCardWords, 17 * kCardWords + 3, kCards * kCardWords - 1}) {
    Barriered h;
    h.add(&table, sizeof table);
    h.minor();
    mgc_store(&table.words[at], h.make(h.make(), nullptr));
    h.minor();
    const auto* const held = static_cast<Node*>(table.words[at]);
    EXPECT_TRUE(h.alive(held)) << at;
    EXPECT_TRUE(h.alive(held->left)) << at;
    h.minor();
    h.collect();
    EXPECT_TRUE(h.alive(held)) << at;
    mgc_store(&table.words[at], nullptr);
    h.collect();
    EXPECT_EQ(h.stats().heap_objects, 0u) << at;
  }
}

TEST(BarrieredRoots, R5_OnlyWordsOnDirtyCardsAreReadAgain) {
  MGC_NEEDS(kWorkCounters);
  Barriered h;
  h.add(&table, sizeof table);
  EXPECT_EQ(h.slots_read_by_a_minor(), kCards * kCardWords) << "a new range is read whole";
  EXPECT_EQ(h.slots_read_by_a_minor(), 0u);
  mgc_store(&table.words[20 * kCardWords + 7], h.make());
  mgc_store(&table.words[21 * kCardWords], h.make());
  mgc_store(&table.words[30 * kCardWords], nullptr);
  EXPECT_EQ(h.slots_read_by_a_minor(), 3 * kCardWords + 4) << "and those of two young nodes";
  EXPECT_EQ(h.slots_read_by_a_minor(), 0u);
  mgc_store(&table.words[3], h.make());
  h.collect();
  EXPECT_EQ(h.slots_read_by_a_minor(), 0u) << "a full cycle has read everything";
  ASSERT_EQ(h.heap.add_roots(&others, sizeof others, h.type), Status::kOk);
  EXPECT_EQ(h.slots_read_by_a_minor(), kCards * kCardWords) << "of other ranges every word, each time";
  EXPECT_EQ(h.heap.remove_roots(&others), Status::kOk);
}

// What lies on a card with other memory is read each time: the other owner may clean it.
TEST(BarrieredRoots, R5_WordsOnACardThatTheRangeSharesAreReadEachTime) {
  Barriered h;
  void** const half = &table.words[kCardWords / 2];
  void** const rest = &table.words[9 * kCardWords + 5];
  h.add(half, (rest - half) * kWordBytes);
  h.add(rest, (&table.words[kCards * kCardWords] - rest) * kWordBytes);
  h.minor();
  for (size_t i = 0; i < 6; ++i) {
    mgc_store(rest - 1 + i / 3, h.make());
    mgc_store(half + i, h.make());
    mgc_store(&table.words[(i + 1) * kCardWords], h.make());
    h.minor();
    for (void** word = half; word < table.words + kCards * kCardWords; ++word)
      ASSERT_TRUE(*word == nullptr || h.alive(*word)) << i << ": " << word - half;
  }
  Barriered small;
  small.add(half, 4 * kWordBytes);
  small.minor();
  half[3] = small.make();
  small.minor();
  EXPECT_TRUE(small.alive(half[3])) << "a range without a card of its own needs no barrier";
}

// All ways to lay a range over cards, and every word of it.
TEST(BarrieredRoots, R5_NoWordOfAnyRangeIsForgotten) {
  for (size_t first = 0; first < kCardWords; first += 3) {
    for (size_t end = first + 1; end < 3 * kCardWords; end += 5) {
      Barriered h;
      h.add(&table.words[first], (end - first) * kWordBytes);
      h.minor();
      for (size_t i = first; i < end; ++i) mgc_store(&table.words[i], h.make());
      h.minor();
      EXPECT_EQ(h.stats().heap_objects, end - first);
      for (size_t i = first; i < end; i += 2) mgc_store(&table.words[i], h.make());
      h.minor();
      for (size_t i = first; i < end; ++i) ASSERT_TRUE(h.alive(table.words[i])) << first << ", " << end << ": " << i;
    }
  }
}

TEST(BarrieredRoots, C9_StoresBetweenSlicesAreSeenWhereverTheyFall) {
  for (uint64_t slice = 1; slice < 400; slice += slice < 60 ? 1 : 23) {
    Sliced h;
    Type* const type = h.define("Word", 1, 1);
    for (void*& word : table.words) word = h.make();
    ASSERT_EQ(h.heap.add_roots(&table, sizeof table, type, true), Status::kOk) << h.heap.last_error();
    h.start();
    for (size_t i = 0; !h.heap.step_work(slice); i = (i + 331) % (kCards * kCardWords))
      mgc_store(&table.words[i], h.make());
    for (const void* const word : table.words) ASSERT_TRUE(h.alive(word)) << slice;
    h.collect();
    EXPECT_EQ(h.stats().heap_objects, kCards * kCardWords);
  }
}

// An object moves from a word that has not been read yet to one that has: nothing but the dirty card tells of it. A
// slice reads some thousand words of a range at a time, so this one is long.
TEST(BarrieredRoots, C9_AStoreIntoThePieceThatWasReadBeforeIsSeen) {
  constexpr size_t kWords = size_t{1} << 14;
  struct alignas(kCardBytes) Long {
    void* words[kWords] = {};
  };
  static Long range;
  int moved = 0;
  for (int steps = 0; steps < 40; ++steps) {
    Sliced h;
    Type* const type = h.define("Word", 1, 1);
    Node* const first = h.make();
    Node* const last = h.make(h.make(), nullptr);
    for (void*& word : range.words) word = first;
    range.words[kWords - 1] = last;
    ASSERT_EQ(h.heap.add_roots(&range, sizeof range, type, true), Status::kOk) << h.heap.last_error();
    h.collect();
    h.start();
    while (h.heap.is_marked(last)) ASSERT_FALSE(h.heap.step_work(1)) << "the marking has not begun";
    for (int i = 0; i < steps; ++i) (void)h.heap.step_work(1);
    moved += h.heap.is_marked(first) && !h.heap.is_marked(last);
    mgc_store(&range.words[0], last);
    mgc_store(&range.words[kWords - 1], nullptr);
    h.finish();
    ASSERT_TRUE(h.alive(last)) << steps;
    ASSERT_TRUE(h.alive(last->left)) << steps;
    range.words[0] = nullptr;
  }
  EXPECT_GT(moved, 1) << "the range is read in several pieces";
}

TEST(BarrieredRoots, C9_ARangeMayComeWhileACycleIsUnderWay) {
  for (int steps = 0; steps < 40; ++steps) {
    Sliced h;
    Type* const type = h.define("Word", 1, 1);
    for (int i = 0; i < 200; ++i) h.slots[0] = h.make(static_cast<Node*>(h.slots[0]), nullptr);
    h.start();
    for (int i = 0; i < steps; ++i) (void)h.heap.step_work(20);
    h.heap.forbid_collection();  // no allocation assists, for the objects are not rooted yet
    for (void*& word : table.words) word = h.make();
    h.heap.allow_collection();
    ASSERT_EQ(h.heap.add_roots(&table, sizeof table, type, true), Status::kOk) << h.heap.last_error();
    h.finish();
    for (const void* const word : table.words) ASSERT_TRUE(h.alive(word)) << steps;
  }
}

TEST(BarrieredRoots, R5_WhatIsRemovedIsNoRootAndCanBeRegisteredAgain) {
  Barriered h;
  h.add(&table, sizeof table);
  h.minor();
  mgc_store(&table.words[100], h.make());
  EXPECT_EQ(h.heap.remove_roots(&table), Status::kOk);
  h.minor();
  EXPECT_FALSE(h.alive(table.words[100]));
  table.words[100] = nullptr;
  table.words[101] = h.make();
  h.add(&table, sizeof table);
  h.minor();
  EXPECT_TRUE(h.alive(table.words[101])) << "a new range is read whole";
  EXPECT_EQ(h.heap.remove_roots(&table), Status::kOk);
  EXPECT_EQ(h.heap.remove_roots(&table), Status::kBadArgument);
}

TEST(BarrieredRoots, R5_TheCardsOfAHeapThatIsGoneCanBeOwnedAgain) {
  for (int i = 0; i < 3; ++i) {
    Barriered h;
    h.add(&table, sizeof table);
    h.add(&others.words[1], sizeof others - kWordBytes);
  }
}

TEST(BarrieredRoots, R5_RefusalsNameWhyAndChangeNothing) {
  Barriered h;
  h.add(&table, sizeof table);
  EXPECT_EQ(h.heap.add_roots(&table.words[7], kWordBytes, h.type, true), Status::kBadArgument);
  EXPECT_TEXT_BEGINS(h.heap.last_error(), "root range overlaps the one at ");
  Frame frame(h, 1);
  frame[0] = h.malloc(100 * kWordBytes, h.type);
  for (void* const inside : {frame[0], static_cast<void*>(h.heap.mallocgc(h.mutator(), 100000, h.type, 0))}) {
    EXPECT_EQ(h.heap.add_roots(inside, 10 * kWordBytes, h.type, true), Status::kBadArgument);
    EXPECT_TEXT(h.heap.last_error(), "a barriered root range lies in the heap, which cleans its cards");
  }
  EXPECT_EQ(h.heap.add_roots(frame[0], 10 * kWordBytes, h.type), Status::kOk) << "as before: read each time";
  EXPECT_EQ(h.heap.remove_roots(frame[0]), Status::kOk);
  mgc_options options = HeapFixture::quiet();
  options.no_barriers = 1;
  HeapFixture without(options);
  EXPECT_EQ(without.heap.add_roots(&others, sizeof others, nullptr, true), Status::kBadArgument);
  EXPECT_TEXT(without.heap.last_error(), "the heap was made with no_barriers: no card tells what changes in a range");
  EXPECT_EQ(without.heap.add_roots(&others, sizeof others, nullptr), Status::kOk);
}

TEST(BarrieredRoots, C8_AStoreThatBypassesTheBarrierIsFound) {
  MGC_NEEDS(kDeepChecks);
  for (const bool sliced : {false, true}) {
    Barriered h(sliced ? MGC_MODE_INCREMENTAL : MGC_MODE_GENERATIONAL);
    h.add(&table, sizeof table);
    std::string told;
    h.heap.set_damage_handler(
        [](const mgc_damage* damage, void* context) { *static_cast<std::string*>(context) = damage->text; }, &told);
    if (sliced) {
      ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
      Node* const old = h.make();
      mgc_store(&table.words[0], old);
      while (!h.heap.is_marked(old)) ASSERT_FALSE(h.heap.step_work(1));
    } else {
      h.minor();
    }
    table.words[12 * kCardWords] = h.make();
    if (sliced) {
      while (!h.heap.step_work(1000)) {}
    } else {
      (void)h.heap.collect_minor();
    }
    h.damaged = true;
    EXPECT_NE(told.find("checkmark: a reachable object is not marked: "), std::string::npos) << told;
    EXPECT_NE(told.find(", stored without a write barrier in a registered range at 0x"), std::string::npos) << told;
    table.words[12 * kCardWords] = nullptr;
  }
}

}  // namespace
}  // namespace mallocgc
