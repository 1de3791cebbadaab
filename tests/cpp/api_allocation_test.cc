// Types and allocation through the C face: the tests say what is refused (M2, M8, M9, M10, T6), and what the results
// are.
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

using AllocationTest = ApiTest;

TEST_F(AllocationTest, M2_ATypeIsRequiredUnlessThereAreNoPointers) {
  expect_refusal(MGC_BAD_TYPE, "malloc missing type", [&] { return mgc_malloc(mutator, 24, nullptr, 0) == nullptr; });
  expect_refusal(MGC_BAD_TYPE, "malloc missing type",
                 [&] { return mgc_malloc_aligned(mutator, 24, nullptr, 0, 64) == nullptr; });
  expect_refusal(MGC_BAD_TYPE, "malloc missing type", [&] { return mgc_new(mutator, nullptr) == nullptr; });
  expect_refusal(MGC_BAD_TYPE, "malloc missing type", [&] { return mgc_new_array(mutator, nullptr, 3) == nullptr; });
  expect_refusal(MGC_BAD_TYPE, "malloc missing type", [&] { return mgc_alloc_slot_of(mutator, nullptr) == nullptr; });
  EXPECT_NE(mgc_malloc(mutator, 24, nullptr, MGC_NOSCAN), nullptr);
}

TEST_F(AllocationTest, M1_EmptyObjectsAreOneAddressBeforeAnyCheck) {
  void* const empty = mgc_malloc(mutator, 0, nullptr, 0);
  EXPECT_NE(empty, nullptr);
  EXPECT_EQ(mgc_malloc(mutator, 0, node_type, MGC_NOZERO), empty);
  EXPECT_EQ(mgc_new_array(mutator, node_type, 0), empty);
  EXPECT_EQ(stats().mallocs, 0u);
}

TEST_F(AllocationTest, M9_UnzeroedMemoryHasNoPointers) {
  expect_refusal(MGC_BAD_ARGUMENT, "", [&] { return mgc_malloc(mutator, 24, node_type, MGC_NOZERO) == nullptr; });
  EXPECT_NE(mgc_malloc(mutator, 24, nullptr, MGC_NOSCAN | MGC_NOZERO), nullptr);
}

TEST_F(AllocationTest, M8_AlignmentIsAPowerOfTwoUpToAPage) {
  for (const size_t align : {size_t{3}, size_t{24}, size_t{16384}, ~size_t{0}}) {
    expect_refusal(MGC_BAD_ARGUMENT, "alignment is not a power of two up to 8192",
                   [&] { return mgc_malloc_aligned(mutator, 40, nullptr, MGC_NOSCAN, align) == nullptr; });
  }
  constexpr uint32_t kTooLarge = MGC_NOSCAN | 14u << MGC_ALIGN_SHIFT;
  expect_refusal(MGC_BAD_ARGUMENT, "alignment", [&] { return mgc_malloc(mutator, 40, nullptr, kTooLarge) == nullptr; });
  for (size_t align = 1; align <= 8192; align *= 2) {
    for (const size_t size : {1u, 8u, 24u, 100u, 8192u, 40000u}) {
      void* const p = mgc_malloc_aligned(mutator, size, nullptr, MGC_NOSCAN, align);
      ASSERT_NE(p, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % align, 0u) << size << " bytes aligned to " << align;
    }
  }
}

TEST_F(AllocationTest, M10_ArraysThatCannotBeAreOutOfRange) {
  for (const intptr_t n : {intptr_t{-1}, INTPTR_MIN, INTPTR_MAX, INTPTR_MAX / 8}) {
    expect_refusal(MGC_BAD_SIZE, "allocation size out of range",
                   [&] { return mgc_new_array(mutator, node_type, n) == nullptr; });
  }
  expect_refusal(MGC_BAD_SIZE, "allocation size out of range",
                 [&] { return mgc_malloc(mutator, SIZE_MAX, node_type, 0) == nullptr; });
  expect_refusal(MGC_BAD_SIZE, "allocation size out of range",
                 [&] { return mgc_raw(mutator, SIZE_MAX - 7) == nullptr; });
}

TEST_F(AllocationTest, M12_OutOfMemoryLeavesTheHeapUsable) {
  EXPECT_EQ(mgc_malloc(mutator, size_t{100} << 20, nullptr, MGC_NOSCAN), nullptr);
  EXPECT_EQ(mgc_last_status(heap), MGC_OUT_OF_MEMORY);
  EXPECT_TEXT(mgc_last_error(heap), "out of memory");
  EXPECT_NE(new_node(), nullptr);
}

TEST_F(AllocationTest, M7_RoundupIsWhatAnAllocationTakes) {
  EXPECT_EQ(mgc_roundup(0), 0u);
  EXPECT_EQ(mgc_roundup(SIZE_MAX), SIZE_MAX);
  for (size_t size = 1; size < 40000; size += 97) {
    const size_t rounded = mgc_roundup(size);
    ASSERT_GE(rounded, size);
    ASSERT_EQ(mgc_roundup(rounded), rounded);
    ASSERT_LE(mgc_roundup(size - 1), rounded);
  }
}

TEST_F(AllocationTest, TypesHaveNumbersNamesAndSizes) {
  MGC_NEEDS(kTypeNames);
  EXPECT_NE(mgc_type_id(node_type), 0u);
  EXPECT_EQ(mgc_type_by_id(heap, mgc_type_id(node_type)), node_type);
  EXPECT_EQ(mgc_type_by_id(heap, 0), nullptr);
  EXPECT_EQ(mgc_type_by_id(heap, 1000000), nullptr);
  EXPECT_EQ(mgc_type_id(nullptr), 0u);
  EXPECT_STREQ(mgc_type_name(node_type), "Node");
  EXPECT_EQ(mgc_type_size(node_type), sizeof(Node));
  const mgc_type_info info = node_info();
  mgc_type again = nullptr;
  EXPECT_EQ(mgc_type_define(heap, &info, &again), MGC_OK);
  EXPECT_EQ(again, node_type);
}

TEST_F(AllocationTest, T6_BadLayoutsNameTheTypeAndTheOffset) {
  static const uint32_t kMask[] = {8};
  static const uint32_t kProgram[] = {MGC_PROG_SKIP, 3, MGC_PROG_POINTERS, 1};
  static const uint32_t kBadWord[] = {77, 1};
  static const uint32_t kUnbalanced[] = {MGC_PROG_REPEAT, 3, MGC_PROG_POINTERS, 1};
  static const uint32_t kOverflow[] = {MGC_PROG_REPEAT,   ~0u, MGC_PROG_REPEAT, ~0u,
                                       MGC_PROG_POINTERS, ~0u, MGC_PROG_END,    MGC_PROG_END};
  const std::string offset =
      ", at byte offset " + std::to_string(3 * sizeof(void*)) + " of " + std::to_string(3 * sizeof(void*));
  const auto refused = [&](const mgc_type_info& info, const std::string& ending = "") {
    expect_refusal(MGC_BAD_TYPE, "type 'Node': ", [&] {
      mgc_type type = node_type;
      return mgc_type_define(heap, &info, &type) == MGC_BAD_TYPE && type == nullptr;
    });
    const std::string text = refusal;
    if (!mallocgc::kHasTexts) return;
    EXPECT_NE(text.find("at byte offset"), std::string::npos) << text;
    EXPECT_TRUE(text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending) << text;
  };
  const auto with_program = [](const uint32_t* words, uint32_t count) {
    mgc_type_info info = node_info();
    info.pointers = {nullptr, words, count};
    return info;
  };
  mgc_type_info info = node_info();
  info.pointers.mask = kMask;
  refused(info, offset);
  refused(with_program(kProgram, 4), offset);
  refused(with_program(kBadWord, 2));
  refused(with_program(kUnbalanced, 4));
  refused(with_program(kOverflow, 8));
  info = with_program(kProgram, 4);
  info.size = 0;
  refused(info);
  info = node_info();
  info.size = sizeof(Node) - 1;
  refused(info);
  info = node_info();
  info.align = 24;
  refused(info);
  expect_refusal(MGC_BAD_TYPE, "", [&] {
    mgc_type type = node_type;
    return mgc_type_define(heap, nullptr, &type) == MGC_BAD_TYPE && type == nullptr;
  });
}

TEST_F(AllocationTest, AllocSlotsAreStableAndNeverNull) {
  mgc_alloc_slot* const slot = mgc_alloc_slot_of(mutator, node_type);
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(mgc_alloc_slot_of(mutator, node_type), slot);
  Node* made = new_node();
  EXPECT_EQ(slot->limit, slot->cursor) << "T7: it opens once the type has allocated enough";
  for (int i = 0; i < 2000; ++i) made = new_node();
  EXPECT_EQ(slot->cursor, reinterpret_cast<uintptr_t>(made) + mgc_roundup(sizeof(Node)));
  mgc_type_info info = {};
  info.size = 100000;
  mgc_type large = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &large), MGC_OK);
  const mgc_alloc_slot* const never = mgc_alloc_slot_of(mutator, large);
  ASSERT_NE(never, nullptr);
  EXPECT_LT(never->limit - never->cursor, 100000u);
}

TEST_F(AllocationTest, NoscanSlotsServeTheirSizeClass) {
  constexpr size_t kSize = 200;
  mgc_alloc_slot* const slot = mgc_noscan_slot_of(mutator, kSize);
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(mgc_noscan_slot_of(mutator, mgc_roundup(kSize)), slot);
  EXPECT_NE(mgc_noscan_slot_of(mutator, mgc_roundup(kSize) + 1), slot);
  const void* const made = mgc_malloc(mutator, kSize, nullptr, MGC_NOSCAN);
  EXPECT_EQ(slot->cursor, reinterpret_cast<uintptr_t>(made) + mgc_roundup(kSize));
  for (const size_t size : {size_t{0}, size_t{1}, size_t{15}, size_t{32769}, size_t{1} << 20, ~size_t{0}}) {
    const mgc_alloc_slot* const never = mgc_noscan_slot_of(mutator, size);
    ASSERT_NE(never, nullptr) << size;
    EXPECT_EQ(never->limit, never->cursor) << size;
  }
}

}  // namespace
}  // namespace api_test
