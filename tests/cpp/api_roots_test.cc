// Frames, ranges, handles and the barrier work through the C face: the tests say what they hold, and what is refused
// (R2, R4, R5).
#include "cpp/api_fixture.h"

#include <vector>

namespace api_test {
namespace {

using RootsTest = ApiTest;

TEST_F(RootsTest, R2_FramesPushAndPopInOrder) {
  void** const a = mgc_frame_push(mutator, 2);
  void** const b = mgc_frame_push(mutator, 1);
  a[0] = new_node();
  b[0] = new_node();
  EXPECT_EQ(objects_after_collection(), 2u);
  expect_refusal(MGC_SHADOW_STACK, "frame popped out of order",
                 [&] { return mgc_frame_pop(mutator, a) == MGC_SHADOW_STACK; });
  expect_refusal(MGC_SHADOW_STACK, "frame popped out of order",
                 [&] { return mgc_frame_pop(mutator, nullptr) == MGC_SHADOW_STACK; });
  EXPECT_EQ(mgc_frame_pop(mutator, b), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(mgc_frame_pop(mutator, a), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  expect_refusal(MGC_SHADOW_STACK, "shadow stack underflow",
                 [&] { return mgc_frame_pop(mutator, a) == MGC_SHADOW_STACK; });
}

TEST_F(RootsTest, R2_AFullShadowStackIsAnErrorAndNothingIsLost) {
  std::vector<void**> frames;
  for (;;) {
    void** const frame = mgc_frame_push(mutator, 1000);
    if (frame == nullptr) break;
    frame[999] = new_node();
    frames.push_back(frame);
  }
  EXPECT_GT(frames.size(), 60u);
  expect_refusal(MGC_SHADOW_STACK, "shadow stack overflow", [&] { return mgc_frame_push(mutator, 1000) == nullptr; });
  expect_refusal(MGC_SHADOW_STACK, "shadow stack overflow",
                 [&] { return mgc_frame_push(mutator, SIZE_MAX) == nullptr; });
  EXPECT_EQ(objects_after_collection(), frames.size());
  for (; !frames.empty(); frames.pop_back()) ASSERT_EQ(mgc_frame_pop(mutator, frames.back()), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(RootsTest, R2_AnEntryRestoresTheTopHoweverItEnds) {
  void** const top = mgc_frame_save(mutator);
  for (int i = 0; i < 10; ++i) mgc_frame_push(mutator, 3)[1] = new_node();
  expect_refusal(MGC_SHADOW_STACK, "shadow stack restored to a place outside",
                 [&] { return mgc_frame_restore(mutator, mgc_frame_save(mutator) + 1) == MGC_SHADOW_STACK; });
  expect_refusal(MGC_SHADOW_STACK, "shadow stack restored to a place outside",
                 [&] { return mgc_frame_restore(mutator, nullptr) == MGC_SHADOW_STACK; });
  EXPECT_EQ(objects_after_collection(), 10u);
  EXPECT_EQ(mgc_frame_restore(mutator, top), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

// Base and top are in the ABI; a copy of what lies between keeps nothing alive by itself.
TEST_F(RootsTest, R2_AContinuationIsACopyOfTheStack) {
  const auto& abi = *reinterpret_cast<const mgc_mutator_abi*>(mutator);
  void** const base = abi.shadow_base;
  EXPECT_EQ(mgc_frame_save(mutator), base) << "an empty stack";
  mgc_type_info info = {};
  info.name = "Words";
  info.size = sizeof(void*);
  info.tail = MGC_TAIL_CONSERVATIVE;
  mgc_type words = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &words), MGC_OK);
  for (int i = 0; i < 3; ++i) mgc_frame_push(mutator, 2)[1] = new_node(i);
  EXPECT_EQ(abi.shadow_top - base, 9);
  const size_t needed = mgc_stack_copy(mutator, base, nullptr, 0);
  auto** const copy = static_cast<void**>(mgc_malloc(mutator, needed * sizeof(void*), words, 0));
  EXPECT_EQ(mgc_stack_copy(mutator, base, copy, needed - 1), needed);
  EXPECT_EQ(copy[1], nullptr) << "it is written whole or not at all";
  ASSERT_EQ(mgc_stack_copy(mutator, base, copy, needed), needed);
  const mgc_handle kept = mgc_handle_new(heap, copy);
  ASSERT_EQ(mgc_frame_restore(mutator, base), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 4u) << "the copy, and what it may point to";
  ASSERT_EQ(mgc_stack_put_back(mutator, copy), MGC_OK);
  ASSERT_EQ(mgc_handle_free(heap, kept), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 3u);
  EXPECT_EQ(abi.shadow_top - base, 9);
  mgc_mutator* const other = mgc_mutator_attach(heap);
  std::vector<void*> away(needed);
  ASSERT_EQ(mgc_stack_copy(mutator, base, away.data(), needed), needed);
  expect_refusal(MGC_SHADOW_STACK, "a copied stack is put back only where it was",
                 [&] { return mgc_stack_put_back(other, away.data()) == MGC_SHADOW_STACK; });
  EXPECT_EQ(mgc_mutator_detach(other), MGC_OK);
  EXPECT_EQ(mgc_frame_restore(mutator, base), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(RootsTest, R4_StaleHandlesAreDetected) {
  const mgc_handle handle = mgc_handle_new(heap, new_node(5));
  ASSERT_NE(handle, 0u);
  EXPECT_LT(handle, uint64_t{1} << (MGC_HANDLE_INDEX_BITS + MGC_HANDLE_GENERATION_BITS));
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(static_cast<Node*>(mgc_handle_get(heap, handle))->value, 5);
  EXPECT_EQ(mgc_handle_set(heap, handle, new_node(6)), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(static_cast<Node*>(mgc_handle_get(heap, handle))->value, 6);
  EXPECT_EQ(mgc_handle_free(heap, handle), MGC_OK);
  expect_refusal(MGC_STALE_HANDLE, "handle is stale", [&] { return mgc_handle_get(heap, handle) == nullptr; });
  expect_refusal(MGC_STALE_HANDLE, "handle is stale",
                 [&] { return mgc_handle_set(heap, handle, nullptr) == MGC_STALE_HANDLE; });
  expect_refusal(MGC_STALE_HANDLE, "handle is stale",
                 [&] { return mgc_handle_free(heap, handle) == MGC_STALE_HANDLE; });
  const mgc_handle again = mgc_handle_new(heap, new_node());
  EXPECT_NE(again, handle);
  EXPECT_EQ(mgc_handle_free(heap, handle), MGC_STALE_HANDLE);
  EXPECT_NE(mgc_handle_get(heap, again), nullptr);
  for (const mgc_handle never : {mgc_handle{0}, mgc_handle{12345}, ~mgc_handle{0}}) {
    expect_refusal(MGC_BAD_ARGUMENT, "not a handle", [&] { return mgc_handle_get(heap, never) == nullptr; });
  }
  expect_refusal(MGC_BAD_POINTER, "handle of a null pointer", [&] { return mgc_handle_new(heap, nullptr) == 0; });
}

TEST_F(RootsTest, R5_RangesHoldByTheirLayoutUntilTheyAreRemoved) {
  Node typed[2] = {};
  Node* untyped[4] = {};
  ASSERT_EQ(mgc_add_roots(heap, typed, sizeof typed, node_type), MGC_OK);
  ASSERT_EQ(mgc_add_roots(heap, untyped, sizeof untyped, nullptr), MGC_OK);
  typed[1].other = new_node();
  untyped[3] = new_node();
  typed[0].value = reinterpret_cast<intptr_t>(new_node());  // this field is not a pointer word
  EXPECT_EQ(objects_after_collection(), 2u);
  expect_refusal(MGC_BAD_ARGUMENT, "root range overlaps",
                 [&] { return mgc_add_roots(heap, &typed[1], sizeof(Node), nullptr) != MGC_OK; });
  expect_refusal(MGC_BAD_POINTER, "root range is null",
                 [&] { return mgc_add_roots(heap, nullptr, 64, nullptr) != MGC_OK; });
  expect_refusal(MGC_BAD_SIZE, "root range is empty", [&] { return mgc_add_roots(heap, &heap, 0, nullptr) != MGC_OK; });
  expect_refusal(MGC_BAD_POINTER, "root range is not word aligned",
                 [&] { return mgc_add_roots(heap, reinterpret_cast<char*>(untyped) + 1, 8, nullptr) != MGC_OK; });
  EXPECT_EQ(mgc_remove_roots(heap, typed), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  expect_refusal(MGC_BAD_ARGUMENT, "not a registered root range",
                 [&] { return mgc_remove_roots(heap, typed) != MGC_OK; });
  EXPECT_EQ(mgc_remove_roots(heap, untyped), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(RootsTest, C7_TheBarrierIsLegalAtEveryAddress) {
  void* on_the_stack = nullptr;
  mgc_store(&on_the_stack, heap);
  EXPECT_EQ(on_the_stack, heap);
  mgc_write_barrier(nullptr);
  mgc_write_barrier(&on_the_stack);
  mgc_write_barrier_range(&on_the_stack, 0);
}

TEST_F(RootsTest, C7_ARangeDirtiesItsCardsAndNoOthers) {
  const auto is_dirty = [](uintptr_t address) {
    return mgc_cards.base[(address >> MGC_CARD_SHIFT) & mgc_cards.mask] != 0;
  };
  constexpr size_t kCard = size_t{1} << MGC_CARD_SHIFT;
  auto* const block = static_cast<unsigned char*>(mgc_malloc_aligned(mutator, 16 * kCard, nullptr, MGC_NOSCAN, 4096));
  const auto base = reinterpret_cast<uintptr_t>(block);
  ASSERT_EQ(base % kCard, 0u);
  for (size_t i = 0; i < 16; ++i) mgc_cards.base[((base + i * kCard) >> MGC_CARD_SHIFT) & mgc_cards.mask] = 0;
  mgc_write_barrier_range(block + 3 * kCard - 1, 2 * kCard + 2);
  for (size_t i = 0; i < 16; ++i) EXPECT_EQ(is_dirty(base + i * kCard), i >= 2 && i <= 5) << i;
  mgc_store(block + 8 * kCard, nullptr);
  EXPECT_TRUE(is_dirty(base + 8 * kCard));
  std::memset(block, 7, kCard);
  mgc_move(block + 10 * kCard, block, 1);
  EXPECT_EQ(block[10 * kCard], 7);
  EXPECT_TRUE(is_dirty(base + 10 * kCard));
  mgc_write_barrier_range(block, SIZE_MAX / 2);  // the range is longer than the table, so the barrier goes once around
}

}  // namespace
}  // namespace api_test
