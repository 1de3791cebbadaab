// Where nobody looks for damage, a dangling pointer corrupts nothing in any flavour (T5): an object that is allocated
// where one points to is young and white like any other.
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

mgc_options unwatched(uint32_t mode) {
  mgc_options options = HeapFixture::quiet();
  options.mode = mode;
  return options;
}

struct Unwatched : HeapFixture {
  explicit Unwatched(uint32_t mode) : HeapFixture(unwatched(mode)) {
    EXPECT_EQ(heap.frame_push(mutator(), kKept + 1, &kept), Status::kOk);
    // Half of the objects live, so many that the type has spans of its own. The others leave runs of kRun free slots.
    size_t count = 0;
    for (size_t i = 0; i < 2 * kKept; ++i) {
      Node* const made = make();
      if (i / kRun % 2 == 0) kept[count++] = made;
      if (i == kKept + 2 * kRun - 1 - kKept % kRun) lost = made;
    }
    EXPECT_EQ(count, kKept);
    collect();
    EXPECT_TRUE(!alive(lost) && !alive(lost - 4) && alive(lost + 1)) << "the last slot of a run";
  }
  ~Unwatched() { EXPECT_EQ(heap.frame_pop(mutator(), kept), Status::kOk); }
  void*& last() { return kept[kKept]; }
  void take_up_to(const Node* place) {
    heap.forbid_collection();  // nothing assists
    for (int i = 0; make() != place; ++i) ASSERT_LT(i, 100'000) << "the slot was not handed out";
    heap.allow_collection();
  }
  // Makes an object at `lost`, with its only child, while both are new.
  Node* take_again_with_child() {
    take_up_to(lost);
    last() = lost;
    heap.forbid_collection();
    lost->left = make();  // this is an initialising store
    heap.allow_collection();
    return lost->left;
  }
  bool is_grey(const Node* object) {
    Span* const span = span_of(object);
    const uint32_t slot = span->slot_at(Address::of(object) - span->base);
    return (span->marks[slot / kBitsPerWord].grey & bit_of(slot)) != 0;
  }
  static constexpr size_t kKept = 2048, kRun = 8;
  void** kept = nullptr;
  Node* lost = nullptr;
};

TEST(HeapDangling, T5_AnObjectInASlotThatADanglingPointerMarkedIsYoung) {
  for (const uint32_t mode : {uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    for (const bool is_minor : {true, false}) {
      Unwatched f(mode);
      Node*& left = static_cast<Node*>(f.kept[0])->left;
      mgc_store(&left, f.lost);
      EXPECT_EQ(is_minor ? f.heap.collect_minor() : f.heap.collect(), Status::kOk);
      mgc_store(&left, nullptr);
      Node* const child = f.take_again_with_child();
      EXPECT_FALSE(f.heap.is_marked(f.lost)) << "objects are allocated unmarked";
      EXPECT_EQ(f.heap.collect_minor(), Status::kOk);
      EXPECT_TRUE(f.alive(child)) << "mode " << mode << ", minor " << is_minor;
    }
  }
}

TEST(HeapDangling, T5_AnObjectInASlotThatADanglingPointerMarkedInASliceIsSeen) {
  for (const bool is_in_a_run : {false, true}) {
    Unwatched f(MGC_MODE_INCREMENTAL);
    uint64_t handle = 0;
    Node* const held = f.make();
    ASSERT_EQ(f.heap.handle_new(held, &handle), Status::kOk);
    f.last() = f.lost;
    ASSERT_EQ(f.heap.start_cycle(), Status::kOk);
    while (!f.heap.is_marked(held)) ASSERT_FALSE(f.heap.step_work(1));
    ASSERT_FALSE(f.heap.is_marked(f.lost));
    f.heap.forbid_collection();                 // so that no allocation assists
    if (is_in_a_run) f.take_up_to(f.lost - 4);  // the slot is then in a run that a cache has
    f.heap.allow_collection();
    while (!f.heap.is_marked(f.lost)) ASSERT_FALSE(f.heap.step_work(1));
    while (f.is_grey(f.lost)) ASSERT_FALSE(f.heap.step_work(1));
    Node* const child = f.take_again_with_child();
    ASSERT_NE(f.stats().marking, 0u);
    while (!f.heap.step_work(1000)) {}
    EXPECT_TRUE(f.alive(f.lost));
    EXPECT_TRUE(f.alive(child)) << is_in_a_run;
  }
}

}  // namespace
}  // namespace mallocgc
