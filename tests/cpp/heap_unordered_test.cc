// Finalizers can be without an order (mgc_set_finalizer_unordered). Those of a circle all run together, what they hold
// lives until then, and weak handles are cleared before, in every kind of cycle.
#include "cpp/api_fixture.h"

#include <vector>

namespace api_test {
namespace {

MGC_ALL_NEED(kLifecycles);

struct Ran {
  Node* object;
  intptr_t value;
  intptr_t next_value;
};
std::vector<Ran> ran;

void note(mgc_mutator*, void* object, void*) {
  auto* const node = static_cast<Node*>(object);
  ran.push_back({node, node->value, node->next == nullptr ? -1 : node->next->value});
}

class UnorderedTest : public testing::TestWithParam<uint32_t> {
 protected:
  UnorderedTest() {
    ran.clear();
    mgc_options options = {};
    options.max_bytes = uint64_t{64} << 20;
    options.mode = GetParam();
    if (MALLOCGC_FLAVOUR_DEBUG != 0)
      options.debug_flags = MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY | MGC_DEBUG_POISON | MGC_DEBUG_FINALIZER_CHECKS;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK);
    const mgc_type_info info = node_info();
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
    slots = mgc_frame_push(mgc_main_mutator(heap), 4);
  }
  ~UnorderedTest() override { mgc_heap_destroy(heap); }

  Node* make(intptr_t value, Node* next = nullptr) {
    auto* const node = static_cast<Node*>(mgc_new(mgc_main_mutator(heap), type));
    node->value = value;
    mgc_store(&node->next, next);
    return node;
  }
  // Makes armed nodes in a circle that slot 0 roots.
  void make_circle(intptr_t count) {
    Node* const first = make(0);
    slots[0] = first;
    Node* last = first;
    for (intptr_t i = 1; i < count; ++i) {
      mgc_store(&last->next, make(i));
      last = last->next;
    }
    mgc_store(&last->next, first);
    Node* at = first;
    do {
      EXPECT_EQ(mgc_set_finalizer_unordered(heap, at, note, nullptr), MGC_OK);
      at = at->next;
    } while (at != first);
  }
  void collect() { EXPECT_EQ(mgc_collect(heap), MGC_OK) << mgc_last_error(heap); }
  uint64_t objects() {
    mgc_stats_data data;
    mgc_stats(heap, &data);
    return data.heap_objects;
  }

  mgc_heap* heap = nullptr;
  mgc_type type = nullptr;
  void** slots = nullptr;
};

TEST_P(UnorderedTest, F3_ACircleRunsWholeInOneCycle) {
  make_circle(50);
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 0u) << "it is alive";
  slots[0] = nullptr;
  collect();
  EXPECT_EQ(objects(), 50u);
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 50u);
  ASSERT_EQ(ran.size(), 50u);
  for (size_t i = 0; i < ran.size(); ++i) {
    EXPECT_EQ(ran[i].value, static_cast<intptr_t>(i)) << "in the order of arming";
    EXPECT_EQ(ran[i].next_value, static_cast<intptr_t>((i + 1) % 50)) << "what it points to is there";
  }
  collect();
  EXPECT_EQ(objects(), 0u);
}

TEST_P(UnorderedTest, F3_OrderedCirclesDoNotRunAndOrderedHoldersComeFirst) {
  // The ordered node points to the unordered one, and that to a plain one.
  slots[0] = make(1, make(2, make(3)));
  auto* const first = static_cast<Node*>(slots[0]);
  ASSERT_EQ(mgc_set_finalizer(heap, first, note, nullptr), MGC_OK);
  ASSERT_EQ(mgc_set_finalizer_unordered(heap, first->next, note, nullptr), MGC_OK);
  slots[0] = nullptr;
  for (const intptr_t expected : {1, 2}) {
    collect();
    EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 1u);
    EXPECT_EQ(ran.back().value, expected);
  }
  EXPECT_EQ(ran.back().next_value, 3);
  collect();
  EXPECT_EQ(objects(), 0u);
}

TEST_P(UnorderedTest, F3_AChainRunsInOneCycleAndItsOrderedEndLater) {
  // An unordered node points to another one, and that to an ordered one.
  slots[0] = make(1, make(2, make(3)));
  auto* const first = static_cast<Node*>(slots[0]);
  ASSERT_EQ(mgc_set_finalizer(heap, first->next->next, note, nullptr), MGC_OK);
  ASSERT_EQ(mgc_set_finalizer_unordered(heap, first->next, note, nullptr), MGC_OK);
  ASSERT_EQ(mgc_set_finalizer_unordered(heap, first, note, nullptr), MGC_OK);
  slots[0] = nullptr;
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 2u);
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 1u);
  EXPECT_EQ(ran.back().value, 3);
}

TEST_P(UnorderedTest, F8_WeakHandlesAreClearedBeforeItRunsAndItsCleanupsComeAfterIt) {
  make_circle(3);
  const mgc_weak weak = mgc_weak_new(heap, slots[0]);
  ASSERT_NE(mgc_add_cleanup(
                heap, slots[0],
                [](mgc_mutator*, void*, void*) {
                  ran.push_back({nullptr, 99, 0});
                },
                nullptr),
            0u);
  slots[0] = nullptr;
  collect();
  EXPECT_EQ(mgc_weak_get(heap, weak), nullptr);
  EXPECT_EQ(mgc_last_status(heap), MGC_OK);
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 3u);
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 1u);
  EXPECT_EQ(ran.back().value, 99);
  EXPECT_EQ(mgc_weak_free(heap, weak), MGC_OK);
}

TEST_P(UnorderedTest, F4_OneThatComesBackMayBeArmedAgain) {
  make_circle(2);
  static void** place;
  place = slots;
  Node* const node = static_cast<Node*>(slots[0]);
  ASSERT_EQ(mgc_clear_finalizer(heap, node), MGC_OK);
  ASSERT_EQ(mgc_set_finalizer_unordered(
                heap, node, [](mgc_mutator*, void* object, void*) { place[1] = object; }, nullptr),
            MGC_OK);
  EXPECT_EQ(mgc_set_finalizer_unordered(heap, node, note, nullptr), MGC_FINALIZER);
  slots[0] = nullptr;
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 2u);
  ASSERT_EQ(slots[1], node);
  collect();
  EXPECT_EQ(objects(), 2u);
  EXPECT_EQ(node->next->next, node);
  ASSERT_EQ(mgc_set_finalizer_unordered(heap, node, note, nullptr), MGC_OK);
  slots[1] = nullptr;
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 1u);
  collect();
  EXPECT_EQ(objects(), 0u);
}

TEST_P(UnorderedTest, F3_TheyAreFoundByCyclesThatTheHeapStartsItself) {
  for (int round = 0; round < 40; ++round) {
    make_circle(20);
    slots[0] = nullptr;
    for (int i = 0; i < 20000; ++i) make(i);
    mgc_run_finalizers(heap, SIZE_MAX);
  }
  for (int i = 0; i < 3; ++i) {
    collect();
    mgc_run_finalizers(heap, SIZE_MAX);
  }
  EXPECT_EQ(ran.size(), 800u);
  EXPECT_EQ(objects(), 0u);
}

TEST_P(UnorderedTest, F3_ACycleInSlicesThatMetAStoreFindsThemInTheNextOne) {
  make_circle(5);
  for (int i = 0; i < 3000; ++i) {
    slots[1] = make(i, static_cast<Node*>(slots[1]));
  }
  auto* const node = static_cast<Node*>(slots[0]);
  ASSERT_EQ(mgc_start_cycle(heap), MGC_OK);
  mgc_step_work(heap, 100);
  mgc_store(&node->other, node->next);
  slots[0] = nullptr;
  while (mgc_step_work(heap, 500) == 0) {}
  collect();
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 5u);
}

INSTANTIATE_TEST_SUITE_P(Modes, UnorderedTest,
                         testing::Values(MGC_MODE_AUTO, MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL));

}  // namespace
}  // namespace api_test
