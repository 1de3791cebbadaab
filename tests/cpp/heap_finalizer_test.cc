// Finalizers as a client sees them (F1-F6): the tests say when they run, in which order, how often, and what arming
// answers.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/lifecycle_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kLifecycles);

using Runs = LifecycleFixture::Runs;

TEST(HeapFinalizer, F1_AnUnreachableObjectIsReachableAgainForItsFinalizerAndFreedByALaterCycle) {
  LifecycleFixture f;
  Node* const object = f.make();
  object->left = f.make();
  Node* const child = object->left;
  ASSERT_EQ(f.arm(object, f.number(7)), Status::kOk);
  {
    Frame frame(f, 1);
    frame[0] = object;
    EXPECT_EQ(f.run_after_collection(), Runs{}) << "reachable";
  }
  f.collect();
  EXPECT_TRUE(f.alive(object));
  EXPECT_EQ(f.heap.ready_count(), 1u);
  EXPECT_TRUE(f.runs.empty()) << "F6: never inside a collection";
  f.collect();
  f.collect();
  EXPECT_TRUE(f.alive(object) && f.alive(child)) << "queued ones are roots";
  EXPECT_EQ(f.heap.run_finalizers(SIZE_MAX), 1u);
  EXPECT_EQ(f.runs, (Runs{{object, f.number(7)}}));
  EXPECT_TRUE(f.alive(object)) << "until the next cycle";
  EXPECT_EQ(f.run_after_collection(), Runs{}) << "F4: once";
  EXPECT_FALSE(f.alive(object) || f.alive(child));
}

TEST(HeapFinalizer, C6_RecordsThatOutweighTheirObjectsCollectInTime) {
  mgc_options options = HeapFixture::quiet();
  options.gc_percent = 100;
  LifecycleFixture f(options);
  FinalizerFn const nothing = [](mgc_mutator*, void*, void*) {};
  for (int i = 0; i < 400'000; ++i) {
    ASSERT_EQ(f.heap.set_finalizer(f.make(), nothing, nullptr, 0), Status::kOk);
    if (i % 1000 == 0) f.heap.run_finalizers(SIZE_MAX);
  }
  mgc_stats_data stats{};
  f.heap.stats(&stats);
  EXPECT_LT(stats.sys, 16u << 20) << "the objects themselves would take the minimum of 4 MiB";
}

TEST(HeapFinalizer, F1_ItMayBeArmedAnewOrKeptByItsFinalizer) {
  LifecycleFixture f;
  static int runs;
  static uint64_t handle;
  runs = 0;
  Node* const object = f.make();
  const auto again = [](mgc_mutator* mutator, void* self, void* context) {
    Heap& heap = *reinterpret_cast<Mutator*>(mutator)->heap;
    if (++runs < 3) {
      EXPECT_EQ(heap.set_finalizer(self, LifecycleFixture::record, context, 0), Status::kOk);
      EXPECT_EQ(heap.clear_finalizer(self), Status::kOk);
      FinalizerFn const function = *static_cast<FinalizerFn*>(context);
      EXPECT_EQ(heap.set_finalizer(self, function, context, 0), Status::kOk);
    } else {
      EXPECT_EQ(heap.handle_new(self, &handle), Status::kOk);
    }
  };
  FinalizerFn function = again;
  ASSERT_EQ(f.heap.set_finalizer(object, function, &function, 0), Status::kOk);
  for (int cycle = 1; cycle <= 5; ++cycle) {
    f.collect();
    f.heap.run_finalizers(SIZE_MAX);
    EXPECT_EQ(runs, cycle < 3 ? cycle : 3);
  }
  EXPECT_TRUE(f.alive(object));
  ASSERT_EQ(f.heap.handle_free(handle), Status::kOk);
  f.collect();
  EXPECT_FALSE(f.alive(object));
}

TEST(HeapFinalizer, F2_FinalizersRunInTheOrderOfPointers) {
  LifecycleFixture f;
  Node* c = f.make();
  Node* const b = f.make(c, nullptr);
  Node* const a = f.make(b, nullptr);
  for (Node* node : {c, a, b}) ASSERT_EQ(f.arm(node), Status::kOk);
  EXPECT_EQ(f.run_after_collection(), (Runs{{a, nullptr}}));
  EXPECT_EQ(f.run_after_collection(), (Runs{{b, nullptr}})) << "after a is freed";
  EXPECT_FALSE(f.alive(a));
  EXPECT_EQ(f.run_after_collection(), (Runs{{c, nullptr}}));
  f.collect();
  EXPECT_FALSE(f.alive(c));
}

TEST(HeapFinalizer, F3_ACycleThroughAnArmedObjectIsNeverFinalizedButASelfPointerIsNoCycle) {
  LifecycleFixture f;
  Node* const a = f.make();
  Node* const b = f.make(a, nullptr);
  a->left = b;
  Node* const self = f.make();
  self->left = self;
  self->right = reinterpret_cast<Node*>(&self->right);  // it points inside itself
  ASSERT_EQ(f.arm(a), Status::kOk);
  ASSERT_EQ(f.arm(self), Status::kOk);
  EXPECT_EQ(f.run_after_collection(), (Runs{{self, nullptr}}));
  EXPECT_EQ(f.run_after_collection(), Runs{});
  EXPECT_TRUE(f.alive(a) && f.alive(b));
  EXPECT_FALSE(f.alive(self));
  a->left = nullptr;
  EXPECT_EQ(f.run_after_collection(), (Runs{{a, nullptr}})) << "the cycle was broken";
}

TEST(HeapFinalizer, F3_SelfPointersAreNoCycleInLargeMixedAndConservativeObjects) {
  LifecycleFixture f;
  Type* const maybe = f.define("Maybe", 1, 0, MGC_TAIL_CONSERVATIVE);
  Type* const rare = f.define("Rare", 3, 7);
  Runs expected;
  for (int i = 0; i < 2; ++i) {
    void** const large = static_cast<void**>(f.malloc(50000, f.node));
    void** const loose = static_cast<void**>(f.malloc(i == 0 ? 64 : 90000, maybe));
    void** const mixed = static_cast<void**>(f.heap.newobject(f.mutator(), rare));
    for (void** const object : {large, loose, mixed}) {
      object[0] = object;
      object[1] = object + 1;
      ASSERT_EQ(f.arm(object), Status::kOk);
      expected.push_back({object, nullptr});
    }
  }
  const Runs runs = f.run_after_collection();
  EXPECT_EQ(runs.size(), expected.size());
  for (const auto& run : expected) EXPECT_NE(std::find(runs.begin(), runs.end(), run), runs.end());
}

TEST(HeapFinalizer, F4_ClearingAndASecondArming) {
  LifecycleFixture f;
  Node* const object = f.make();
  EXPECT_EQ(f.heap.clear_finalizer(object), Status::kOk) << "nothing to clear";
  ASSERT_EQ(f.arm(object), Status::kOk);
  EXPECT_EQ(f.arm(object), Status::kFinalizer);
  f.expect_error(Status::kFinalizer, "finalizer already set");
  EXPECT_EQ(f.heap.clear_finalizer(object), Status::kOk);
  EXPECT_EQ(f.run_after_collection(), Runs{});
  EXPECT_FALSE(f.alive(object));
}

TEST(HeapFinalizer, F4_ErrorsInGosOrderWithItsTexts) {
  LifecycleFixture f;
  static int outside;
  Node* const object = f.make();
  Node* const freed = f.make();
  char* const large = static_cast<char*>(f.bytes(100000));
  uint64_t handle = 0;
  ASSERT_EQ(f.heap.handle_new(object, &handle), Status::kOk);
  ASSERT_EQ(f.heap.handle_new(large, &handle), Status::kOk);
  f.collect();
  EXPECT_EQ(f.arm(nullptr), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "first argument is nil");
  EXPECT_EQ(f.arm(freed), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not in allocated block");
  EXPECT_EQ(f.arm(large + 100001), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not in allocated block");
  EXPECT_EQ(f.arm(&object->right), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not at beginning of allocated block");
  EXPECT_EQ(f.arm(large + 1), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not at beginning of allocated block");
  for (void* quiet : {Heap::zero_base(), static_cast<void*>(&outside), static_cast<void*>(&f)}) {
    EXPECT_EQ(f.arm(quiet), Status::kOk);
    EXPECT_EQ(f.heap.clear_finalizer(quiet), Status::kOk);
  }
  EXPECT_EQ(f.stats().finalizers_registered, 0u);
  EXPECT_EQ(f.heap.clear_finalizer(nullptr), Status::kBadPointer);
  EXPECT_EQ(f.heap.clear_finalizer(freed), Status::kBadPointer);
}

TEST(HeapFinalizer, F5_TinyObjectsOfOneBlockAreAllFinalizedInTheSameCycleEachWithItsAddress) {
  LifecycleFixture f;
  Frame frame(f, 1);
  char* parts[4];
  for (char*& part : parts) part = static_cast<char*>(f.bytes(4));
  ASSERT_EQ(parts[3], parts[0] + 12);
  for (const int i : {2, 0, 3}) ASSERT_EQ(f.arm(parts[i], f.number(static_cast<uintptr_t>(i) + 1)), Status::kOk);
  EXPECT_EQ(f.arm(parts[2]), Status::kFinalizer);
  frame[0] = parts[1];
  EXPECT_EQ(f.run_after_collection(), Runs{}) << "the unarmed neighbour keeps the block";
  frame[0] = nullptr;
  const Runs runs = f.run_after_collection();
  EXPECT_EQ(runs.size(), 3u);
  for (const int i : {0, 2, 3}) {
    EXPECT_NE(
        std::find(runs.begin(), runs.end(), LifecycleFixture::Run{parts[i], f.number(static_cast<uintptr_t>(i) + 1)}),
        runs.end());
  }
  EXPECT_EQ(f.run_after_collection(), Runs{});
  EXPECT_FALSE(f.alive(parts[0]));
}

TEST(HeapFinalizer, F6_TheDrainIsInOrderCountsAndStopsAtItsMaximum) {
  LifecycleFixture f;
  EventLog log(f.heap);
  for (uintptr_t i = 0; i < 10; ++i) {
    ASSERT_EQ(f.arm(f.make(), f.number(i + 1)), Status::kOk);
    f.collect();
  }
  EXPECT_EQ(f.heap.run_finalizers(0), 0u);
  EXPECT_EQ(f.heap.run_finalizers(3), 3u);
  EXPECT_EQ(f.heap.ready_count(), 7u);
  EXPECT_EQ(f.heap.run_finalizers(SIZE_MAX), 7u);
  EXPECT_EQ(f.heap.run_finalizers(SIZE_MAX), 0u);
  for (uintptr_t i = 0; i < 10; ++i) EXPECT_EQ(f.runs[i].context, f.number(i + 1)) << "first dead, first run";
  EXPECT_EQ(f.stats().finalizers_run, 10u);
  const auto events = log.of(MGC_EVENT_FINALIZER_RUN);
  ASSERT_EQ(events.size(), 2u) << "an empty drain is no event";
  EXPECT_EQ(events[0].values[0], 3u);
  EXPECT_EQ(events[1].values[0], 7u);
}

TEST(HeapFinalizer, F6_AllocationCollectionAndArmingAreLegalInsideAFinalizer) {
  mgc_options options = HeapFixture::quiet();
  options.stress_every = 1;
  LifecycleFixture f(options);
  static std::vector<Node*> seen;
  seen.clear();
  const FinalizerFn function = [](mgc_mutator* mutator, void* object, void* context) {
    LifecycleFixture& g = *LifecycleFixture::current();
    Mutator& own = *reinterpret_cast<Mutator*>(mutator);
    Node* const self = static_cast<Node*>(object);
    for (int i = 0; i < 5; ++i) EXPECT_NE(own.heap->newobject(own, g.node), nullptr);
    EXPECT_EQ(own.heap->collect(), Status::kOk);
    EXPECT_TRUE(g.alive(self)) << "alive while its finalizer runs";
    EXPECT_TRUE(g.alive(context)) << "and so is the context";
    EXPECT_TRUE(g.alive(self->left));
    seen.push_back(self);
    EXPECT_EQ(own.heap->set_finalizer(self->left, LifecycleFixture::record, nullptr, 0), Status::kOk);
    own.heap->run_finalizers(1);  // drains nest
  };
  Frame frame(f, 3);
  std::vector<Node*> armed;
  for (int i = 0; i < 3; ++i) {
    frame[0] = f.make();
    frame.node(0)->left = f.make();
    void* const context = f.make();
    ASSERT_EQ(f.heap.set_finalizer(frame[0], function, context, 0), Status::kOk);
    armed.push_back(frame.node(0));
  }
  frame[0] = nullptr;
  f.collect();
  f.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(seen.size(), 3u);
  f.collect();
  f.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(f.runs.size(), 3u);
  f.collect();
  for (Node* node : armed) EXPECT_FALSE(f.alive(node));
}

TEST(HeapFinalizer, F6_DisposingAHeapRunsNothing) {
  static int runs;
  runs = 0;
  {
    HeapFixture f;
    const FinalizerFn count = [](mgc_mutator*, void*, void*) { ++runs; };
    ASSERT_EQ(f.heap.set_finalizer(f.make(), count, nullptr, 0), Status::kOk);
    f.collect();
    ASSERT_EQ(f.heap.set_finalizer(f.make(), count, nullptr, 0), Status::kOk);
  }
  EXPECT_EQ(runs, 0);
}

TEST(HeapFinalizer, R1_AContextIsARootWhileItWaits) {
  LifecycleFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  Node* const context = f.make();
  ASSERT_EQ(f.arm(frame[0], &context->right), Status::kOk);
  f.collect();
  EXPECT_TRUE(f.alive(context)) << "registered";
  frame[0] = nullptr;
  f.collect();
  f.collect();
  EXPECT_TRUE(f.alive(context)) << "queued";
  f.heap.run_finalizers(SIZE_MAX);
  f.collect();
  EXPECT_FALSE(f.alive(context));
}

}  // namespace
}  // namespace mallocgc
