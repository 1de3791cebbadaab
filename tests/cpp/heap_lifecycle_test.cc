// Cleanups, weak handles, host values and the pulling host work as a client expects them (F7-F10, B2, B3).
#include <gtest/gtest.h>

#include <algorithm>

#include "support/lifecycle_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kLifecycles);

using Runs = LifecycleFixture::Runs;

TEST(HeapCleanup, F7_ManyPerObjectInOneCycleWithoutResurrectionAndCyclesAreNoObstacle) {
  LifecycleFixture f;
  Node* const a = f.make();
  Node* const b = f.make(a, nullptr);
  a->left = b;
  f.clean(a, f.number(1));
  f.clean(a, f.number(2));
  f.clean(&b->right, f.number(3));  // an interior pointer
  Runs runs = f.run_after_collection();
  std::sort(runs.begin(), runs.end(), [](const auto& x, const auto& y) { return x.context < y.context; });
  EXPECT_EQ(runs, (Runs{{nullptr, f.number(1)}, {nullptr, f.number(2)}, {nullptr, f.number(3)}}));
  EXPECT_FALSE(f.alive(a) || f.alive(b));
  EXPECT_EQ(f.stats().cleanups_run, 3u);
}

TEST(HeapCleanup, F7_StopsOnceTwiceAndAfterItRan) {
  LifecycleFixture f;
  Node* const object = f.make();
  const uint64_t stopped = f.clean(object, f.number(1));
  const uint64_t queued = f.clean(object, f.number(2));
  const uint64_t ran = f.clean(object, f.number(3));
  EXPECT_EQ(f.heap.stop_cleanup(stopped), Status::kOk);
  EXPECT_EQ(f.heap.stop_cleanup(stopped), Status::kOk) << "twice is harmless";
  f.collect();
  EXPECT_EQ(f.heap.ready_count(), 2u);
  EXPECT_EQ(f.heap.stop_cleanup(queued), Status::kOk) << "even if it is queued already";
  f.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(f.runs, (Runs{{nullptr, f.number(3)}}));
  EXPECT_EQ(f.heap.stop_cleanup(ran), Status::kOk);
  EXPECT_EQ(f.heap.stop_cleanup(987654321), Status::kBadArgument);
  EXPECT_EQ(f.heap.stop_cleanup(0), Status::kBadArgument);
}

TEST(HeapCleanup, F7_AfterTheFinalizerWhereBothExist) {
  LifecycleFixture f;
  Node* const object = f.make();
  f.clean(object, f.number(1));
  ASSERT_EQ(f.arm(object, f.number(2)), Status::kOk);
  EXPECT_EQ(f.run_after_collection(), (Runs{{object, f.number(2)}}));
  EXPECT_EQ(f.run_after_collection(), (Runs{{nullptr, f.number(1)}}));
  EXPECT_FALSE(f.alive(object));
}

TEST(HeapCleanup, F7_TheArgumentIsARootAndMustNotBeTheObject) {
  LifecycleFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  uint64_t id = 1;
  EXPECT_EQ(f.heap.add_cleanup(frame[0], f.record, frame[0], 0, &id), Status::kBadArgument);
  EXPECT_EQ(id, 0u);
  EXPECT_EQ(f.heap.add_cleanup(nullptr, f.record, nullptr, 0, &id), Status::kBadPointer);
  Node* const argument = f.make();
  f.clean(frame[0], argument);
  f.collect();
  EXPECT_TRUE(f.alive(argument));
  frame[0] = nullptr;
  f.collect();
  EXPECT_TRUE(f.alive(argument)) << "queued";
  f.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(f.runs, (Runs{{nullptr, argument}}));
  f.collect();
  EXPECT_FALSE(f.alive(argument));
}

TEST(HeapWeak, F8_OneForEachObjectAndOffsetAndItDoesNotKeepAlive) {
  LifecycleFixture f;
  Frame frame(f, 1);
  Node* const object = f.make();
  frame[0] = object;
  uint64_t base = 0, again = 0, inner = 0;
  ASSERT_EQ(f.heap.weak_new(object, &base), Status::kOk);
  ASSERT_EQ(f.heap.weak_new(object, &again), Status::kOk);
  ASSERT_EQ(f.heap.weak_new(&object->right, &inner), Status::kOk);
  EXPECT_EQ(base, again);
  EXPECT_NE(base, inner);
  f.collect();
  EXPECT_EQ(f.heap.weak_get(base), object);
  EXPECT_EQ(f.heap.weak_get(inner), &object->right);
  EXPECT_EQ(f.stats().weak_live, 2u);
  frame[0] = nullptr;
  f.collect();
  EXPECT_EQ(f.heap.weak_get(base), nullptr);
  EXPECT_EQ(f.heap.weak_get(inner), nullptr);
  EXPECT_EQ(f.heap.last_status(), Status::kOk) << "a dead target is no error";
  for (const uint64_t id : {base, again, inner}) EXPECT_EQ(f.heap.weak_free(id), Status::kOk);
  EXPECT_EQ(f.heap.weak_free(base), Status::kStaleHandle);
  EXPECT_EQ(f.heap.weak_get(base), nullptr);
  f.expect_error(Status::kStaleHandle, "weak handle is stale");
}

TEST(HeapWeak, F8_ADeadTargetIsNeverSeenEvenBeforeItsSpanIsSweptOrWhenItsSlotIsUsedAgain) {
  LifecycleFixture f;
  std::vector<uint64_t> ids;
  for (int i = 0; i < 3000; ++i) {
    uint64_t id = 0;
    ASSERT_EQ(f.heap.weak_new(f.make(), &id), Status::kOk);
    ids.push_back(id);
  }
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  for (size_t i = 0; i < 1500; ++i) ASSERT_EQ(f.heap.weak_get(ids[i]), nullptr) << "not swept yet";
  for (int i = 0; i < 3000; ++i) f.make();
  for (const uint64_t id : ids) ASSERT_EQ(f.heap.weak_get(id), nullptr);
  for (const uint64_t id : ids) ASSERT_EQ(f.heap.weak_free(id), Status::kOk);
}

TEST(HeapWeak, F8_ClearedBeforeTheFinalizerRunsAndAnotherAfterAResurrection) {
  LifecycleFixture f;
  static uint64_t before, seen, handle;
  seen = 1;
  Node* const object = f.make();
  ASSERT_EQ(f.heap.weak_new(object, &before), Status::kOk);
  const FinalizerFn resurrect = [](mgc_mutator* mutator, void* self, void*) {
    Heap& heap = *reinterpret_cast<Mutator*>(mutator)->heap;
    seen = reinterpret_cast<uintptr_t>(heap.weak_get(before));
    EXPECT_EQ(heap.handle_new(self, &handle), Status::kOk);
  };
  ASSERT_EQ(f.heap.set_finalizer(object, resurrect, nullptr, 0), Status::kOk);
  f.collect();
  EXPECT_EQ(f.heap.weak_get(before), nullptr) << "cleared when first found unreachable";
  f.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(seen, 0u);
  EXPECT_TRUE(f.alive(object));
  uint64_t after = 0;
  ASSERT_EQ(f.heap.weak_new(object, &after), Status::kOk);
  EXPECT_NE(after, before);
  EXPECT_EQ(f.heap.weak_get(after), object);
  EXPECT_EQ(f.heap.weak_get(before), nullptr);
}

TEST(HeapWeak, F8_OnlyForAddressesInAllocatedObjects) {
  LifecycleFixture f;
  uint64_t id = 1;
  Node* const dead = f.make();
  f.collect();
  for (void* bad : {static_cast<void*>(nullptr), static_cast<void*>(dead), static_cast<void*>(&f), Heap::zero_base()}) {
    EXPECT_EQ(f.heap.weak_new(bad, &id), Status::kBadPointer);
    EXPECT_EQ(id, 0u);
  }
  EXPECT_EQ(f.heap.weak_get(424242), nullptr);
  EXPECT_EQ(f.heap.last_status(), Status::kBadArgument);
}

TEST(HeapLifecycle, C10_WhoNamesADeadObjectMeetsItAsTheLastCycleLeftItThoughItsSpanIsNotSwept) {
  LifecycleFixture f;
  Frame frame(f, 1);
  std::vector<Node*> nodes;
  for (int i = 0; i < 5000; ++i) nodes.push_back(f.make());
  frame[0] = nodes[4000];
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  const uint64_t swept = f.stats().work_spans_swept;
  uint64_t id = 0;
  EXPECT_EQ(f.arm(nodes[10]), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not in allocated block");
  EXPECT_EQ(f.heap.add_cleanup(nodes[4999], f.record, nullptr, 0, &id), Status::kBadPointer);
  EXPECT_EQ(f.heap.weak_new(nodes[2500], &id), Status::kBadPointer);
  EXPECT_FALSE(f.alive(nodes[3999]));
  EXPECT_TRUE(f.alive(nodes[4000]));
  EXPECT_EQ(f.arm(nodes[4000]), Status::kOk);
  EXPECT_GT(f.stats().work_spans_swept, swept);
  EXPECT_LE(f.stats().work_spans_swept, swept + 4) << "only the spans that were asked about";
}

TEST(HeapHost, F6_TheDrainStopsAtARecordThatOnlyTheHostCanRunAndLosesNone) {
  LifecycleFixture f;
  ASSERT_EQ(f.heap.set_finalizer(f.make(), nullptr, nullptr, 77), Status::kOk);
  f.collect();
  ASSERT_EQ(f.arm(f.make()), Status::kOk);
  f.collect();
  ASSERT_EQ(f.heap.ready_count(), 2u);
  EXPECT_EQ(f.heap.run_finalizers(SIZE_MAX), 0u);
  EXPECT_EQ(f.heap.ready_count(), 2u);
  Ready ready;
  uint64_t handle = 0;
  ASSERT_TRUE(f.heap.pop_ready(&ready, &handle));
  EXPECT_EQ(ready.info.token, 77u);
  EXPECT_EQ(f.heap.handle_free(handle), Status::kOk);
  EXPECT_EQ(f.heap.run_finalizers(SIZE_MAX), 1u);
  EXPECT_EQ(f.heap.ready_count(), 0u);
}

TEST(HeapHost, B3_AHostPullsRecordsWithAHandleThatRootsTheObject) {
  LifecycleFixture f;
  Node* const object = f.make();
  uint64_t cleanup = 0;
  ASSERT_EQ(f.heap.set_finalizer(object, nullptr, nullptr, 77), Status::kOk);
  ASSERT_EQ(f.heap.add_cleanup(object, nullptr, nullptr, 88, &cleanup), Status::kOk);
  Ready ready;
  uint64_t handle = 1;
  EXPECT_FALSE(f.heap.pop_ready(&ready, &handle));
  EXPECT_EQ(handle, 0u);
  f.collect();
  ASSERT_TRUE(f.heap.pop_ready(&ready, &handle));
  EXPECT_EQ(ready.kind, RecordKind::kFinalizer);
  EXPECT_EQ(ready.info.token, 77u);
  EXPECT_EQ(ready.object, Address::of(object));
  EXPECT_EQ(f.heap.handle_get(handle), object);
  f.collect();
  EXPECT_TRUE(f.alive(object));
  ASSERT_EQ(f.heap.handle_free(handle), Status::kOk);
  f.collect();
  ASSERT_TRUE(f.heap.pop_ready(&ready, &handle));
  EXPECT_EQ(ready.kind, RecordKind::kCleanup);
  EXPECT_EQ(ready.info.token, 88u);
  EXPECT_EQ(handle, 0u);
  EXPECT_FALSE(f.heap.pop_ready(&ready, &handle));
  EXPECT_EQ(f.stats().live_handles, 0u);
}

TEST(HeapHost, B2_AValueIsReleasedWhenItsObjectDiesWhateverSpanItLivesIn) {
  LifecycleFixture f;
  Type* const hosted = f.define_with_host("Hosted");
  Frame frame(f, 1);
  uint32_t index = 0;
  for (int i = 0; i < 2500; ++i) {  // mixed spans come first, then spans of its own
    auto* const object = static_cast<uintptr_t*>(f.heap.newobject(f.mutator(), hosted));
    ASSERT_EQ(f.heap.host_acquire(&index), Status::kOk);
    object[1] = index;
    if (i == 1000) frame[0] = object;
  }
  auto* const large = static_cast<uintptr_t*>(f.malloc(70000, hosted));
  ASSERT_EQ(f.heap.host_acquire(&index), Status::kOk);
  large[70000 / kWordBytes / 2 * 2 - 1] = index;
  EXPECT_EQ(f.stats().live_host_values, 2501u);
  EXPECT_EQ(f.heap.host_next_released(), 0u);
  f.collect();
  EXPECT_EQ(f.stats().live_host_values, 1u);
  uint32_t released = 0;
  while (f.heap.host_next_released() != 0) ++released;
  EXPECT_EQ(released, 2500u);
  const uint32_t kept = static_cast<uint32_t>(static_cast<uintptr_t*>(frame[0])[1]);
  static_cast<uintptr_t*>(frame[0])[1] = 0;
  EXPECT_EQ(f.heap.host_free(kept), Status::kOk);
  EXPECT_EQ(f.heap.host_free(kept), Status::kBadArgument);
}

TEST(HeapDiagnosis, F10_ReportsWhatCanNeverRunWithTypeAndAddress) {
  MGC_NEEDS(kDeepChecks);
  LifecycleFixture f;
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_FINALIZER_CHECKS, 0), Status::kOk);
  EventLog log(f.heap);
  Node* const by_context = f.make();
  Node* const context = f.make(by_context, nullptr);
  ASSERT_EQ(f.arm(by_context, context), Status::kOk);
  Node* const by_argument = f.make();
  f.clean(by_argument, f.make(nullptr, by_argument));
  Node* const in_cycle = f.make();
  in_cycle->left = f.make(in_cycle, nullptr);
  ASSERT_EQ(f.arm(in_cycle), Status::kOk);
  Node* const innocent = f.make();
  innocent->left = innocent;
  ASSERT_EQ(f.arm(innocent, f.make()), Status::kOk);
  f.collect();
  const auto reports = log.of(MGC_EVENT_DIAGNOSIS);
  ASSERT_EQ(reports.size(), 3u);
  const auto reported = [&](const char* what, const void* object) {
    ErrorText text;
    text.add(what).add(": ").add_hex(Address::of(object).value()).add(", type Node");
    for (const auto& report : reports) {
      if (report.text == text.c_str()) return true;
    }
    return false;
  };
  EXPECT_TRUE(reported("a finalizer's context reaches its own object", by_context));
  EXPECT_TRUE(reported("a cleanup's argument reaches its own object", by_argument));
  EXPECT_TRUE(reported("an object with a finalizer is in a cycle, so it will never be finalized", in_cycle));
}

TEST(HeapDiagnosis, F10_ReportsRecordsOnTinyBlocks) {
  MGC_NEEDS(kDeepChecks);
  LifecycleFixture f;
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_FINALIZER_CHECKS, 0), Status::kOk);
  EventLog log(f.heap);
  void* const tiny = f.bytes(3);
  ASSERT_EQ(f.arm(tiny), Status::kOk);
  f.clean(tiny, nullptr);
  uint64_t id = 0;
  ASSERT_EQ(f.heap.weak_new(tiny, &id), Status::kOk);
  EXPECT_EQ(log.of(MGC_EVENT_DIAGNOSIS).size(), 3u);
  ASSERT_EQ(f.arm(f.make()), Status::kOk);
  EXPECT_EQ(log.of(MGC_EVENT_DIAGNOSIS).size(), 3u);
}

TEST(HeapKeepAlive, F9_AnObjectIsReachableUpToThePointWhereItsFrameEnds) {
  LifecycleFixture f;
  Node* object = nullptr;
  {
    Frame frame(f, 1);
    frame[0] = object = f.make();
    ASSERT_EQ(f.arm(object), Status::kOk);
    EXPECT_EQ(f.run_after_collection(), Runs{});
  }
  EXPECT_EQ(f.run_after_collection(), (Runs{{object, nullptr}}));
}

}  // namespace
}  // namespace mallocgc
