// Objects end by hand through the C face (M16, M17). The tests do what a shim for malloc does.
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

MGC_ALL_NEED(kExplicitFree);

using FreeFaceTest = ApiTest;

void count_call(mgc_mutator*, void*, void* calls) { ++*static_cast<int*>(calls); }

TEST_F(FreeFaceTest, M16_FreeAndWhatItRefuses) {
  int calls = 0;
  Node* const node = new_node();
  ASSERT_EQ(mgc_set_finalizer(heap, node, count_call, &calls), MGC_OK);
  const mgc_weak weak = mgc_weak_new(heap, node);
  expect_refusal(MGC_BAD_POINTER, "pointer not at beginning of allocated block",
                 [&] { return mgc_free(heap, &node->value) != MGC_OK; });
  expect_refusal(MGC_BAD_POINTER, "pointer not in allocated block", [&] { return mgc_free(heap, &calls) != MGC_OK; });
  EXPECT_EQ(mgc_free(heap, node), MGC_OK);
  EXPECT_EQ(mgc_find_object(heap, node, nullptr), 0);
  EXPECT_EQ(mgc_weak_get(heap, weak), nullptr);
  expect_refusal(MGC_BAD_POINTER, "pointer not in allocated block", [&] { return mgc_free(heap, node) != MGC_OK; });
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 0u);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(mgc_free(heap, nullptr), MGC_OK);
  EXPECT_EQ(mgc_free(heap, mgc_malloc(mutator, 0, nullptr, 0)), MGC_OK);
}

TEST_F(FreeFaceTest, M16_ReallocCopiesAndRefuses) {
  auto* text = static_cast<char*>(mgc_malloc(mutator, 100, nullptr, MGC_NOSCAN));
  std::strcpy(text, "kept");
  text = static_cast<char*>(mgc_realloc(mutator, text, 100000));
  ASSERT_NE(text, nullptr);
  EXPECT_STREQ(text, "kept");
  expect_refusal(MGC_BAD_POINTER, "first argument is nil", [&] { return mgc_realloc(mutator, nullptr, 5) == nullptr; });
  expect_refusal(MGC_BAD_POINTER, "pointer not at beginning of allocated block",
                 [&] { return mgc_realloc(mutator, text + 1, 5) == nullptr; });
  expect_refusal(MGC_BAD_SIZE, "allocation size out of range",
                 [&] { return mgc_realloc(mutator, text, SIZE_MAX) == nullptr; });
  EXPECT_NE(mgc_realloc(mutator, text, 0), nullptr);
  EXPECT_EQ(mgc_find_object(heap, text, nullptr), 0);
}

TEST_F(FreeFaceTest, M17_UncollectableUntilFreed) {
  auto* const node = static_cast<Node*>(mgc_malloc_uncollectable(mutator, sizeof(Node), node_type, 0));
  ASSERT_NE(node, nullptr);
  mgc_store(&node->next, new_node(7));
  EXPECT_EQ(objects_after_collection(), 2u);
  EXPECT_EQ(node->next->value, 7);
  EXPECT_EQ(mgc_free(heap, node), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  expect_refusal(MGC_BAD_TYPE, "malloc missing type",
                 [&] { return mgc_malloc_uncollectable(mutator, 64, nullptr, 0) == nullptr; });
}

}  // namespace
}  // namespace api_test
