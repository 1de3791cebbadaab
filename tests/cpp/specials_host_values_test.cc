// The tests try the ways an entry goes and both queues, and compare the table with deques at random.
#include "specials/host_values.h"

#include <deque>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

struct Hosts : MetadataFixture {
  Hosts() { table.init(metadata()); }
  uint32_t acquire() {
    uint32_t index = 0;
    EXPECT_EQ(table.acquire(&index), Status::kOk);
    return index;
  }
  HostTable table;
  ErrorText error;
};

TEST(HostValues, B2_IndicesStartAtOneAndZeroMeansNone) {
  Hosts h;
  EXPECT_EQ(h.acquire(), 1u);
  EXPECT_EQ(h.acquire(), 2u);
  EXPECT_FALSE(h.table.release(0));
  EXPECT_EQ(h.table.free(0, h.error), Status::kBadArgument);
  EXPECT_EQ(h.table.next_released(), 0u);
  EXPECT_EQ(h.table.live_count(), 2u);
}

TEST(HostValues, B2_ReleasedValuesArePulledInOrderAndFreeThen) {
  Hosts h;
  for (uint32_t i = 1; i <= 4; ++i) EXPECT_EQ(h.acquire(), i);
  for (const uint32_t index : {3u, 1u, 4u}) EXPECT_TRUE(h.table.release(index));
  EXPECT_EQ(h.acquire(), 5u) << "a released index is the host's until it has pulled it";
  EXPECT_EQ(h.table.released_count(), 3u);
  for (const uint32_t index : {3u, 1u, 4u}) EXPECT_EQ(h.table.next_released(), index);
  EXPECT_EQ(h.table.next_released(), 0u);
  for (const uint32_t index : {3u, 1u, 4u, 6u}) EXPECT_EQ(h.acquire(), index) << "first freed, first reused";
  EXPECT_EQ(h.table.verify(), nullptr);
}

TEST(HostValues, C13_ATrimKeepsWhatReachesToTheLastNumberInUse) {
  const uint32_t chunk = HostTable::kChunkEntries;
  for (const uint32_t live : {1u, chunk - 2, chunk - 1, chunk, 2 * chunk - 1, 2 * chunk}) {
    Hosts fresh;
    for (uint32_t i = 0; i < live; ++i) fresh.acquire();
    Hosts h;
    for (uint32_t i = 0; i < 4 * chunk; ++i) h.acquire();
    for (uint32_t i = live + 1; i <= 4 * chunk; ++i) ASSERT_EQ(h.table.free(i, h.error), Status::kOk);
    h.table.trim();
    EXPECT_EQ(h.table.bytes(), fresh.table.bytes()) << live;
    EXPECT_EQ(h.table.verify(), nullptr);
    EXPECT_EQ(h.acquire(), live + 1);
  }
}

TEST(HostValues, ReleasingWhatIsNotLiveHasNoEffect) {
  Hosts h;
  const uint32_t index = h.acquire();
  EXPECT_TRUE(h.table.release(index));
  EXPECT_FALSE(h.table.release(index)) << "twice";
  EXPECT_EQ(h.table.free(index, h.error), Status::kBadArgument);
  EXPECT_TEXT(h.error.c_str(), "not a live host value: 1");
  EXPECT_EQ(h.table.next_released(), index);
  EXPECT_FALSE(h.table.release(index));
  for (const uint32_t any : {2u, 5000u, 0x80000000u, ~0u}) EXPECT_FALSE(h.table.release(any));
  EXPECT_EQ(h.table.verify(), nullptr);
}

TEST(HostValues, C10_ReleasingAllocatesNothing) {
  Hosts h;
  for (uint32_t i = 0; i < 5000; ++i) h.acquire();
  h.exhaust();
  uint32_t index = 0;
  for (uint32_t i = 1; i <= 5000; ++i) ASSERT_TRUE(h.table.release(i));
  Status status = Status::kOk;
  while (status == Status::kOk) status = h.table.acquire(&index);  // this takes the rest of the last chunk
  EXPECT_EQ(status, Status::kOutOfMemory);
  EXPECT_EQ(h.table.verify(), nullptr);
  for (uint32_t i = 1; i <= 5000; ++i) ASSERT_EQ(h.table.next_released(), i);
  EXPECT_EQ(h.acquire(), 1u) << "what is free needs no memory";
}

TEST(HostValues, OutOfMemoryChangesNothing) {
  Hosts h;
  h.exhaust();
  uint32_t index = 9;
  EXPECT_EQ(h.table.acquire(&index), Status::kOutOfMemory);
  EXPECT_EQ(index, 9u);
  EXPECT_EQ(h.table.live_count(), 0u);
  h.recover();
  EXPECT_EQ(h.acquire(), 1u);
}

TEST(HostValues, B2_RandomHistoriesAgreeWithDeques) {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    Hosts h;
    std::set<uint32_t> live;
    std::deque<uint32_t> free, released;
    uint32_t issued = 1;
    for (uint32_t step = 0; step < 20000; ++step) {
      const uint32_t kind = random() % 8;
      const uint32_t index = random() % (issued + 2);
      if (kind < 3) {
        const uint32_t expected = free.empty() ? issued++ : free.front();
        if (!free.empty()) free.pop_front();
        ASSERT_EQ(h.acquire(), expected);
        live.insert(expected);
      } else if (kind < 5) {
        ASSERT_EQ(h.table.release(index), live.erase(index) == 1);
        if (h.table.released_count() != released.size()) released.push_back(index);
      } else if (kind < 7) {
        const uint32_t expected = released.empty() ? 0 : released.front();
        ASSERT_EQ(h.table.next_released(), expected);
        if (expected != 0) released.pop_front(), free.push_back(expected);
      } else {
        const bool was_live = live.erase(index) == 1;
        ASSERT_EQ(h.table.free(index, h.error), was_live ? Status::kOk : Status::kBadArgument);
        if (was_live) free.push_back(index);
      }
      ASSERT_EQ(h.table.live_count(), live.size());
      if (step % 500 == 0) {
        ASSERT_EQ(h.table.verify(), nullptr);
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc
