// The fake source does what its options ask.
#include <gtest/gtest.h>

#include "platform/fake.h"

namespace mallocgc::platform {
namespace {

unsigned char first_byte(const Region& region) { return *region.base.pointer<unsigned char>(); }

TEST(FakeSource, GivesAdjacentZeroedRegionsUntilItsBlockIsUsedUp) {
  FakeSource source(8 * kPageBytes);
  const Region a = source.try_grow(kPageBytes, 3 * kPageBytes);
  const Region b = source.try_grow(kPageBytes, 8 * kPageBytes);
  EXPECT_EQ(a.base, source.range().low);
  EXPECT_EQ(a.bytes, 3 * kPageBytes);
  EXPECT_EQ(b.base, a.end());
  EXPECT_EQ(b.bytes, 5 * kPageBytes);
  EXPECT_TRUE(a.zeroed && b.zeroed);
  EXPECT_EQ(first_byte(a), 0);
  EXPECT_EQ(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_EQ(source.grow_calls(), 3u);
  EXPECT_EQ(source.grow_refusals(), 1u);
  EXPECT_EQ(source.given_bytes(), 8 * kPageBytes);
}

TEST(FakeSource, FailsAtTheCallAskedFor) {
  FakeSource source(FakeSource::Options{.total_bytes = 8 * kPageBytes, .fail_at = 1});
  EXPECT_NE(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_EQ(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_NE(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
}

TEST(FakeSource, FailsAlwaysAfterTheCallAskedFor) {
  FakeSource source(FakeSource::Options{.total_bytes = 8 * kPageBytes, .fail_after = 1});
  EXPECT_NE(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_EQ(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_EQ(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
  source.options().fail_after = FakeSource::kNever;
  EXPECT_NE(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
}

TEST(FakeSource, LeavesTheHolesAskedFor) {
  const uint32_t holes[] = {2, 0};
  FakeSource source(FakeSource::Options{.total_bytes = 32 * kPageBytes, .holes = holes, .hole_count = 2});
  const Region a = source.try_grow(kPageBytes, kPageBytes);
  const Region b = source.try_grow(kPageBytes, kPageBytes);
  const Region c = source.try_grow(kPageBytes, kPageBytes);
  const Region d = source.try_grow(kPageBytes, kPageBytes);
  EXPECT_EQ(b.base, a.end() + 2 * kPageBytes);
  EXPECT_EQ(c.base, b.end());
  EXPECT_EQ(d.base, c.end() + 2 * kPageBytes);
}

TEST(FakeSource, HandsOutDirtyMemoryOnRequest) {
  FakeSource source(FakeSource::Options{.total_bytes = 8 * kPageBytes, .dirty = true});
  const Region region = source.try_grow(kPageBytes, kPageBytes);
  EXPECT_FALSE(region.zeroed);
  EXPECT_EQ(first_byte(region), FakeSource::kDirt);
}

TEST(FakeSource, GivesOnlyTheMinimumOnRequest) {
  FakeSource source(FakeSource::Options{.total_bytes = 8 * kPageBytes, .only_minimum = true});
  EXPECT_EQ(source.try_grow(2 * kPageBytes, 5 * kPageBytes).bytes, 2 * kPageBytes);
}

TEST(FakeSource, RefusesTablesOnRequestAndCountsThem) {
  FakeSource source(size_t{1} << 20);
  EXPECT_NE(source.try_tables(100).bytes, 0u);
  source.options().fail_tables = true;
  EXPECT_EQ(source.try_tables(100).bytes, 0u);
  EXPECT_EQ(source.table_calls(), 2u);
}

TEST(FakeSource, ReleasedTwiceIsReleasedOnce) {
  FakeSource source(size_t{1} << 20);
  source.release();
  source.release();
  EXPECT_EQ(source.releases(), 1u);
  EXPECT_EQ(source.try_grow(kPageBytes, kPageBytes).bytes, 0u);
}

}  // namespace
}  // namespace mallocgc::platform
