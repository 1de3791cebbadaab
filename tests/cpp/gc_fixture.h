// A heap through gc.h that collects often, for the tests of include/.
#pragma once

#include <mallocgc/gc.h>

#include <gtest/gtest.h>

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
  ~GcTest() override {
    if (mgc_flavour_debug() != 0) {
      EXPECT_EQ(heap.verify(), MGC_OK) << heap.last_error();
    }
  }
  uint64_t objects_after_collection() {
    EXPECT_EQ(heap.collect(), MGC_OK) << heap.last_error();
    return heap.stats().heap_objects;
  }
  gc::Heap heap{small_heap()};
};

}  // namespace gc_test
