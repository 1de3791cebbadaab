// The tests of include/ use this heap through gc.h. It collects often.
#pragma once

#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include "support/flavour.h"

namespace gc_test {

namespace gc = mallocgc;

struct Node {
  mallocgc::Member<Node> left, right;
  int value;
};
MALLOCGC_TYPE(Node, left, right);

inline mgc_options small_heap() {
  mgc_options options = {};
  options.max_bytes = uint64_t{64} << 20;
  options.min_heap_bytes = 64 << 10;
  return options;
}

class GcTest : public testing::Test {
 protected:
  ~GcTest() override { EXPECT_EQ(gc::verified(heap.c()), gc::Status::kOk) << heap.last_error(); }
  uint64_t objects_after_collection() {
    EXPECT_EQ(heap.collect(), MGC_OK) << heap.last_error();
    return gc::objects_in(heap.c());
  }
  gc::Heap heap{small_heap()};
};

}  // namespace gc_test
