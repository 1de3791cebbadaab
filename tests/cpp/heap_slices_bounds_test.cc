// A slice is no longer than twice its budget, whatever the heap holds and whatever dies. All bounds are in counted
// units, so that they repeat exactly.
#include "support/slices_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

// In this large world nothing is checked but the length of slices.
struct Bounded : HeapFixture {
  static constexpr size_t kScale = kIs64Bit ? 1 : 16;  // the wasm suite runs the same at a sixteenth
  static constexpr uint64_t kBudget = 128 << 10;

  Bounded() : HeapFixture(large(), {.total_bytes = 1400 * kMiB / kScale}) {
    EXPECT_EQ(heap.frame_push(mutator(), kLiveSlots, &slots), Status::kOk);
  }
  static constexpr size_t kLiveSlots = 60000;
  static mgc_options large() {
    mgc_options options = incremental(0);
    options.max_bytes = 1400 * kMiB / kScale;
    return options;
  }
  // Between slices the mutator dirties cards that cost a quarter of the budget.
  void run_cycle(Node* const* table, size_t entries) {
    const mgc_stats_data before = stats();
    EXPECT_EQ(heap.start_cycle(), Status::kOk);
    uint32_t slices = 0;
    uint64_t at = 0;
    for (; !heap.step_work(kBudget); ++slices) {
      for (uint64_t i = 0; entries != 0 && i < kBudget / 4 / 200; ++i) {
        at = (at * 25173 + 13849) % entries;
        mgc_store(&table[at]->left, table[(at * 7) % entries]);
      }
    }
    EXPECT_EQ(stats().num_gc, before.num_gc + 1);
    EXPECT_LE(stats().pause_max_units, 2 * kBudget);
    longest = stats().pause_max_units;
    counted = slices;
  }
  void** slots = nullptr;
  uint64_t longest = 0;
  uint32_t counted = 0;
};

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetAtTenMillionObjects) {
  Bounded h;
  constexpr size_t kObjects = 10'000'000 / Bounded::kScale;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kObjects * sizeof(Node*), pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  for (size_t i = 0; i < kObjects; ++i) {
    table[i] = h.make();
    if (i != 0) table[i]->right = table[(i * size_t{2654435761}) % i];
  }
  for (size_t i = 1; i < Bounded::kLiveSlots; ++i) h.slots[i] = table[i];
  h.run_cycle(table, kObjects);
  EXPECT_GT(h.counted, kObjects / Bounded::kBudget);
}

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetWithAMillionHandlesAndFinalizers) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  for (size_t i = 0; i < kMany; ++i) {
    Node* const node = h.make();
    uint64_t handle = 0;
    ASSERT_EQ(h.heap.handle_new(node, &handle), Status::kOk);
    ASSERT_EQ(h.heap.set_finalizer(
                  node, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
              Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, 2 * kMany / Bounded::kBudget);
}

TEST(Slices, C9_NoSliceIsLongerThanTwiceItsBudgetWithAnArrayOf400Megabytes) {
  Bounded h;
  constexpr size_t kWords = 400 * HeapFixture::kMiB / Bounded::kScale / kWordBytes;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  for (size_t i = 0; i < kWords; ++i) table[i] = i % 64 == 0 ? h.make() : table[i - 1];
  h.run_cycle(table, kWords);
  // The table gets a finalizer. Then its contents are roots, and are read in pieces, too.
  ASSERT_EQ(h.heap.set_finalizer(
                table, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.run_cycle(table, kWords);
}

TEST(Slices, C10_NoSliceIsLongerThanTwiceItsBudgetWhereAnObjectWithAMillionWeakHandlesDies) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  void* const object = h.malloc(kMany, nullptr, MGC_NOSCAN);
  for (size_t i = 0; i < kMany; ++i) {
    uint64_t weak = 0;
    ASSERT_EQ(h.heap.weak_new(static_cast<char*>(object) + i, &weak), Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, kMany / Bounded::kBudget);
  EXPECT_EQ(h.stats().weak_live, 0u);
}

TEST(Slices, C10_NoSliceIsLongerThanTwiceItsBudgetWhereAMillionCleanupsAndFinalizersAreQueued) {
  Bounded h;
  constexpr size_t kMany = 1'000'000 / Bounded::kScale;
  const auto nothing = [](mgc_mutator*, void*, void*) {};
  void* const object = h.malloc(64, nullptr, MGC_NOSCAN);
  for (size_t i = 0; i < kMany; ++i) {
    uint64_t id = 0;
    ASSERT_EQ(h.heap.add_cleanup(object, nothing, nullptr, 0, &id), Status::kOk);
    ASSERT_EQ(h.heap.set_finalizer(h.make(), nothing, nullptr, 0), Status::kOk);
  }
  h.run_cycle(nullptr, 0);
  EXPECT_GT(h.counted, 2 * kMany / Bounded::kBudget);
  EXPECT_EQ(h.heap.ready_count(), 2 * kMany);
}

TEST(Slices, C10_TheSweepCountsToo) {
  Bounded h;
  for (size_t i = 0; i < 4'000'000 / Bounded::kScale; ++i) h.make();
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  while (h.heap.collection_phase() != Phase::kIdle) (void)h.heap.step_work(Bounded::kBudget);
  const uint64_t marking = h.stats().pause_max_units;
  uint32_t slices = 0;
  constexpr uint64_t kSmall = 50;
  for (; !h.heap.step_work(kSmall); ++slices) {}
  EXPECT_GT(slices, 10u);
  EXPECT_LE(marking, 2 * Bounded::kBudget);
  EXPECT_TRUE(h.heap.step_work(~uint64_t{0}));
}

TEST(Slices, C10_ALongSliceOfTheSweepIsTheLongestPause) {
  HeapFixture h(incremental(0));
  for (size_t i = 0; i < 500'000; ++i) h.make();
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  while (h.heap.collection_phase() != Phase::kIdle) (void)h.heap.step_work(50);
  const uint64_t marking = h.stats().pause_max_units;
  EXPECT_TRUE(h.heap.step_work(~uint64_t{0})) << "nothing is left to sweep";
  EXPECT_GT(h.stats().pause_max_units, marking);
}

// Something lives on a page high up: that costs no walk over the free pages below it.
TEST(Slices, C13_TheCostOfACycleFollowsWhatLivesAndNotWhatOnceWas) {
  constexpr size_t kSpikeBytes = 100 * HeapFixture::kMiB;
  constexpr size_t kBlockBytes = HeapFixture::kMiB;
  HeapFixture h(incremental(0), {.total_bytes = kSpikeBytes + 28 * HeapFixture::kMiB});
  Frame frame(h, 3);
  for (size_t i = 0; i < 20'000; ++i) frame[0] = h.make(frame.node(0), nullptr);
  const auto units_of_a_cycle = [&h] {
    const uint64_t before = h.stats().pause_total_units;
    EXPECT_EQ(h.heap.start_cycle(), Status::kOk);
    while (!h.heap.step_work(1000)) {}
    return h.stats().pause_total_units - before;
  };
  units_of_a_cycle();
  const uint64_t units = units_of_a_cycle();
  std::vector<void*> spike;
  for (size_t bytes = 0; bytes < kSpikeBytes; bytes += kBlockBytes) {
    spike.push_back(h.bytes(kBlockBytes));
    ASSERT_NE(spike.back(), nullptr);
  }
  frame[2] = h.bytes(kBlockBytes);
  ASSERT_GT(frame[2], spike[spike.size() / 2]);
  units_of_a_cycle();
  for (void* const block : spike) ASSERT_FALSE(h.alive(block));
  EXPECT_LT(units_of_a_cycle(), units + units / 10);
}

// This mutator does more than the bounds allow for. The cycle ends all the same, and says how long its last step was.
TEST(Slices, C9_ACycleEndsAlsoWhereTheMutatorRewritesEverythingBetweenTwoSlices) {
  Bounded h;
  constexpr size_t kWords = 4 * HeapFixture::kMiB / kWordBytes;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  Node** const table = static_cast<Node**>(h.slots[0]);
  Node* const node = h.make();
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  uint32_t slices = 0;
  while (!h.heap.step_work(Bounded::kBudget)) {
    ASSERT_LT(++slices, 1000u);
    for (size_t i = 0; i < kWords; ++i) table[i] = node;
    mgc_write_barrier_range(table, kWords * kWordBytes);
  }
  EXPECT_TRUE(h.alive(node));
  EXPECT_GE(h.stats().pause_max_units, kWords);
  EXPECT_LE(h.stats().pause_max_units, 2 * kWords);
}

}  // namespace
}  // namespace mallocgc
