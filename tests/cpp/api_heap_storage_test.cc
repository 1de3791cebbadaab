// There may be any number of heaps' records. Each is a block of its own, and is reused.
#include "api/heap_storage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "api/mgc_heap.h"

namespace mallocgc::api {
namespace {

// These are more than one source of the pool gives, on every platform.
constexpr size_t kMany = (size_t{80} << 20) / align_up(sizeof(mgc_heap), kPageBytes);

TEST(ApiHeapStorage, HasNoBoundOfItsOwn) {
  std::vector<char*> blocks;
  for (size_t i = 0; i < kMany; ++i) {
    blocks.push_back(static_cast<char*>(try_heap_storage()));
    ASSERT_NE(blocks.back(), nullptr) << i;
    EXPECT_TRUE(Address::of(blocks.back()).is_aligned(16));
    *blocks.back() = 1;
    blocks.back()[sizeof(mgc_heap) - 1] = 1;
  }
  std::vector<char*> sorted = blocks;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 1; i < kMany; ++i) ASSERT_GE(sorted[i] - sorted[i - 1], ptrdiff_t{sizeof(mgc_heap)});
  for (char* const block : blocks) free_heap_storage(block);
  for (size_t i = kMany; i-- > 0;) ASSERT_EQ(try_heap_storage(), blocks[i]) << "the last one is reused first";
  for (char* const block : blocks) free_heap_storage(block);
}

}  // namespace
}  // namespace mallocgc::api
