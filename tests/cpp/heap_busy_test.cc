// The busy word (M13) tells an interrupted slow path: the next entry finds it, and so does every later one. Re-entry
// from a callback is told apart from it, and passes.
#include "heap/busy.h"

#include <gtest/gtest.h>

#if GTEST_HAS_DEATH_TEST
#include <csetjmp>
#endif

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

TEST(BusyWord, M13_EntersOnceAndNamesWhatItIsIn) {
  BusyWord busy;
  ErrorText error;
  EXPECT_EQ(busy.enter("refill", error), Status::kOk);
  EXPECT_EQ(busy.enter("collection", error), Status::kCorrupt);
  EXPECT_TEXT(error.c_str(), "heap interrupted in refill");
  busy.leave();
  EXPECT_EQ(busy.check(error), Status::kOk);
}

TEST(BusyWord, M13_ACallFromACallbackIsAnErrorOfTheCaller) {
  BusyWord busy;
  ErrorText error;
  ASSERT_EQ(busy.enter("collection", error), Status::kOk);
  busy.call(CallbackPlace::kWhole, [&] {
    EXPECT_EQ(busy.check(error), Status::kBadArgument);
    EXPECT_TEXT(error.c_str(), "re-entered from a callback of the heap, in collection");
    EXPECT_FALSE(busy.was_interrupted());
  });
  EXPECT_EQ(busy.check(error), Status::kCorrupt);
}

TEST(BusyWord, M13_AChangeInsideACallbackThatIsNotFinishedIsAnInterruption) {
  BusyWord busy;
  ErrorText error;
  ASSERT_EQ(busy.enter("collection", error), Status::kOk);
  busy.call(CallbackPlace::kWhole, [&] {
    {
      const BusyWord::Work work(busy, "release of a handle");
      EXPECT_TRUE(busy.was_interrupted()) << "to those who come in the middle of it";
      EXPECT_EQ(busy.check(error), Status::kCorrupt);
      EXPECT_TEXT(error.c_str(), "heap interrupted in release of a handle");
    }
    EXPECT_EQ(busy.check(error), Status::kBadArgument);
  });
  busy.leave();
  const BusyWord::Work work(busy, "registration of roots");
  EXPECT_EQ(busy.check(error), Status::kCorrupt);
}

TEST(BusyWord, F11_ACallbackThatWasLeftIsKnownByWhereItWasCalled) {
  MGC_NEEDS(kEvents);
  for (const CallbackPlace place : {CallbackPlace::kWhole, CallbackPlace::kInside}) {
    BusyWord busy;
    ErrorText error;
    ASSERT_EQ(busy.enter("collection", error), Status::kOk);
    busy.call(place, [&] { busy.unwound(); });
    if (place == CallbackPlace::kWhole) {
      EXPECT_EQ(busy.check(error), Status::kOk);
    } else {
      EXPECT_EQ(busy.check(error), Status::kCorrupt);
      EXPECT_TEXT(error.c_str(), "heap interrupted in collection: a callback did not return");
    }
  }
}

// A callback of the heap tries these calls, and keeps what it is told.
struct Reentry {
  HeapFixture* fixture;
  void* object = nullptr;
  std::vector<Status> statuses = {};
  std::vector<std::string> texts = {};

  void refused(bool was_refused) {
    EXPECT_TRUE(was_refused);
    statuses.push_back(fixture->heap.last_status());
    texts.push_back(fixture->heap.last_error());
  }
  void attempt() {
    HeapFixture& f = *fixture;
    uint64_t id = 0;
    mgc_type_info info{};
    info.size = 16;
    Type* type = nullptr;
    refused(f.bytes(100 * 1024) == nullptr);
    refused(f.heap.collect() != Status::kOk);
    refused(f.heap.define_type(info, &type) != Status::kOk);
    refused(f.heap.handle_new(object, &id) != Status::kOk);
    refused(f.heap.set_finalizer(object, nullptr, nullptr, 1) != Status::kOk);
    refused(f.heap.add_cleanup(object, nullptr, nullptr, 1, &id) != Status::kOk);
    refused(f.heap.weak_new(object, &id) != Status::kOk);
    refused(f.heap.run_finalizers(10) == 0u);
    refused(f.heap.phase_start() != Status::kOk);
    refused(f.heap.set_debug(0, 0) != Status::kOk);
    refused(f.heap.attach(10) == nullptr);
  }
  void expect_refused() {
    ASSERT_GE(statuses.size(), 11u);
    for (size_t i = 0; i < statuses.size(); ++i) {
      EXPECT_EQ(statuses[i], Status::kBadArgument) << i;
      EXPECT_EQ(texts[i].rfind("re-entered from a callback of the heap", 0), 0u) << texts[i];
    }
  }
};

TEST(HeapBusy, M13_ReentryFromACycleHookIsAnErrorAndTheHeapGoesOn) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  Reentry reentry{&f, frame[0]};
  ASSERT_EQ(f.heap.add_cycle_hook([](void* context) { static_cast<Reentry*>(context)->attempt(); }, &reentry),
            Status::kOk);
  f.collect();
  reentry.expect_refused();
  EXPECT_TRUE(f.alive(frame[0]));
  EXPECT_NE(f.bytes(100 * 1024), nullptr);
}

TEST(HeapBusy, M13_ReentryFromThePressureCallbackIsAnErrorAndTheHeapGoesOn) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  Reentry reentry{&f, frame[0]};
  f.heap.set_pressure([](uint64_t, void* context) { static_cast<Reentry*>(context)->attempt(); }, &reentry);
  EXPECT_EQ(f.bytes(40 * HeapFixture::kMiB), nullptr);
  f.expect_error(Status::kOutOfMemory, "out of memory");
  reentry.expect_refused();
  EXPECT_NE(f.bytes(100 * 1024), nullptr);
}

TEST(HeapBusy, M13_ReentryFromAListenerIsAnErrorAndTheHeapGoesOn) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  for (const uint32_t kind :
       {MGC_EVENT_CYCLE_START, MGC_EVENT_PHASE, MGC_EVENT_CYCLE_END, MGC_EVENT_SWEEP_DONE, MGC_EVENT_GROWTH}) {
    struct Context {
      Reentry reentry;
      uint32_t kind;
    } context{{&f, frame[0]}, kind};
    f.heap.set_listener(
        [](const mgc_event* event, void* pointer) {
          auto* const c = static_cast<Context*>(pointer);
          if (event->kind == c->kind && c->reentry.statuses.empty()) c->reentry.attempt();
        },
        &context);
    if (kind == MGC_EVENT_GROWTH) {
      EXPECT_NE(f.bytes(8 * HeapFixture::kMiB), nullptr);
    } else {
      f.collect();
    }
    context.reentry.expect_refused();
    f.heap.set_listener(nullptr, nullptr);
  }
}

TEST(HeapBusy, C11_AHookMayReleaseHandles) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  struct Cache {
    Heap* heap;
    uint64_t handle;
  } cache{&f.heap, 0};
  void* const object = f.make();
  ASSERT_EQ(f.heap.handle_new(object, &cache.handle), Status::kOk);
  ASSERT_EQ(f.heap.add_cycle_hook(
                [](void* context) {
                  auto* const c = static_cast<Cache*>(context);
                  if (c->handle != 0) {
                    EXPECT_EQ(c->heap->handle_free(c->handle), Status::kOk);
                  }
                  c->handle = 0;
                },
                &cache),
            Status::kOk);
  f.collect();
  EXPECT_FALSE(f.alive(object)) << "dropped at the start of this very cycle";
}

TEST(HeapBusy, O1_StatisticsMayBeReadInAListener) {
  MGC_NEEDS(kEvents);
  HeapFixture f;
  mgc_stats_data data{};
  struct Context {
    Heap* heap;
    mgc_stats_data* data;
  } context{&f.heap, &data};
  f.heap.set_listener(
      [](const mgc_event*, void* c) { static_cast<Context*>(c)->heap->stats(static_cast<Context*>(c)->data); },
      &context);
  f.make();
  f.collect();
  EXPECT_GT(data.sys, 0u);
}

#if GTEST_HAS_DEATH_TEST
// A host that runs out of stack unwinds past the heap: here a longjmp out of a memory source, in the middle of a slow
// path.
std::jmp_buf out_of_stack;

class UnwindingSource final : public platform::MemorySource {
 public:
  explicit UnwindingSource(platform::MemorySource& inner) : inner_(inner) {}
  platform::Range range() const override { return inner_.range(); }
  platform::Region try_grow(size_t min_bytes, size_t wanted_bytes) override {
    if (armed) std::longjmp(out_of_stack, 1);
    return inner_.try_grow(min_bytes, wanted_bytes);
  }
  platform::Region try_tables(size_t bytes) override { return inner_.try_tables(bytes); }
  void release() override { inner_.release(); }
  bool armed = false;

 private:
  platform::MemorySource& inner_;
};

struct Interrupted {
  Interrupted() { EXPECT_EQ(heap.init(HeapFixture::quiet(), source), Status::kOk); }
  ~Interrupted() {
    platform::unpoison(inner.range().low, inner.range().bytes);
    heap.destroy();
  }
  void during(void (*activity)(Heap&)) {
    source.armed = true;
    if (setjmp(out_of_stack) == 0) {
      activity(heap);
      ADD_FAILURE() << "was not interrupted";
    }
    source.armed = false;
  }
  void* bytes(size_t size) { return heap.mallocgc(heap.main_mutator(), size, nullptr, MGC_NOSCAN); }
  void expect_error(Status status, const char* text) {
    EXPECT_EQ(heap.last_status(), status);
    EXPECT_TEXT(heap.last_error(), text);
  }
  platform::FakeSource inner{size_t{16} << 20};
  UnwindingSource source{inner};
  Heap heap;
};

void expect_corrupt_for_good(Interrupted& f, const char* text) {
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(f.bytes(100 * 1024), nullptr);
    f.expect_error(Status::kCorrupt, text);
    EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
    Type* type = nullptr;
    mgc_type_info info{};
    info.size = 16;
    EXPECT_EQ(f.heap.define_type(info, &type), Status::kCorrupt);
    uint64_t id = 0;
    EXPECT_EQ(f.heap.handle_new(&id, &id), Status::kCorrupt);
    EXPECT_EQ(f.heap.handle_get(1), nullptr);
    EXPECT_EQ(f.heap.handle_set(1, &id), Status::kCorrupt);
    EXPECT_EQ(f.heap.handle_free(1), Status::kCorrupt);
    EXPECT_EQ(f.heap.remove_roots(&id), Status::kCorrupt);
    void** slots = nullptr;
    EXPECT_EQ(f.heap.frame_push(f.heap.main_mutator(), 1, &slots), Status::kCorrupt);
    if (kHasLifecycles) {
      EXPECT_EQ(f.heap.weak_new(&id, &id), Status::kCorrupt);
    }
    EXPECT_EQ(f.heap.phase_start(), Status::kCorrupt);
    FoundObject found;
    EXPECT_FALSE(f.heap.find_object(&id, &found));
    f.expect_error(Status::kCorrupt, text);
  }
}

TEST(HeapBusy, M13_AnInterruptedCollectionIsReportedByEveryLaterCall) {
  MGC_NEEDS(kDeepChecks);
  Interrupted f;
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_CHECKMARK, 0), Status::kOk);
  // No page is free, so the checkmark must ask for memory for its bitmaps.
  mgc_stats_data stats{};
  for (f.heap.stats(&stats); stats.heap_idle != 0 || stats.mallocs == 0; f.heap.stats(&stats)) f.bytes(kPageBytes);
  f.during([](Heap& heap) { (void)heap.collect(); });
  expect_corrupt_for_good(f, "heap interrupted in collection");
}

TEST(HeapBusy, M13_AnInterruptedRefillIsReportedByEveryLaterCall) {
  Interrupted f;
  f.during([](Heap& heap) {
    for (int i = 0; i < 100000; ++i) heap.mallocgc(heap.main_mutator(), 64, nullptr, MGC_NOSCAN);
  });
  expect_corrupt_for_good(f, "heap interrupted in refill");
  // The fast path could still give an object, but it refuses too.
  EXPECT_EQ(f.bytes(64), nullptr);
  EXPECT_EQ(f.bytes(3), nullptr);
}

TEST(HeapBusy, M13_AnInterruptedLargeAllocationIsReportedByEveryLaterCall) {
  Interrupted f;
  f.during([](Heap& heap) { heap.mallocgc(heap.main_mutator(), size_t{4} << 20, nullptr, MGC_NOSCAN); });
  expect_corrupt_for_good(f, "heap interrupted in large allocation");
}
#endif

}  // namespace
}  // namespace mallocgc
