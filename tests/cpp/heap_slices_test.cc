// Full cycles go in slices (C9): they end, and they find what the mutator hides.
#include <mallocgc/mallocgc.h>

#include <algorithm>
#include <vector>

#include "gc/assist.h"
#include "support/slices_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

TEST(Slices, C9_ACycleInSlicesFreesWhatIsDeadAndCountsAsOne) {
  Sliced h;
  h.slots[0] = h.make(h.make(), nullptr);
  Node* const dead = h.make();
  h.start();
  h.finish();
  EXPECT_EQ(h.stats().num_gc, 1u);
  EXPECT_EQ(h.stats().heap_objects, 2u);
  EXPECT_FALSE(h.alive(dead));
}

TEST(Slices, O1_SlicesAndTheirUnitsAreCounted) {
  Sliced h;
  EXPECT_EQ(h.stats().mode, MGC_MODE_INCREMENTAL);
  for (int i = 0; i < 2000; ++i) h.slots[0] = h.make(static_cast<Node*>(h.slots[0]), nullptr);
  h.start();
  EXPECT_EQ(h.stats().slices, 0u);
  uint64_t slices = 0;
  uint64_t units = 0;
  while (h.stats().marking != 0) {
    EXPECT_FALSE(h.heap.step_work(0));
    EXPECT_EQ(h.stats().slices, slices) << "nothing was done";
    (void)h.heap.step_work(500);
    EXPECT_EQ(h.stats().slices, ++slices);
    EXPECT_GT(h.stats().pause_total_units, units);
    units = h.stats().pause_total_units;
  }
  EXPECT_GT(slices, 3u);
  EXPECT_GE(units, 2 * 2000u) << "two slots of each object";
  EXPECT_GE(units, h.stats().pause_max_units);
  EXPECT_EQ(h.stats().old_bytes, h.stats().heap_marked);
  h.collect();
  EXPECT_EQ(h.stats().slices, slices) << "in one piece";
  EXPECT_GT(h.stats().pause_total_units, units);
}

TEST(Slices, C9_OfTheFullCyclesOfTheDefaultModeTheSmallOnesAreInOnePiece) {
  mgc_options options = HeapFixture::quiet();
  options.gc_percent = 100;
  options.min_heap_bytes = uint64_t{2} << 20;
  HeapFixture h(options);
  ASSERT_EQ(h.stats().mode, MGC_MODE_AUTO) << "the default";
  void** slots = nullptr;
  ASSERT_EQ(h.heap.frame_push(h.mutator(), 1, &slots), Status::kOk);
  const auto grow_until_full_cycle = [&](uint64_t number) {
    while (h.stats().num_gc < number || h.stats().marking != 0)
      for (int i = 0; i < 100; ++i) slots[0] = h.make(static_cast<Node*>(slots[0]), nullptr);
  };
  grow_until_full_cycle(1);
  EXPECT_EQ(h.stats().slices, 0u) << "nobody knows, but the heap is small";
  EXPECT_GT(h.stats().pause_max_units, Assists::kWholeUnits);
  grow_until_full_cycle(2);
  EXPECT_GT(h.stats().slices, 3u) << "the last one was large";
}

TEST(Slices, O5_WhatIsReadyIsToldWhenItMayRun) {
  for (const uint32_t mode :
       {uint32_t{MGC_MODE_STOP}, uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    HeapFixture h(HeapFixture::checked(mode));
    std::vector<uint32_t> heard;
    h.heap.set_listener(
        [](const mgc_event* event, void* list) {
          if (event->kind == MGC_EVENT_READY || event->kind == MGC_EVENT_SWEEP_DONE)
            static_cast<std::vector<uint32_t>*>(list)->push_back(event->kind);
        },
        &heard);
    const auto nothing = [](mgc_mutator*, void*, void*) {};
    ASSERT_EQ(h.heap.set_finalizer(h.make(), nothing, nullptr, 0), Status::kOk);
    ASSERT_EQ(h.heap.phase_start(true), Status::kOk);
    ASSERT_EQ(h.heap.phase_mark(), Status::kOk);
    ASSERT_EQ(h.heap.phase_finish(), Status::kOk);
    EXPECT_EQ(heard, std::vector<uint32_t>{MGC_EVENT_READY}) << mode;
    EXPECT_EQ(h.heap.run_finalizers(10), 1u);
    while (!h.heap.sweep(1)) {}
    EXPECT_EQ(heard, (std::vector<uint32_t>{MGC_EVENT_READY, MGC_EVENT_SWEEP_DONE})) << mode;
  }
}

TEST(Slices, C9_APointerThatMovesBehindTheMarkerIsFound) {
  Sliced h;
  Node* const hidden = h.make();
  Node* const far = h.make(hidden, nullptr);
  Node* const near = h.make();
  h.slots[0] = near;
  h.slots[1] = h.make(far, nullptr);
  h.collect();
  h.start();
  h.step_until_marked(near);
  // near is black or will be; far may not be reached yet: its pointer moves to near, and goes from far.
  mgc_store(&near->left, hidden);
  mgc_store(&far->left, nullptr);
  h.finish();
  EXPECT_TRUE(h.alive(hidden));
}

// What a dirty card points to is asked first whether it is marked. Marks of the last cycle are no answer.
TEST(Slices, C9_WhatADirtyCardPointsToIsFoundInASpanWithoutMarksOfThisCycle) {
  Sliced h;
  for (int i = 0; i < 5000; ++i) h.slots[0] = h.make(static_cast<Node*>(h.slots[0]), nullptr);
  Node* const near = h.make();  // in a span of nodes alone
  uint64_t handle = 0;
  ASSERT_EQ(h.heap.handle_new(near, &handle), Status::kOk);
  ASSERT_EQ(h.heap.handle_new(h.slots[0], &handle), Status::kOk);
  Node* const late = static_cast<Node*>(h.slots[0])->left->left->left->left;
  Node* const hidden = static_cast<Node*>(h.malloc(50'000, h.node));
  h.slots[1] = hidden;
  h.collect();
  h.start();
  h.step_until_marked(late);
  ASSERT_TRUE(h.heap.is_marked(near));
  ASSERT_FALSE(h.heap.is_marked(hidden));
  mgc_store(&near->left, hidden);
  h.slots[1] = nullptr;
  h.finish();
  EXPECT_TRUE(h.alive(hidden));
}

TEST(Slices, C9_WhatIsAllocatedMeanwhileIsFoundFromStacksHandlesAndCards) {
  Sliced h;
  Node* const old = h.make();
  h.slots[0] = old;
  for (int i = 0; i < 1000; ++i) h.slots[1] = h.make(static_cast<Node*>(h.slots[1]), nullptr);
  h.collect();
  h.start();
  h.step_until_marked(old);
  h.slots[2] = h.make();
  Node* const stored = h.make();
  mgc_store(&old->right, stored);
  Node* const held = h.make();
  uint64_t handle = 0;
  EXPECT_EQ(h.heap.handle_new(held, &handle), Status::kOk);
  Node* const dead = h.make();
  h.finish();
  EXPECT_TRUE(h.alive(h.slots[2]));
  EXPECT_TRUE(h.alive(stored));
  EXPECT_TRUE(h.alive(held));
  EXPECT_FALSE(h.alive(dead)) << "allocated unmarked, and unreachable";
}

// The marker has read the contents of the armed object, and no stack yet, when it marks what hangs on a handle.
TEST(Slices, C9_AnArmedObjectThatIsDeadKeepsWhatWasStoredIntoItLate) {
  Sliced h;
  Node* const behind = h.make();
  uint64_t handle = 0;
  EXPECT_EQ(h.heap.handle_new(h.make(behind, nullptr), &handle), Status::kOk);
  Node* const armed = h.make();
  h.slots[0] = armed;
  EXPECT_EQ(h.heap.set_finalizer(
                armed, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.slots[2] = h.make();
  Node* const late = static_cast<Node*>(h.slots[2]);
  h.start();
  h.step_until_marked(behind);
  ASSERT_FALSE(h.heap.is_marked(armed));
  // The object is dead from here on, and is never marked. Its contents were read before the store.
  h.slots[0] = nullptr;
  mgc_store(&armed->left, late);
  h.slots[2] = nullptr;
  h.finish();
  EXPECT_TRUE(h.alive(late));
  EXPECT_EQ(armed->left, late);
}

TEST(Slices, R1_TheContentsOfALargeObjectWithAFinalizerAreRootsToTheLastPiece) {
  Sliced h;
  constexpr size_t kWords = 50000;
  Type* const pointer = h.define("Pointer", 1, 1);
  void** const array = static_cast<void**>(h.malloc(kWords * kWordBytes, pointer));
  h.slots[0] = array;
  array[kWords - 1] = h.make();
  EXPECT_EQ(h.heap.set_finalizer(
                array, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.collect();
  h.slots[0] = nullptr;
  h.start();
  h.finish();
  EXPECT_EQ(h.heap.ready_count(), 1u);
  EXPECT_TRUE(h.alive(array[kWords - 1]));
}

TEST(Slices, F8_AWeakHandleThatIsReadKeepsItsObject) {
  Sliced h;
  for (int i = 0; i < 2000; ++i) h.slots[1] = h.make(static_cast<Node*>(h.slots[1]), nullptr);
  Node* const weak_only = h.make();
  uint64_t weak = 0;
  EXPECT_EQ(h.heap.weak_new(weak_only, &weak), Status::kOk);
  h.start();
  h.step_until_marked(h.slots[1]);
  h.slots[0] = h.heap.weak_get(weak);
  EXPECT_EQ(h.slots[0], weak_only);
  h.finish();
  EXPECT_EQ(h.heap.weak_get(weak), weak_only);
  h.slots[0] = nullptr;
  h.start();
  h.finish();
  EXPECT_EQ(h.heap.weak_get(weak), nullptr);
}

TEST(Slices, C1_ACollectionInTheMiddleOfACycleIsAWholeFreshOne) {
  Sliced h;
  for (int i = 0; i < 2000; ++i) h.slots[1] = h.make(static_cast<Node*>(h.slots[1]), nullptr);
  h.start();
  h.step_until_marked(h.slots[1]);
  h.slots[1] = nullptr;
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 0u);
  EXPECT_EQ(h.stats().num_gc, 2u);
  EXPECT_EQ(h.heap.step_work(1), true) << "no cycle is under way any more";
}

TEST(Slices, O2_ACycleThatAnotherOneEndsHasItsTraceLineToo) {
  mgc_options options = incremental(MGC_DEBUG_GCTRACE);
  HeapFixture h(options);
  EventLog log(h.heap);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 1000; ++j) h.make();
    ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
    h.heap.step_work(1);
    h.collect();
  }
  EXPECT_EQ(h.stats().num_gc, 6u);
  EXPECT_EQ(log.of(MGC_EVENT_TRACE).size(), 6u);
}

TEST(Slices, C1_StartingTwiceIsOnceAndStepsWithoutACycleAreNothing) {
  Sliced h;
  EXPECT_TRUE(h.heap.step_work(1000));
  EXPECT_EQ(h.stats().num_gc, 0u);
  h.make();
  h.start();
  h.start();
  h.finish();
  EXPECT_EQ(h.stats().num_gc, 1u);
}

TEST(Slices, C2_ACycleIsNotStartedWhereCollectionsAreForbidden) {
  Sliced h;
  h.heap.forbid_collection();
  EXPECT_EQ(h.heap.start_cycle(), Status::kBadArgument);
  EXPECT_TEXT(h.heap.last_error(), "a cycle was started where collections are forbidden");
  EXPECT_TRUE(h.heap.step_work(1000)) << "none is under way";
  h.heap.allow_collection();
  h.start();
  h.heap.forbid_collection();
  EXPECT_FALSE(h.heap.step_work(1000)) << "one is";
  h.heap.allow_collection();
  h.finish();
  EXPECT_EQ(h.stats().num_gc, 1u);
}

// Assists come between two windows of the allocator, so a window is short while a cycle marks.
TEST(Slices, C9_WhatAnAllocationTakesBetweenTwoAssistsIsShort) {
  if (platform::kAsan) GTEST_SKIP() << "under ASan every window is one slot";
  Sliced h;
  for (int i = 0; i < 200'000; ++i) h.slots[0] = h.make(static_cast<Node*>(h.slots[0]), nullptr);
  const mgc_alloc_slot& window = *h.heap.type_window(h.mutator(), h.node);
  const auto longest_window = [&] {
    size_t longest = 0;
    for (int i = 0; i < 5000; ++i) {
      h.make();
      longest = std::max<size_t>(longest, window.limit - window.cursor);
    }
    return longest;
  };
  EXPECT_GT(longest_window(), Assists::kWindowBytes) << "else this shows nothing";
  h.start();
  h.heap.step_work(1);
  while (window.cursor != window.limit) h.make();  // this uses up the window that was open
  EXPECT_LE(longest_window(), Assists::kWindowBytes);
}

// How long the runway of the sixth cycle is, in thousandths of what may be allocated between two, in a program that
// makes garbage beside a list, and stores into a large old array or does not.
uint64_t runway_of(bool stores) {
  constexpr size_t kSlots = 1 << 16;
  mgc_options options = incremental(0);
  options.gc_percent = 400;
  options.min_heap_bytes = uint64_t{1} << 20;
  HeapFixture h(options);
  void** slots = nullptr;
  EXPECT_EQ(h.heap.frame_push(h.mutator(), 2, &slots), Status::kOk);
  auto* const array = static_cast<void**>(h.heap.newarray(h.mutator(), h.define("Pointer", 1, 1), kSlots));
  slots[0] = array;
  for (int i = 0; i < 100'000; ++i) slots[1] = h.make(static_cast<Node*>(slots[1]), nullptr);
  const uint64_t last = h.stats().num_gc + 5;
  uint32_t i = 0;
  const auto run_until = [&](auto is_done) {
    for (; !is_done(); ++i) {
      Node* const made = h.make();
      if (stores) mgc_store(&array[i * 2654435761u % kSlots], made);
    }
  };
  run_until([&] { return h.stats().num_gc == last && h.stats().marking == 0; });
  run_until([&] { return h.stats().marking != 0; });
  return 1000 * (h.stats().next_gc - h.stats().heap_live) / (h.stats().next_gc - h.stats().heap_marked);
}

TEST(Slices, C9_WhereLittleIsStoredACycleBeginsEarlier) {
  if (platform::kAsan) GTEST_SKIP() << "under ASan every window is one slot";
  EXPECT_GT(runway_of(false), runway_of(true) * 5 / 4);
}

TEST(Slices, C9_RootsMayComeAndGoInBetween) {
  Sliced h;
  static void* ranges[3][64];
  for (auto& range : ranges) EXPECT_EQ(h.heap.add_roots(range, sizeof range, nullptr), Status::kOk);
  std::vector<uint64_t> handles(3000);
  for (uint64_t& handle : handles) EXPECT_EQ(h.heap.handle_new(h.make(), &handle), Status::kOk);
  ranges[2][63] = h.make();
  h.start();
  for (size_t i = 0; i < handles.size(); i += 3) {
    (void)h.heap.step_work(40);
    EXPECT_EQ(h.heap.handle_free(handles[i]), Status::kOk);
    EXPECT_EQ(h.heap.handle_set(handles[i + 1], h.make()), Status::kOk);
    if (i == 300) {
      EXPECT_EQ(h.heap.remove_roots(ranges[0]), Status::kOk);
    }
    if (i == 600) {
      EXPECT_EQ(h.heap.add_roots(ranges[0], sizeof ranges[0], nullptr), Status::kOk);
    }
    if (i == 900) ranges[0][7] = h.make();
  }
  h.finish();
  EXPECT_TRUE(h.alive(ranges[2][63]));
  EXPECT_TRUE(h.alive(ranges[0][7]));
  for (size_t i = 0; i < handles.size(); i += 3) EXPECT_TRUE(h.alive(h.heap.handle_get(handles[i + 1])));
  for (auto& range : ranges) EXPECT_EQ(h.heap.remove_roots(range), Status::kOk);
}

}  // namespace
}  // namespace mallocgc
