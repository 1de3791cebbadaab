// The page map answers for every address there is.
#include <gtest/gtest.h>

#include "pages/page_map.h"
#include "platform/fake.h"

namespace mallocgc {
namespace {

Span* span_number(uintptr_t n) { return Address(n * 64).pointer<Span>(); }  // nobody reads through it

TEST(PageMap, BeforeInitNothingIsInTheHeap) {
  const PageMap map;
  EXPECT_EQ(map.span_at(Address()), nullptr);
  EXPECT_EQ(map.span_at(Address(~uintptr_t{0})), nullptr);
}

TEST(PageMap, AnswersForTheFirstAndLastByteOfARunAndNothingBeside) {
  platform::FakeSource source(64 * kPageBytes);
  PageMap map;
  ASSERT_TRUE(map.init(source));
  EXPECT_EQ(map.page_count(), 64u);
  EXPECT_EQ(map.table_bytes(), 64 * sizeof(void*));
  map.set(PageId(3), 2, span_number(1));
  map.set(PageId(63), 1, span_number(2));
  const Address low = source.range().low;
  EXPECT_EQ(map.span_at(low + 3 * kPageBytes - 1), nullptr);
  EXPECT_EQ(map.span_at(low + 3 * kPageBytes), span_number(1));
  EXPECT_EQ(map.span_at(low + 5 * kPageBytes - 1), span_number(1));
  EXPECT_EQ(map.span_at(low + 5 * kPageBytes), nullptr);
  EXPECT_EQ(map.span_at(low + 64 * kPageBytes - 1), span_number(2));
  EXPECT_EQ(map.span_of_page(PageId(4)), span_number(1));
  map.set(PageId(3), 2, nullptr);
  EXPECT_EQ(map.span_at(low + 4 * kPageBytes), nullptr);
}

TEST(PageMap, B5_AddressesOutsideTheRangeAreNobodys) {
  platform::FakeSource source(4 * kPageBytes);
  PageMap map;
  ASSERT_TRUE(map.init(source));
  map.set(PageId(0), 4, span_number(1));
  const platform::Range range = source.range();
  EXPECT_EQ(map.span_at(range.low - 1), nullptr);
  EXPECT_EQ(map.span_at(range.end()), nullptr);
  EXPECT_EQ(map.span_at(Address()), nullptr);
  EXPECT_EQ(map.span_at(Address(~uintptr_t{0})), nullptr);
  EXPECT_EQ(map.span_at(Address(~uintptr_t{0} / 2 + 1)), nullptr);
}

TEST(PageMap, M12_RefusedTablesAreAnError) {
  platform::FakeSource source(platform::FakeSource::Options{.fail_tables = true});
  PageMap map;
  EXPECT_FALSE(map.init(source));
  EXPECT_EQ(map.span_at(source.range().low), nullptr);
}

}  // namespace
}  // namespace mallocgc
