// The pacer's arithmetic (C6) gives the goal with its floor and its limit, and the share of work under a limit that
// presses.
#include <gtest/gtest.h>

#include "gc/pacer.h"

namespace mallocgc {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// Notes a cycle without a clock. `overhead` is what the limit counts beside what is marked.
void finish(Pacer& pacer, uint64_t marked, uint64_t roots, uint64_t overhead) {
  pacer.note_cycle(
      CycleCost{.live_bytes = marked, .marked_bytes = marked, .root_bytes = roots, .overhead_bytes = overhead});
}

TEST(Pacer, C6_TheGoalIsMarkedPlusItsShareOfMarkedAndRoots) {
  Pacer pacer;
  pacer.init(100, kMiB, 0);
  EXPECT_EQ(pacer.goal(), kMiB) << "before the first cycle: the minimum";
  finish(pacer, 10 * kMiB, 2 * kMiB, 5 * kMiB);
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
      finish(pacer, marked, roots, 0);
      const uint64_t goal = marked + (marked + roots) * 33 / 100;
      EXPECT_EQ(pacer.goal(), goal < 1 ? 1 : goal);
    }
  }
  // The goal does not overflow at the top of 4 GiB with any percentage.
  pacer.set_gc_percent(INT32_MAX);
  finish(pacer, uint64_t{4} << 30, 0, 0);
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
  finish(pacer, kMiB, 0, 0);
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
  finish(pacer, kMiB, 0, 0);
  // Of 8 MiB 3 are new, so 5 have survived. Half of those 5 may come again without being counted.
  pacer.cycle_begins(8 * kMiB, 9 * kMiB);
  finish(pacer, kMiB, 0, 0);
  pacer.note_records(8 * kMiB + 5 * kMiB / 2);
  EXPECT_FALSE(pacer.is_due(10 * kMiB - 1));
  pacer.note_records(9 * kMiB + 5 * kMiB / 2);
  EXPECT_TRUE(pacer.is_due(9 * kMiB));
  EXPECT_FALSE(pacer.is_due(9 * kMiB - 1));
}

TEST(Pacer, C2_NegativePercentTurnsAutomaticCollectionOffButForTheLimit) {
  Pacer pacer;
  pacer.init(-1, kMiB, 0);
  finish(pacer, 100 * kMiB, 0, 0);
  EXPECT_FALSE(pacer.is_due(UINT64_MAX - 1));
  pacer.set_memory_limit(300 * kMiB);
  EXPECT_EQ(pacer.goal(), pacer.limit_floor()) << "100 MiB live are worth more than the 200 MiB that are left";
  pacer.set_memory_limit(3000 * kMiB);
  EXPECT_EQ(pacer.goal(), 3000 * kMiB);
  pacer.set_memory_limit(0);
  EXPECT_FALSE(pacer.is_due(UINT64_MAX - 1));
}

TEST(Pacer, C6_TheLimitCountsMetadataAndTablesToo) {
  Pacer pacer;
  pacer.init(100, kMiB, 64 * kMiB);
  finish(pacer, 4 * kMiB, 0, 4 * kMiB);
  EXPECT_EQ(pacer.goal(), 8 * kMiB);
  pacer.set_gc_percent(2000);
  finish(pacer, 4 * kMiB, 0, 8 * kMiB);
  EXPECT_EQ(pacer.goal(), 56 * kMiB) << "84 but for the limit";
  pacer.set_memory(1024 * kMiB, 6 * kMiB);
  EXPECT_EQ(pacer.goal(), 50 * kMiB);
  EXPECT_EQ(pacer.set_memory_limit(kMiB), 64 * kMiB);
}

// A program allocates at `bytes_per_us`, and its cycles take `cycle_us`. The pacer decides when it collects.
struct Program {
  uint64_t live;
  uint64_t bytes_per_us;
  uint64_t cycle_us;

  // Returns the share of time in collection over some cycles. The heap is collected as soon as that is due.
  double share(Pacer& pacer) const {
    uint64_t in_cycles = 0;
    uint64_t outside = 0;
    for (int i = 0; i < 50; ++i) {
      const uint64_t allocated = pacer.goal() > live ? pacer.goal() - live : 0;
      const uint64_t mutator_ns = allocated * 1000 / bytes_per_us;
      pacer.note_cycle(CycleCost{
          .live_bytes = live + allocated, .marked_bytes = live, .cycle_ns = cycle_us * 1000, .mutator_ns = mutator_ns});
      if (i < 2) continue;  // the pacer learns from the first cycles
      in_cycles += cycle_us * 1000;
      outside += mutator_ns;
    }
    return static_cast<double>(in_cycles) / static_cast<double>(in_cycles + outside);
  }
};

TEST(Pacer, C6_UnderALimitThatPressesAtMostHalfOfTheTimeIsCollectionHoweverSlowAByteIs) {
  for (const uint64_t live : {kMiB, 60 * kMiB, 1000 * kMiB}) {
    for (const uint64_t limit : {uint64_t{1}, live / 2, live + 1, live + live / 50, 2 * live}) {
      for (const uint64_t bytes_per_us : {uint64_t{10}, uint64_t{1000}, uint64_t{20000}}) {
        for (const uint64_t cycle_us : {uint64_t{5}, uint64_t{2000}, uint64_t{400000}}) {
          for (const int32_t percent : {-1, 100, 1000}) {
            Pacer pacer;
            pacer.init(percent, 1, limit);
            const double share = Program{live, bytes_per_us, cycle_us}.share(pacer);
            const bool by_percent = percent >= 0 && pacer.goal() <= live + live * static_cast<uint64_t>(percent) / 100;
            if (by_percent) continue;  // gcPercent has its own price, so no share is promised
            ASSERT_LE(share, 0.5) << live << " live, limit " << limit << ", " << bytes_per_us << " bytes/us, "
                                  << cycle_us;
          }
        }
      }
    }
  }
}

TEST(Pacer, C6_BelowTheGoalTheLimitRulesWhereTheShareAllowsIt) {
  Pacer pacer;
  pacer.init(100, kMiB, 70 * kMiB);
  // 60 MiB are live and marked in 4 ms, and the program allocates 1000 bytes a microsecond: a cycle is worth 5 MB.
  for (int i = 0; i < 3; ++i) {
    pacer.note_cycle(CycleCost{.live_bytes = 68 * kMiB,
                               .marked_bytes = 60 * kMiB,
                               .overhead_bytes = kMiB,
                               .cycle_ns = 4'000'000,
                               .mutator_ns = 8 * kMiB});
  }
  EXPECT_EQ(pacer.goal(), 69 * kMiB) << "at the limit, not at 120 MiB";
  EXPECT_LT(pacer.limit_floor(), 66 * kMiB);
  EXPECT_GT(pacer.limit_floor(), 64 * kMiB);
  pacer.set_memory_limit(62 * kMiB);
  EXPECT_EQ(pacer.goal(), pacer.limit_floor()) << "limit and share collide: the share wins";
}

TEST(Pacer, C6_ACycleWithoutAClockKeepsWhatTheLastOneTaught) {
  Pacer pacer;
  pacer.init(-1, kMiB, 1);
  pacer.note_cycle(
      CycleCost{.live_bytes = 2 * kMiB, .marked_bytes = kMiB, .cycle_ns = 1'000'000, .mutator_ns = 1'000'000});
  const uint64_t floor = pacer.limit_floor();
  finish(pacer, kMiB, 0, 0);
  EXPECT_EQ(pacer.limit_floor(), floor);
  // A clock that only the host moves may stand still for all of a cycle and most of what came before.
  pacer.note_cycle(CycleCost{.live_bytes = 3 * kMiB, .marked_bytes = kMiB, .cycle_ns = 0, .mutator_ns = 10});
  EXPECT_EQ(pacer.limit_floor(), floor);
  // Two collections in a row, with nothing in between, teach nothing about the program.
  pacer.note_cycle(CycleCost{.live_bytes = kMiB, .marked_bytes = kMiB, .cycle_ns = 1'000'000, .mutator_ns = 10});
  EXPECT_EQ(pacer.limit_floor(), floor);
}

TEST(Pacer, M12_TheEndIsReachedAfterThreePoorCyclesAndOneMoreIsTriedEachTimeItIsTold) {
  Pacer pacer;
  pacer.init(100, 1, 0);
  pacer.set_memory(100 * kMiB, 0);
  const auto cycle = [&](uint64_t freed) {
    pacer.note_cycle(CycleCost{.live_bytes = 98 * kMiB, .marked_bytes = 98 * kMiB - freed});
  };
  cycle(kMiB);
  cycle(2 * kMiB - 1);
  EXPECT_FALSE(pacer.is_exhausted(98 * kMiB));
  cycle(0);
  EXPECT_TRUE(pacer.is_exhausted(98 * kMiB));
  EXPECT_FALSE(pacer.is_exhausted(100 * kMiB)) << "enough was allocated since to be worth a look";
  pacer.exhaustion_told();
  EXPECT_FALSE(pacer.is_exhausted(98 * kMiB));
  cycle(0);
  EXPECT_TRUE(pacer.is_exhausted(98 * kMiB));
  cycle(2 * kMiB);
  EXPECT_FALSE(pacer.is_exhausted(96 * kMiB)) << "a good one";
  cycle(0);
  cycle(0);
  EXPECT_FALSE(pacer.is_exhausted(98 * kMiB));
}

// Work is counted in units: a cycle marks `marked` bytes and reads its roots, and the mutator allocates goal - marked
// in the meantime.
TEST(Pacer, C6_ALiveHeapAtOrAboveTheLimitSpendsAtMostHalfOfTheWorkOnCollection) {
  for (const int32_t percent : {-1, 10, 100, 400}) {
    for (uint64_t limit = 1; limit < 200 * kMiB; limit = limit * 3 + 1) {
      for (uint64_t marked = 1; marked < 100 * kMiB; marked = marked * 2 + 1) {
        for (const uint64_t overhead : {uint64_t{0}, kMiB, 300 * kMiB}) {
          Pacer pacer;
          pacer.init(percent, 1, limit);
          finish(pacer, marked, marked / 3, overhead);
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
  finish(pacer, 0, 0, 500 * 1024);
  EXPECT_FALSE(pacer.is_due(0));
  EXPECT_FALSE(pacer.is_due(1000)) << "a refill would be a collection";
}

}  // namespace
}  // namespace mallocgc
