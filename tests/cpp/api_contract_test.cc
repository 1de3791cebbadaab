// Clauses of docs/semantics.md are tried as a program of the C face meets them, each by every way that leads to it. New
// memory is zero, what is aligned stays aligned, and what lies behind an object keeps nothing alive.
#include <mallocgc/mallocgc.h>

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "support/flavour.h"

namespace api_test {
namespace {

constexpr uint32_t kFirstWord = 1;
constexpr size_t kMaskBits = 64;  // of a type, where a flavour has no layout programs

struct Contract : testing::Test {
  Contract() {
    mgc_options options = {};
    options.gc_percent = -1;
    options.max_bytes = uint64_t{64} << 20;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK);
    mutator = mgc_main_mutator(heap);
  }
  ~Contract() override { mgc_heap_destroy(heap); }

  mgc_type define(const char* name, size_t size, bool has_pointer, size_t align = 0) {
    mgc_type_info info = {};
    info.name = name;
    info.size = size;
    info.align = align;
    std::vector<uint32_t> mask(size / sizeof(void*) / 32 + 1);  // as long as the type, whichever words it names
    mask[0] = kFirstWord;
    if (has_pointer) info.pointers.mask = mask.data();
    mgc_type type = nullptr;
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK) << mgc_last_error(heap);
    return type;
  }
  // This is the inline fast path, as another compiler would write it.
  void* bump(mgc_type type, size_t bytes) {
    mgc_alloc_slot* const slot = mgc_alloc_slot_of(mutator, type);
    const size_t step = mgc_roundup(bytes);
    if (slot == nullptr || slot->limit - slot->cursor < step) return nullptr;
    void* const object = reinterpret_cast<void*>(slot->cursor);
    slot->cursor += step;
    return object;
  }
  void* bytes(size_t size) { return mgc_malloc(mutator, size, nullptr, MGC_NOSCAN); }
  mgc_stats_data stats() {
    mgc_stats_data data;
    mgc_stats(heap, &data);
    return data;
  }

  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
};

bool is_zero(const void* object, size_t bytes) {
  const auto* const begin = static_cast<const unsigned char*>(object);
  for (size_t i = 0; i < bytes; ++i) {
    if (begin[i] != 0) return false;
  }
  return true;
}

TEST_F(Contract, M9_WhatEveryCallGivesIsZeroWhereDeadObjectsLay) {
  constexpr size_t kSizes[] = {8, 16, 48, 120, 1024, 9000, 40000};
  for (const bool has_pointer : {false, true}) {
    for (const size_t size : kSizes) {
      if (has_pointer && size > kMaskBits * sizeof(void*) && !mallocgc::kHasPrograms) continue;
      const mgc_type type = define("Zeroed", size, has_pointer);
      for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < (size > 1024 ? 20 : 100); ++i) {
          void* const objects[] = {mgc_new(mutator, type), mgc_malloc(mutator, size, type, 0),
                                   mgc_new_array(mutator, type, 1)};
          for (void* object : objects) {
            ASSERT_NE(object, nullptr) << mgc_last_error(heap);
            ASSERT_TRUE(is_zero(object, size)) << size << " bytes, pointers " << has_pointer << ", round " << round;
            std::memset(object, 0xff, size);
          }
        }
        ASSERT_EQ(mgc_collect(heap), MGC_OK);
      }
    }
  }
}

TEST_F(Contract, M8_AlignedTypesAreAlignedByEveryWayOfAllocation) {
  for (const size_t align : {size_t{16}, size_t{32}, size_t{64}, size_t{128}}) {
    for (const size_t size : {align, align + align / 2, 3 * align}) {
      if (!mallocgc::kHasPrograms && size > kMaskBits * sizeof(void*)) continue;  // the mask is too long
      const mgc_type type = define("Aligned", size, true, align);
      for (int i = 0; i < 100; ++i) {
        void* const objects[] = {mgc_new(mutator, type), mgc_malloc(mutator, size, type, 0), bump(type, size)};
        for (void* object : objects) EXPECT_EQ(reinterpret_cast<uintptr_t>(object) % align, 0u) << size << " " << align;
      }
    }
  }
}

// Fills the room of five pages with a word, frees it, and takes 40000 of its 40960 bytes for an object of a type that
// has that kind of word everywhere.
void* in_the_place_of(Contract& c, uintptr_t word, mgc_type type) {
  constexpr size_t kRoom = 40960;
  auto* const room = static_cast<char*>(c.bytes(kRoom));
  for (size_t at = 0; at < kRoom; at += sizeof word) std::memcpy(room + at, &word, sizeof word);
  EXPECT_EQ(mgc_collect(c.heap), MGC_OK);
  void* const object = mgc_malloc(c.mutator, kRoom - 960, type, 0);
  EXPECT_EQ(object, room) << "the room was not taken again";
  return object;
}

TEST_F(Contract, T4_TheSlackOfALargeObjectKeepsNothingAliveWithOrWithoutAFinalizer) {
  MGC_NEEDS(kLifecycles);
  const mgc_type pointer = define("Pointer", sizeof(void*), true);
  for (const bool has_finalizer : {false, true}) {
    void** const frame = mgc_frame_push(mutator, 2);
    frame[1] = bytes(64);  // keeps the span of the place
    // This is the place of an object that dies, as a number that no collection can follow.
    const auto place = reinterpret_cast<uintptr_t>(bytes(64));
    frame[0] = in_the_place_of(*this, place, pointer);
    void* const victim = bytes(64);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(victim), place) << "the place of the dead object was not taken again";
    if (has_finalizer) {
      ASSERT_EQ(mgc_set_finalizer(
                    heap, frame[0], [](mgc_mutator*, void*, void*) {}, nullptr),
                MGC_OK);
    }
    ASSERT_EQ(mgc_collect(heap), MGC_OK);
    mgc_found found;
    EXPECT_FALSE(mgc_find_object(heap, victim, &found)) << "finalizer " << has_finalizer;
    mgc_frame_pop(mutator, frame);
    mgc_collect(heap);
    mgc_run_finalizers(heap, SIZE_MAX);
    mgc_collect(heap);
  }
}

TEST_F(Contract, B2_TheSlackOfALargeObjectReleasesNoHostValue) {
  MGC_NEEDS(kLifecycles);
  mgc_type_info info = {};
  info.name = "HostValue";
  info.size = sizeof(void*);
  info.host.mask = &kFirstWord;
  mgc_type type = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
  const uint32_t value = mgc_host_new(heap);
  in_the_place_of(*this, value, type);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(mgc_host_next_released(heap), 0u) << "a value that the object never held";
}

TEST_F(Contract, C5_AnEmptySpanThatAQuestionHasSweptGivesItsPagesBack) {
  for (const size_t size : {size_t{16}, size_t{1024}, size_t{8192}, size_t{20000}, size_t{100000}}) {
    void* const object = bytes(size);
    ASSERT_EQ(mgc_phase_start(heap, 0), MGC_OK);
    ASSERT_EQ(mgc_phase_mark(heap), MGC_OK);
    ASSERT_EQ(mgc_phase_finish(heap), MGC_OK);
    EXPECT_FALSE(mgc_find_object(heap, object, nullptr));
    while (!mgc_sweep(heap, 100)) {}
    EXPECT_EQ(stats().heap_inuse, 0u) << size;
  }
}

TEST_F(Contract, T4_WordsOfAConservativeRangeThatHitFreePlacesAreNothing) {
  static void* range[64];
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = bytes(64);
  auto* const free_place = static_cast<char*>(bytes(64));
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  for (size_t i = 0; i < 64; ++i) range[i] = free_place + i;
  ASSERT_EQ(mgc_add_roots(heap, range, sizeof range, nullptr), MGC_OK);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(stats().heap_marked, 64u);
  mgc_found found;
  EXPECT_FALSE(mgc_find_object(heap, free_place, &found));
  EXPECT_EQ(mgc_remove_roots(heap, range), MGC_OK);
  mgc_frame_pop(mutator, frame);
}

TEST_F(Contract, M11_ALargeRequestCountsBeforeItIsServed) {
  mgc_options options = {};
  options.min_heap_bytes = 1 << 20;
  options.mode = MGC_MODE_STOP;
  mgc_heap* own = nullptr;
  ASSERT_EQ(mgc_heap_create(&options, &own), MGC_OK);
  mgc_stats_data data;
  mgc_malloc(mgc_main_mutator(own), 900 << 10, nullptr, MGC_NOSCAN);
  mgc_stats(own, &data);
  EXPECT_EQ(data.num_gc, 0u) << "the first one fits";
  mgc_malloc(mgc_main_mutator(own), 900 << 10, nullptr, MGC_NOSCAN);
  mgc_stats(own, &data);
  EXPECT_EQ(data.num_gc, 1u) << "the second one would pass the goal";
  mgc_heap_destroy(own);
}

}  // namespace
}  // namespace api_test
