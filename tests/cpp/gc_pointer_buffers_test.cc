// Pointers are buffered by region. None is lost or given twice, the fullest buffer is found, and a shortage of memory
// leaves what was there.
#include "gc/pointer_buffers.h"

#include <vector>

#include "metadata_fixture.h"

namespace mallocgc {
namespace {

constexpr PageId end_of(uint32_t regions) { return PageId(regions << PointerBuffers::kRegionPagesShift); }

std::vector<Address> taken(PointerBuffers& buffers, uint32_t region) {
  std::vector<Address> pointers;
  buffers.empty(region, [&](Address pointer) { pointers.push_back(pointer); });
  return pointers;
}

TEST(PointerBuffers, HasNoRegionsBeforeItIsPrepared) {
  PointerBuffers buffers;
  EXPECT_EQ(buffers.regions(), 0u);
  EXPECT_EQ(buffers.fullest().count, 0u);
}

TEST(PointerBuffers, CoversAHeapThatEndsInsideARegion) {
  MetadataFixture fixture;
  PointerBuffers buffers;
  buffers.prepare(fixture.metadata(), PageId(0), end_of(3) + 1);
  EXPECT_GE(buffers.regions(), 4u);
}

TEST(PointerBuffers, GivesEachPointerOnceAndInOrder) {
  MetadataFixture fixture;
  PointerBuffers buffers;
  buffers.prepare(fixture.metadata(), PageId(0), end_of(2));
  for (uintptr_t i = 0; i < 6; ++i) EXPECT_TRUE(buffers.add(i % 2, Address(100 + i)));
  EXPECT_EQ(taken(buffers, 1), (std::vector<Address>{Address(101), Address(103), Address(105)}));
  EXPECT_EQ(taken(buffers, 1), std::vector<Address>());
  EXPECT_EQ(taken(buffers, 0), (std::vector<Address>{Address(100), Address(102), Address(104)}));
  EXPECT_EQ(buffers.fullest().count, 0u);
}

TEST(PointerBuffers, SaysWithTheLastThatFits) {
  MetadataFixture fixture;
  PointerBuffers buffers;
  buffers.prepare(fixture.metadata(), PageId(0), end_of(3));
  for (uint32_t i = 1; i < PointerBuffers::kPointers; ++i) ASSERT_TRUE(buffers.add(1, Address(i)));
  buffers.add(0, Address(7));
  buffers.add(2, Address(8));
  EXPECT_FALSE(buffers.add(1, Address(9)));
  EXPECT_EQ(buffers.fullest().region, 1u);
  EXPECT_EQ(buffers.fullest().count, PointerBuffers::kPointers);
  EXPECT_EQ(taken(buffers, 1).size(), PointerBuffers::kPointers);
  EXPECT_EQ(taken(buffers, 0), std::vector<Address>{Address(7)});
  EXPECT_EQ(taken(buffers, 2), std::vector<Address>{Address(8)});
}

TEST(PointerBuffers, GrowsWithTheHeapAndGivesTheOldOnesBack) {
  MetadataFixture fixture;
  PointerBuffers buffers;
  buffers.prepare(fixture.metadata(), PageId(0), end_of(4));
  const uint32_t before = buffers.regions();
  buffers.prepare(fixture.metadata(), PageId(0), end_of(before));
  EXPECT_EQ(buffers.regions(), before);
  buffers.prepare(fixture.metadata(), PageId(0), end_of(40));
  EXPECT_GE(buffers.regions(), 40u);
  const uint64_t least = uint64_t{buffers.regions()} * PointerBuffers::kPointers * sizeof(Address);
  const uint64_t held = fixture.metadata().bytes(MetaCategory::kPageTables);
  EXPECT_GE(held, least);
  EXPECT_LT(held, least + least / 2);
  EXPECT_EQ(fixture.metadata().verify(), nullptr);
}

TEST(PointerBuffers, M12_KeepsWhatItHasWhereMemoryIsOut) {
  MetadataFixture fixture;
  PointerBuffers buffers;
  buffers.prepare(fixture.metadata(), PageId(0), end_of(2));
  const uint32_t before = buffers.regions();
  fixture.exhaust();
  buffers.prepare(fixture.metadata(), PageId(0), end_of(4000));
  EXPECT_EQ(buffers.regions(), before);
  EXPECT_TRUE(buffers.add(1, Address(5)));
  EXPECT_EQ(taken(buffers, 1), std::vector<Address>{Address(5)});
  fixture.recover();
  buffers.prepare(fixture.metadata(), PageId(0), end_of(400));
  EXPECT_GE(buffers.regions(), 400u);
}

}  // namespace
}  // namespace mallocgc
