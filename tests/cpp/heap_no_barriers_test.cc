// mgc_options.no_barriers and mgc_set_no_barriers are for a client that marks no cards. It gets the stop mode, whatever
// the default is, and calls that only other modes can serve refuse.
#include <mallocgc/gc.h>

#include "cpp/api_fixture.h"

namespace api_test {
namespace {

constexpr char kRefusal[] = "the heap was made with no_barriers: it has neither minor cycles nor slices";

struct World {
  explicit World(uint32_t mode, uint32_t no_barriers) {
    mgc_options options = {};
    options.max_bytes = uint64_t{64} << 20;
    options.mode = mode;
    options.no_barriers = no_barriers;
    if (MALLOCGC_FLAVOUR_DEBUG != 0) options.debug_flags = MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY;
    status = mgc_heap_create(&options, &heap);
    if (status != MGC_OK) return;
    const mgc_type_info info = node_info();
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
    slots = mgc_frame_push(mgc_main_mutator(heap), 2);
  }
  ~World() { mgc_heap_destroy(heap); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Node* make() { return static_cast<Node*>(mgc_new(mgc_main_mutator(heap), type)); }
  mgc_stats_data stats() {
    mgc_stats_data data;
    mgc_stats(heap, &data);
    return data;
  }
  // Grows a list at the far end by plain stores into objects that are old by then, beside garbage for many cycles.
  intptr_t grow_without_barriers(intptr_t count) {
    auto* last = make();
    slots[0] = last;
    for (intptr_t i = 1; i < count; ++i) {
      Node* const next = make();
      next->value = i;
      last->next = next;
      last = next;
      for (int k = 0; k < 10; ++k) make();
    }
    intptr_t length = 0;
    for (const Node* at = static_cast<Node*>(slots[0]); at != nullptr && at->value == length; at = at->next) ++length;
    return length;
  }

  mgc_heap* heap = nullptr;
  mgc_type type = nullptr;
  void** slots = nullptr;
  mgc_status status = MGC_OK;
};

TEST(NoBarriers, C7_PlainStoresLoseNothingInTheDefaultMode) {
  World w(MGC_MODE_AUTO, 1);
  ASSERT_EQ(w.status, MGC_OK);
  constexpr intptr_t kNodes = 320'000 / static_cast<intptr_t>(sizeof(void*));
  EXPECT_EQ(w.grow_without_barriers(kNodes), kNodes);
  EXPECT_GE(w.stats().num_gc, 2u);
  EXPECT_EQ(w.stats().minor_gcs, 0u);
  EXPECT_EQ(mgc_collect(w.heap), MGC_OK) << mgc_last_error(w.heap);
}

TEST(NoBarriers, C7_TheStopModeMayBeNamedAndNoOther) {
  World stop(MGC_MODE_STOP, 1);
  EXPECT_EQ(stop.status, MGC_OK);
  MGC_NEEDS(kModes);
  for (const uint32_t mode : {uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}}) {
    World other(mode, 1);
    EXPECT_EQ(other.status, MGC_BAD_ARGUMENT);
    EXPECT_EQ(other.heap, nullptr);
    EXPECT_TEXT(mgc_last_error(nullptr), "no_barriers gives the stop mode, but mode is another one");
  }
}

TEST(NoBarriers, C7_WhatOtherModesNeedRefusesAndTheHeapGoesOn) {
  MGC_NEEDS(kModes);
  World w(MGC_MODE_AUTO, 1);
  w.slots[0] = w.make();
  const auto refused = [&] {
    const bool said = mgc_last_status(w.heap) == MGC_BAD_ARGUMENT && std::string(mgc_last_error(w.heap)) == kRefusal;
    EXPECT_EQ(mgc_new_array(mgc_main_mutator(w.heap), w.type, -1), nullptr);  // another error in between
    return said;
  };
  EXPECT_EQ(mgc_collect_minor(w.heap), MGC_BAD_ARGUMENT);
  EXPECT_TRUE(refused());
  EXPECT_EQ(mgc_start_cycle(w.heap), MGC_BAD_ARGUMENT);
  EXPECT_TRUE(refused());
  EXPECT_EQ(mgc_step(w.heap, 1000), 1) << "there is nothing to sweep";
  EXPECT_EQ(mgc_step_work(w.heap, 1000), 1);
  EXPECT_EQ(w.stats().num_gc + w.stats().minor_gcs, 0u);
  EXPECT_EQ(mgc_collect(w.heap), MGC_OK);
  EXPECT_EQ(mallocgc::objects_in(w.heap), 1u);
  EXPECT_EQ(mgc_phase_start(w.heap, 1), MGC_OK) << "the phases are those of the stop mode";
  EXPECT_EQ(mgc_phase_mark(w.heap), MGC_OK);
  EXPECT_EQ(mgc_phase_finish(w.heap), MGC_OK);
  EXPECT_EQ(w.stats().num_gc, 2u);
}

TEST(NoBarriers, C7_AHeapOfTheDefaultModeGoesWithoutFromTheCallOn) {
  World w(MGC_MODE_AUTO, 0);
  w.slots[1] = w.make();
  for (int i = 0; i < 200000; ++i) w.make();
  ASSERT_EQ(mgc_set_no_barriers(w.heap), MGC_OK);
  EXPECT_EQ(mgc_set_no_barriers(w.heap), MGC_OK) << "twice is harmless";
  const uint64_t minors = w.stats().minor_gcs;
  EXPECT_EQ(w.grow_without_barriers(40000), 40000);
  EXPECT_EQ(w.stats().minor_gcs, minors);
  if (mallocgc::kHasModes) {
    EXPECT_EQ(mgc_collect_minor(w.heap), MGC_BAD_ARGUMENT);
  }
  EXPECT_EQ(mgc_collect(w.heap), MGC_OK) << mgc_last_error(w.heap);
  EXPECT_EQ(mallocgc::objects_in(w.heap), 40001u);
}

TEST(NoBarriers, C7_ACycleUnderWayEndsFirst) {
  World w(MGC_MODE_AUTO, 0);
  for (int i = 0; i < 3000; ++i) {
    Node* const fresh = w.make();
    mgc_store(&fresh->next, w.slots[0]);
    w.slots[0] = fresh;
  }
  ASSERT_EQ(mgc_start_cycle(w.heap), MGC_OK);
  mgc_step_work(w.heap, 10);
  const uint64_t before = w.stats().num_gc;
  mgc_forbid_collection(w.heap);
  const bool is_under_way = mgc_step_work(w.heap, 1) == 0;  // it is not in the stop mode
  if (is_under_way) {
    EXPECT_EQ(mgc_set_no_barriers(w.heap), MGC_BAD_ARGUMENT) << "it cannot end now";
  }
  mgc_allow_collection(w.heap);
  ASSERT_EQ(mgc_set_no_barriers(w.heap), MGC_OK) << mgc_last_error(w.heap);
  if (is_under_way) {
    EXPECT_EQ(w.stats().num_gc, before + 1);
  }
  EXPECT_EQ(mgc_collect(w.heap), MGC_OK) << mgc_last_error(w.heap);
  EXPECT_EQ(mallocgc::objects_in(w.heap), 3000u);
}

TEST(NoBarriers, C7_AModeThatNeedsBarriersIsKept) {
  MGC_NEEDS(kModes);
  for (const uint32_t mode : {uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}}) {
    World w(mode, 0);
    EXPECT_EQ(mgc_set_no_barriers(w.heap), MGC_BAD_ARGUMENT);
    EXPECT_TEXT(mgc_last_error(w.heap), "the mode that the heap was made with needs write barriers");
    w.slots[0] = w.make();
    EXPECT_EQ(mgc_collect_minor(w.heap), MGC_OK);
    EXPECT_EQ(mgc_start_cycle(w.heap), MGC_OK);
    EXPECT_EQ(mgc_collect(w.heap), MGC_OK);
    EXPECT_EQ(mallocgc::objects_in(w.heap), 1u);
  }
}

TEST(NoBarriers, C7_TheCppFaceTakesTheOption) {
  mallocgc::Options options = {};
  options.no_barriers = 1;
  mallocgc::Heap heap(options);
  ASSERT_TRUE(static_cast<bool>(heap));
  if (mallocgc::kHasModes) {
    EXPECT_EQ(mgc_collect_minor(heap.c()), MGC_BAD_ARGUMENT);
  }
  EXPECT_EQ(heap.collect(), MGC_OK);
}

}  // namespace
}  // namespace api_test
