// Size classes as the heap uses them (M7) give spans, slots, and slot numbers from offsets. They are tried
// exhaustively.
#include <gtest/gtest.h>

#include "spans/size_class.h"

namespace mallocgc {
namespace {

TEST(SizeClass, M7_EverySizeGoesToTheSmallestClassThatHoldsIt) {
  for (size_t bytes = 1; bytes <= kMaxSmallBytes; ++bytes) {
    const uint32_t size_class = size_class_of(bytes);
    ASSERT_LT(size_class, kSizeClassCount);
    ASSERT_GE(size_class_bytes(size_class), bytes);
    if (size_class > 1) {
      ASSERT_LT(size_class_bytes(size_class - 1), bytes);
    }
  }
}

TEST(SizeClass, M7_ASpanLeavesAtMostAnEighthAtItsTail) {
  for (uint32_t i = 1; i < kSizeClassCount; ++i) {
    const size_t span_bytes = bytes_of_pages(span_pages(i));
    const size_t used = size_t{span_slots(i)} * size_class_bytes(i);
    EXPECT_GT(span_slots(i), 0u);
    EXPECT_LE(used, span_bytes);
    EXPECT_LE((span_bytes - used) * 8, span_bytes) << "size class " << i;
  }
}

TEST(SizeClass, EveryOffsetOfASpanFindsItsSlotByMultiplication) {
  for (uint32_t i = 1; i < kSizeClassCount; ++i) {
    const uint32_t slot_bytes = size_class_bytes(i);
    const uint32_t inverse = reciprocal(slot_bytes);
    for (uint32_t offset = 0; offset < bytes_of_pages(next_span_pages(i, UINT32_MAX)); ++offset) {
      if (divide_by_reciprocal(offset, inverse) != offset / slot_bytes)
        FAIL() << "class " << i << ", offset " << offset;
    }
  }
}

TEST(SizeClass, SpansGrowWithTheirClassToAtMostAnEighthOfIt) {
  for (uint32_t i = 1; i < kSizeClassCount; ++i) {
    uint32_t class_pages = 0;
    for (uint32_t last = 0; class_pages < 20 * kMaxSpanPages;) {
      const uint32_t pages = next_span_pages(i, class_pages);
      EXPECT_GE(pages, last);
      if (pages != span_pages(i)) {
        EXPECT_LE(pages, kMaxSpanPages);
        EXPECT_LE(pages * kSpanShare, class_pages);
        EXPECT_EQ(pages % span_pages(i), 0u);
      }
      last = pages;
      class_pages += pages;
    }
  }
  EXPECT_EQ(next_span_pages(1, 0), span_pages(1));
  EXPECT_EQ(next_span_pages(1, UINT32_MAX), kMaxSpanPages);
}

TEST(SizeClass, M8_MultiplesOfSixteenHaveSlotsThatAreToo) {
  for (size_t bytes = 16; bytes <= kMaxSmallBytes; bytes += 16)
    EXPECT_EQ(size_class_bytes(size_class_of(bytes)) % 16, 0u) << bytes;
}

}  // namespace
}  // namespace mallocgc
