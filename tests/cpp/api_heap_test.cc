// These tests create and destroy heaps through the C face, with options and errors.
#include "cpp/api_fixture.h"

#include <vector>

namespace api_test {
namespace {

TEST(ApiHeap, ManyHeapsLiveSideBySideAndTheirRecordsAreReused) {
  mgc_options options = {};
  options.max_bytes = 4 << 20;
  std::vector<mgc_heap*> heaps(20);
  for (int round = 0; round < 20; ++round) {
    for (mgc_heap*& heap : heaps) ASSERT_EQ(mgc_heap_create(&options, &heap), MGC_OK) << mgc_last_error(nullptr);
    for (mgc_heap* heap : heaps) ASSERT_NE(mgc_raw(mgc_main_mutator(heap), 1000), nullptr);
    for (mgc_heap* heap : heaps) mgc_heap_destroy(heap);
  }
  mgc_heap_destroy(nullptr);
}

TEST(ApiHeap, AHeapInGivenStorageLiesThere) {
  alignas(16) static unsigned char storage[MGC_HEAP_STORAGE_BYTES];
  EXPECT_LE(mgc_heap_storage_bytes(), sizeof storage);
  mgc_heap* heap = nullptr;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(mgc_heap_create_in(storage, sizeof storage, nullptr, &heap), MGC_OK);
    EXPECT_EQ(static_cast<void*>(heap), static_cast<void*>(storage));
    EXPECT_NE(mgc_raw(mgc_main_mutator(heap), 100), nullptr);
    mgc_heap_destroy(heap);
  }
  EXPECT_EQ(mgc_heap_create_in(storage + 8, sizeof storage - 8, nullptr, &heap), MGC_BAD_ARGUMENT);
  EXPECT_EQ(heap, nullptr);
  EXPECT_EQ(mgc_heap_create_in(storage, mgc_heap_storage_bytes() - 1, nullptr, &heap), MGC_BAD_ARGUMENT);
  EXPECT_EQ(mgc_heap_create_in(nullptr, sizeof storage, nullptr, &heap), MGC_BAD_ARGUMENT);
  EXPECT_EQ(mgc_last_status(nullptr), MGC_BAD_ARGUMENT);
  EXPECT_EQ(mgc_last_error(nullptr)[0] != '\0', mallocgc::kHasTexts);
}

TEST(ApiHeap, OptionsOutOfRangeAreRefusedWithAText) {
  const auto refuse = [](mgc_options options, mgc_status status) {
    mgc_heap* heap = nullptr;
    EXPECT_EQ(mgc_heap_create(&options, &heap), status) << mgc_last_error(nullptr);
    EXPECT_EQ(heap, nullptr);
    EXPECT_EQ(mgc_last_status(nullptr), status);
    EXPECT_EQ(mgc_last_error(nullptr)[0] != '\0', mallocgc::kHasTexts);
  };
  mgc_options options = {};
  options.max_bytes = 1 << 20;
  options.initial_bytes = 2 << 20;
  refuse(options, MGC_BAD_ARGUMENT);
  options = {};
  options.debug_flags = 1u << 20;
  refuse(options, MGC_BAD_ARGUMENT);
  options = {};
  options.max_bytes = 16 << 20;
  for (const uint32_t slots : {~0u, (1u << 26) + 1}) {
    options.shadow_slots = slots;
    options.shadow_slots_max = 0;
    refuse(options, MGC_BAD_ARGUMENT);
    EXPECT_TEXT(mgc_last_error(nullptr), "shadow_slots is out of range");
    options.shadow_slots = 0;
    options.shadow_slots_max = slots;
    refuse(options, MGC_BAD_ARGUMENT);
  }
}

// Returns how many words a mutator's stack has room for, found by frames of one slot.
size_t words_of(mgc_mutator* mutator) {
  void** const top = mgc_frame_save(mutator);
  size_t frames = 0;
  while (mgc_frame_push(mutator, 1) != nullptr) ++frames;
  EXPECT_EQ(mgc_last_status(mgc_mutator_heap(mutator)), MGC_SHADOW_STACK);
  EXPECT_EQ(mgc_frame_restore(mutator, top), MGC_OK);
  return 2 * frames;
}

TEST(ApiHeap, R2_TheShadowStackIsAsLargeAsTheOptionsSay) {
  MGC_NEEDS(kWorkCounters);
  constexpr size_t kLeast = 65536;
  struct Case {
    uint32_t slots, slots_max;
    uint64_t max_bytes;
    size_t words;
  };
  const size_t usual = sizeof(void*) == 8 ? size_t{1} << 24 : size_t{1} << 20;
  const size_t of_a_small_heap = sizeof(void*) == 8 ? usual : (size_t{64} << 20) / 64 / sizeof(void*);
  for (const Case& c : {Case{100, 0, 64 << 20, 100}, Case{0, 0, 0, usual}, Case{0, 0, 64 << 20, of_a_small_heap},
                        Case{0, 200000, 0, 200000}, Case{0, 5, 64 << 20, kLeast},
                        Case{0, 0, 1 << 20, sizeof(void*) == 8 ? usual : kLeast}}) {
    mgc_options options = {};
    options.shadow_slots = c.slots;
    options.shadow_slots_max = c.slots_max;
    options.max_bytes = c.max_bytes;
    mgc_heap* heap = nullptr;
    ASSERT_EQ(mgc_heap_create(&options, &heap), MGC_OK) << mgc_last_error(nullptr);
    mgc_mutator* const main = mgc_main_mutator(heap);
    mgc_stats_data before;
    mgc_stats(heap, &before);
    EXPECT_LT(before.stack_inuse, 100u);
    EXPECT_EQ(words_of(main), c.words);
    void** const frame = mgc_frame_push(main, 30);
    mgc_stats_data after;
    mgc_stats(heap, &after);
    EXPECT_EQ(after.stack_inuse - before.stack_inuse, 31 * sizeof(void*));
    EXPECT_GE(after.stack_sys, after.stack_inuse);
    EXPECT_EQ(mgc_frame_pop(main, frame), MGC_OK);
    if (c.max_bytes != 1 << 20) {
      mgc_mutator* const other = mgc_mutator_attach(heap);
      ASSERT_NE(other, nullptr);
      EXPECT_EQ(words_of(other), c.slots != 0 ? c.slots : kLeast);
    }
    mgc_heap_destroy(heap);
  }
}

TEST(ApiHeap, AnEmptyHeapTouchesLittle) {
  mgc_heap* heap = nullptr;
  ASSERT_EQ(mgc_heap_create(nullptr, &heap), MGC_OK);
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  EXPECT_EQ(stats.heap_objects, 0u);
  EXPECT_EQ(mgc_last_status(heap), MGC_OK);
  EXPECT_TEXT(mgc_last_error(heap), "");
  mgc_heap_destroy(heap);
}

using ApiHeapTest = ApiTest;

TEST_F(ApiHeapTest, MutatorsKnowTheirHeap) {
  EXPECT_EQ(mgc_mutator_heap(mutator), heap);
  mgc_mutator* const other = mgc_mutator_attach(heap);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(mgc_mutator_heap(other), heap);
  EXPECT_NE(mgc_new(other, node_type), nullptr);
  EXPECT_EQ(mgc_mutator_detach(other), MGC_OK);
  expect_refusal(MGC_BAD_ARGUMENT, "the main mutator", [&] { return mgc_mutator_detach(mutator) == MGC_BAD_ARGUMENT; });
  expect_refusal(MGC_BAD_ARGUMENT, "shadow_slots", [&] { return mgc_mutator_attach_sized(heap, ~0u) == nullptr; });
}

TEST_F(ApiHeapTest, FacesCanReportFailuresAndKeepAPointer) {
  EXPECT_EQ(mgc_fail(heap, MGC_FINALIZER, "a text"), MGC_FINALIZER);
  EXPECT_EQ(mgc_last_status(heap), MGC_FINALIZER);
  EXPECT_TEXT(mgc_last_error(heap), "a text");
  EXPECT_EQ(mgc_heap_data(heap), nullptr);
  mgc_heap_set_data(heap, this);
  EXPECT_EQ(mgc_heap_data(heap), this);
}

TEST_F(ApiHeapTest, AnOldAbiIsRefusedByNumber) {
  EXPECT_EQ(mgc_abi_version(), uint32_t{MGC_ABI_VERSION});
  EXPECT_EQ(mgc_check_abi(MGC_ABI_VERSION), MGC_OK);
  EXPECT_EQ(mgc_check_abi(1), MGC_BAD_ARGUMENT);
  EXPECT_EQ(mgc_last_status(nullptr), MGC_BAD_ARGUMENT);
  EXPECT_TEXT(mgc_last_error(nullptr),
              "the program was compiled for ABI 1 of the heap, the library has 2: compile it again with the headers of "
              "this library");
  EXPECT_EQ(mgc_check_abi(MGC_ABI_VERSION + 1), MGC_BAD_ARGUMENT);
}

TEST_F(ApiHeapTest, TheLastErrorIsTheMutators) {
  mgc_mutator* const other = mgc_mutator_attach(heap);
  EXPECT_EQ(mgc_mutator_last_status(mutator), MGC_OK);
  EXPECT_TEXT(mgc_mutator_last_error(mutator), "");
  EXPECT_EQ(mgc_new(mutator, nullptr), nullptr);
  EXPECT_EQ(mgc_frame_pop(other, nullptr), MGC_SHADOW_STACK);
  EXPECT_EQ(mgc_mutator_last_status(mutator), MGC_BAD_TYPE);
  EXPECT_TEXT(mgc_mutator_last_error(mutator), "malloc missing type");
  EXPECT_EQ(mgc_mutator_last_status(other), MGC_SHADOW_STACK);
  EXPECT_TEXT(mgc_mutator_last_error(other), mgc_last_error(heap));
  EXPECT_EQ(mgc_malloc(other, 8, nullptr, MGC_NOZERO), nullptr);
  EXPECT_EQ(mgc_mutator_last_status(other), MGC_BAD_TYPE);
  EXPECT_EQ(mgc_new_array(mutator, node_type, -1), nullptr);
  EXPECT_EQ(mgc_mutator_last_status(mutator), MGC_BAD_SIZE);
  EXPECT_EQ(mgc_mutator_last_status(other), MGC_BAD_TYPE);
  EXPECT_EQ(mgc_mutator_detach(other), MGC_OK);
}

}  // namespace
}  // namespace api_test
