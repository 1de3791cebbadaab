// Creation, destruction, options and errors of the C face.
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
  EXPECT_STRNE(mgc_last_error(nullptr), "");
}

TEST(ApiHeap, OptionsOutOfRangeAreRefusedWithAText) {
  const auto refuse = [](mgc_options options, mgc_status status) {
    mgc_heap* heap = nullptr;
    EXPECT_EQ(mgc_heap_create(&options, &heap), status) << mgc_last_error(nullptr);
    EXPECT_EQ(heap, nullptr);
    EXPECT_EQ(mgc_last_status(nullptr), status);
    EXPECT_STRNE(mgc_last_error(nullptr), "");
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
  options.shadow_slots = ~0u;
  mgc_heap* heap = nullptr;
  EXPECT_NE(mgc_heap_create(&options, &heap), MGC_OK);
  EXPECT_EQ(heap, nullptr);
}

TEST(ApiHeap, AnEmptyHeapTouchesLittle) {
  mgc_heap* heap = nullptr;
  ASSERT_EQ(mgc_heap_create(nullptr, &heap), MGC_OK);
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  EXPECT_EQ(stats.heap_objects, 0u);
  EXPECT_EQ(mgc_last_status(heap), MGC_OK);
  EXPECT_STREQ(mgc_last_error(heap), "");
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
  expect_refusal(MGC_BAD_SIZE, "shadow stack", [&] { return mgc_mutator_attach_sized(heap, ~0u) == nullptr; });
}

TEST_F(ApiHeapTest, FacesCanReportFailuresAndKeepAPointer) {
  EXPECT_EQ(mgc_fail(heap, MGC_FINALIZER, "a text"), MGC_FINALIZER);
  EXPECT_EQ(mgc_last_status(heap), MGC_FINALIZER);
  EXPECT_STREQ(mgc_last_error(heap), "a text");
  EXPECT_EQ(mgc_heap_data(heap), nullptr);
  mgc_heap_set_data(heap, this);
  EXPECT_EQ(mgc_heap_data(heap), this);
  EXPECT_EQ(mgc_abi_version(), uint32_t{MGC_ABI_VERSION});
}

}  // namespace
}  // namespace api_test
