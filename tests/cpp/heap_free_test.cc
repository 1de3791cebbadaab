// The client ends, resizes and keeps objects (M16, M17). They end at once, or after the cycle that goes on, in every
// mode.
#include <mallocgc/mallocgc.h>

#include "support/lifecycle_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kExplicitFree);

struct FreeTest : testing::Test, LifecycleFixture {
  FreeTest() : LifecycleFixture(checked(MGC_MODE_INCREMENTAL)) {
    EXPECT_EQ(heap.frame_push(mutator(), 4, &slots), Status::kOk);
  }
  void free(void* object) { EXPECT_EQ(heap.free_object(object), Status::kOk) << heap.last_error(); }
  void armed(void* object, void* context = nullptr) { EXPECT_EQ(arm(object, context), Status::kOk); }
  void expect_refused(void* object, const char* text) {
    EXPECT_EQ(heap.free_object(object), Status::kBadPointer);
    expect_error(Status::kBadPointer, text);
  }
  // Gives nodes spans of their own: in mixed ones other types would take the places.
  void promote() {
    for (size_t i = 0; i < 16'000 / sizeof(Node); ++i) make();
  }
  void start() { EXPECT_EQ(heap.start_cycle(), Status::kOk) << heap.last_error(); }
  void finish() {
    while (!heap.step_work(1000)) {}
    EXPECT_EQ(verified(heap), Status::kOk) << heap.last_error();
  }
  void step_until_marked(const void* object) {
    while (!heap.is_marked(object)) ASSERT_FALSE(heap.step_work(1));
  }
  void** slots = nullptr;
};

TEST_F(FreeTest, M16_TheNextObjectOfTheTypeTakesThePlaceZeroed) {
  promote();
  Node* const kept = make();
  slots[0] = kept;
  Node* const object = make(kept, kept);
  free(object);
  EXPECT_FALSE(alive(object));
  EXPECT_TRUE(alive(kept));
  bool taken_again = false;
  for (size_t i = 0; i < 32'000 / sizeof(Node) && !taken_again; ++i) {
    Node* const made = make();
    EXPECT_EQ(made->left, nullptr);
    EXPECT_EQ(made->right, nullptr);
    taken_again = made == object;
  }
  EXPECT_TRUE(taken_again);
}

TEST_F(FreeTest, M16_FreeingWhatIsAllocatedNeedsNoCollectionAndNoMoreMemory) {
  for (const size_t bytes : {size_t{16}, size_t{48}, size_t{3000}, size_t{40000}}) {
    for (int i = 0; i < 1000; ++i) free(this->bytes(bytes));
    const mgc_stats_data before = stats();
    for (int i = 0; i < 20000; ++i) free(this->bytes(bytes));
    const mgc_stats_data after = stats();
    EXPECT_EQ(after.sys, before.sys) << bytes;
    EXPECT_EQ(after.num_gc, 0u);
    EXPECT_EQ(after.heap_objects, before.heap_objects) << bytes;
    EXPECT_EQ(after.heap_live, before.heap_live) << bytes;
  }
}

TEST_F(FreeTest, M16_MemoryOfOneSizeServesAnotherWhenItsObjectsAreFreed) {
  std::vector<void*> made;
  for (int i = 0; i < 20000; ++i) made.push_back(bytes(64));
  for (void* const object : made) free(object);
  const uint64_t used = stats().heap_inuse;
  EXPECT_LT(used, uint64_t{512} << 10);
  made.clear();
  const uint64_t sys = stats().sys;
  for (int i = 0; i < 1200; ++i) made.push_back(bytes(1024));
  EXPECT_EQ(stats().sys, sys);
}

TEST_F(FreeTest, M16_WhatIsNoBeginningOfAnObjectIsRefused) {
  int elsewhere = 0;
  Node* const object = make();
  void* const large = bytes(100000);
  expect_refused(&elsewhere, "pointer not in allocated block");
  expect_refused(&object->right, "pointer not at beginning of allocated block");
  expect_refused(static_cast<char*>(large) + 50000, "pointer not at beginning of allocated block");
  EXPECT_TRUE(alive(object));
  EXPECT_TRUE(alive(large));
  free(object);
  free(large);
  expect_refused(object, "pointer not in allocated block");
  expect_refused(large, "pointer not in allocated block");
  free(nullptr);
  free(Heap::zero_base());
}

TEST_F(FreeTest, M16_RecordsEndWithTheObjectAndNothingRuns) {
  Node* const object = make();
  Node* const other = make();
  slots[0] = other;
  armed(object, other);
  clean(object, number(5));
  clean(object, number(6));
  uint64_t weak = 0;
  uint64_t inner = 0;
  ASSERT_EQ(heap.weak_new(object, &weak), Status::kOk);
  ASSERT_EQ(heap.weak_new(&object->right, &inner), Status::kOk);
  free(object);
  EXPECT_EQ(heap.weak_get(weak), nullptr);
  EXPECT_EQ(heap.weak_get(inner), nullptr);
  EXPECT_EQ(stats().finalizers_registered, 0u);
  EXPECT_EQ(stats().cleanups_registered, 0u);
  EXPECT_EQ(run_after_collection(), Runs{});
  EXPECT_EQ(heap.weak_free(weak), Status::kOk);
  EXPECT_EQ(heap.weak_free(inner), Status::kOk);
}

TEST_F(FreeTest, M16_AQueuedFinalizerOfTheObjectDoesNotRun) {
  Node* const object = make();
  Node* const other = make();
  armed(object);
  armed(other);
  collect();
  ASSERT_EQ(heap.ready_count(), 2u);
  free(object);
  EXPECT_EQ(heap.ready_count(), 1u);
  heap.run_finalizers(SIZE_MAX);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].object, other);
}

void free_me(mgc_mutator* mutator, void* object, void*) {
  Heap& heap = LifecycleFixture::current()->heap;
  static_cast<void>(mutator);
  EXPECT_EQ(heap.free_object(object), Status::kOk) << heap.last_error();
  EXPECT_EQ(heap.collect(), Status::kOk) << heap.last_error();
}

TEST_F(FreeTest, M16_AFinalizerMayFreeItsObject) {
  Node* const object = make();
  ASSERT_EQ(heap.set_finalizer(object, free_me, nullptr, 0), Status::kOk);
  collect();
  EXPECT_EQ(heap.run_finalizers(SIZE_MAX), 1u);
  EXPECT_FALSE(alive(object));
}

TEST_F(FreeTest, M16_HostValuesOfTheObjectAreReleased) {
  Type* const type = define_with_host("Host");
  uint32_t value = 0;
  ASSERT_EQ(heap.host_acquire(&value), Status::kOk);
  auto** const object = static_cast<void**>(heap.newobject(mutator(), type));
  object[1] = number(value);
  free(object);
  EXPECT_EQ(heap.host_next_released(), value);
  EXPECT_EQ(heap.host_next_released(), 0u);
}

TEST_F(FreeTest, M16_OfATinyBlockOnlyWhatIsTiedToTheAddressEnds) {
  auto* const first = static_cast<char*>(bytes(4));
  auto* const second = static_cast<char*>(bytes(4));
  ASSERT_EQ(second, first + 4);
  slots[0] = first;
  armed(first);
  armed(second);
  uint64_t weak_first = 0;
  uint64_t weak_second = 0;
  ASSERT_EQ(heap.weak_new(first, &weak_first), Status::kOk);
  ASSERT_EQ(heap.weak_new(second, &weak_second), Status::kOk);
  free(second);
  EXPECT_EQ(heap.weak_get(weak_first), first);
  EXPECT_EQ(heap.weak_get(weak_second), nullptr);
  EXPECT_EQ(stats().finalizers_registered, 1u);
  EXPECT_TRUE(alive(first));
  // Blocks of 16 bytes that nobody shares are freed as others are.
  void* const own = bytes(5, MGC_NOSCAN | MGC_OWN_BLOCK);
  free(own);
  EXPECT_FALSE(alive(own));
}

// ---- While a cycle goes on ----

TEST_F(FreeTest, M16_InACycleThePlaceIsNotUsedBeforeItsEnd) {
  promote();
  for (int turn = 0; turn < 3; ++turn) {  // the object is white, grey or black, by turns
    Node* const object = make();
    slots[0] = make(object, nullptr);
    slots[1] = object;
    collect();
    start();
    if (turn != 0) step_until_marked(object);
    if (turn == 2) {
      for (int i = 0; i < 20; ++i) heap.step_work(1);
    }
    static_cast<Node*>(slots[0])->left = nullptr;
    slots[1] = nullptr;
    free(object);
    EXPECT_FALSE(alive(object));
    EXPECT_FALSE(heap.is_marked(object));
    const uint64_t cycles = stats().num_gc;
    for (int i = 0; i < 200; ++i) ASSERT_NE(make(), object);
    ASSERT_EQ(stats().num_gc, cycles);
    finish();
    bool taken_again = false;
    for (size_t i = 0; i < 80'000 / sizeof(Node) && !taken_again; ++i) taken_again = make() == object;
    EXPECT_TRUE(taken_again);
  }
}

TEST_F(FreeTest, M16_InACycleAllocatingAndFreeingTakesNoMoreMemory) {
  slots[0] = make(make(), nullptr);
  collect();
  for (int i = 0; i < 1000; ++i) make();
  start();
  heap.step_work(10);
  const uint64_t before = stats().sys;
  for (int i = 0; i < 20000; ++i) free(bytes(48));
  EXPECT_LT(stats().sys - before, uint64_t{3} << 20);
  finish();
  EXPECT_EQ(stats().heap_objects, 2u);
}

TEST_F(FreeTest, M16_InACycleALargeObjectInTheMiddleOfItsScanIsLetGo) {
  constexpr size_t kWords = 200 * 1024;
  Type* const array = define("Array", 1, 1);
  auto** const large = static_cast<void**>(heap.newarray(mutator(), array, kWords));
  slots[0] = large;
  for (size_t i = 0; i < kWords; i += 1000) large[i] = make();
  collect();
  start();
  step_until_marked(large[0]);
  slots[0] = nullptr;
  free(large);
  EXPECT_FALSE(alive(large));
  finish();
  collect();
  EXPECT_EQ(stats().heap_objects, 0u);
  EXPECT_EQ(stats().heap_live, 0u);
}

TEST_F(FreeTest, M16_InACycleAnObjectWhoseFinalizerHoldsManyIsLetGo) {
  constexpr size_t kWords = 64 * 1024;
  Type* const array = define("Array", 1, 1);
  auto** const large = static_cast<void**>(heap.newarray(mutator(), array, kWords));
  for (size_t i = 0; i < kWords; i += 1000) large[i] = make();
  void* const first = large[0];
  armed(large);
  start();
  step_until_marked(first);
  free(large);
  finish();
  collect();
  EXPECT_EQ(stats().heap_objects, 0u);
}

TEST(FreeModes, M16_MarkedBytesAreWhatLivesInEveryMode) {
  for (const uint32_t mode :
       {uint32_t{MGC_MODE_STOP}, uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    HeapFixture h(HeapFixture::checked(mode));
    Frame frame(h, 64);
    Random random{mode + 7};
    for (int i = 0; i < 20000; ++i) {
      const uint32_t at = random.below(64);
      if (frame[at] != nullptr) {
        Node* const node = frame.node(at);
        frame[at] = nullptr;
        ASSERT_EQ(h.heap.free_object(node), Status::kOk) << h.heap.last_error();
      } else {
        frame[at] = h.make();
      }
      if (i % 500 == 0) {
        ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
      }
      if (i % 7 == 0) h.heap.step_work(random.below(8));
      if (i % 900 == 0) {
        ASSERT_EQ(h.heap.collect_minor(), Status::kOk) << h.heap.last_error();
      }
    }
    h.collect();
    uint64_t live = 0;
    for (size_t i = 0; i < 64; ++i) live += frame[i] != nullptr;
    EXPECT_EQ(h.stats().heap_objects, live) << mode;
    EXPECT_EQ(h.stats().heap_live, live * sizeof(Node)) << mode;
  }
}

TEST(FreeModes, M16_ANewObjectInAnOldPlaceIsYoung) {
  HeapFixture h(HeapFixture::checked(MGC_MODE_GENERATIONAL));
  Frame frame(h, 2);
  Node* const old = h.make();
  frame[0] = old;
  h.collect();
  frame[0] = nullptr;
  ASSERT_EQ(h.heap.free_object(old), Status::kOk);
  Node* made = nullptr;
  while (made != old) made = h.make();
  // If it counted as old, its child would not be looked for.
  frame[0] = made;
  Node* const child = h.make();
  made->left = child;
  ASSERT_EQ(h.heap.collect_minor(), Status::kOk) << h.heap.last_error();
  EXPECT_TRUE(h.alive(made));
  EXPECT_TRUE(h.alive(child));
}

}  // namespace
}  // namespace mallocgc
