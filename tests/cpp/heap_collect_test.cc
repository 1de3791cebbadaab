// Collections as a client sees them (C1-C6, C10, C11): the tests say what a cycle frees and leaves, when one starts,
// and what is lazy.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

TEST(HeapCollect, C1_WhatWasUnreachableAtTheCallIsFreeWhenItReturns) {
  Random random{5};
  HeapFixture f;
  Frame frame(f, 1);
  std::vector<Node*> nodes;
  for (int i = 0; i < 3000; ++i) nodes.push_back(f.make());
  for (Node* node : nodes)
    *node = Node{nodes[random.below(3000)], random.below(3) == 0 ? nodes[random.below(3000)] : nullptr};
  frame[0] = nodes[0];
  std::vector<bool> reachable(3000);
  std::vector<Node*> work{nodes[0]};
  const auto index = [&](Node* node) {
    return static_cast<size_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
  };
  reachable[0] = true;
  while (!work.empty()) {
    Node* const node = work.back();
    work.pop_back();
    for (Node* next : {node->left, node->right}) {
      if (next == nullptr || reachable[index(next)]) continue;
      reachable[index(next)] = true;
      work.push_back(next);
    }
  }
  f.collect();
  uint64_t live = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    ASSERT_EQ(f.alive(nodes[i]), reachable[i]);
    live += reachable[i];
  }
  EXPECT_EQ(f.stats().heap_objects, kHasWorkCounters ? live : 0);
  EXPECT_EQ(f.stats().heap_live, live * Heap::roundupsize(sizeof(Node)));
  EXPECT_EQ(f.stats().num_forced_gc, kHasWorkCounters ? 1u : 0u);
}

TEST(HeapCollect, C1_AnUnfinishedCycleIsFinishedAndAFreshOneRun) {
  for (int phases = 1; phases <= 2; ++phases) {
    HeapFixture f;
    Frame frame(f, 1);
    frame[0] = f.make();
    Node* const late = f.make();
    ASSERT_EQ(f.heap.phase_start(), Status::kOk);
    if (phases == 2) {
      ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
    }
    f.collect();
    EXPECT_EQ(f.stats().num_gc, 2u);
    EXPECT_FALSE(f.alive(late));
    EXPECT_TRUE(f.alive(frame[0]));
  }
}

TEST(HeapCollect, C1_TheThreePhasesTogetherAreACollection) {
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  Node* const dead = f.make();
  EXPECT_EQ(f.heap.phase_finish(), Status::kOk) << "nothing is under way";
  EXPECT_EQ(f.heap.phase_mark(), Status::kOk);
  EXPECT_EQ(f.stats().num_gc, 0u);
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  EXPECT_EQ(f.stats().num_gc, 1u);
  EXPECT_EQ(f.stats().num_forced_gc, 0u);
  EXPECT_TRUE(f.alive(frame[0]));
  EXPECT_FALSE(f.alive(dead));
}

TEST(HeapCollect, AnAllocationBetweenTwoPhasesFinishesTheCycle) {
  for (int phases = 1; phases <= 2; ++phases) {
    HeapFixture f;
    Frame frame(f, 3);
    frame[0] = f.make();
    ASSERT_EQ(f.heap.phase_start(), Status::kOk);
    if (phases == 2) {
      ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
    }
    for (int i = 0; i < 2000; ++i) frame[1] = f.make(frame.node(1), nullptr);
    frame[2] = f.bytes(100000);
    uint64_t weak = 0;
    if (kHasLifecycles) {
      ASSERT_EQ(f.heap.weak_new(frame[1], &weak), Status::kOk);
    }
    EXPECT_EQ(f.heap.phase_finish(), Status::kOk);
    int count = 0;
    for (Node* node = frame.node(1); node != nullptr; node = node->left, ++count) ASSERT_TRUE(f.alive(node));
    EXPECT_EQ(count, 2000);
    EXPECT_TRUE(f.alive(frame[2]));
    if (kHasLifecycles) {
      EXPECT_EQ(f.heap.weak_get(weak), frame[1]);
    }
    EXPECT_EQ(verified(f.heap), Status::kOk) << f.heap.last_error();
  }
}

TEST(HeapCollect, C2_CollectsAlsoWhenAutomaticCollectionIsOffButNotInANoCollectionScope) {
  HeapFixture f;
  Node* const dead = f.make();
  f.heap.forbid_collection();
  f.heap.forbid_collection();
  f.heap.allow_collection();
  EXPECT_EQ(f.heap.collect(), Status::kOk);
  EXPECT_EQ(f.heap.phase_start(), Status::kOk);
  EXPECT_EQ(f.heap.phase_finish(), Status::kOk);
  EXPECT_TRUE(f.alive(dead));
  EXPECT_EQ(f.stats().num_gc, 0u);
  f.heap.allow_collection();
  f.collect();
  EXPECT_FALSE(f.alive(dead));
}

TEST(HeapCollect, C2_TheMemoryLimitCollectsThoughAutomaticCollectionIsOff) {
  HeapFixture f;
  for (int i = 0; i < 2000; ++i) f.bytes(4096);
  EXPECT_EQ(f.stats().num_gc, 0u);
  EXPECT_EQ(f.heap.set_memory_limit(4 * HeapFixture::kMiB), 0u);
  for (int i = 0; i < 2000; ++i) f.bytes(4096);
  EXPECT_GE(f.stats().num_gc, 2u);
  EXPECT_EQ(f.heap.set_memory_limit(0), 4 * HeapFixture::kMiB);
}

TEST(HeapCollect, C6_CollectionsComeWhenTheLiveHeapReachesTheGoal) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.gc_percent = 100;
  options.mode = MGC_MODE_STOP;
  options.min_heap_bytes = HeapFixture::kMiB;
  HeapFixture f(options);
  Frame frame(f, 1);
  EventLog log(f.heap);
  for (int i = 0; i < 400000; ++i) {
    Node* const node = f.make();
    node->left = i % 2 == 0 ? frame.node(0) : nullptr;
    if (i % 2 == 0) frame[0] = node;
    if (log.entries.size() > 40) break;
  }
  const auto starts = log.of(MGC_EVENT_CYCLE_START);
  ASSERT_FALSE(starts.empty());
  const uint64_t live_at_start = starts[0].values[0];
  const uint64_t goal_at_start = starts[0].values[1];
  EXPECT_EQ(goal_at_start, HeapFixture::kMiB) << "minHeapBytes";
  EXPECT_GE(live_at_start, goal_at_start);
  EXPECT_LE(live_at_start, goal_at_start + 64 * 1024) << "overshot by at most the runs in the caches";
  const auto ends = log.of(MGC_EVENT_CYCLE_END);
  ASSERT_FALSE(ends.empty());
  for (const auto& end : ends) EXPECT_GE(end.values[2], std::max<uint64_t>(2 * end.values[1], HeapFixture::kMiB));
}

TEST(HeapCollect, C6_ALiveHeapAboveTheLimitDoesNotCollectAllTheTime) {
  MGC_NEEDS(kWorkCounters);
  mgc_options options = HeapFixture::quiet();
  options.memory_limit = HeapFixture::kMiB;
  HeapFixture f(options);
  Frame frame(f, 1);
  for (int i = 0; i < 1000; ++i) {
    Node* const node = f.make(frame.node(0), nullptr);
    frame[0] = node;
    node->right = static_cast<Node*>(f.bytes(4096));
  }
  f.collect();
  const mgc_stats_data before = f.stats();
  for (int i = 0; i < 4000; ++i) f.bytes(4096);
  const mgc_stats_data after = f.stats();
  const uint64_t allocated = after.total_alloc - before.total_alloc;
  EXPECT_GE(after.num_gc, before.num_gc + 2);
  EXPECT_LE((after.num_gc - before.num_gc) * Pacer::kCycleBytes, allocated) << "not at every refill";
}

TEST(HeapCollect, C5_SweepingIsLazyAndComesBeforeGrowth) {
  MGC_NEEDS(kWorkCounters);
  mgc_options options = HeapFixture::quiet();
  options.gc_percent = 100;
  options.mode = MGC_MODE_STOP;
  options.min_heap_bytes = HeapFixture::kMiB;
  HeapFixture f(options);
  while (f.stats().num_gc < 3) f.bytes(512);
  const mgc_stats_data settled = f.stats();
  while (f.stats().num_gc < 30) f.bytes(512);
  EXPECT_EQ(f.stats().sys, settled.sys) << "garbage alone does not make the heap grow";
  EXPECT_GT(f.stats().path_lazy_sweeps, settled.path_lazy_sweeps);
}

TEST(HeapCollect, C5_MemoryOfOneClassServesAnother) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 8 * HeapFixture::kMiB});
  for (const size_t size : {16, 1024, 100000, 48, 30000, 2000000, 8, 8192}) {
    size_t bytes = 0;
    while (bytes < 5 * HeapFixture::kMiB) {
      ASSERT_NE(f.bytes(size, MGC_NOSCAN | MGC_NOZERO), nullptr) << size << ": " << f.heap.last_error();
      bytes += size;
    }
    f.collect();
    EXPECT_EQ(f.stats().heap_inuse, 0u);
  }
  EXPECT_GT(f.stats().path_merges, 0u);
}

TEST(HeapCollect, C11_HooksRunOnceAtTheStartOfEveryCycle) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.stress_every = 10;
  HeapFixture f(options);
  uint64_t calls[9] = {};
  const auto count = [](void* counter) { ++*static_cast<uint64_t*>(counter); };
  for (int i = 0; i < 8; ++i) ASSERT_EQ(f.heap.add_cycle_hook(count, &calls[i]), Status::kOk);
  EXPECT_EQ(f.heap.add_cycle_hook(count, &calls[8]), Status::kBadArgument);
  EXPECT_EQ(f.heap.add_cycle_hook(nullptr, nullptr), Status::kBadArgument);
  for (int i = 0; i < 55; ++i) f.make();
  f.collect();
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(calls[i], f.stats().num_gc);
  EXPECT_EQ(calls[8], 0u);
}

TEST(HeapCollect, CollectionDueSaysWhetherTheNextSlowPathWouldCollect) {
  mgc_options options = HeapFixture::quiet();
  options.gc_percent = 100;
  options.mode = MGC_MODE_STOP;
  options.min_heap_bytes = HeapFixture::kMiB;
  HeapFixture f(options);
  EXPECT_FALSE(f.heap.collection_due());
  f.heap.set_gc_percent(-1);
  while (f.stats().heap_live < HeapFixture::kMiB) f.bytes(30000);
  EXPECT_FALSE(f.heap.collection_due());
  EXPECT_EQ(f.heap.set_gc_percent(100), -1);
  EXPECT_TRUE(f.heap.collection_due());
  f.heap.forbid_collection();
  EXPECT_TRUE(f.heap.collection_due());
  f.heap.allow_collection();
  f.bytes(100000);
  EXPECT_EQ(f.stats().num_gc, 1u);
  EXPECT_FALSE(f.heap.collection_due());
}

}  // namespace
}  // namespace mallocgc
