// The model test does random operations on a real heap and on the reference heap (world.h), which must agree. It runs
// plain, under stress, with failing memory and with holes, and asserts that every path of the heap was taken (the
// path_* counters). In the environment MALLOCGC_MODEL_SEED repeats one seed, and MALLOCGC_MODEL_RUNS and
// MALLOCGC_MODEL_OPERATIONS lengthen the runs.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "model/world.h"
#include "platform/fake.h"
#include "support/flavour.h"

namespace mallocgc::model {
namespace {

MGC_ALL_NEED(kLifecycles);

using platform::FakeSource;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr uint32_t kChecks = kDebugFlavour ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY | MGC_DEBUG_POISON : 0;

WorldOptions plain() {
  WorldOptions options;
  options.heap.min_heap_bytes = 256 * 1024;
  options.heap.max_bytes = 48 << 20;
  options.heap.shadow_slots = 4096;
  options.heap.debug_flags = kChecks;
  options.heap.mode = MGC_MODE_STOP;
  return options;
}

// Little is alive in this world, so many collections cost little.
WorldOptions small_world() {
  WorldOptions options = plain();
  options.largest_bytes = 40 * 1024;
  options.longest_list = 150;
  return options;
}

// Runs some seeds, each over a fresh source, and adds up what the statistics say. The options may depend on the seed.
template <class Vary>
mgc_stats_data run_seeds(const char* name, uint32_t runs, FakeSource::Options memory, WorldOptions options, Vary vary) {
  mgc_stats_data sum = {};
  const uint64_t first = from_environment("MALLOCGC_MODEL_SEED", 0);
  if (first != 0) runs = 1;
  runs = static_cast<uint32_t>(from_environment("MALLOCGC_MODEL_RUNS", runs));
  options.operations = static_cast<uint32_t>(from_environment("MALLOCGC_MODEL_OPERATIONS", options.operations));
  for (uint32_t run = 0; run < runs; ++run) {
    options.seed = first != 0 ? first + run : 1000 + run;
    vary(static_cast<uint32_t>(options.seed), options, memory);
    FakeSource source(memory);
    World world(options, source);
    const std::string failure = world.run();
    if (!failure.empty()) {
      ADD_FAILURE() << name << ": " << failure << "\nrepeat with MALLOCGC_MODEL_SEED=" << options.seed;
      return sum;
    }
    const mgc_stats_data now = world.stats();
#define MGC_ADD(field) sum.field += now.field;
    MGC_STATS_FIELDS(MGC_ADD)
#undef MGC_ADD
  }
  std::printf("model %s: seeds from %llu, %u runs of %u operations, %llu collections, %llu objects\n", name,
              static_cast<unsigned long long>(first != 0 ? first : 1000), runs, options.operations,
              static_cast<unsigned long long>(sum.num_gc), static_cast<unsigned long long>(sum.mallocs));
  return sum;
}

constexpr auto kSame = [](uint32_t, WorldOptions&, FakeSource::Options&) {};

TEST(Model, AgreesWithTheReferenceAndTakesEveryPath) {
  const uint32_t holes[] = {0, 1, 0, 3, 17};
  FakeSource::Options memory;
  memory.holes = holes;
  memory.hole_count = 5;
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options& source) {
    source.dirty = seed % 2 == 1;
    source.only_minimum = seed % 3 == 2;
    options.heap.gc_percent = seed % 3 == 0 ? 100 : seed % 3 == 1 ? 30 : 200;
  };
  WorldOptions options = plain();
  options.operations = 12000;
  const mgc_stats_data sum = run_seeds("plain", 6, memory, options, vary);
  EXPECT_GT(sum.path_mixed_spans, 0u);
  EXPECT_GT(sum.path_promotions, 0u);
  EXPECT_GT(sum.path_lazy_sweeps, 0u);
  EXPECT_GT(sum.path_growths, 0u);
  EXPECT_GT(sum.path_merges, 0u);
  EXPECT_GT(sum.path_holes, 0u);
  EXPECT_GT(sum.path_large_pieces, 0u);
  EXPECT_GT(sum.path_refills, 0u);
  EXPECT_GT(sum.path_single_grey, 0u);
  EXPECT_GT(sum.path_resurrections, 0u);
  EXPECT_GT(sum.path_retired_handles, 0u);
}

TEST(Model, AgreesWithACollectionAtEveryAllocation) {
  WorldOptions options = small_world();
  options.operations = 2500;
  options.check_every = 100;
  options.heap.stress_every = 1;
  const mgc_stats_data sum = run_seeds("stress 1", 3, {}, options, kSame);
  EXPECT_GT(sum.num_gc, 1000u);
}

TEST(Model, AgreesWithACollectionAtEveryFewAllocations) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options&) {
    options.heap.stress_every = 2 + 7 * (seed % 3);
  };
  WorldOptions options = small_world();
  options.operations = 5000;
  const mgc_stats_data sum = run_seeds("stress n", 3, {}, options, vary);
  EXPECT_GT(sum.num_gc, 1000u);
}

TEST(Model, C10_AgreesWithMinorCycles) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options&) {
    options.heap.gc_percent = seed % 2 == 0 ? -1 : 100;
  };
  WorldOptions options = plain();
  options.heap.mode = MGC_MODE_GENERATIONAL;
  options.collect_often = true;
  options.operations = 6000;
  const mgc_stats_data sum = run_seeds("minor", 6, {}, options, vary);
  EXPECT_GT(sum.minor_gcs, 100u);
  EXPECT_GT(sum.work_cards_read, 100u);
}

// C9: the collector takes a step between any two operations.
TEST(Model, C9_AgreesWithFullCyclesInSlices) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options&) {
    options.heap.gc_percent = seed % 2 == 0 ? -1 : 100;
    options.slice_units = seed % 3 == 0 ? 60 : seed % 3 == 1 ? 600 : 6000;
  };
  WorldOptions options = plain();
  options.heap.mode = MGC_MODE_INCREMENTAL;
  options.operations = 6000;
  const mgc_stats_data sum = run_seeds("slices", 6, {}, options, vary);
  EXPECT_GT(sum.num_gc, 100u);
  EXPECT_GT(sum.work_cards_read, 100u);
}

TEST(Model, C9_AgreesWithMinorCyclesAndSlicesTogether) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options&) {
    options.heap.stress_every = seed % 2 == 0 ? 0 : 1 + seed % 5;
    options.slice_units = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 100 : 1000;
  };
  WorldOptions options = small_world();
  options.heap.mode = kModeBoth;
  options.collect_often = true;
  options.operations = 5000;
  const mgc_stats_data sum = run_seeds("auto", 6, {}, options, vary);
  EXPECT_GT(sum.num_gc, 100u);
  EXPECT_GT(sum.minor_gcs, 100u);
}

TEST(Model, M12_AgreesWhileMemoryRunsOutInTheMiddleOfACycle) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options& source) {
    source.fail_after = 8 + 2 * (seed % 5);
    source.only_minimum = true;
    options.heap.mode = seed % 2 == 0 ? kModeBoth : uint32_t{MGC_MODE_INCREMENTAL};
    options.heap.gc_percent = seed % 4 < 2 ? 100 : -1;
    options.slice_units = 500;
  };
  WorldOptions options = plain();
  options.may_fail = true;
  options.longest_list = 200;
  options.heap.debug_flags = kChecks & ~uint32_t{MGC_DEBUG_CHECKMARK};  // the checkmark needs memory of its own
  options.operations = 8000;
  options.extra_shapes = 12;
  const mgc_stats_data sum = run_seeds("failing in slices", 4, {}, options, vary);
  EXPECT_GT(sum.path_last_resort, 0u);
}

TEST(Model, AgreesWithoutAnyAutomaticCollection) {
  WorldOptions options = plain();
  options.operations = 6000;
  options.heap.gc_percent = -1;
  run_seeds("manual", 2, {}, options, kSame);
}

TEST(Model, M12_AgreesWhileMemoryRunsOut) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options& source) {
    source.fail_after = 8 + 2 * (seed % 5);
    source.only_minimum = seed % 2 == 0;
    options.heap.gc_percent = seed % 2 == 0 ? 100 : -1;
  };
  WorldOptions options = plain();
  options.may_fail = true;
  options.longest_list = 200;
  options.heap.debug_flags = kChecks & ~uint32_t{MGC_DEBUG_CHECKMARK};  // the checkmark needs memory of its own
  options.operations = 8000;
  options.extra_shapes = 12;
  const mgc_stats_data sum = run_seeds("failing", 5, {}, options, vary);
  EXPECT_GT(sum.path_last_resort, 0u);
}

TEST(Model, M12_AgreesUnderASmallMaximum) {
  const auto vary = [](uint32_t seed, WorldOptions& options, FakeSource::Options&) {
    options.heap.max_bytes = (seed % 3 + 1) << 20;
  };
  WorldOptions options = plain();
  options.may_fail = true;
  options.longest_list = 200;
  options.heap.debug_flags = kChecks & ~uint32_t{MGC_DEBUG_CHECKMARK};  // the checkmark needs memory of its own
  options.operations = 8000;
  options.largest_bytes = 100 * 1024;
  const mgc_stats_data sum = run_seeds("maximum", 3, {}, options, vary);
  EXPECT_GT(sum.path_last_resort, 0u);
}

}  // namespace
}  // namespace mallocgc::model
