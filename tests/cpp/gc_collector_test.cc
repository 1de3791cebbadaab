// One cycle runs phase by phase (C1): caches are flushed, roots are shaded, the goal is set, and marks are forgotten by
// number. The numbers of cycles may wrap.
#include "gc/collector.h"

#include <gtest/gtest.h>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

struct Collected {
  Collected() {
    pacer.init(100, 1024, 0);
    collector.init(Collector::Parts{.marker = &parts.marker,
                                    .resolver = &parts.resolver,
                                    .sweeper = &parts.sweeper,
                                    .pacer = &pacer,
                                    .allocator = &parts.allocator,
                                    .spans = &parts.spans,
                                    .metadata = &parts.metadata,
                                    .types = &parts.types,
                                    .counters = &parts.counters,
                                    .sweep = &parts.sweep,
                                    .young = &parts.young,
                                    .events = &parts.events,
                                    .roots = parts.roots(),
                                    .audit = {}});
    pair = parts.define("pair", 2, 3);
    EXPECT_EQ(parts.mutator.stack.push(1, &slots, parts.error), Status::kOk);
  }
  Parts parts;
  Pacer pacer;
  Collector collector;
  Type* pair = nullptr;
  void** slots = nullptr;
};

TEST(Collector, C1_PhasesFollowEachOtherAndOutOfTurnDoNothing) {
  Collected c;
  EXPECT_EQ(c.collector.phase(), Phase::kIdle);
  c.collector.mark();
  c.collector.finish();
  c.collector.complete_cycle();
  EXPECT_EQ(c.collector.phase(), Phase::kIdle);
  EXPECT_EQ(c.collector.cycles(), 0u);
  c.collector.start(true);
  EXPECT_EQ(c.collector.phase(), Phase::kStarted);
  c.collector.finish();
  EXPECT_EQ(c.collector.phase(), Phase::kStarted);
  c.collector.mark();
  c.collector.mark();
  EXPECT_EQ(c.collector.phase(), Phase::kMarked);
  EXPECT_EQ(c.collector.epochs().mark, 2u);
  c.collector.finish();
  EXPECT_EQ(c.collector.phase(), Phase::kIdle);
  EXPECT_EQ(c.collector.cycles(), 1u);
  EXPECT_EQ(c.collector.forced_cycles(), 1u);
  EXPECT_FALSE(c.collector.last().pause_ns() > c.collector.pause_total_ns());
}

TEST(Collector, M3_MarkingFlushesTheCachesAndDropsTheTinyBlock) {
  Collected c;
  void** const object = c.parts.make(*c.pair);
  c.parts.cache.tiny.offer(Address(0x1000), 3);
  c.collector.start(false);
  EXPECT_NE(c.parts.span(object).owner, nullptr);
  c.collector.mark();
  EXPECT_EQ(c.parts.span(object).owner, nullptr);
  EXPECT_EQ(c.parts.cache.tiny.end, 0u);
  c.collector.finish();
}

TEST(Collector, C6_TheReportIsWhatTheTraceNeeds) {
  Collected c;
  const uint64_t bytes = c.parts.class_of(*c.pair).slot_bytes;
  c.slots[0] = c.parts.make(*c.pair);
  for (int i = 0; i < 9; ++i) c.parts.make(*c.pair);
  c.parts.flush();
  c.collector.run_cycle(false);
  const CycleReport& report = c.collector.last();
  EXPECT_EQ(report.number, 1u);
  EXPECT_FALSE(report.forced);
  EXPECT_EQ(report.live_before, 10 * bytes);
  EXPECT_EQ(report.live_at_mark_end, 10 * bytes);
  EXPECT_EQ(report.marked, bytes);
  EXPECT_EQ(report.goal_before, 1024u);
  EXPECT_EQ(report.root_stack_bytes, 2 * kWordBytes);
  EXPECT_EQ(c.parts.counters.heap_live, bytes);
  EXPECT_EQ(c.pacer.goal(), 1024u);
}

TEST(Collector, inv_cycle_number_ZeroMeansNeverAndIsSkippedWhenTheNumberWraps) {
  Collected c;
  c.parts.sweep.epochs = Epochs{UINT32_MAX - 2, UINT32_MAX - 2};
  c.slots[0] = c.parts.make(*c.pair);
  for (int i = 0; i < 6; ++i) {
    void** const dead = c.parts.make(*c.pair);
    c.collector.run_cycle(true);
    c.parts.sweeper.sweep_rest();
    EXPECT_NE(c.collector.epochs().mark, 0u);
    EXPECT_TRUE(c.parts.allocated(c.slots[0]));
    EXPECT_FALSE(c.parts.allocated(dead));
    EXPECT_EQ(c.parts.verify(), Status::kOk) << c.parts.error.c_str();
  }
  EXPECT_LT(c.collector.epochs().mark, 10u);
}

TEST(Collector, O6_WorkAddsUpOverCycles) {
  MGC_NEEDS(kWorkCounters);
  Collected c;
  c.slots[0] = c.parts.make(*c.pair);
  for (uint64_t cycle = 1; cycle <= 4; ++cycle) {
    c.collector.run_cycle(true);
    EXPECT_EQ(c.collector.total_work().objects_marked, cycle);
    EXPECT_EQ(c.collector.total_work().slots_visited, 2 * cycle);
  }
}

}  // namespace
}  // namespace mallocgc
