// Minor cycles rest where they do not pay, and come back where they do: this is seen from outside, by how many there
// were.
#include <mallocgc/mallocgc.h>

#include <algorithm>
#include <deque>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

// A queue in which all objects live for as long, beside objects that nobody keeps.
struct Queue : HeapFixture {
  static mgc_options options(uint32_t mode) {
    mgc_options options = HeapFixture::quiet();
    options.mode = mode;
    options.gc_percent = 100;
    return options;
  }
  explicit Queue(uint32_t mode) : HeapFixture(options(mode)) {
    EXPECT_EQ(heap.frame_push(mutator(), 2, &slots), Status::kOk);
    slots[0] = slots[1] = make();
    for (int i = 0; i < 100'000; ++i) put();
  }
  void put() {
    Node* const made = make();
    mgc_store(&static_cast<Node*>(slots[1])->left, made);
    slots[1] = made;
  }
  void take() { slots[0] = static_cast<Node*>(slots[0])->left; }
  // Gives how many minor cycles there were until so many full ones have ended.
  template <class Step>
  uint64_t minor_cycles_in(uint64_t full_cycles, Step step) {
    const mgc_stats_data before = stats();
    while (stats().num_gc < before.num_gc + full_cycles) {
      for (int i = 0; i < 1000; ++i) step();
    }
    return stats().minor_gcs - before.minor_gcs;
  }
  void** slots = nullptr;
};

class Resting : public ::testing::TestWithParam<uint32_t> {};

TEST_P(Resting, C2_WhereWhatIsYoungOutlivesFullCyclesNoMinorOneIsTried) {
  Queue h(GetParam());
  const auto step = [&] {
    h.put();
    h.take();
  };
  h.minor_cycles_in(3, step);
  EXPECT_EQ(h.minor_cycles_in(20, step), 0u);
}

TEST_P(Resting, C2_WhereItDiesAgainMinorCyclesComeBack) {
  Queue h(GetParam());
  h.minor_cycles_in(12, [&] {
    h.put();
    h.take();
  });
  // The queue goes on, slowly.
  uint64_t count = 0;
  const auto step = [&] {
    h.make();
    if (++count % 256 == 0) h.put();
    if (count % 256 == 0) h.take();
  };
  const uint64_t minor = h.minor_cycles_in(12, step);
  EXPECT_GE(minor, 12u);
}

TEST_P(Resting, C2_ACollectionOnRequestEndsARestThatASampleHasProlonged) {
  Queue h(GetParam());
  h.minor_cycles_in(12, [&] {
    h.put();
    h.take();
  });
  h.collect();
  const uint64_t before = h.stats().minor_gcs;
  const uint64_t full = h.stats().num_gc;
  for (int i = 0; i < 4'000'000 && h.stats().minor_gcs == before; ++i) h.make();
  EXPECT_GT(h.stats().minor_gcs, before);
  EXPECT_EQ(h.stats().num_gc, full);
}

INSTANTIATE_TEST_SUITE_P(Modes, Resting, ::testing::Values(MGC_MODE_GENERATIONAL, MGC_MODE_AUTO));

}  // namespace
}  // namespace mallocgc
