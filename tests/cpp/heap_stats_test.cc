// MemStats keep their equations against a walk after random operations (O1), counters repeat (O6), and events come in
// order (O5).
#include <gtest/gtest.h>

#include <map>

#include "support/lifecycle_fixture.h"

namespace mallocgc {
namespace {

void expect_equations(const mgc_stats_data& s) {
  EXPECT_EQ(s.heap_idle + s.heap_inuse, s.heap_sys);
  EXPECT_EQ(s.heap_objects, s.mallocs - s.frees);
  EXPECT_EQ(s.sys, s.heap_sys + s.stack_sys + s.mspan_sys + s.mcache_sys + s.buck_hash_sys + s.gc_sys + s.other_sys);
  EXPECT_EQ(s.alloc, s.heap_alloc);
  EXPECT_LE(s.heap_alloc, s.heap_inuse);
  EXPECT_LE(s.heap_alloc, s.total_alloc);
  EXPECT_LE(s.stack_inuse, s.stack_sys);
  EXPECT_LE(s.mspan_inuse, s.mspan_sys);
  EXPECT_LE(s.num_forced_gc, s.num_gc);
  EXPECT_LT(s.other_sys, uint64_t{1} << 40) << "no difference went below zero";
}

// Returns all objects that findObject knows, by a walk over every eighth byte of the heap's memory.
std::map<void*, size_t> walk(HeapFixture& f) {
  std::map<void*, size_t> objects;
  const platform::Range range = f.source.range();
  for (size_t at = 0; at < f.source.given_bytes(); at += 8) {
    FoundObject found;
    if (f.heap.find_object((range.low + at).pointer(), &found)) objects[found.base] = found.size;
  }
  return objects;
}

// This program does random operations. The same seed gives the same program.
class Mill {
 public:
  Mill(LifecycleFixture& fixture, uint64_t seed) : f_(fixture), frame_(fixture, kRoots), random_{seed} {
    types_ = {f_.node, f_.define("Triple", 3, 5), f_.define("Flat", 4, 0),
              f_.define("Maybe", 1, 0, MGC_TAIL_CONSERVATIVE)};
  }
  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

 private:
  static constexpr size_t kRoots = 40;
  void step() {
    const size_t root = random_.below(kRoots);
    const uint32_t what = random_.below(100);
    if (what < 30) {
      frame_[root] = f_.bytes(1 + random_.below(what == 0 ? 90000 : 200));
    } else if (what < 80) {
      Type* const type = types_[random_.below(4)];
      void** const made =
          static_cast<void**>(f_.malloc(type->size_bytes * (1 + random_.below(what == 79 ? 3000 : 6)), type));
      if (type == f_.node) made[random_.below(2)] = frame_[random_.below(kRoots)];
      frame_[root] = made;
    } else if (what < 90) {
      frame_[root] = nullptr;
    } else if (what < 93 && frame_[root] != nullptr) {
      FoundObject found;
      if (f_.heap.find_object(frame_[root], &found) && found.base == frame_[root]) (void)f_.arm(frame_[root]);
    } else if (what < 95 && frame_[root] != nullptr) {
      f_.clean(frame_[root], nullptr);
    } else if (what < 97) {
      f_.heap.run_finalizers(2);
    } else if (what == 99) {
      f_.collect();
    }
  }
  LifecycleFixture& f_;
  Frame frame_;
  Random random_;
  std::vector<Type*> types_;
};

TEST(HeapStats, O1_TheEquationsHoldAndAWalkGivesTheSameNumbers) {
  MGC_NEEDS(kLifecycles);
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    mgc_options options = HeapFixture::quiet();
    options.gc_percent = 100;
    options.min_heap_bytes = 256 * 1024;
    LifecycleFixture f(options);
    Mill mill(f, seed);
    uint64_t total = 0;
    for (int round = 0; round < 8; ++round) {
      mill.run(400);
      const mgc_stats_data s = f.stats();
      expect_equations(s);
      EXPECT_GE(s.total_alloc, total) << "TotalAlloc never falls";
      total = s.total_alloc;
      if (round % 3 != 0) continue;
      const std::map<void*, size_t> objects = walk(f);  // the walk sweeps what it meets
      const mgc_stats_data swept = f.stats();
      EXPECT_EQ(swept.heap_objects, objects.size());
      uint64_t bytes = 0;
      for (const auto& [base, size] : objects) bytes += size > kMaxSmallBytes ? align_up(size, kPageBytes) : size;
      EXPECT_EQ(swept.heap_alloc, bytes);
    }
    f.collect();
    EXPECT_EQ(f.stats().heap_alloc, f.stats().heap_live) << "after a whole sweep all that is allocated is live";
  }
}

TEST(HeapStats, O1_CountsMallocsAndFreesAsGoDoes) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f;
  for (int i = 0; i < 10; ++i) f.bytes(100);
  for (int i = 0; i < 8; ++i) f.bytes(4);  // two blocks of four
  f.bytes(100000);
  mgc_stats_data s = f.stats();
  EXPECT_EQ(s.mallocs, 10u + 8 + 1);
  EXPECT_EQ(s.tiny_allocs, 6u);
  EXPECT_EQ(s.heap_objects, 10u + 2 + 1);
  EXPECT_EQ(s.heap_alloc, 10 * Heap::roundupsize(100) + 2 * 16 + Heap::roundupsize(100000));
  f.collect();
  s = f.stats();
  EXPECT_EQ(s.frees, s.mallocs);
  EXPECT_EQ(s.heap_alloc, 0u);
  EXPECT_EQ(s.heap_inuse, 0u);
  EXPECT_EQ(s.total_alloc, 10 * Heap::roundupsize(100) + 2 * 16 + Heap::roundupsize(100000));
  EXPECT_EQ(s.num_gc, 1u);
  EXPECT_EQ(s.num_forced_gc, 1u);
  EXPECT_LE(s.last_gc_ns, platform::now_ns());
}

TEST(HeapStats, O6_TheSameProgramCountsTheSameWork) {
  MGC_NEEDS(kLifecycles);
  std::vector<uint64_t> first;
  for (int round = 0; round < 2; ++round) {
    mgc_options options = HeapFixture::quiet();
    options.gc_percent = 100;
    options.min_heap_bytes = 256 * 1024;
    LifecycleFixture f(options);
    {
      Mill mill(f, 77);
      mill.run(3000);
    }
    const mgc_stats_data s = f.stats();
    const std::vector<uint64_t> figures = {s.mallocs,
                                           s.frees,
                                           s.total_alloc,
                                           s.heap_sys,
                                           s.heap_inuse,
                                           s.num_gc,
                                           s.heap_marked,
                                           s.work_objects_marked,
                                           s.work_objects_scanned,
                                           s.work_slots_visited,
                                           s.work_spans_scanned,
                                           s.work_spans_swept,
                                           s.work_roots_visited,
                                           s.work_cards_read,
                                           s.path_mixed_spans,
                                           s.path_promotions,
                                           s.path_lazy_sweeps,
                                           s.path_growths,
                                           s.path_refills,
                                           s.path_single_grey,
                                           s.path_resurrections,
                                           s.finalizers_run,
                                           s.cleanups_run,
                                           s.lookups,
                                           s.next_gc};
    if (round == 0) first = figures;
    EXPECT_EQ(figures, first);
    EXPECT_GE(s.num_gc, 5u);
  }
}

TEST(HeapStats, O5_EventsOfACycleComeInOrder) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  f.bytes(100);
  EventLog log(f.heap);
  Frame frame(f, 1);
  frame[0] = f.make();
  log.entries.clear();
  f.collect();
  using Kinds = std::vector<uint32_t>;
  EXPECT_EQ(log.kinds(), (Kinds{MGC_EVENT_CYCLE_START, MGC_EVENT_PHASE, MGC_EVENT_PHASE, MGC_EVENT_PHASE,
                                MGC_EVENT_CYCLE_END, MGC_EVENT_SWEEP_DONE}));
  const size_t node_bytes = Heap::roundupsize(sizeof(Node));
  EXPECT_GE(log.entries[0].values[0], Heap::roundupsize(100) + node_bytes) << "live bytes, the rests of runs included";
  EXPECT_EQ(log.entries[1].values[0], 1u);
  EXPECT_EQ(log.entries[2].values[0], 2u);
  EXPECT_EQ(log.entries[3].values[0], static_cast<uint64_t>(Phase::kResolving));
  EXPECT_EQ(log.entries[4].values[1], node_bytes) << "marked";
  EXPECT_EQ(log.entries[5].values[0], 1u) << "objects freed";
  for (const auto& entry : log.entries) EXPECT_EQ(entry.cycle, 1u);
  log.entries.clear();
  f.bytes(3 * HeapFixture::kMiB);
  const auto growth = log.of(MGC_EVENT_GROWTH);
  ASSERT_EQ(growth.size(), 1u);
  EXPECT_GE(growth[0].values[0], 3 * HeapFixture::kMiB);
  EXPECT_GE(growth[0].values[1], growth[0].values[0]);
  EXPECT_EQ(growth[0].values[2], 0u);
}

TEST(HeapStats, O5_GrowthTellsOfHoles) {
  MGC_NEEDS(kEvents);
  const uint32_t holes[] = {3};
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 32 * HeapFixture::kMiB, .holes = holes, .hole_count = 1});
  EventLog log(f.heap);
  for (int i = 0; i < 6; ++i) ASSERT_NE(f.bytes(2 * HeapFixture::kMiB), nullptr);
  const auto growth = log.of(MGC_EVENT_GROWTH);
  ASSERT_GE(growth.size(), 2u);
  for (const auto& entry : growth) EXPECT_EQ(entry.values[2], 1u);
  EXPECT_EQ(f.stats().path_holes, f.source.grow_calls() - 1);
}

TEST(HeapStats, O1_InitialBytesAndMaximumAreObeyed) {
  MGC_NEEDS(kWorkCounters);
  mgc_options options = HeapFixture::quiet();
  options.initial_bytes = 3 * HeapFixture::kMiB;
  options.max_bytes = 5 * HeapFixture::kMiB;
  HeapFixture f(options);
  EXPECT_GE(f.stats().sys, 3 * HeapFixture::kMiB);
  EXPECT_EQ(f.stats().path_growths, f.source.grow_calls());
  Frame frame(f, 1);
  for (Node* node = f.make(); node != nullptr; node = static_cast<Node*>(f.malloc(50000, f.node))) {
    node->left = frame.node(0);
    frame[0] = node;
  }
  f.expect_error(Status::kOutOfMemory, "out of memory");
  EXPECT_LE(f.source.given_bytes(), 5 * HeapFixture::kMiB);
  EXPECT_GE(f.source.given_bytes(), 5 * HeapFixture::kMiB - 100000) << "and used to the full";
}

}  // namespace
}  // namespace mallocgc
