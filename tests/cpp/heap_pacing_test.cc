// Collections come by what was handed out, however many types share it (C6, C12, T7). The heap keeps a soft limit while
// its live part allows that, and many types take as little memory as their objects need.
#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

std::vector<Type*> define_types(HeapFixture& f, uint32_t count, size_t words) {
  std::vector<Type*> types;
  for (uint32_t i = 0; i < count; ++i) types.push_back(f.define(("T" + std::to_string(i)).c_str(), words, 1));
  return types;
}

// These options count the full cycles of the stop mode.
mgc_options paced(uint32_t mode = MGC_MODE_STOP) {
  mgc_options options{};
  options.shadow_slots = 4096;
  options.mode = mode;
  return options;
}

TEST(HeapPacing, C12_CollectionsPerByteDoNotDependOnTheNumberOfTypes) {
  MGC_NEEDS(kWorkCounters);
  if (platform::kAsan) GTEST_SKIP() << "under ASan every window is one slot";
  constexpr uint32_t kObjects = 500'000;
  uint64_t expected = 0;
  for (const uint32_t count : {10u, 250u, 1000u, 10000u}) {
    mgc_options options = paced();
    options.min_heap_bytes = HeapFixture::kMiB;
    HeapFixture f(options, {.total_bytes = 512 * HeapFixture::kMiB});
    const std::vector<Type*> types = define_types(f, count, 64 / kWordBytes);
    for (Type* const type : types) ASSERT_NE(f.heap.type_window(f.mutator(), type), nullptr);
    // Each type gets spans of its own.
    f.heap.set_gc_percent(-1);
    for (Type* const type : types) {
      for (uint32_t i = 0; i <= SpanClassTable::kPromotionBytes / 64; ++i) f.heap.newobject(f.mutator(), type);
    }
    ASSERT_EQ(f.stats().path_promotions, count);
    f.heap.set_gc_percent(100);
    f.collect();
    const uint64_t before = f.stats().num_gc;
    for (uint32_t i = 0; i < kObjects; ++i) ASSERT_NE(f.heap.newobject(f.mutator(), types[i % count]), nullptr);
    const uint64_t collections = f.stats().num_gc - before;
    if (expected == 0) expected = collections;
    EXPECT_GE(collections, 27u);
    EXPECT_LE(collections, expected + expected / 10) << count;
    EXPECT_GE(collections, expected - expected / 10) << count;
  }
}

TEST(HeapPacing, C12_WhatCountsIsWhatWasHandedOut) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f(paced(), {.total_bytes = 64 * HeapFixture::kMiB});
  const std::vector<Type*> types = define_types(f, 100, 4);
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < 3000; ++i) {
    ASSERT_NE(f.heap.newobject(f.mutator(), types[i % 100]), nullptr);
    bytes += Heap::roundupsize(4 * kWordBytes);
    if (i % 100 == 0) {
      ASSERT_EQ(f.stats().heap_live, bytes);
    }
  }
  EXPECT_EQ(f.stats().heap_alloc, bytes);
}

TEST(HeapPacing, C12_ABurstOfNewTypesAfterFewDoesNotCollectEarly) {
  if (platform::kAsan) GTEST_SKIP() << "under ASan every window is one slot";
  HeapFixture f(paced(), {.total_bytes = 256 * HeapFixture::kMiB});
  const std::vector<Type*> types = define_types(f, 3000, 2);
  for (int round = 0; round < 2; ++round) {
    // These are cycles of one type alone, whose window grows.
    f.collect();
    uint64_t before = f.stats().num_gc;
    while (f.stats().num_gc < before + 3) f.heap.newobject(f.mutator(), types[0]);
    f.collect();
    before = f.stats().num_gc;
    const uint64_t goal = f.stats().next_gc;
    uint64_t bytes = 0;
    for (uint32_t i = 0; f.stats().num_gc == before; ++i) {
      for (int k = 0; k < 100; ++k) f.heap.newobject(f.mutator(), types[(i * 100 + k) % 3000]);
      bytes += 100 * Heap::roundupsize(2 * kWordBytes);
    }
    EXPECT_GE(bytes, goal - goal / 5);
    EXPECT_LE(bytes, goal + goal / 10);
  }
}

TEST(HeapPacing, T7_TypesWithFewObjectsShareSpansBySlotsToo) {
  for (const bool slots : {false, true}) {
    HeapFixture f(paced(), {.total_bytes = 128 * HeapFixture::kMiB});
    Frame frame(f, 1);
    const std::vector<Type*> types = define_types(f, 1000, 16 / kWordBytes);
    for (Type* const type : types) {
      if (slots) {
        ASSERT_NE(f.heap.type_window(f.mutator(), type), nullptr);
      }
      for (int i = 0; i < 10; ++i) {
        auto** const object = static_cast<void**>(f.heap.newobject(f.mutator(), type));
        ASSERT_NE(object, nullptr);
        *object = frame[0];
        frame[0] = object;
      }
    }
    f.collect();
    EXPECT_LE(f.stats().heap_inuse, 2 * HeapFixture::kMiB);
    EXPECT_EQ(f.stats().path_promotions, 0u);
  }
}

TEST(HeapPacing, T7_TheSlotThatWasAskedForOpensOnceTheTypeHasAllocatedEnough) {
  HeapFixture f;
  mgc_alloc_slot* const slot = f.heap.type_window(f.mutator(), f.node);
  ASSERT_NE(slot, nullptr);
  const size_t slot_bytes = Heap::roundupsize(sizeof(Node));
  for (size_t bytes = 0; bytes < SpanClassTable::kPromotionBytes; bytes += slot_bytes) {
    f.make();
    ASSERT_EQ(slot->limit, slot->cursor);
  }
  f.make();
  EXPECT_EQ(f.heap.type_window(f.mutator(), f.node), slot) << "it has not moved";
  if (platform::kAsan) return;
  EXPECT_GT(slot->limit, slot->cursor);
  void* const next = reinterpret_cast<void*>(slot->cursor);
  EXPECT_EQ(f.make(), next);
}

// Allocates `bytes` of garbage in small objects, and returns the greatest Sys on the way.
uint64_t churn(HeapFixture& f, Type* type, uint64_t bytes) {
  uint64_t most = 0;
  for (uint64_t done = 0; done < bytes; done += 64 * type->size_bytes) {
    for (int i = 0; i < 64; ++i) EXPECT_NE(f.heap.newobject(f.mutator(), type), nullptr);
    const uint64_t sys = f.stats().sys;
    if (sys > most) most = sys;
  }
  return most;
}

// Keeps a list of `bytes` in frame[0].
void keep(HeapFixture& f, Frame& frame, Type* type, uint64_t bytes) {
  for (uint64_t done = 0; done < bytes; done += type->size_bytes) {
    auto** const object = static_cast<void**>(f.heap.newobject(f.mutator(), type));
    ASSERT_NE(object, nullptr);
    *object = frame[0];
    frame[0] = object;
  }
}

// This program drops nearly all, under a limit. On a busy machine a cycle may take so long that the share of time comes
// before the limit; then the counter says so.
struct UnderLimit {
  static constexpr uint64_t kLimit = 40 * HeapFixture::kMiB;
  UnderLimit(uint32_t mode, int32_t percent) : f(paced(mode), {.total_bytes = 192 * HeapFixture::kMiB}), frame(f, 1) {
    type = f.define("Block", HeapFixture::kBlockWords, 1);
    keep(f, frame, type, 12 * HeapFixture::kMiB);
    f.collect();
    f.heap.set_gc_percent(percent);
    EXPECT_EQ(f.heap.set_memory_limit(kLimit), 0u);
    most = churn(f, type, 150 * HeapFixture::kMiB);
  }
  HeapFixture f;
  Frame frame;
  Type* type = nullptr;
  uint64_t most = 0;
};

void stays_below_the_limit(uint32_t mode) {
  constexpr uint64_t kMost = UnderLimit::kLimit + UnderLimit::kLimit / 20;
  for (const int32_t percent : {-1, 100, 400}) {
    bool kept = false;
    for (int attempt = 0; attempt < 20 && !kept; ++attempt) {
      UnderLimit program(mode, percent);
      kept = kHasWorkCounters ? program.f.stats().path_limit_passed == 0 : program.most <= kMost;
      if (!kept) continue;
      EXPECT_LE(program.most, kMost) << percent;
      program.f.heap.set_memory_limit(0);
      program.f.heap.set_gc_percent(-1);
      EXPECT_GT(churn(program.f, program.type, 60 * HeapFixture::kMiB), kMost) << "it was the limit that held it";
    }
    EXPECT_TRUE(kept) << percent;
  }
}

TEST(HeapPacing, C6_SysStaysBelowTheLimitWhileTheLiveHeapAllowsIt) {
  for (const uint32_t mode : {MGC_MODE_STOP, MGC_MODE_AUTO}) stays_below_the_limit(mode);
}

// The first cycle is timed like all others, and so is the program before it. The measured cost of a byte makes a cycle
// worth less allocation than a module without a clock assumes. On a busy machine one attempt may fail, so there are
// several.
TEST(HeapPacing, C6_TheFirstCycleTellsHowMuchAllocationACycleIsWorth) {
  bool told = false;
  for (int attempt = 0; attempt < 20 && !told; ++attempt) {
    HeapFixture f(HeapFixture::quiet(), {.total_bytes = 64 * HeapFixture::kMiB});
    f.heap.set_memory_limit(16 * HeapFixture::kMiB);
    f.heap.forbid_collection();
    Frame frame(f, 1);
    keep(f, frame, f.define("Block", HeapFixture::kBlockWords, 1), 12 * HeapFixture::kMiB);
    f.heap.allow_collection();
    f.collect();
    ASSERT_EQ(f.stats().num_gc, 1u);
    told = f.stats().next_gc < f.stats().heap_marked * Pacer::kAllocationPerMarkedByte;
  }
  EXPECT_TRUE(told);
}

TEST(HeapPacing, C6_WhereTheLiveHeapIsAboveTheLimitSysMayPassItAndThatIsCounted) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 64 * HeapFixture::kMiB});
  Type* const type = f.define("Block", kHasPrograms ? 128 : 64, 1);
  Frame frame(f, 1);
  f.heap.set_memory_limit(4 * HeapFixture::kMiB);
  keep(f, frame, type, 8 * HeapFixture::kMiB);
  const mgc_stats_data stats = f.stats();
  EXPECT_GT(stats.sys, 8 * HeapFixture::kMiB);
  EXPECT_EQ(stats.path_limit_passed > 0, kHasWorkCounters);
  EXPECT_GT(stats.num_gc, 0u);
  EXPECT_LT(stats.num_gc, 200u) << "not for every page";
}

TEST(HeapPacing, M12_NearTheEndOfMemoryAHandfulOfBytesIsNotWorthACollectionEach) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 16 * HeapFixture::kMiB});
  Frame frame(f, 1);
  uint64_t kept = 0;
  for (Node* node = f.make(); node != nullptr; node = f.make(), ++kept) {
    node->left = frame.node(0);
    frame[0] = node;
  }
  f.expect_error(Status::kOutOfMemory, "out of memory");
  for (int i = 0; i < 100; ++i) frame[0] = frame.node(0)->left;
  // Some room is left for garbage. The test counts the collections until the heap says that memory is out.
  const uint64_t before = f.stats().num_gc;
  for (int i = 0; i < 100'000 && f.make() != nullptr; ++i) {}
  EXPECT_LE(f.stats().num_gc - before, Pacer::kPoorCycles + 1);
  f.expect_error(Status::kOutOfMemory, "out of memory: ");
  EXPECT_EQ(std::string(f.heap.last_error()).find("objects that live") != std::string::npos, kHasTexts);
  // The next request finds what is dropped afterwards.
  for (uint64_t i = 0; i < kept / 2; ++i) frame[0] = frame.node(0)->left;
  EXPECT_NE(f.make(), nullptr) << f.heap.last_error();
  EXPECT_NE(f.bytes(HeapFixture::kMiB), nullptr) << f.heap.last_error();
}

TEST(HeapPacing, M12_ManyCollectionsOfASmallHeapAreNotTheEnd) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 8 * HeapFixture::kMiB});
  for (int i = 0; i < 5; ++i) f.collect();
  const uint64_t before = f.stats().num_gc;
  while (f.stats().num_gc < before + 3) ASSERT_NE(f.bytes(100), nullptr) << f.heap.last_error();
}

// A call that never collects says that a collection may help, until one did not.
TEST(HeapPacing, M12_ACallThatNeverCollectsSaysTryAgain) {
  using Call = Status (*)(HeapFixture&, Frame&);
  const Call of_lifecycles[] = {
      [](HeapFixture& f, Frame& frame) {
        uint64_t id;
        return f.heap.add_cleanup(frame[0], nullptr, nullptr, 1, &id);
      },
      [](HeapFixture& f, Frame&) {
        uint32_t index;
        return f.heap.host_acquire(&index);
      },
  };
  std::vector<Call> calls = {
      [](HeapFixture& f, Frame& frame) {
        uint64_t id;
        return f.heap.handle_new(frame[0], &id);
      },
      [](HeapFixture& f, Frame&) { return f.heap.attach(300) != nullptr ? Status::kOk : f.heap.last_status(); },
      [](HeapFixture& f, Frame&) {
        static size_t number = 0;
        const std::string name(1000, 'x');
        mgc_type_info info{};
        info.name = name.c_str();
        info.size = ++number;
        Type* type;
        return f.heap.define_type(info, &type);
      },
  };
  if (kHasLifecycles) calls.insert(calls.end(), std::begin(of_lifecycles), std::end(of_lifecycles));
  for (const Call call : calls) {
    HeapFixture f(HeapFixture::quiet(), {.total_bytes = 4 * HeapFixture::kMiB});
    Frame frame(f, 1);
    frame[0] = f.make();
    f.heap.forbid_collection();
    while (f.bytes(10000) != nullptr) {}
    while (f.bytes(300) != nullptr) {}
    f.expect_error(Status::kTryAgain, "out of memory while collection is forbidden");
    f.heap.allow_collection();
    Status status = Status::kOk;
    for (int i = 0; i < 100'000 && status == Status::kOk; ++i) status = call(f, frame);
    ASSERT_EQ(status, Status::kTryAgain) << f.heap.last_error();
    EXPECT_EQ(std::string(f.heap.last_error()).find("collect and try again") != std::string::npos, kHasTexts);
    ASSERT_EQ(call(f, frame), Status::kTryAgain) << "nobody has collected";
    f.collect();
    ASSERT_EQ(call(f, frame), Status::kOk) << f.heap.last_error();
    // The call is repeated until no garbage is left that would help.
    do status = call(f, frame);
    while (status == Status::kOk);
    ASSERT_EQ(status, Status::kTryAgain);
    f.collect();
    while (call(f, frame) == Status::kOk) {}
    f.expect_error(Status::kOutOfMemory, "out of memory");
    ASSERT_EQ(call(f, frame), Status::kTryAgain) << "the next time a collection may help again";
  }
}

TEST(HeapPacing, C6_RecordsThatDieAreCollectedInEveryFlavour) {
  MGC_NEEDS(kLifecycles);
  HeapFixture f(paced(), {.total_bytes = 16 * HeapFixture::kMiB});
  for (int i = 0; i < 200'000; ++i) {
    Node* const node = f.make();
    ASSERT_NE(node, nullptr) << i << f.heap.last_error();
    ASSERT_EQ(f.heap.set_finalizer(
                  node, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
              Status::kOk)
        << i << ": " << f.heap.last_error();
    if (i % 1000 == 0) f.heap.run_finalizers(SIZE_MAX);
  }
}

}  // namespace
}  // namespace mallocgc
