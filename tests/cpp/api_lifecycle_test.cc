// Finalizers, cleanups, weak handles and host values go through the C face. Every argument error comes in Go's order
// and words (F4), and objects end as a C program and a pulling host see it.
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

MGC_ALL_NEED(kLifecycles);

using LifecycleTest = ApiTest;

int calls = 0;
void count_call(mgc_mutator*, void*, void* context) { calls += context != nullptr ? *static_cast<int*>(context) : 1; }

TEST_F(LifecycleTest, F4_TheFirstArgumentIsCheckedInGosOrder) {
  int on_the_stack = 0;
  Node* const node = new_node();
  Node* const dead = new_node();
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = node;
  EXPECT_EQ(objects_after_collection(), 1u);
  const auto set = [&](void* object) { return mgc_set_finalizer(heap, object, count_call, nullptr) != MGC_OK; };
  expect_refusal(MGC_BAD_POINTER, "first argument is nil", [&] { return set(nullptr); });
  expect_refusal(MGC_BAD_POINTER, "pointer not in allocated block", [&] { return set(dead); });
  expect_refusal(MGC_BAD_POINTER, "pointer not at beginning of allocated block", [&] { return set(&node->value); });
  EXPECT_EQ(mgc_set_finalizer(heap, node, count_call, nullptr), MGC_OK);
  expect_refusal(MGC_FINALIZER, "finalizer already set", [&] { return set(node); });
  expect_refusal(MGC_FINALIZER, "finalizer already set",
                 [&] { return mgc_set_finalizer_token(heap, node, 9) != MGC_OK; });
  EXPECT_EQ(mgc_set_finalizer(heap, &on_the_stack, count_call, nullptr), MGC_OK);
  EXPECT_EQ(mgc_set_finalizer(heap, mgc_malloc(mutator, 0, nullptr, 0), count_call, nullptr), MGC_OK);
  EXPECT_EQ(stats().finalizers_registered, 1u);
  expect_refusal(MGC_BAD_POINTER, "first argument is nil",
                 [&] { return mgc_clear_finalizer(heap, nullptr) != MGC_OK; });
  EXPECT_EQ(mgc_set_finalizer(heap, node, nullptr, nullptr), MGC_OK);
  EXPECT_EQ(mgc_clear_finalizer(heap, node), MGC_OK);
  EXPECT_EQ(stats().finalizers_registered, 0u);
  mgc_frame_pop(mutator, frame);
}

TEST_F(LifecycleTest, F4_AnInnerAddressOfATinyBlockIsFine) {
  MGC_NEEDS(kTinyBlocks);
  auto* const first = static_cast<char*>(mgc_malloc(mutator, 4, nullptr, MGC_NOSCAN));
  auto* const second = static_cast<char*>(mgc_malloc(mutator, 4, nullptr, MGC_NOSCAN));
  EXPECT_EQ(second, first + 4);
  EXPECT_EQ(mgc_set_finalizer(heap, first, count_call, nullptr), MGC_OK);
  EXPECT_EQ(mgc_set_finalizer(heap, second, count_call, nullptr), MGC_OK);
  calls = 0;
  mgc_collect(heap);
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 2u);
  EXPECT_EQ(calls, 2);
}

TEST_F(LifecycleTest, F7_CleanupsAreRefusedAsFinalizersAre) {
  int on_the_stack = 0;
  Node* const node = new_node();
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = node;
  expect_refusal(MGC_BAD_POINTER, "first argument is nil",
                 [&] { return mgc_add_cleanup(heap, nullptr, count_call, nullptr) == 0; });
  expect_refusal(MGC_BAD_POINTER, "first argument is nil",
                 [&] { return mgc_add_cleanup(heap, nullptr, nullptr, nullptr) == 0; });
  expect_refusal(MGC_BAD_ARGUMENT, "second argument is nil, not a function",
                 [&] { return mgc_add_cleanup(heap, node, nullptr, nullptr) == 0; });
  expect_refusal(MGC_BAD_ARGUMENT, "", [&] { return mgc_add_cleanup(heap, node, count_call, node) == 0; });
  expect_refusal(MGC_BAD_ARGUMENT, "", [&] { return mgc_add_cleanup(heap, &node->value, count_call, node) == 0; });
  expect_refusal(MGC_BAD_ARGUMENT, "not a cleanup", [&] { return mgc_stop_cleanup(heap, 12345) != MGC_OK; });
  mgc_add_cleanup(heap, &on_the_stack, count_call, nullptr);
  EXPECT_EQ(stats().cleanups_registered, 0u);
  mgc_frame_pop(mutator, frame);
}

TEST_F(LifecycleTest, F7_CleanupsRunInOneCycleAndStopTwice) {
  calls = 0;
  int ten = 10;
  Node* const node = new_node();
  node->next = node;  // cycles are no obstacle
  EXPECT_NE(mgc_add_cleanup(heap, node, count_call, nullptr), 0u);
  EXPECT_NE(mgc_add_cleanup(heap, &node->value, count_call, &ten), 0u);
  const mgc_cleanup stopped = mgc_add_cleanup(heap, node, count_call, &ten);
  EXPECT_EQ(mgc_stop_cleanup(heap, stopped), MGC_OK);
  EXPECT_EQ(mgc_stop_cleanup(heap, stopped), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_run_finalizers(heap, 1), 1u);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(mgc_run_finalizers(heap, 1), 1u);
  EXPECT_EQ(calls, 11);
  EXPECT_EQ(mgc_stop_cleanup(heap, stopped), MGC_OK);
}

TEST_F(LifecycleTest, F8_WeakHandlesAreEqualForEqualTargets) {
  Node* const node = new_node();
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = node;
  const mgc_weak a = mgc_weak_new(heap, node);
  EXPECT_EQ(mgc_weak_new(heap, node), a);
  const mgc_weak inner = mgc_weak_new(heap, &node->value);
  EXPECT_NE(inner, a);
  EXPECT_EQ(mgc_weak_get(heap, inner), &node->value);
  frame[0] = nullptr;
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_weak_get(heap, a), nullptr);
  EXPECT_EQ(mgc_last_status(heap), MGC_OK);
  EXPECT_EQ(mgc_weak_free(heap, a), MGC_OK);
  EXPECT_EQ(mgc_weak_free(heap, a), MGC_OK);
  EXPECT_EQ(mgc_weak_free(heap, inner), MGC_OK);
  expect_refusal(MGC_STALE_HANDLE, "weak handle is stale", [&] { return mgc_weak_free(heap, a) != MGC_OK; });
  expect_refusal(MGC_STALE_HANDLE, "weak handle is stale", [&] { return mgc_weak_get(heap, a) == nullptr; });
  expect_refusal(MGC_BAD_ARGUMENT, "not a weak handle", [&] { return mgc_weak_get(heap, 99) == nullptr; });
  expect_refusal(MGC_BAD_POINTER, "", [&] { return mgc_weak_new(heap, nullptr) == 0; });
  expect_refusal(MGC_BAD_POINTER, "pointer not in allocated block", [&] { return mgc_weak_new(heap, node) == 0; });
  expect_refusal(MGC_BAD_POINTER, "pointer not in allocated block", [&] { return mgc_weak_new(heap, this) == 0; });
  mgc_frame_pop(mutator, frame);
}

TEST_F(LifecycleTest, B3_APulledFinalizerHasAHandleThatKeepsItsObject) {
  ASSERT_EQ(mgc_set_finalizer_token(heap, new_node(8), 1234567890123), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(mgc_ready_count(heap), 1u);
  mgc_ready ready;
  ASSERT_EQ(mgc_ready_next(heap, &ready), uint32_t{MGC_READY_FINALIZER});
  EXPECT_EQ(ready.token, 1234567890123u);
  EXPECT_EQ(ready.function, nullptr);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(mgc_handle_get(heap, ready.handle), ready.object);
  EXPECT_EQ(static_cast<Node*>(ready.object)->value, 8);
  EXPECT_EQ(mgc_handle_free(heap, ready.handle), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_ready_next(heap, &ready), uint32_t{MGC_READY_NONE});
  EXPECT_EQ(ready.handle, 0u);
}

TEST_F(LifecycleTest, B2_HostValuesComeBackWhenTheirObjectDies) {
  static const uint32_t kMask[] = {1};
  mgc_type_info info = {};
  info.name = "Holder";
  info.size = sizeof(uintptr_t);
  info.host.mask = kMask;
  mgc_type holder = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &holder), MGC_OK);
  const uint32_t value = mgc_host_new(heap);
  *static_cast<uintptr_t*>(mgc_new(mutator, holder)) = value;
  EXPECT_EQ(mgc_host_next_released(heap), 0u);
  EXPECT_EQ(stats().live_host_values, 1u);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_host_next_released(heap), value);
  EXPECT_EQ(mgc_host_next_released(heap), 0u);
  expect_refusal(MGC_BAD_ARGUMENT, "not a live host value", [&] { return mgc_host_free(heap, 999) != MGC_OK; });
}

}  // namespace
}  // namespace api_test
