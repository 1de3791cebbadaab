// The pool's records are zero when taken, and their memory is recycled.
#include "specials/record_pool.h"

#include <set>
#include <vector>

#include "metadata_fixture.h"

namespace mallocgc {
namespace {

struct Item {
  Item* next;
  uint64_t value;
};
using Pool = RecordPool<Item>;

TEST(RecordPool, RecordsAreDistinctAndZero) {
  MetadataFixture fixture;
  Pool pool;
  pool.init(fixture.metadata());
  std::set<Item*> taken;
  for (uint32_t i = 0; i < 3 * Pool::kBlockRecords; ++i) {
    ASSERT_TRUE(pool.try_reserve());
    Item* const item = pool.take();
    ASSERT_EQ(item->next, nullptr);
    ASSERT_EQ(item->value, 0u);
    item->value = i + 1;
    ASSERT_TRUE(taken.insert(item).second);
  }
  EXPECT_EQ(pool.live(), taken.size());
  EXPECT_EQ(pool.bytes(), 3 * Pool::kBlockBytes);
}

TEST(RecordPool, C13_MemoryIsRecycledAndASlabGoesBackWithItsLastRecord) {
  MetadataFixture fixture;
  Pool pool;
  pool.init(fixture.metadata());
  for (uint32_t round = 0; round < 100; ++round) {
    std::vector<Item*> items;
    for (uint32_t i = 0; i < Pool::kBlockRecords; ++i) {
      ASSERT_TRUE(pool.try_reserve());
      items.push_back(pool.take());
      items.back()->value = 1;
    }
    ASSERT_EQ(pool.bytes(), Pool::kBlockBytes);
    Item* const last = items.back();
    items.pop_back();
    for (Item* const item : items) pool.give_back(item);
    ASSERT_EQ(pool.bytes(), Pool::kBlockBytes);
    ASSERT_EQ(pool.free(), Pool::kBlockRecords - 1);
    pool.give_back(last);
    ASSERT_EQ(pool.bytes(), 0u);
    ASSERT_EQ(pool.live() + pool.free(), 0u);
  }
}

TEST(RecordPool, OutOfMemoryIsSaidByTheReservation) {
  MetadataFixture fixture;
  Pool pool;
  pool.init(fixture.metadata());
  fixture.exhaust();
  EXPECT_FALSE(pool.try_reserve());
  EXPECT_EQ(pool.bytes(), 0u);
  fixture.recover();
  EXPECT_TRUE(pool.try_reserve());
}

}  // namespace
}  // namespace mallocgc
