// Full cycles in slices (C9): they end, they find what the mutator hides, and no slice is longer than it should be. All
// bounds are in counted units, so that they repeat exactly.
#include <mallocgc/mallocgc.h>

#include <algorithm>

#include "gc/assist.h"
#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr uint32_t kChecks = kDebugFlavour ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY : 0;

mgc_options incremental(uint32_t debug_flags = kChecks) {
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_INCREMENTAL;
  options.debug_flags = debug_flags;
  options.shadow_slots = 70000;
  return options;
}

struct Sliced : HeapFixture {
  Sliced() : HeapFixture(incremental()) { EXPECT_EQ(heap.frame_push(mutator(), 4, &slots), Status::kOk); }
  void start() { EXPECT_EQ(heap.start_cycle(), Status::kOk) << heap.last_error(); }
  // Slices until `object` is marked, or the cycle is over.
  void step_until_marked(const void* object) {
    while (!heap.is_marked(object) && !heap.step_work(1)) {}
  }
  void finish() {
    while (!heap.step_work(1000)) {}
    EXPECT_EQ(verified(heap), Status::kOk) << heap.last_error();
  }
  void** slots = nullptr;
};

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

TEST(Slices, C9_AnArmedObjectThatIsDeadKeepsWhatWasStoredIntoItLate) {
  Sliced h;
  for (int i = 0; i < 2000; ++i) h.slots[1] = h.make(static_cast<Node*>(h.slots[1]), nullptr);
  Node* const armed = h.make();
  h.slots[0] = armed;
  EXPECT_EQ(h.heap.set_finalizer(
                armed, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.slots[2] = h.make();
  Node* const late = static_cast<Node*>(h.slots[2]);
  h.start();
  h.step_until_marked(h.slots[1]);
  // Dead from here on, and never marked; its contents were read before the store.
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
  EXPECT_STREQ(h.heap.last_error(), "a cycle was started where collections are forbidden");
  EXPECT_TRUE(h.heap.step_work(1000)) << "none is under way";
  h.heap.allow_collection();
  h.start();
  h.heap.forbid_collection();
  EXPECT_FALSE(h.heap.step_work(1000)) << "one is";
  h.heap.allow_collection();
  h.finish();
  EXPECT_EQ(h.stats().num_gc, 1u);
}

// The assists come between two windows of the allocator, so a window is short while a cycle marks.
TEST(Slices, C9_WhatAnAllocationTakesBetweenTwoAssistsIsShort) {
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
  EXPECT_GT(longest_window(), Assists::kRoundBytes) << "else this shows nothing";
  h.start();
  h.heap.step_work(1);
  while (window.cursor != window.limit) h.make();  // the window that was open
  EXPECT_LE(longest_window(), Assists::kRoundBytes);
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

// ---- Resolving ----

// A cycle whose marking is over, with one unit of what is to be resolved done in each step.
struct Resolving : Sliced {
  static constexpr size_t kMany = 200;
  // Weak handles to all of an array's words, and the array in slot 0.
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

TEST(Slices, F8_WeakHandlesOfADeadObjectAreClearedAllAtOnceForWhoReadsThem) {
  Resolving h;
  h.make_array();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  for (uint32_t steps = 0; h.heap.collection_phase() == Phase::kResolving; ++steps) {
    ASSERT_LT(steps, 4 * Resolving::kMany);
    for (const uint64_t weak : h.weak) ASSERT_EQ(h.heap.weak_get(weak), nullptr) << "after " << steps << " steps";
    ASSERT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
    ASSERT_FALSE(h.heap.step_work(1));
  }
  h.finish();
  EXPECT_EQ(h.stats().weak_live, 0u);
}

TEST(Slices, F8_WeakHandlesMayBeFreedWhileTheirDeadObjectIsResolved) {
  Resolving h;
  h.make_array();
  h.slots[0] = nullptr;
  h.step_until_resolving();
  for (size_t i = 0; i < Resolving::kMany; ++i) {
    ASSERT_EQ(h.heap.weak_free(h.weak[(i * 7) % Resolving::kMany]), Status::kOk);
    ASSERT_EQ(verified(h.heap), Status::kOk) << h.heap.last_error();
    if (i % 3 == 0) (void)h.heap.step_work(1);
  }
  h.finish();
  EXPECT_EQ(h.stats().weak_live, 0u);
  EXPECT_EQ(h.heap.weak_get(h.weak[5]), nullptr);
  EXPECT_EQ(h.heap.last_status(), Status::kStaleHandle);
}

TEST(Slices, C10_WhatIsAllocatedWhileTheDeadAreResolvedLives) {
  Resolving h;
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
  EXPECT_GT(chain, Resolving::kMany / 2);
  EXPECT_EQ(h.stats().weak_live, chain);
  h.finish();
  EXPECT_EQ(h.stats().heap_objects, chain);
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, chain);
}

TEST(Slices, F1_FinalizersMayBeArmedAndCleanupsEndedWhileTheDeadAreResolved) {
  Resolving h;
  const auto nothing = [](mgc_mutator*, void*, void*) {};
  h.slots[0] = h.malloc(64, nullptr, MGC_NOSCAN);
  void* const shared = h.slots[0];
  uint64_t ids[Resolving::kMany];
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
    if (i % 5 == 0 && ended < Resolving::kMany) {
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
  EXPECT_EQ(h.heap.ready_count(), 500 + Resolving::kMany - ended);
  EXPECT_EQ(h.stats().finalizers_registered, 1u);
}

TEST(Slices, C1_ACollectionWhileTheDeadAreResolvedIsAWholeFreshOne) {
  Resolving h;
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

// ---- Bounds ----

// A large world in which nothing is checked but the length of slices.
struct Bounded : HeapFixture {
  static constexpr size_t kScale = kIs64Bit ? 1 : 16;  // the wasm suite runs the same at a sixteenth
  static constexpr uint64_t kBudget = 128 << 10;

  Bounded() : HeapFixture(large(), {.total_bytes = 1400 * kMiB / kScale}) {
    EXPECT_EQ(heap.frame_push(mutator(), kLiveSlots, &slots), Status::kOk);
  }
  static constexpr size_t kLiveSlots = 60000;
  static mgc_options large() {
    mgc_options options = incremental(0);
    options.max_bytes = 1400 * kMiB / kScale;
    return options;
  }
  // The mutator dirties cards that cost a quarter of the budget.
  void run_cycle(Node* const* table, size_t entries) {
    const mgc_stats_data before = stats();
    EXPECT_EQ(heap.start_cycle(), Status::kOk);
    uint32_t slices = 0;
    uint64_t at = 0;
    for (; !heap.step_work(kBudget); ++slices) {
      for (uint64_t i = 0; entries != 0 && i < kBudget / 4 / 200; ++i) {
        at = (at * 25173 + 13849) % entries;
        mgc_store(&table[at]->left, table[(at * 7) % entries]);
      }
    }
    EXPECT_EQ(stats().num_gc, before.num_gc + 1);
    EXPECT_LE(stats().pause_max_units, 2 * kBudget);
    longest = stats().pause_max_units;
    counted = slices;
  }
  void** slots = nullptr;
  uint64_t longest = 0;
  uint32_t counted = 0;
};

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetAtTenMillionObjects) {
  Bounded h;
  constexpr size_t kObjects = 10'000'000 / Bounded::kScale;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kObjects * sizeof(Node*), pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  for (size_t i = 0; i < kObjects; ++i) {
    table[i] = h.make();
    if (i != 0) table[i]->right = table[(i * size_t{2654435761}) % i];
  }
  for (size_t i = 1; i < Bounded::kLiveSlots; ++i) h.slots[i] = table[i];
  h.run_cycle(table, kObjects);
  EXPECT_GT(h.counted, kObjects / Bounded::kBudget);
}

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetWithAMillionHandlesAndFinalizers) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  for (size_t i = 0; i < kMany; ++i) {
    Node* const node = h.make();
    uint64_t handle = 0;
    ASSERT_EQ(h.heap.handle_new(node, &handle), Status::kOk);
    ASSERT_EQ(h.heap.set_finalizer(
                  node, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
              Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, 2 * kMany / Bounded::kBudget);
}

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetWithAnArrayOf400Megabytes) {
  Bounded h;
  constexpr size_t kWords = 400 * HeapFixture::kMiB / Bounded::kScale / kWordBytes;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  for (size_t i = 0; i < kWords; ++i) table[i] = i % 64 == 0 ? h.make() : table[i - 1];
  h.run_cycle(table, kWords);
  // The same with a finalizer on it: then its contents are roots, and are read in pieces, too.
  ASSERT_EQ(h.heap.set_finalizer(
                table, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.run_cycle(table, kWords);
}

TEST(Slices, C10_NoSliceIsLongerThanTwiceItsBudgetWhereAnObjectWithAMillionWeakHandlesDies) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  void* const object = h.malloc(kMany, nullptr, MGC_NOSCAN);
  for (size_t i = 0; i < kMany; ++i) {
    uint64_t weak = 0;
    ASSERT_EQ(h.heap.weak_new(static_cast<char*>(object) + i, &weak), Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, kMany / Bounded::kBudget);
  EXPECT_EQ(h.stats().weak_live, 0u);
}

TEST(Slices, C10_NoSliceIsLongerThanTwiceItsBudgetWhereAMillionCleanupsAndFinalizersAreQueued) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  const auto nothing = [](mgc_mutator*, void*, void*) {};
  void* const object = h.malloc(64, nullptr, MGC_NOSCAN);
  for (size_t i = 0; i < kMany; ++i) {
    uint64_t id = 0;
    ASSERT_EQ(h.heap.add_cleanup(object, nothing, nullptr, 0, &id), Status::kOk);
    ASSERT_EQ(h.heap.set_finalizer(h.make(), nothing, nullptr, 0), Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, 2 * kMany / Bounded::kBudget);
  EXPECT_EQ(h.heap.ready_count(), 2 * kMany);
}

TEST(Slices, C10_TheSweepCountsToo) {
  Bounded h;
  for (size_t i = 0; i < 1'000'000 / Bounded::kScale; ++i) h.make();
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  while (h.heap.collection_phase() != Phase::kIdle) (void)h.heap.step_work(Bounded::kBudget);
  const uint64_t marking = h.stats().pause_max_units;
  uint32_t slices = 0;
  constexpr uint64_t kSmall = 200;
  for (; !h.heap.step_work(kSmall); ++slices) {}
  EXPECT_GT(slices, 10u);
  EXPECT_LE(marking, 2 * Bounded::kBudget);
  EXPECT_TRUE(h.heap.step_work(~uint64_t{0}));
}

// Beyond what the bounds are for: the cycle ends all the same, and says how long its last step was.
TEST(Slices, C9_ACycleEndsAlsoWhereTheMutatorRewritesEverythingBetweenTwoSlices) {
  Bounded h;
  constexpr size_t kWords = 4 * HeapFixture::kMiB / kWordBytes;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  Node* const node = h.make();
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  uint32_t slices = 0;
  while (!h.heap.step_work(Bounded::kBudget)) {
    ASSERT_LT(++slices, 1000u);
    for (size_t i = 0; i < kWords; ++i) table[i] = node;
    mgc_write_barrier_range(table, kWords * kWordBytes);
  }
  EXPECT_TRUE(h.alive(node));
  EXPECT_GE(h.stats().pause_max_units, kWords);
  EXPECT_LE(h.stats().pause_max_units, 2 * kWords);
}

}  // namespace
}  // namespace mallocgc
