// These tests collect, change the settings and get callbacks through the C face.
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

using CollectionTest = ApiTest;

void count(void* context) { ++*static_cast<int*>(context); }

TEST_F(CollectionTest, C1_CollectFreesWhatWasUnreachable) {
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = new_node(1);
  for (int i = 0; i < 1000; ++i) new_node(i);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(stats().num_forced_gc, mallocgc::kHasWorkCounters ? 1u : 0u);
  mgc_frame_pop(mutator, frame);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(CollectionTest, C2_CollectWorksWhenAutomaticCollectionIsOff) {
  EXPECT_EQ(mgc_set_gc_percent(heap, -1), 100);
  for (int i = 0; i < 300000; ++i) ASSERT_NE(new_node(), nullptr);
  EXPECT_EQ(stats().num_gc, 0u);
  EXPECT_EQ(mgc_collection_due(heap), 0);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_set_gc_percent(heap, 50), -1);
  EXPECT_EQ(mgc_set_gc_percent(heap, 100), 50);
}

TEST_F(CollectionTest, ACycleCanBeRunInPhases) {
  new_node();
  EXPECT_EQ(mgc_phase_start(heap, 0), MGC_OK);
  EXPECT_EQ(mgc_phase_mark(heap), MGC_OK);
  EXPECT_EQ(mgc_phase_finish(heap), MGC_OK);
  EXPECT_EQ(stats().num_gc, 1u);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(CollectionTest, ACycleInStepsEnds) {
  EXPECT_EQ(mgc_step(heap, 1000), 1);
  EXPECT_EQ(stats().num_gc, 0u);
  EXPECT_EQ(mgc_start_cycle(heap), MGC_OK);
  for (int steps = 0; mgc_step(heap, 1000) == 0; ++steps) ASSERT_LT(steps, 1000000);
  EXPECT_EQ(stats().num_gc, 1u);
  EXPECT_EQ(mgc_step(heap, 1000), 1);
  EXPECT_EQ(stats().num_gc, 1u);
}

TEST_F(CollectionTest, C2_AForbiddenCollectionDoesNotStart) {
  new_node();
  mgc_forbid_collection(heap);
  mgc_forbid_collection(heap);
  EXPECT_EQ(mgc_collect(heap), MGC_OK);
  mgc_allow_collection(heap);
  EXPECT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(stats().num_gc, 0u);
  mgc_allow_collection(heap);
  EXPECT_EQ(objects_after_collection(), 0u);
}

struct Safepoints {
  const char* name;
  uint32_t mode;
};
class SafepointTest : public testing::TestWithParam<Safepoints> {};

TEST_P(SafepointTest, C2_TheHeapIsCollectedAtSafepointsOnly) {
  mgc_options options = {};
  options.max_bytes = uint64_t{64} << 20;
  options.min_heap_bytes = uint64_t{1} << 20;
  options.mode = GetParam().mode;
  mgc_heap* heap = nullptr;
  if (mgc_heap_create(&options, &heap) != MGC_OK) GTEST_SKIP() << mgc_last_error(nullptr);
  mgc_mutator* const mutator = mgc_main_mutator(heap);
  mgc_mutator* const other = mgc_mutator_attach(heap);
  const mgc_type_info info = node_info();
  mgc_type type = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
  const auto poll_word = [](const mgc_mutator* of) { return reinterpret_cast<const mgc_mutator_abi*>(of)->poll; };
  mgc_stats_data stats;
  mgc_forbid_collection(heap);
  EXPECT_EQ(mgc_poll(mutator), 0);
  uint32_t safepoints = 0;
  uint64_t units = 0;
  for (int i = 0; i < 300000; ++i) {
    ASSERT_NE(mgc_new(i % 2 == 0 ? mutator : other, type), nullptr) << mgc_last_error(heap);
    EXPECT_EQ(poll_word(mutator), poll_word(other));
    if (poll_word(mutator) == 0) continue;
    mgc_stats(heap, &stats);
    ASSERT_EQ(stats.work_objects_marked + stats.num_gc + stats.minor_gcs, units) << "collected outside of a safepoint";
    ++safepoints;
    EXPECT_EQ(mgc_poll(mutator), 0) << "collection is forbidden";
    EXPECT_NE(poll_word(mutator), 0u);
    mgc_allow_collection(heap);
    EXPECT_EQ(mgc_poll(other), 1);
    mgc_forbid_collection(heap);
    EXPECT_EQ(poll_word(mutator), 0u);
    EXPECT_EQ(poll_word(other), 0u);
    mgc_stats(heap, &stats);
    units = stats.work_objects_marked + stats.num_gc + stats.minor_gcs;
  }
  EXPECT_GT(safepoints, 1u);
  EXPECT_LT(stats.heap_live, uint64_t{8} << 20);
  mgc_heap_destroy(heap);
}

INSTANTIATE_TEST_SUITE_P(Modes, SafepointTest,
                         testing::Values(Safepoints{"Stop", MGC_MODE_STOP},
                                         Safepoints{"Incremental", MGC_MODE_INCREMENTAL},
                                         Safepoints{"Generational", MGC_MODE_GENERATIONAL},
                                         Safepoints{"Auto", MGC_MODE_AUTO}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(CollectionTest, C2_WhatIsDueIsToldWhereCollectionIsForbidden) {
  mgc_forbid_collection(heap);
  while (mgc_collection_due(heap) == 0) ASSERT_NE(new_node(), nullptr) << mgc_last_error(heap);
  EXPECT_EQ(stats().num_gc, 0u);
  EXPECT_GE(stats().heap_live, uint64_t{3} << 20);
  mgc_allow_collection(heap);
  EXPECT_EQ(mgc_poll(mutator), 1);
  EXPECT_EQ(mgc_poll(mutator), 0);
  EXPECT_EQ(stats().num_gc + stats().minor_gcs + stats().marking, 1u) << "one that goes in slices has begun";
}

TEST_F(CollectionTest, M12_MemoryThatWasRefusedIsCollectedAtTheNextSafepoint) {
  mgc_set_gc_percent(heap, -1);
  mgc_forbid_collection(heap);
  while (new_node() != nullptr) {}
  EXPECT_EQ(mgc_last_status(heap), MGC_TRY_AGAIN);
  EXPECT_NE(reinterpret_cast<const mgc_mutator_abi*>(mutator)->poll, 0u);
  mgc_allow_collection(heap);
  EXPECT_EQ(mgc_poll(mutator), 1);
  EXPECT_EQ(stats().num_gc, 1u);
  EXPECT_EQ(reinterpret_cast<const mgc_mutator_abi*>(mutator)->poll, 0u);
  EXPECT_NE(new_node(), nullptr);
}

TEST_F(CollectionTest, C11_HooksRunAtTheStartOfEachCycle) {
  MGC_NEEDS(kEvents);
  int runs = 0;
  for (int i = 0; i < 8; ++i) ASSERT_EQ(mgc_add_cycle_hook(heap, count, &runs), MGC_OK);
  expect_refusal(MGC_BAD_ARGUMENT, "too many cycle hooks",
                 [&] { return mgc_add_cycle_hook(heap, count, &runs) != MGC_OK; });
  expect_refusal(MGC_BAD_ARGUMENT, "cycle hook is null",
                 [&] { return mgc_add_cycle_hook(heap, nullptr, nullptr) != MGC_OK; });
  mgc_collect(heap);
  EXPECT_EQ(runs, 8);
}

TEST_F(CollectionTest, C11_HooksCanBeRemovedAlsoInsideOfOne) {
  MGC_NEEDS(kEvents);
  int runs = 0;
  int others = 0;
  ASSERT_EQ(mgc_add_cycle_hook(heap, count, &runs), MGC_OK);
  ASSERT_EQ(mgc_add_cycle_hook(heap, count, &others), MGC_OK);
  ASSERT_EQ(mgc_add_cycle_hook(heap, count, &runs), MGC_OK);
  EXPECT_EQ(mgc_remove_cycle_hook(heap, count, &runs), MGC_OK);
  mgc_collect(heap);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(others, 1);
  EXPECT_EQ(mgc_remove_cycle_hook(heap, count, &runs), MGC_OK);
  const auto refuse = [&](mgc_cycle_hook hook, void* context) {
    expect_refusal(MGC_BAD_ARGUMENT, "not a registered cycle hook",
                   [&] { return mgc_remove_cycle_hook(heap, hook, context) != MGC_OK; });
  };
  refuse(count, &runs);
  refuse(count, nullptr);
  refuse(nullptr, nullptr);
  struct Once {
    mgc_heap* heap;
    int runs;
    static void run(void* context) {
      auto* const once = static_cast<Once*>(context);
      ++once->runs;
      EXPECT_EQ(mgc_remove_cycle_hook(once->heap, run, context), MGC_OK);
    }
  } once = {heap, 0};
  ASSERT_EQ(mgc_add_cycle_hook(heap, Once::run, &once), MGC_OK);
  ASSERT_EQ(mgc_add_cycle_hook(heap, count, &runs), MGC_OK);
  for (int i = 0; i < 3; ++i) mgc_collect(heap);
  EXPECT_EQ(once.runs, 1);
  EXPECT_EQ(runs, 4) << "the hook behind it is not passed over";
  EXPECT_EQ(others, 4);
  refuse(nullptr, nullptr);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(mgc_add_cycle_hook(heap, count, &runs), MGC_OK) << "the places are free again";
}

struct Rescue {
  mgc_mutator* mutator;
  void** frame;
  int calls;
};

TEST_F(CollectionTest, M12_ThePressureCallbackMayDropRoots) {
  MGC_NEEDS(kEvents);
  Rescue rescue = {mutator, mgc_frame_push(mutator, 1), 0};
  rescue.frame[0] = mgc_raw(mutator, size_t{40} << 20);
  ASSERT_NE(rescue.frame[0], nullptr);
  mgc_set_pressure(
      heap,
      [](uint64_t need, void* context) {
        auto* const r = static_cast<Rescue*>(context);
        r->calls += need >= uint64_t{40} << 20;
        r->frame[0] = nullptr;
      },
      &rescue);
  EXPECT_NE(mgc_raw(mutator, size_t{40} << 20), nullptr);
  EXPECT_EQ(rescue.calls, 1);
  mgc_frame_pop(mutator, rescue.frame);
}

TEST_F(CollectionTest, M13_ReentryFromACallbackIsAnError) {
  MGC_NEEDS(kEvents);
  struct Seen {
    mgc_heap* heap;
    mgc_mutator* mutator;
    void* got;
    mgc_status status;
  } seen = {heap, mutator, heap, MGC_OK};
  ASSERT_EQ(mgc_add_cycle_hook(
                heap,
                [](void* context) {
                  auto* const s = static_cast<Seen*>(context);
                  s->got = mgc_raw(s->mutator, 100);
                  s->status = mgc_last_status(s->heap);
                },
                &seen),
            MGC_OK);
  EXPECT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(seen.got, nullptr);
  EXPECT_EQ(seen.status, MGC_BAD_ARGUMENT);
  EXPECT_NE(new_node(), nullptr);
}

TEST_F(CollectionTest, C6_TheMemoryLimitIsASettingThatReturnsTheOldOne) {
  EXPECT_EQ(mgc_set_memory_limit(heap, 8 << 20), 0u);
  EXPECT_EQ(mgc_set_memory_limit(heap, 0), uint64_t{8 << 20});
}

}  // namespace
}  // namespace api_test
