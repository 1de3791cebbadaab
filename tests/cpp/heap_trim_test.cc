// Memory is given back (C13): to the system natively, to other objects everywhere. The cost of a cycle follows what
// lives.
#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr size_t kMiB = HeapFixture::kMiB;

void fill(HeapFixture& f, Frame& frame, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes; done += sizeof(Node)) {
    Node* const node = f.make(frame.node(0), nullptr);
    ASSERT_NE(node, nullptr);
    frame[0] = node;
  }
}

uint64_t metadata(HeapFixture& f) { return f.stats().sys - f.stats().heap_sys; }

TEST(HeapTrim, C13_AfterAllDiedNearlyAllOfTheHeapIsOneFreeRun) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 48 * kMiB});
  Frame frame(f, 1);
  fill(f, frame, 30 * kMiB);
  frame[0] = nullptr;
  f.collect();
  f.collect();
  const uint64_t growths = f.stats().path_growths;
  EXPECT_NE(f.bytes(f.stats().heap_idle / 10 * 9), nullptr);
  EXPECT_EQ(f.stats().path_growths, growths);
}

TEST(HeapTrim, C13_FreePagesGoBackToTheSystemAndHeapReleasedSaysSo) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 64 * kMiB});
  if (!f.source.gives_back()) GTEST_SKIP() << "memory cannot shrink here";
  Frame frame(f, 1);
  fill(f, frame, 40 * kMiB);
  EXPECT_LT(f.stats().heap_released, 2 * kMiB);
  frame[0] = nullptr;
  const uint64_t freed = f.heap.trim();
  EXPECT_GE(freed, 40 * kMiB);
  const mgc_stats_data stats = f.stats();
  EXPECT_EQ(stats.heap_released, stats.heap_idle) << "all of it";
  EXPECT_EQ(f.heap.trim(), 0u) << "nothing is left to give";
  // What was given back can be used again, and is zero.
  fill(f, frame, 40 * kMiB);
  for (Node* node = frame.node(0); node != nullptr; node = node->left) ASSERT_EQ(node->right, nullptr);
}

TEST(HeapTrim, C13_APagedHeapIsGivenBackStepByStepByAutomaticCollections) {
  MGC_NEEDS(kWorkCounters);
  mgc_options options{};
  options.shadow_slots = 4096;
  options.mode = MGC_MODE_STOP;
  HeapFixture f(options, {.total_bytes = 128 * kMiB});
  if (!f.source.gives_back()) GTEST_SKIP() << "memory cannot shrink here";
  Frame frame(f, 1);
  fill(f, frame, 64 * kMiB);
  frame[0] = nullptr;
  const uint64_t before = f.stats().num_gc;
  uint64_t last = 0;
  while (f.stats().num_gc < before + 10) {
    f.make();
    const uint64_t released = f.stats().heap_released;
    EXPECT_LE(released, last + 33 * kMiB) << "no cycle gives more than a share";
    last = released;
  }
  EXPECT_GE(f.stats().heap_released, 40 * kMiB);
}

TEST(HeapTrim, C13_ASystemThatKeepsItsPagesIsNoError) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 16 * kMiB, .keep_pages = true});
  Frame frame(f, 1);
  fill(f, frame, 4 * kMiB);
  frame[0] = nullptr;
  f.heap.trim();
  fill(f, frame, 4 * kMiB);
}

TEST(HeapTrim, C13_RecordsOfFinalizersAndHandlesAreGivenBack) {
  MGC_NEEDS(kLifecycles);
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 128 * kMiB});
  const auto arm = [&f](int objects) {
    for (int i = 0; i < objects; ++i) {
      Node* const node = f.make();
      const auto nothing = [](mgc_mutator*, void*, void*) {};
      ASSERT_EQ(f.heap.set_finalizer(node, nothing, nullptr, 0), Status::kOk);
    }
  };
  uint64_t first = 0;
  arm(2000);
  ASSERT_EQ(f.heap.handle_new(f.make(), &first), Status::kOk);
  f.collect();
  f.heap.run_finalizers(SIZE_MAX);
  f.collect();
  f.heap.trim();
  const uint64_t before = metadata(f);
  arm(200'000);
  std::vector<uint64_t> handles(200'000);
  Node* const node = f.make();
  for (uint64_t& handle : handles) ASSERT_EQ(f.heap.handle_new(node, &handle), Status::kOk);
  EXPECT_GT(metadata(f), before + 10 * kMiB);
  for (const uint64_t handle : handles) ASSERT_EQ(f.heap.handle_free(handle), Status::kOk);
  f.collect();
  f.heap.run_finalizers(SIZE_MAX);
  f.collect();
  f.heap.trim();
  EXPECT_LE(metadata(f), before + before / 10);
  for (const uint64_t handle : handles) {
    ASSERT_EQ(f.heap.handle_get(handle), nullptr);
    f.expect_error(Status::kStaleHandle, "handle is stale");
  }
  uint64_t again = 0;
  ASSERT_EQ(f.heap.handle_new(f.make(), &again), Status::kOk);
  EXPECT_EQ(std::count(handles.begin(), handles.end(), again), 0) << "R4: no id comes twice";
}

TEST(HeapTrim, C10_OneAllocationSweepsABoundedNumberOfSpans) {
  MGC_NEEDS(kWorkCounters);
  mgc_options options = HeapFixture::quiet();
  HeapFixture f(options, {.total_bytes = 64 * kMiB});
  Type* const block = f.define("Block", 1024 / kWordBytes, 1);
  Frame frame(f, 1);
  for (int i = 0; i < 30'000; ++i) {
    auto** const object = static_cast<void**>(f.heap.newobject(f.mutator(), block));
    *object = frame[0];
    frame[0] = object;
  }
  f.collect();
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  uint64_t swept = f.stats().work_spans_swept;
  for (int i = 0; i < 200; ++i) {
    ASSERT_NE(f.heap.newobject(f.mutator(), block), nullptr);
    const uint64_t now = f.stats().work_spans_swept;
    ASSERT_LE(now - swept, 500u);
    swept = now;
  }
}

TEST(HeapTrim, M8_EndPointersDoNotChangeTheAlignment) {
  HeapFixture f;
  for (size_t size = 1; size <= 128; ++size) {
    const size_t tiny = size % 8 == 0 || size == 12 ? 8 : size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1;
    const size_t align = size % 16 == 0 ? 16 : size > 15 ? 8 : tiny;
    for (int i = 0; i < 20; ++i) {
      f.bytes(1);
      void* const object = f.bytes(size, MGC_NOSCAN | MGC_END_POINTERS);
      ASSERT_EQ(Address::of(object).value() % align, 0u) << size;
      ASSERT_EQ(f.find(static_cast<char*>(object) + size).base, f.find(object).base) << size;
    }
  }
}

}  // namespace
}  // namespace mallocgc
