// Between the end of a marking and the first sweep the dead are resolved in slices: their records fire while the
// program runs.
#include "support/slices_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);
MGC_ALL_NEED(kLifecycles);

// The marking of this cycle is over, and each step does one unit of the resolving.
struct InResolving : Sliced {
  static constexpr size_t kMany = 200;
  explicit InResolving(uint32_t mode = MGC_MODE_INCREMENTAL) : Sliced(mode) {}
  // Makes weak handles to all of an array's words, and puts the array in slot 0.
  Node** make_array() {
    Node** const array = static_cast<Node**>(malloc(kMany * kWordBytes, define("Pointer", 1, 1)));
    slots[0] = array;
    for (size_t i = 0; i < kMany; ++i) EXPECT_EQ(heap.weak_new(array + i, &weak[i]), Status::kOk);
    return array;
  }
  void step_until_resolving() {
    start();
    while (heap.collection_phase() != Phase::kResolving) ASSERT_FALSE(heap.step_work(1));
  }
  uint64_t weak[kMany] = {};
};

TEST(Resolving, F8_WeakHandlesOfADeadObjectAreClearedAllAtOnceForWhoReadsThem) {
  InResolving h;
  h.make_array();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  for (uint32_t steps = 0; h.heap.collection_phase() == Phase::kResolving; ++steps) {
    ASSERT_LT(steps, 4 * InResolving::kMany);
    for (const uint64_t weak : h.weak) ASSERT_EQ(h.heap.weak_get(weak), nullptr) << "after " << steps << " steps";
    ASSERT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
    ASSERT_FALSE(h.heap.step_work(1));
  }
  h.finish();
  EXPECT_EQ(h.stats().weak_live, 0u);
}

TEST(Resolving, F8_WeakHandlesMayBeFreedWhileTheirDeadObjectIsResolved) {
  InResolving h;
  h.make_array();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  for (size_t i = 0; i < InResolving::kMany; ++i) {
    ASSERT_EQ(h.heap.weak_free(h.weak[(i * 7) % InResolving::kMany]), Status::kOk);
    ASSERT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
    if (i % 3 == 0) (void)h.heap.step_work(1);
  }
  h.finish();
  EXPECT_EQ(h.stats().weak_live, 0u);
  EXPECT_EQ(h.heap.weak_get(h.weak[5]), nullptr);
  EXPECT_EQ(h.heap.last_status(), Status::kStaleHandle);
}

TEST(Resolving, C10_WhatIsAllocatedWhileTheDeadAreResolvedLives) {
  InResolving h;
  for (int i = 0; i < 3000; ++i) h.make();
  h.make_array();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  while (h.heap.collection_phase() == Phase::kResolving) {
    Node* const node = h.make(static_cast<Node*>(h.slots[1]), nullptr);
    h.slots[1] = node;
    uint64_t weak = 0;
    ASSERT_EQ(h.heap.weak_new(node, &weak), Status::kOk);
    ASSERT_EQ(h.heap.weak_get(weak), node);
    FoundObject found;
    ASSERT_TRUE(h.heap.find_object(node, &found));
    (void)h.heap.step_work(1);
  }
  size_t chain = 0;
  for (Node* node = static_cast<Node*>(h.slots[1]); node != nullptr; node = node->left) ++chain;
  if (!platform::kAsan) {
    EXPECT_GT(chain, InResolving::kMany / 2) << "under ASan every allocation takes the slow path";
  }
  EXPECT_EQ(h.stats().weak_live, chain);
  h.finish();
  EXPECT_EQ(h.stats().heap_objects, chain);
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, chain);
}

TEST(Resolving, F1_FinalizersMayBeArmedAndCleanupsEndedWhileTheDeadAreResolved) {
  InResolving h;
  const auto nothing = [](mgc_mutator*, void*, void*) {};
  h.slots[0] = h.malloc(64, nullptr, MGC_NOSCAN);
  void* const shared = h.slots[0];
  uint64_t ids[InResolving::kMany];
  for (uint64_t& id : ids) ASSERT_EQ(h.heap.add_cleanup(shared, nothing, nullptr, 0, &id), Status::kOk);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(h.heap.set_finalizer(h.make(), nothing, nullptr, 0), Status::kOk);
  }
  h.slots[1] = h.make();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  size_t ended = 0;
  for (size_t i = 0; h.heap.collection_phase() == Phase::kResolving; ++i) {
    if (i == 5) {
      EXPECT_EQ(h.heap.set_finalizer(h.slots[1], nothing, nullptr, 0), Status::kOk);
    }
    if (i % 5 == 0 && ended < InResolving::kMany) {
      EXPECT_EQ(h.heap.stop_cleanup(ids[ended]), Status::kOk);
      ++ended;
    }
    if (i % 16 == 0) {
      ASSERT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
    }
    (void)h.heap.step_work(1);
  }
  h.finish();
  EXPECT_GT(ended, 10u);
  EXPECT_EQ(h.heap.ready_count(), 500 + InResolving::kMany - ended);
  EXPECT_EQ(h.stats().finalizers_registered, 1u);
}

TEST(Resolving, C1_ACollectionWhileTheDeadAreResolvedIsAWholeFreshOne) {
  InResolving h;
  h.make_array();
  h.slots[0] = nullptr;
  h.slots[1] = h.make();
  h.step_until_resolving();
  Node* const young = h.make();
  h.slots[1] = nullptr;
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 0u);
  EXPECT_EQ(h.stats().num_gc, 2u);
  EXPECT_FALSE(h.alive(young));
}

// The client ends an object in the meantime. Its span still holds dead objects, which no minor cycle may count again.
TEST(Resolving, O1_ASpanWithAnObjectThatWasFreedMeanwhileCountsItsDeadOnce) {
  if (!kHasExplicitFree) GTEST_SKIP() << "the flavour has no objects that the client frees";
  InResolving h(MGC_MODE_AUTO);
  h.make_array();
  h.slots[0] = nullptr;
  for (int i = 0; i < 100; ++i) h.slots[1] = h.make();
  void* const kept = h.slots[1];
  h.slots[2] = h.make();
  h.step_until_resolving();
  ASSERT_EQ(h.heap.free_object(kept), Status::kOk);
  h.slots[1] = nullptr;
  while (h.heap.collection_phase() != Phase::kIdle) (void)h.heap.step_work(1);
  ASSERT_EQ(h.heap.collect_minor(), Status::kOk);
  ASSERT_EQ(h.stats().minor_gcs, 1u) << "else this shows nothing";
  h.heap.sweep(UINT32_MAX);
  EXPECT_EQ(h.stats().heap_objects, 1u);
  EXPECT_EQ(h.stats().heap_live, h.stats().heap_alloc);
  EXPECT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
}

}  // namespace
}  // namespace mallocgc
