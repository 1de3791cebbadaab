// Memory runs out (M12) at any growth. That is an error, the heap is whole, and its contents are as they were. The
// failure is tried at every step first.
#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

// This program allocates all kinds of objects, and keeps a list of what it got. The contents tell which they are.
class Program {
 public:
  explicit Program(HeapFixture& fixture) : f_(fixture), frame_(fixture, 1) {
    big_ = f_.define("Big", kHasPrograms ? 200 : 64, 1);
  }
  // Returns false if something was refused.
  bool run(uint32_t steps) {
    for (uint32_t i = 0; i < steps; ++i) {
      if (!step(i)) return false;
    }
    return true;
  }
  // Checks that everything that was linked is still there, unharmed.
  void check() {
    uint32_t count = 0;
    for (Node* node = frame_.node(0); node != nullptr; node = node->right, ++count) {
      ASSERT_EQ(f_.find(node).base, node);
      const unsigned char* const payload = reinterpret_cast<unsigned char*>(node->left);
      if (payload == nullptr) continue;
      const size_t bytes = payload[0] * size_t{251} + payload[1];
      for (size_t k = 2; k < bytes; k += 97) ASSERT_EQ(payload[k], 0x5a);
    }
    EXPECT_EQ(count, linked_);
  }
  uint32_t linked() const { return linked_; }

 private:
  bool step(uint32_t i) {
    Node* const node = f_.make();
    if (node == nullptr) return false;
    node->right = frame_.node(0);
    frame_[0] = node;
    ++linked_;
    const size_t size = i % 11 == 0 ? 60000 : i % 5 == 0 ? 5000 : 3 + i % 300;
    auto* const payload = static_cast<unsigned char*>(f_.bytes(size));
    if (payload == nullptr) return false;
    std::memset(payload, 0x5a, size);
    payload[0] = static_cast<unsigned char>(size / 251);
    payload[1] = static_cast<unsigned char>(size % 251);
    node->left = reinterpret_cast<Node*>(payload);
    return i % 7 != 0 || f_.heap.newobject(f_.mutator(), big_) != nullptr;  // the object is garbage at once
  }
  HeapFixture& f_;
  Frame frame_;
  Type* big_;
  uint32_t linked_ = 0;
};

TEST(HeapMemory, M12_AGrowthThatFailsOnceIsSurvivedWhicheverItIs) {
  constexpr uint32_t kSteps = 700;
  uint32_t growths = 0;
  for (uint32_t k = 0; k <= growths; ++k) {
    HeapFixture::SourceOptions options{.total_bytes = 16 * HeapFixture::kMiB,
                                       .fail_at = k == 0 ? platform::FakeSource::kNever : k};
    HeapFixture f(HeapFixture::quiet(), options);
    Program program(f);
    const bool done = program.run(kSteps);
    if (k == 0) growths = f.source.grow_calls();
    ASSERT_EQ(verified(f.heap), Status::kOk) << f.heap.last_error();
    program.check();
    if (!done) {
      f.expect_error(Status::kOutOfMemory, "out of memory");
    }
    // Whatever was refused is given now.
    EXPECT_TRUE(Program(f).run(20)) << "k = " << k;
  }
  EXPECT_GE(growths, 5u);
}

TEST(HeapMemory, M12_WhereNoGrowthSucceedsAnyMoreTheHeapIsIntactAndCollects) {
  for (uint32_t k = 8; k < 60; ++k) {
    HeapFixture f(HeapFixture::quiet(), {.total_bytes = 16 * HeapFixture::kMiB, .fail_after = k, .only_minimum = true});
    {
      Program program(f);
      ASSERT_FALSE(program.run(100000));
      f.expect_error(Status::kOutOfMemory, "out of memory");
      ASSERT_EQ(verified(f.heap), Status::kOk) << f.heap.last_error();
      program.check();
      EXPECT_GE(f.stats().path_last_resort, kHasWorkCounters ? 1u : 0) << "a full collection was tried";
    }
    // Everything is garbage now, so what is asked for is there.
    for (const size_t size : {3, 16, 300, 5000}) EXPECT_NE(f.bytes(size), nullptr) << "k = " << k;
    EXPECT_NE(f.make(), nullptr) << "k = " << k;
    f.collect();
    EXPECT_EQ(f.stats().heap_objects, 0u);
  }
}

TEST(HeapMemory, M12_AFullHeapOfGarbageServesAnyRequestAfterACollection) {
  for (const size_t size : {1, 16, 48, 333, 8192, 32768, 100000, 300000}) {
    HeapFixture f(HeapFixture::quiet(), {.total_bytes = 6 * HeapFixture::kMiB});
    const uint64_t cycles = f.stats().num_gc;
    while (f.stats().num_gc == cycles) ASSERT_NE(f.bytes(1024), nullptr);
    // The heap is filled again, so that the next request finds it full of another class's garbage.
    const uint64_t growths = f.source.grow_calls();
    while (f.stats().num_gc == cycles + 1 && f.source.grow_calls() < growths + 100) ASSERT_NE(f.bytes(1024), nullptr);
    EXPECT_NE(f.bytes(size), nullptr) << size << ": " << f.heap.last_error();
  }
}

// The first object of a size class and the first of a type need metadata of their own. That too is worth a collection.
TEST(HeapMemory, M12_MetadataForANewClassIsWorthACollectionToo) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 4 * HeapFixture::kMiB});
  std::vector<Type*> types;
  for (int i = 0; i < 400; ++i) types.push_back(f.define(("T" + std::to_string(i)).c_str(), 2, 1));
  mgc_stats_data stats = f.stats();
  f.source.options().fail_after = 0;
  while (stats.heap_idle >= kPageBytes) {
    ASSERT_NE(f.bytes(stats.heap_idle > 64 * 1024 ? 40960 : kPageBytes), nullptr);
    stats = f.stats();
  }
  EXPECT_EQ(f.stats().num_gc, 0u);
  for (Type* const type : types) ASSERT_NE(f.heap.type_window(f.mutator(), type), nullptr);
  EXPECT_EQ(f.stats().num_gc, 0u) << "asking for a slot never collects";
  for (size_t i = types.size(); i-- != 0;)
    ASSERT_NE(f.heap.newobject(f.mutator(), types[i]), nullptr) << f.heap.last_error();
}

TEST(HeapMemory, M12_ThePressureCallbackIsAskedLastAndWhatItDropsIsUsed) {
  MGC_NEEDS(kEvents);
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 8 * HeapFixture::kMiB});
  Frame frame(f, 1);
  frame[0] = f.bytes(5 * HeapFixture::kMiB);
  ASSERT_NE(frame[0], nullptr);
  struct Context {
    Frame* frame;
    HeapFixture* fixture;
    uint64_t need = 0;
    int calls = 0;
    uint64_t last_resorts = 0;
  } context{&frame, &f};
  f.heap.set_pressure(
      [](uint64_t need, void* pointer) {
        auto* const c = static_cast<Context*>(pointer);
        c->need = need;
        ++c->calls;
        c->last_resorts = c->fixture->stats().path_last_resort;
        (*c->frame)[0] = nullptr;
      },
      &context);
  EXPECT_NE(f.bytes(4 * HeapFixture::kMiB), nullptr) << f.heap.last_error();
  EXPECT_EQ(context.calls, 1);
  EXPECT_GE(context.need, 4 * HeapFixture::kMiB);
  EXPECT_GE(context.last_resorts, 1u) << "a full collection came first";
  EXPECT_EQ(f.bytes(20 * HeapFixture::kMiB), nullptr);
  EXPECT_EQ(context.calls, 2) << "once a request";
  f.expect_error(Status::kOutOfMemory, "out of memory");
}

TEST(HeapMemory, C2_TheLastResortCollectsThoughAutomaticCollectionIsOffButNotInANoCollectionScope) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 4 * HeapFixture::kMiB});
  f.heap.forbid_collection();
  while (f.bytes(10000) != nullptr) {}
  f.expect_error(Status::kTryAgain, "out of memory");
  EXPECT_EQ(f.stats().num_gc, 0u);
  f.heap.allow_collection();
  EXPECT_NE(f.bytes(10000), nullptr);
  EXPECT_EQ(f.stats().num_gc, 1u);
}

TEST(HeapMemory, M12_RegistrationsThatFindNoMemoryChangeNothing) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 4 * HeapFixture::kMiB});
  Frame frame(f, 1);
  frame[0] = f.make();
  f.source.options().fail_after = 0;
  f.heap.forbid_collection();
  uint64_t id = 0;
  while (f.bytes(10000) != nullptr) {}
  while (f.bytes(300) != nullptr) {}
  uint64_t handles = 0;
  while (f.heap.handle_new(frame[0], &id) == Status::kOk) ++handles;
  EXPECT_EQ(id, 0u);
  f.expect_error(Status::kTryAgain, "out of memory");
  EXPECT_EQ(f.stats().live_handles, handles);
  if (kHasLifecycles) {
    while (f.heap.add_cleanup(frame[0], nullptr, nullptr, 1, &id) == Status::kOk) {}
    EXPECT_EQ(id, 0u);
    f.expect_error(Status::kTryAgain, "out of memory");
  }
  Type* type = nullptr;
  for (int i = 0; i < 100000; ++i) {
    mgc_type_info info{};
    info.size = static_cast<size_t>(i) + 1;
    if (f.heap.define_type(info, &type) != Status::kOk) break;
  }
  EXPECT_EQ(type, nullptr);
  f.expect_error(Status::kTryAgain, "out of memory");
  EXPECT_EQ(f.heap.attach(50000), nullptr);
  f.expect_error(Status::kTryAgain, "out of memory");
  f.heap.allow_collection();
  EXPECT_EQ(verified(f.heap), Status::kOk) << f.heap.last_error();
  f.collect();
}

TEST(HeapMemory, M12_CreationReportsWhatItLacks) {
  for (uint32_t k = 0; k < 2; ++k) {
    const uint32_t fail_after = k == 0 ? 0 : platform::FakeSource::kNever;
    platform::FakeSource source({.total_bytes = HeapFixture::kMiB, .fail_after = fail_after, .fail_tables = k == 1});
    Heap heap;
    EXPECT_EQ(heap.init(HeapFixture::quiet(), source), Status::kOutOfMemory);
    heap.destroy();
  }
  platform::FakeSource source(HeapFixture::kMiB);
  Heap heap;
  mgc_options options = HeapFixture::quiet();
  options.max_bytes = HeapFixture::kMiB;
  options.initial_bytes = 2 * HeapFixture::kMiB;
  EXPECT_EQ(heap.init(options, source), Status::kBadArgument);
  heap.destroy();
}

TEST(HeapMemory, AnEmptyHeapTouchesAtMost256KiB) {
  MGC_NEEDS(kWorkCounters);
  platform::FakeSource source;
  Heap heap;
  ASSERT_EQ(heap.init({}, source), Status::kOk);
  mgc_stats_data stats{};
  heap.stats(&stats);
  EXPECT_LE(stats.sys - stats.heap_idle - stats.stack_sys, 256u * 1024) << "but for the untouched shadow stack";
  heap.destroy();
}

TEST(HeapMemory, TheHeapIsDestroyedTwiceAsOnce) {
  platform::FakeSource source;
  Heap heap;
  ASSERT_EQ(heap.init({}, source), Status::kOk);
  heap.destroy();
  heap.destroy();
  EXPECT_EQ(source.releases(), 1u);
}

}  // namespace
}  // namespace mallocgc
