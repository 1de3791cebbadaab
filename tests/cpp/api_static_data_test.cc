// Static data can be roots (R1). Global variables keep their objects alive once the client says so, also those of a
// library that is loaded later, and they stop when it says the opposite.
#include "cpp/api_fixture.h"

namespace api_test {

// The variables are not static, so that the compiler cannot follow what is stored.
Node* g_node = nullptr;
struct Numbers {
  uintptr_t number = 1;
  void* inner = nullptr;
};
Numbers g_filled = {5, nullptr};

namespace {

MGC_ALL_NEED(kClientStacks);

using StaticDataTest = ApiTest;

[[gnu::noinline]] void forget() {
  g_node = nullptr;
  g_filled.inner = nullptr;
}

TEST_F(StaticDataTest, R1_GlobalVariablesKeepTheirObjects) {
  forget();
  g_node = new_node(1);
  g_node->next = new_node(2);
  mgc_write_barrier(&g_node->next);
  g_filled.inner = &new_node(3)->value;  // an inner address
  new_node(4);
  ASSERT_EQ(mgc_enable_static_data(heap), MGC_OK) << mgc_last_error(heap);
  EXPECT_EQ(objects_after_collection(), 3u);
  EXPECT_EQ(g_node->next->value, 2);
  mgc_link links[2] = {};
  size_t length = 0;
  ASSERT_EQ(mgc_why_alive(heap, g_node, 0, links, 2, &length), MGC_OK);
  EXPECT_EQ(length, 2u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_RANGE});
  EXPECT_EQ(links[0].at, reinterpret_cast<uintptr_t>(&g_node));
  EXPECT_EQ(mgc_is_root(heap, &g_node), 1);
  EXPECT_EQ(mgc_is_root(heap, g_node), 0);
  g_filled.inner = nullptr;
  EXPECT_EQ(objects_after_collection(), 2u);
  ASSERT_EQ(mgc_disable_static_data(heap), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_is_root(heap, &g_node), 0);
  forget();
}

TEST_F(StaticDataTest, R1_WhatIsARootCanBeAsked) {
  void* range[4] = {};
  ASSERT_EQ(mgc_add_roots(heap, range, sizeof range, nullptr), MGC_OK);
  void** const frame = mgc_frame_push(mutator, 2);
  for (void*& word : range) EXPECT_EQ(mgc_is_root(heap, &word), 1);
  EXPECT_EQ(mgc_is_root(heap, range + 4), 0);
  EXPECT_EQ(mgc_is_root(heap, frame + 1), 1);
  EXPECT_EQ(mgc_is_root(heap, nullptr), 0);
  void* local = nullptr;
  EXPECT_EQ(mgc_is_root(heap, &local), 0);
#if !defined(__EMSCRIPTEN__)
  ASSERT_EQ(mgc_enable_c_stack(mutator), MGC_OK);
  EXPECT_EQ(mgc_is_root(heap, &local), 1);
#endif
  ASSERT_EQ(mgc_frame_pop(mutator, frame), MGC_OK);
  EXPECT_EQ(mgc_is_root(heap, frame + 1), 0);
  ASSERT_EQ(mgc_remove_roots(heap, range), MGC_OK);
}

TEST_F(StaticDataTest, R1_TheyAreReadByEveryCycleOfAnyKind) {
  forget();
  ASSERT_EQ(mgc_enable_static_data(heap), MGC_OK);
  for (int i = 0; i < 100; ++i) {
    Node* const fresh = new_node(i);
    mgc_store(&fresh->next, g_node);
    g_node = fresh;
    if (i % 10 == 3) {
      EXPECT_EQ(mgc_collect_minor(heap), MGC_OK) << mgc_last_error(heap);
    }
    if (i % 10 == 6) {
      EXPECT_EQ(mgc_start_cycle(heap), MGC_OK);
    }
    if (i % 10 == 8) {
      while (mgc_step_work(heap, UINT64_MAX / 4) == 0) {}
    }
  }
  intptr_t count = 0;
  for (const Node* at = g_node; at != nullptr; at = at->next) ++count;
  EXPECT_EQ(count, 100);
  EXPECT_EQ(objects_after_collection(), 100u);
  forget();
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(StaticDataTest, R1_AFreedObjectInAGlobalVariableIsHarmless) {
  forget();
  g_node = new_node(1);
  EXPECT_EQ(objects_after_collection(), 0u);
  ASSERT_EQ(mgc_enable_static_data(heap), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  forget();
}

}  // namespace
}  // namespace api_test
