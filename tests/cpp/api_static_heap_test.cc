// A heap in static memory is ready without a constructor that runs, and is a heap like any other once it is made.
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include "support/flavour.h"

namespace {

TEST(StaticHeap, IsMadeAndWorks) {
  mgc_options options = {};
  options.max_bytes = 1 << 24;
  ASSERT_EQ(mgc_static_heap_create(&options), MGC_OK);
  mgc_heap* const heap = &mgc_static_heap;
  const uint32_t mask = 1;
  mgc_type_info info = {};
  info.name = "Node";
  info.size = 16;
  info.pointers.mask = &mask;
  mgc_type type = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
  mgc_mutator* const mutator = mgc_main_mutator(heap);
  EXPECT_EQ(mgc_mutator_heap(mutator), heap);
  void** const frame = mgc_frame_push(mutator, 1);
  ASSERT_NE(frame, nullptr);
  frame[0] = mgc_new(mutator, type);
  *static_cast<void**>(frame[0]) = mgc_new(mutator, type);
  mgc_new(mutator, type);
  EXPECT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(mallocgc::objects_in(heap), 2u);
  EXPECT_EQ(mallocgc::verified(heap), mallocgc::Status::kOk);
  mgc_heap_destroy(heap);
}

}  // namespace
