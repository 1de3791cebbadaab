// The pacer's arithmetic (C6): the goal, its floor and its limit, and the share of work under a limit that presses.
#include <gtest/gtest.h>

#include "gc/pacer.h"

namespace mallocgc {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(Pacer, C6_TheGoalIsMarkedPlusItsShareOfMarkedAndRoots) {
  Pacer pacer;
  pacer.init(100, kMiB, 0);
  EXPECT_EQ(pacer.goal(), kMiB) << "before the first cycle: the minimum";
  pacer.cycle_finished(10 * kMiB, 2 * kMiB, 5 * kMiB);
  EXPECT_EQ(pacer.goal(), 22 * kMiB);
  EXPECT_EQ(pacer.set_gc_percent(50), 100);
  EXPECT_EQ(pacer.goal(), 16 * kMiB);
  pacer.set_gc_percent(0);
  EXPECT_EQ(pacer.goal(), 10 * kMiB);
}

TEST(Pacer, C6_TheShareIsExactForSizesThatPercentDoesNotDivide) {
  Pacer pacer;
  pacer.init(33, 1, 0);
  for (uint64_t marked = 0; marked < 1000; marked += 7) {
    for (uint64_t roots = 0; roots < 300; roots += 41) {
      pacer.cycle_finished(marked, roots, 0);
      const uint64_t goal = marked + (marked + roots) * 33 / 100;
      EXPECT_EQ(pacer.goal(), goal < 1 ? 1 : goal);
    }
  }
  // And does not overflow at the top of 4 GiB with any percentage.
  pacer.set_gc_percent(INT32_MAX);
  pacer.cycle_finished(uint64_t{4} << 30, 0, 0);
  EXPECT_GT(pacer.goal(), (uint64_t{4} << 30) * 20000000);
}

TEST(Pacer, C6_IsDueWhenTheLiveHeapReachesTheGoal) {
  Pacer pacer;
  pacer.init(100, kMiB, 0);
  EXPECT_FALSE(pacer.is_due(kMiB - 1));
  EXPECT_TRUE(pacer.is_due(kMiB));
}

TEST(Pacer, C6_WhatRecordsOnObjectsHaveGrownByCounts) {
  Pacer pacer;
  pacer.init(100, 10 * kMiB, 0);
  pacer.note_records(3 * kMiB);
  EXPECT_FALSE(pacer.is_due(7 * kMiB - 1));
  EXPECT_TRUE(pacer.is_due(7 * kMiB));
  pacer.cycle_begins(3 * kMiB, 3 * kMiB);
  pacer.cycle_finished(kMiB, 0, 0);
  EXPECT_FALSE(pacer.is_due(10 * kMiB - 1)) << "what was there at the cycle's end is no growth";
  pacer.note_records(kMiB);
  EXPECT_FALSE(pacer.is_due(10 * kMiB - 1));
  pacer.note_records(3 * kMiB);
  EXPECT_TRUE(pacer.is_due(8 * kMiB)) << "since they were fewest, they have grown by 2 MiB";
  EXPECT_FALSE(pacer.is_due(8 * kMiB - 1));
  pacer.set_gc_percent(-1);
  EXPECT_FALSE(pacer.is_due(uint64_t{1} << 40));
}

TEST(Pacer, C6_RecordsThatHadSurvivedMayGrowByTheirShareFirst) {
  Pacer pacer;
  pacer.init(50, 10 * kMiB, 0);
  pacer.cycle_begins(6 * kMiB, 6 * kMiB);
  pacer.cycle_finished(kMiB, 0, 0);
  // Of 8 MiB 3 are new: 5 survived, so half of that may come without being counted.
  pacer.cycle_begins(8 * kMiB, 9 * kMiB);
  pacer.cycle_finished(kMiB, 0, 0);
  pacer.note_records(8 * kMiB + 5 * kMiB / 2);
  EXPECT_FALSE(pacer.is_due(10 * kMiB - 1));
  pacer.note_records(9 * kMiB + 5 * kMiB / 2);
  EXPECT_TRUE(pacer.is_due(9 * kMiB));
  EXPECT_FALSE(pacer.is_due(9 * kMiB - 1));
}

TEST(Pacer, C2_NegativePercentTurnsAutomaticCollectionOffButForTheLimit) {
  Pacer pacer;
  pacer.init(-1, kMiB, 0);
  pacer.cycle_finished(100 * kMiB, 0, 0);
  EXPECT_FALSE(pacer.is_due(UINT64_MAX - 1));
  pacer.set_memory_limit(300 * kMiB);
  EXPECT_EQ(pacer.goal(), 300 * kMiB);
  pacer.set_memory_limit(0);
  EXPECT_FALSE(pacer.is_due(UINT64_MAX - 1));
}

TEST(Pacer, C6_TheLimitCountsMetadataToo) {
  Pacer pacer;
  pacer.init(100, kMiB, 64 * kMiB);
  pacer.cycle_finished(20 * kMiB, 0, 4 * kMiB);
  EXPECT_EQ(pacer.goal(), 40 * kMiB);
  pacer.set_gc_percent(200);
  pacer.cycle_finished(20 * kMiB, 0, 8 * kMiB);
  EXPECT_EQ(pacer.goal(), 56 * kMiB) << "60 but for the limit";
  EXPECT_EQ(pacer.set_memory_limit(kMiB), 64 * kMiB);
}

// In work units: a cycle marks `marked` bytes and reads its roots, the mutator allocates goal - marked in the meantime.
TEST(Pacer, C6_ALiveHeapAtOrAboveTheLimitSpendsAtMostHalfOfTheWorkOnCollection) {
  for (const int32_t percent : {-1, 10, 100, 400}) {
    for (uint64_t limit = 1; limit < 200 * kMiB; limit = limit * 3 + 1) {
      for (uint64_t marked = 1; marked < 100 * kMiB; marked = marked * 2 + 1) {
        for (const uint64_t overhead : {uint64_t{0}, kMiB, 300 * kMiB}) {
          Pacer pacer;
          pacer.init(percent, 1, limit);
          pacer.cycle_finished(marked, marked / 3, overhead);
          const bool limited =
              percent < 0 || pacer.goal() < marked + (marked + marked / 3) / 100 * static_cast<uint64_t>(percent);
          if (limited) {
            ASSERT_GE(pacer.goal(), 2 * marked + marked / 3) << "limit " << limit << ", marked " << marked;
          }
        }
      }
    }
  }
}

TEST(Pacer, C6_AnUnreachableLimitOverAnEmptyHeapIsNotDueAllTheTime) {
  Pacer pacer;
  pacer.init(100, kMiB, 1);
  pacer.cycle_finished(0, 0, 500 * 1024);
  EXPECT_FALSE(pacer.is_due(0));
  EXPECT_FALSE(pacer.is_due(1000)) << "a refill would be a collection";
}

}  // namespace
}  // namespace mallocgc
