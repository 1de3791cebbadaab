// Objects hold weak words and ephemerons (T11, F8). The tests say what these keep and what is cleared, in every mode
// and kind of span, under finalizers, and with little memory.
#include "support/weak_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kWeakWords);

class HeapWeakWords : public ::testing::TestWithParam<uint32_t> {
 protected:
  HeapWeakWords() : t(GetParam()) {}
  WeakHeap t;
};
INSTANTIATE_TEST_SUITE_P(Modes, HeapWeakWords,
                         ::testing::Values(MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL, kModeBoth));

TEST_P(HeapWeakWords, T11_AWeakWordKeepsNothingAndIsClearedWhenItsObjectDies) {
  Frame frame(t, 2);
  void** const slots = t.words(t.slot, 3);
  frame[0] = slots;
  frame[1] = t.make();
  WeakHeap::store(&slots[0], frame[1]);
  WeakHeap::store(&slots[1], static_cast<void*>(t.make()));
  void* const dead = slots[1];
  t.collect();
  EXPECT_EQ(slots[0], frame[1]);
  EXPECT_EQ(slots[1], nullptr);
  EXPECT_FALSE(t.alive(dead));
  frame[1] = nullptr;
  t.collect();
  EXPECT_EQ(slots[0], nullptr);
}

TEST_P(HeapWeakWords, T11_AWeakWordIntoTheMiddleOfAnObjectGoesByTheWholeObject) {
  Frame frame(t, 2);
  void** const slots = t.words(t.slot);
  frame[0] = slots;
  frame[1] = t.malloc(100 * kWordBytes, t.node);
  WeakHeap::store(&slots[0], static_cast<void*>(static_cast<char*>(frame[1]) + 77));
  t.collect();
  EXPECT_EQ(slots[0], static_cast<char*>(frame[1]) + 77);
  frame[1] = nullptr;
  t.collect();
  EXPECT_EQ(slots[0], nullptr);
}

TEST_P(HeapWeakWords, T11_WhatIsNoObjectOfTheHeapIsNotCleared) {
  static int outside = 0;
  Frame frame(t, 1);
  void** const slots = t.words(t.slot, 2);
  frame[0] = slots;
  WeakHeap::store(&slots[0], static_cast<void*>(&outside));
  WeakHeap::store(&slots[1], reinterpret_cast<void*>(7));
  t.collect();
  EXPECT_EQ(slots[0], &outside);
  EXPECT_EQ(slots[1], reinterpret_cast<void*>(7));
}

TEST_P(HeapWeakWords, T11_AValueLivesAsLongAsItsKey) {
  Frame frame(t, 2);
  Ephemeron* const pair = t.pairs(1);
  frame[0] = pair;
  frame[1] = t.make();
  t.put(pair, frame[1], t.make());
  void* const value = pair->value;
  t.collect();
  EXPECT_EQ(pair->key, frame[1]);
  EXPECT_TRUE(t.alive(value));
  frame[1] = nullptr;
  t.collect();
  EXPECT_EQ(pair->key, nullptr);
  EXPECT_EQ(pair->value, nullptr);
  EXPECT_FALSE(t.alive(value));
}

// A cleanup with an argument cannot do this case.
TEST_P(HeapWeakWords, T11_AValueThatRefersToItsKeyDoesNotKeepIt) {
  Frame frame(t, 1);
  Ephemeron* const pair = t.pairs(1);
  frame[0] = pair;
  void* const key = t.make();
  t.put(pair, key, t.make(static_cast<Node*>(key), nullptr));
  t.collect();
  EXPECT_EQ(pair->key, nullptr);
  EXPECT_FALSE(t.alive(key));
}

TEST_P(HeapWeakWords, T11_ADeadTableKeepsNothing) {
  Frame frame(t, 1);
  frame[0] = t.make();
  Ephemeron* const pair = t.pairs(1);
  t.put(pair, frame[0], t.make());
  void* const value = pair->value;
  t.collect();
  EXPECT_FALSE(t.alive(value));
}

TEST_P(HeapWeakWords, T11_TheValueOfAKeyThatCannotDieIsKept) {
  static int outside = 0;
  Frame frame(t, 1);
  Ephemeron* const pair = t.pairs(2);
  frame[0] = pair;
  t.put(&pair[0], nullptr, t.make());
  t.put(&pair[1], &outside, t.make());
  t.collect();
  EXPECT_TRUE(t.alive(pair[0].value));
  EXPECT_TRUE(t.alive(pair[1].value));
}

// Keys and values are of all kinds: without pointers, with pointers, and large.
TEST_P(HeapWeakWords, T11_KeysOfEveryKindWakeTheirValues) {
  constexpr size_t kSizes[] = {16, 40, 600, 40000, 200000};
  Frame frame(t, 2);
  Ephemeron* const pair = t.pairs(40);
  frame[0] = pair;
  frame[1] = t.make();
  size_t count = 0;
  // In this chain each value is the next key, and the first key is rooted. The marker meets the last one first.
  const auto add = [&](size_t size, Type* type) {
    void* const value = type == nullptr ? t.bytes(size) : t.malloc(size, type);
    void* const key = count == 0 ? frame[1] : pair[40 - count].value;
    ++count;
    t.put(&pair[40 - count], key, value);
  };
  for (const size_t size : kSizes) {
    add(size, nullptr);
    add(size, t.node);
    add(size, t.slot);
    add(size, t.pair);
  }
  add(16, t.define("Rare", 2, 2));
  for (int round = 0; round < 3; ++round) {
    t.collect();
    for (size_t i = 40 - count; i < 40; ++i) {
      EXPECT_NE(pair[i].key, nullptr) << i;
      EXPECT_TRUE(t.alive(pair[i].value)) << i;
    }
  }
  frame[1] = nullptr;
  t.collect();
  for (size_t i = 0; i < 40; ++i) EXPECT_EQ(pair[i].key, nullptr) << i;
}

TEST_P(HeapWeakWords, T11_TablesWithAHeadAndLargeOnesAreCleared) {
  for (const size_t count : {3u, 300u, 40000u}) {
    Frame frame(t, 2);
    auto* const words = static_cast<void**>(t.malloc((2 + 2 * count) * kWordBytes, t.table));
    frame[0] = words;
    frame[1] = t.make();
    WeakHeap::store(&words[0], static_cast<void*>(t.make()));  // the head's pointer is strong
    auto* const pairs = reinterpret_cast<Ephemeron*>(words + 2);
    for (size_t i = 0; i < count; ++i) t.put(&pairs[i], i % 2 == 0 ? frame[1] : t.make(), t.make());
    t.collect();
    EXPECT_TRUE(t.alive(words[0]));
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(pairs[i].key, i % 2 == 0 ? frame[1] : nullptr) << i;
      ASSERT_EQ(pairs[i].value != nullptr, i % 2 == 0) << i;
    }
  }
}

TEST_P(HeapWeakWords, T11_StrongAndWeakWordsStandInOneObject) {
  Frame frame(t, 2);
  void** const object = t.words(t.mixture);  // strong, weak, strong, key, value
  frame[0] = object;
  for (size_t i : {0u, 1u, 2u, 3u}) WeakHeap::store(&object[i], static_cast<void*>(t.make()));
  WeakHeap::store(&object[4], object[0]);
  t.collect();
  EXPECT_TRUE(t.alive(object[0]));
  EXPECT_EQ(object[1], nullptr);
  EXPECT_TRUE(t.alive(object[2]));
  EXPECT_EQ(object[3], nullptr);
  EXPECT_EQ(object[4], nullptr);
}

// Weak words are cleared first (F8).
TEST_P(HeapWeakWords, F8_AWeakWordIsClearedBeforeTheFinalizerOfItsObjectRuns) {
  for (const bool unordered : {false, true}) {
    Frame frame(t, 1);
    void** const slots = t.words(t.slot);
    frame[0] = slots;
    Ephemeron* const pair = t.pairs(1);
    WeakHeap::store(&slots[0], static_cast<void*>(t.make()));
    Frame inner(t, 1);
    inner[0] = pair;
    t.put(pair, slots[0], t.make());
    static void** seen;
    static int ran;
    seen = slots;
    ran = 0;
    const auto run = [](mgc_mutator*, void*, void*) {
      ++ran;
      EXPECT_EQ(*seen, nullptr);
    };
    ASSERT_EQ(t.heap.set_finalizer(slots[0], run, nullptr, 0, unordered), Status::kOk);
    void* const resurrected = slots[0];
    t.collect();
    EXPECT_EQ(slots[0], nullptr);
    EXPECT_EQ(pair->key, nullptr);
    EXPECT_TRUE(t.alive(resurrected));
    t.heap.run_finalizers(10);
    EXPECT_EQ(ran, 1);
  }
}

// A finalizer finds no dead object by the weak words of its own.
TEST_P(HeapWeakWords, F1_AnObjectThatLivesForItsFinalizerHasCleanWeakWords) {
  Frame frame(t, 1);
  frame[0] = t.make();
  void** const object = t.words(t.mixture);
  WeakHeap::store(&object[1], static_cast<void*>(t.make()));
  WeakHeap::store(&object[3], frame[0]);
  WeakHeap::store(&object[4], static_cast<void*>(t.make()));
  static void** found;
  static void* value;
  found = nullptr;
  value = object[4];
  const auto run = [](mgc_mutator*, void* it, void*) { found = static_cast<void**>(it); };
  ASSERT_EQ(t.heap.set_finalizer(object, run, nullptr, 0), Status::kOk);
  t.collect();
  t.heap.run_finalizers(10);
  ASSERT_EQ(found, object);
  EXPECT_EQ(object[1], nullptr);
  EXPECT_EQ(object[3], frame[0]);
  EXPECT_EQ(object[4], value);
  EXPECT_TRUE(t.alive(value));
}

// An object with a finalizer may point to itself: that does not keep it (F3).
TEST_P(HeapWeakWords, F3_AValueInItsOwnTableIsNoCycle) {
  Frame frame(t, 1);
  frame[0] = t.make();
  Ephemeron* const pair = t.pairs(1);
  t.put(pair, frame[0], pair);
  static int ran;
  ran = 0;
  ASSERT_EQ(t.heap.set_finalizer(
                pair, [](mgc_mutator*, void*, void*) { ++ran; }, nullptr, 0),
            Status::kOk);
  t.collect();
  t.heap.run_finalizers(10);
  EXPECT_EQ(ran, 1);
}

// The same for a value behind the last whole word of a large table, which nothing clears while its key lives.
TEST_P(HeapWeakWords, F3_AValueInTheLastBytesOfItsOwnTableIsNoCycle) {
  Frame frame(t, 1);
  frame[0] = t.make();
  const size_t bytes = sizeof(Ephemeron) * 20000 + 3;
  auto* const pairs = static_cast<Ephemeron*>(t.malloc(bytes, t.pair));
  char* const last = reinterpret_cast<char*>(pairs) + bytes - 1;
  t.put(&pairs[0], frame[0], last);
  static char* seen;
  seen = nullptr;
  ASSERT_EQ(
      t.heap.set_finalizer(
          pairs,
          [](mgc_mutator*, void* object, void*) { seen = static_cast<char*>(static_cast<Ephemeron*>(object)->value); },
          nullptr, 0),
      Status::kOk);
  t.collect();
  t.heap.run_finalizers(10);
  EXPECT_EQ(seen, last);
}

// The next object takes the address of a dead key, but not the entry.
TEST_P(HeapWeakWords, T11_ADeadKeysAddressIsReused) {
  Frame frame(t, 2);
  Ephemeron* const pair = t.pairs(64);
  frame[0] = pair;
  for (int round = 0; round < 20; ++round) {
    std::vector<void*> dead;
    for (int i = 0; i < 64; ++i) {
      if (pair[i].key == nullptr) t.put(&pair[i], t.make(), t.make());
      dead.push_back(pair[i].key);
    }
    t.collect();
    bool reused = false;
    frame[1] = nullptr;
    for (int i = 0; i < 2000 && !reused; ++i) {
      frame[1] = t.make(static_cast<Node*>(frame[1]), nullptr);
      for (void* const address : dead) reused = reused || frame[1] == address;
    }
    EXPECT_TRUE(reused);
    for (int i = 0; i < 64; ++i) ASSERT_EQ(t.heap.weak_load(&pair[i].key), nullptr);
  }
}

}  // namespace
}  // namespace mallocgc
