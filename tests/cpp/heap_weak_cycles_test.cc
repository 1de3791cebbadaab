// Weak words and ephemerons in minor cycles and between slices (T11, C10): the tests say what is cleared, and what that
// costs.
#include "support/weak_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kLifecycles);

class HeapWeakCycles : public ::testing::TestWithParam<uint32_t> {
 protected:
  HeapWeakCycles() : t(GetParam()) {}
  WeakHeap t;
};
INSTANTIATE_TEST_SUITE_P(Modes, HeapWeakCycles,
                         ::testing::Values(MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL, kModeBoth));

// ---- Minor cycles ----

TEST_P(HeapWeakCycles, T11_AMinorCycleClearsWhatHasDiedYoung) {
  Frame frame(t, 4);
  void** const slots = t.words(t.slot, 2000);
  Ephemeron* const pairs = t.pairs(2000);
  frame[0] = slots;
  frame[1] = pairs;
  frame[2] = t.make();
  t.collect();  // all old
  void** const young = t.words(t.slot);
  frame[3] = young;
  WeakHeap::store(&slots[0], static_cast<void*>(t.make()));
  WeakHeap::store(&slots[1999], frame[2]);
  WeakHeap::store(&young[0], static_cast<void*>(t.make()));
  void* const key = t.make();
  t.put(&pairs[1000], key, t.make(static_cast<Node*>(key), nullptr));
  t.put(&pairs[1999], frame[2], t.make());
  t.minor();
  EXPECT_EQ(slots[0], nullptr);
  EXPECT_EQ(slots[1999], frame[2]);
  EXPECT_EQ(young[0], nullptr);
  EXPECT_EQ(pairs[1000].key, nullptr);
  EXPECT_EQ(pairs[1000].value, nullptr);
  EXPECT_EQ(pairs[1999].key, frame[2]);
  EXPECT_TRUE(t.alive(pairs[1999].value));
}

// The key lies on the card before its value's.
TEST_P(HeapWeakCycles, T11_AKeyAndItsValueMayLieOnTwoCards) {
  Frame frame(t, 2);
  auto* const words = static_cast<void**>(t.malloc(64 * 1024, t.define_weak("Odd", 3, 0, 0b010)));
  frame[0] = words;
  frame[1] = t.make();
  const size_t card_words = (size_t{1} << MGC_CARD_SHIFT) / kWordBytes;
  size_t at = 1;
  while (at % card_words != card_words - 1) at += 3;
  WeakHeap::store(&words[at], frame[1]);
  t.collect();
  WeakHeap::store(&words[at + 1], static_cast<void*>(t.make()));
  t.minor();
  EXPECT_TRUE(t.alive(words[at + 1]));
  EXPECT_EQ(words[at], frame[1]);
}

TEST_P(HeapWeakCycles, T11_AChainOfYoungEphemeronsIsKeptByAMinorCycle) {
  Frame frame(t, 2);
  Ephemeron* const pairs = t.pairs(500);
  frame[0] = pairs;
  t.collect();
  frame[1] = t.make();
  void* key = frame[1];
  for (size_t i = 500; i-- > 0; key = pairs[i].value) t.put(&pairs[i], key, t.make());
  t.minor();
  t.minor();
  for (size_t i = 0; i < 500; ++i) ASSERT_TRUE(pairs[i].key != nullptr && t.alive(pairs[i].value)) << i;
}

// ---- Slices ----

struct HeapWeakSlices : ::testing::Test {
  HeapWeakSlices() : t(WeakHeap::checked(MGC_MODE_INCREMENTAL)) {}
  void* load(void** place) { return t.heap.weak_load(place); }
  // Makes a table of ephemerons whose keys are dead, in a cycle that has not cleared the last ones yet. The frame's
  // first slot keeps the table.
  Ephemeron* make_dead(Frame& frame, size_t count) {
    Ephemeron* const pairs = t.pairs(count);
    frame[0] = pairs;
    for (size_t i = 0; i < count; ++i) t.put(&pairs[i], t.make(), t.make());
    EXPECT_EQ(t.heap.start_cycle(), Status::kOk);
    t.step_to(Phase::kResolving, 1);
    EXPECT_NE(pairs[count - 1].key, nullptr) << "else this shows nothing";
    return pairs;
  }
  WeakHeap t;
};

TEST_F(HeapWeakSlices, T11_WhatIsReadWhileACycleMarksLivesForItsRest) {
  Frame frame(t, 2);
  void** const slots = t.words(t.slot);
  frame[0] = slots;
  for (int i = 0; i < 20000; ++i) frame[1] = t.make(frame.node(1), nullptr);
  WeakHeap::store(&slots[0], static_cast<void*>(t.make()));
  ASSERT_EQ(t.heap.start_cycle(), Status::kOk);
  while (!t.heap.is_marked(frame[1])) ASSERT_FALSE(t.heap.step_work(16));
  void* const read = load(&slots[0]);
  ASSERT_NE(read, nullptr);
  while (!t.heap.step_work(64)) {}
  EXPECT_EQ(slots[0], read);
  EXPECT_TRUE(t.alive(read));
  t.collect();
  EXPECT_EQ(slots[0], nullptr);
}

// The object's mark decides until the weak pass has come by.
TEST_F(HeapWeakSlices, T11_WhatIsFoundDeadReadsAsNullBeforeItIsCleared) {
  constexpr size_t kCount = 3000;
  Frame frame(t, 3);
  void** const slots = t.words(t.slot, kCount);
  Ephemeron* const pairs = t.pairs(kCount);
  frame[0] = slots;
  frame[1] = pairs;
  frame[2] = t.make();
  for (size_t i = 0; i < kCount; ++i) {
    WeakHeap::store(&slots[i], static_cast<void*>(t.make()));
    t.put(&pairs[i], slots[i], t.make());
  }
  ASSERT_EQ(t.heap.start_cycle(), Status::kOk);
  t.step_to(Phase::kResolving, 1);
  EXPECT_NE(slots[kCount - 1], nullptr);
  EXPECT_EQ(load(&slots[kCount - 1]), nullptr);
  EXPECT_EQ(load(&pairs[kCount - 1].key), nullptr);
  EXPECT_EQ(pairs[kCount - 1].value, nullptr);
  // This object lives, though no marking has seen it.
  void* const fresh = t.make();
  Frame keep(t, 1);
  keep[0] = fresh;
  WeakHeap::store(&slots[kCount - 2], fresh);
  t.put(&pairs[kCount - 2], fresh, t.make());
  EXPECT_EQ(load(&slots[kCount - 2]), fresh);
  size_t slices = 0;
  for (; t.heap.collection_phase() == Phase::kResolving; ++slices) (void)t.heap.step_work(64);
  EXPECT_GE(slices, kCount / 256);  // the pass goes in slices too
  EXPECT_EQ(slots[kCount - 2], fresh);
  EXPECT_TRUE(t.alive(pairs[kCount - 2].value));
  for (size_t i = 0; i + 2 < kCount; ++i) ASSERT_TRUE(slots[i] == nullptr && pairs[i].value == nullptr) << i;
}

// A question about a dead object may make it live for its finalizer, but not before what is weak is cleared.
TEST_F(HeapWeakSlices, F8_AQuestionInTheResolvingPhaseDoesNotKeepAWeakWord) {
  constexpr size_t kCount = 3000;
  Frame frame(t, 1);
  Ephemeron* const pairs = t.pairs(kCount);
  frame[0] = pairs;
  for (size_t i = 0; i < kCount; ++i) t.put(&pairs[i], t.make(), t.make());
  void* const dead = pairs[kCount - 1].key;
  ASSERT_EQ(t.heap.set_finalizer(
                dead, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  ASSERT_EQ(t.heap.start_cycle(), Status::kOk);
  t.step_to(Phase::kResolving, 64);
  EXPECT_TRUE(t.alive(dead));
  EXPECT_EQ(pairs[kCount - 1].key, nullptr);
  EXPECT_EQ(pairs[kCount - 1].value, nullptr);
  while (!t.heap.step_work(64)) {}
}

// Halves of ephemerons whose keys have died are stored one at a time, with steps of the weak pass in between.
TEST_F(HeapWeakSlices, T11_AHalfThatIsStoredAfterALookAtTheKeyIsKept) {
  constexpr size_t kCount = 3000;
  Frame frame(t, 3);
  frame[1] = t.make();
  frame[2] = t.make();
  Ephemeron* const pairs = make_dead(frame, kCount);
  Ephemeron& value_first = pairs[kCount - 1];
  Ephemeron& value_alone = pairs[kCount - 2];
  Ephemeron& key_alone = pairs[kCount - 3];
  for (Ephemeron* pair : {&value_first, &value_alone, &key_alone}) ASSERT_EQ(load(&pair->key), nullptr);
  WeakHeap::store(&value_first.value, frame[1]);
  WeakHeap::store(&value_alone.value, frame[1]);
  WeakHeap::store(&key_alone.key, frame[2]);
  while (t.heap.collection_phase() == Phase::kResolving) (void)t.heap.step_work(64);
  WeakHeap::store(&value_first.key, frame[2]);
  while (!t.heap.step_work(64)) {}
  EXPECT_EQ(load(&value_first.key), frame[2]);
  EXPECT_EQ(value_first.value, frame[1]);
  EXPECT_EQ(load(&value_alone.key), nullptr);
  EXPECT_EQ(value_alone.value, frame[1]);
  EXPECT_EQ(load(&key_alone.key), frame[2]);
  EXPECT_EQ(key_alone.value, nullptr);
}

// A client that does not look loses the value, but gets no dead one.
TEST_F(HeapWeakSlices, T11_AKeyThatIsReplacedWithoutALookHasNoDeadValue) {
  constexpr size_t kCount = 3000;
  Frame frame(t, 2);
  frame[1] = t.make();
  Ephemeron* const pairs = make_dead(frame, kCount);
  WeakHeap::store(&pairs[kCount - 1].key, frame[1]);
  while (!t.heap.step_work(64)) {}
  EXPECT_EQ(load(&pairs[kCount - 1].key), frame[1]);
  EXPECT_EQ(pairs[kCount - 1].value, nullptr);
}

TEST_F(HeapWeakSlices, T11_WhatTheProgramStoresBetweenSlicesIsSeen) {
  constexpr size_t kCount = 2000;
  Random random{7};
  for (int round = 0; round < 6; ++round) {
    Frame frame(t, 3);
    Ephemeron* const pairs = t.pairs(kCount);
    auto* const keys = static_cast<void**>(t.malloc(kCount * kWordBytes, t.node));
    frame[0] = pairs;
    frame[1] = keys;
    for (size_t i = 0; i < kCount; ++i) WeakHeap::store(&keys[i], static_cast<void*>(t.make()));
    ASSERT_EQ(t.heap.start_cycle(), Status::kOk);
    while (!t.heap.step_work(200)) {
      for (int i = 0; i < 20; ++i) {
        const uint32_t at = random.below(kCount);
        void* const key = keys[random.below(kCount)];
        t.put(&pairs[at], key, t.make(static_cast<Node*>(key), nullptr));
      }
      WeakHeap::store(&keys[random.below(kCount)], static_cast<void*>(nullptr));
    }
    for (size_t i = 0; i < kCount; ++i) {
      void* const key = load(&pairs[i].key);
      ASSERT_TRUE(key == nullptr || (t.alive(key) && t.alive(pairs[i].value))) << i;
    }
    t.collect();
  }
}

// ---- Cost ----

// Returns the units that it takes to mark a chain of so many ephemerons in the worst order: each key is the value of
// the one behind it.
uint64_t units_of_chain(size_t count, bool with_memory) {
  mgc_options options = WeakHeap::quiet();
  options.mode = MGC_MODE_STOP;
  if (!with_memory) options.max_bytes = 64 * WeakHeap::kMiB;
  WeakHeap t(options);
  Frame frame(t, 2);
  Ephemeron* const pairs = t.pairs(count);
  frame[0] = pairs;
  frame[1] = t.make();
  void* key = frame[1];
  for (size_t i = count; i-- > 0; key = pairs[i].value) t.put(&pairs[i], key, t.bytes(16));
  const mgc_stats_data before = t.stats();
  t.collect();
  const mgc_stats_data after = t.stats();
  for (size_t i = 0; i < count; ++i) EXPECT_NE(pairs[i].key, nullptr);
  return after.work_slots_visited - before.work_slots_visited;
}

TEST(HeapWeakCost, T11_AChainOfEphemeronsIsMarkedInLinearTime) {
  const uint64_t few = units_of_chain(10000, true);
  const uint64_t many = units_of_chain(40000, true);
  EXPECT_LE(many, 5 * few);
  EXPECT_LE(many, 8 * 40000u);  // each ephemeron gets a few looks
}

// Many ephemerons share one key, and each waits once.
TEST(HeapWeakCost, T11_ManyEphemeronsOfOneKeyAreMarkedInLinearTime) {
  uint64_t units[2] = {};
  for (int i = 0; i < 2; ++i) {
    const size_t count = i == 0 ? 10000 : 40000;
    WeakHeap t(WeakHeap::quiet());
    Frame frame(t, 2);
    Ephemeron* const pairs = t.pairs(count);
    Ephemeron* const first = t.pairs(1);
    frame[0] = pairs;
    frame[1] = first;
    void* const key = t.make();
    t.put(first, first, key);
    for (size_t j = 0; j < count; ++j) t.put(&pairs[j], key, t.make());
    const mgc_stats_data before = t.stats();
    t.collect();
    units[i] = t.stats().work_slots_visited - before.work_slots_visited;
    EXPECT_TRUE(t.alive(pairs[count - 1].value));
  }
  EXPECT_LE(units[1], 5 * units[0]);
}

TEST(HeapWeakCost, O6_AHeapWithoutWeakWordsHasNoneOfTheirWork) {
  HeapFixture t;
  Frame frame(t, 1);
  for (int i = 0; i < 1000; ++i) frame[0] = t.make(frame.node(0), nullptr);
  const mgc_stats_data before = t.stats();
  t.collect();
  // The marker visits a root, and two words of each object.
  EXPECT_EQ(t.stats().work_slots_visited - before.work_slots_visited, 2000u);
}

}  // namespace
}  // namespace mallocgc
