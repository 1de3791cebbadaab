// The tests take mallocgc clause by clause (M1-M5, M8-M11, M14): what a request gets, and what it is told when it gets
// nothing.
#include <gtest/gtest.h>

#include <set>

#include "support/heap_fixture.h"
#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

uintptr_t value(const void* p) { return reinterpret_cast<uintptr_t>(p); }

TEST(HeapMalloc, M1_SizeZeroIsOneStaticWordBeforeAnyOtherCheck) {
  HeapFixture f;
  const mgc_stats_data before = f.stats();
  void* const empty = f.malloc(0, nullptr, 0);
  EXPECT_NE(empty, nullptr);
  EXPECT_EQ(f.malloc(0, f.node), empty);
  EXPECT_EQ(f.malloc(0, nullptr, MGC_NOZERO), empty) << "flags that contradict each other are not looked at";
  EXPECT_EQ(f.malloc(0, nullptr, MGC_NOSCAN, 3), empty);
  EXPECT_EQ(f.heap.newarray(f.mutator(), f.node, 0), empty);
  EXPECT_EQ(f.heap.rawmem(f.mutator(), 0), empty);
  EXPECT_EQ(f.heap.last_status(), Status::kOk);
  EXPECT_FALSE(f.source.range().contains(Address::of(empty)));
  EXPECT_FALSE(f.alive(empty));
  const mgc_stats_data after = f.stats();
  EXPECT_EQ(after.mallocs, before.mallocs);
  EXPECT_EQ(after.total_alloc, before.total_alloc);
  HeapFixture other;
  EXPECT_EQ(other.malloc(0, nullptr), empty) << "all empty objects compare equal";
}

TEST(HeapMalloc, M1_SizeZeroDoesNotTriggerACollection) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.stress_every = 1;
  HeapFixture f(options);
  for (int i = 0; i < 10; ++i) f.malloc(0, nullptr);
  EXPECT_EQ(f.stats().num_gc, 0u);
}

TEST(HeapMalloc, M2_ATypeIsRequiredUnlessNoScan) {
  HeapFixture f;
  EXPECT_EQ(f.malloc(8, nullptr, 0), nullptr);
  f.expect_error(Status::kBadType, "malloc missing type");
  EXPECT_EQ(f.malloc(100000, nullptr, 0), nullptr);
  EXPECT_EQ(f.heap.newobject(f.mutator(), nullptr), nullptr);
  EXPECT_EQ(f.heap.newarray(f.mutator(), nullptr, 3), nullptr);
  EXPECT_EQ(f.heap.type_window(f.mutator(), nullptr), nullptr);
  EXPECT_NE(f.malloc(8, nullptr, MGC_NOSCAN), nullptr);
}

TEST(HeapMalloc, M3_TinyRequestsShareABlockAndLiveUntilAllAreDead) {
  MGC_NEEDS(kTinyBlocks);
  HeapFixture f;
  Frame frame(f, 1);
  char* const a = static_cast<char*>(f.bytes(8));
  char* const b = static_cast<char*>(f.bytes(8));
  EXPECT_EQ(b, a + 8);
  char* const c = static_cast<char*>(f.bytes(15));
  EXPECT_TRUE(c < a || c >= a + 16);
  frame[0] = b;
  f.collect();
  EXPECT_TRUE(f.alive(a)) << "its neighbour lives";
  EXPECT_FALSE(f.alive(c));
  EXPECT_EQ(f.find(b).base, a);
  frame[0] = nullptr;
  f.collect();
  EXPECT_FALSE(f.alive(a));
}

TEST(HeapMalloc, M3_SixteenBytesAreNotTiny) {
  MGC_NEEDS(kTinyBlocks);
  HeapFixture f;
  char* const a = static_cast<char*>(f.bytes(16));
  char* const b = static_cast<char*>(f.bytes(1));
  char* const c = static_cast<char*>(f.bytes(16));
  EXPECT_NE(f.find(b).base, a);
  EXPECT_NE(f.find(c).base, f.find(b).base);
  EXPECT_EQ(f.stats().tiny_allocs, 0u) << "the first of a block is a plain allocation";
  f.bytes(1);
  EXPECT_EQ(f.stats().tiny_allocs, 1u);
}

TEST(HeapMalloc, M3_TheBlockWithMoreRoomLeftStaysCurrent) {
  MGC_NEEDS(kTinyBlocks);
  HeapFixture f;
  char* const a = static_cast<char*>(f.bytes(5));     // 11 left
  char* const big = static_cast<char*>(f.bytes(12));  // it does not fit at 8 and gets a block of its own, 4 left
  EXPECT_NE(f.find(big).base, a);
  EXPECT_EQ(f.find(f.bytes(8)).base, a);
  char* const wide = static_cast<char*>(f.bytes(1));  // the first block is full, so this is a fresh one
  EXPECT_NE(f.find(wide).base, a);
  EXPECT_EQ(f.bytes(1), wide + 1);
}

TEST(HeapMalloc, M3_TheCursorIsNotARootAndIsDroppedInACollection) {
  HeapFixture f;
  char* const a = static_cast<char*>(f.bytes(3));
  f.collect();
  EXPECT_FALSE(f.alive(a));
  char* const b = static_cast<char*>(f.bytes(3));
  EXPECT_EQ(f.find(b).base, b) << "a fresh block";
}

TEST(HeapMalloc, M3_ATypedObjectNeverSharesABlock) {
  MGC_NEEDS(kTinyBlocks);
  HeapFixture f;
  mgc_type_info info{};
  info.name = "Byte";
  info.size = 1;
  Type* const named = f.define(info);
  for (int i = 0; i < 20; ++i) {
    void* const object = f.heap.newobject(f.mutator(), named);
    EXPECT_EQ(f.find(object).base, object);
    EXPECT_EQ(f.find(object).type, named);
    EXPECT_EQ(value(object) % 8, 0u);
  }
  info.name = nullptr;
  Type* const unnamed = f.define(info);
  char* const a = static_cast<char*>(f.heap.newobject(f.mutator(), unnamed));
  EXPECT_EQ(f.heap.newobject(f.mutator(), unnamed), a + 1) << "an unnamed pointer-free one may";
}

TEST(HeapMalloc, M4_TinyAlignmentFollowsTheSizeAndTwelveBytesAreEightAligned) {
  HeapFixture f;
  for (size_t before = 1; before < 16; ++before) {
    for (size_t size = 1; size < 16; ++size) {
      f.bytes(before);
      const size_t expected = size % 8 == 0 || size == 12 ? 8 : size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1;
      EXPECT_EQ(value(f.bytes(size)) % expected, 0u) << size << " after " << before;
    }
  }
}

TEST(HeapMalloc, M5_OwnBlockOptsOutOfSharing) {
  HeapFixture f;
  for (size_t size = 1; size < 16; ++size) {
    void* const a = f.bytes(size, MGC_NOSCAN | MGC_OWN_BLOCK);
    void* const b = f.bytes(1);
    EXPECT_EQ(f.find(a).base, a);
    EXPECT_NE(f.find(b).base, a);
  }
}

TEST(HeapMalloc, M9_NoZeroIsLegalOnlyWithNoScan) {
  HeapFixture f;
  EXPECT_EQ(f.malloc(64, f.node, MGC_NOZERO), nullptr);
  f.expect_error(Status::kBadArgument, "");
  EXPECT_NE(f.malloc(64, nullptr, MGC_NOZERO | MGC_NOSCAN), nullptr);
  EXPECT_NE(f.malloc(64, f.node, MGC_NOZERO | MGC_NOSCAN), nullptr);
}

TEST(HeapMalloc, M10_NewArrayRefusesNegativeAndOverflowAndChangesNothing) {
  HeapFixture f;
  const mgc_stats_data before = f.stats();
  for (const intptr_t count :
       {intptr_t{-1}, INTPTR_MIN, INTPTR_MAX, INTPTR_MAX / 2, static_cast<intptr_t>(SIZE_MAX / sizeof(Node)) + 1}) {
    EXPECT_EQ(f.heap.newarray(f.mutator(), f.node, count), nullptr) << count;
    f.expect_error(Status::kBadSize, "allocation size out of range");
  }
  for (const size_t size : {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2 + 2}) {
    for (const uint32_t flags :
         {uint32_t{MGC_NOSCAN}, uint32_t{MGC_NOSCAN | MGC_END_POINTERS}, uint32_t{MGC_NOSCAN | MGC_NOZERO}}) {
      EXPECT_EQ(f.bytes(size, flags), nullptr) << size;
      f.expect_error(Status::kBadSize, "allocation size out of range");
    }
  }
  EXPECT_EQ(f.heap.newarray(f.mutator(), f.node, -1), nullptr);
  EXPECT_EQ(f.stats().mallocs, before.mallocs);
  EXPECT_EQ(f.stats().num_gc, before.num_gc);
  Node* const array = static_cast<Node*>(f.heap.newarray(f.mutator(), f.node, 10));
  ASSERT_NE(array, nullptr);
  EXPECT_EQ(f.find(array + 9).base, array);
}

TEST(HeapMalloc, M10_AnArrayOfAnEmptyTypeIsEmptyAndNegativeStillRefused) {
  HeapFixture f;
  mgc_type_info info{};
  info.name = "Empty";
  Type* const empty = f.define(info);
  EXPECT_EQ(f.heap.newarray(f.mutator(), empty, INTPTR_MAX), Heap::zero_base());
  EXPECT_EQ(f.heap.newobject(f.mutator(), empty), Heap::zero_base());
  EXPECT_EQ(f.heap.newarray(f.mutator(), empty, -1), nullptr);
}

TEST(HeapMalloc, M11_ACollectionNeverStartsBetweenChoosingAnObjectAndHandingItOver) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_STOP;
  options.stress_every = 1;
  HeapFixture f(options);
  for (int i = 0; i < 400; ++i) {
    const size_t size = static_cast<size_t>(i) * 97 % 40000 + 1;
    char* const object = static_cast<char*>(f.bytes(size));
    ASSERT_NE(object, nullptr);
    const FoundObject found = f.find(object);
    ASSERT_LE(static_cast<char*>(found.base), object) << "alive, though nobody roots it yet";
    Node* const typed = f.make();
    ASSERT_EQ(f.find(typed).base, typed);
  }
  EXPECT_GE(f.stats().num_gc, 800u);
}

// Memory that is kept for objects of a type must not come from requests for less than one object.
TEST(HeapMalloc, PartsOfALargeTypeLeaveItsObjectsLarge) {
  MGC_NEEDS(kPrograms);
  HeapFixture f;
  for (const size_t words : {5000u, 12345u, 100000u}) {
    Type* const large = f.define("large", words, 3);
    for (size_t bytes = kWordBytes; bytes <= 32768; bytes += 8 * kWordBytes)
      ASSERT_NE(f.malloc(bytes, large), nullptr) << bytes;
    for (int i = 0; i < 2; ++i) {
      void* const object = f.heap.newobject(f.mutator(), large);
      ASSERT_NE(object, nullptr);
      EXPECT_GE(f.find(object).size, words * kWordBytes);
    }
    const mgc_alloc_slot* const slot = f.heap.type_window(f.mutator(), large);
    EXPECT_LT(slot->limit - slot->cursor, kWordBytes);
  }
}

// In a heap full of holes every other allocation ends a run, and each of these tests the trigger.
TEST(HeapMalloc, M11_TheTriggerIsTestedWheneverAWindowIsUsedUp) {
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_STOP;
  options.min_heap_bytes = HeapFixture::kMiB / 2;
  HeapFixture f(options);
  const size_t slot_bytes = Heap::roundupsize(sizeof(Node));
  const mgc_alloc_slot* const window = f.heap.type_window(f.mutator(), f.node);
  Frame frame(f, 1);
  const auto fill = [&f, &frame](size_t objects) {
    for (size_t i = 0; i < objects; ++i) {
      Node* const object = f.make(nullptr, nullptr);
      if (i % 5 != 0 && i % 3 != 0) continue;
      object->left = static_cast<Node*>(frame[0]);
      frame[0] = object;
    }
  };
  fill(HeapFixture::kMiB / slot_bytes);
  ASSERT_EQ(f.heap.collect(), Status::kOk);
  f.heap.set_gc_percent(20);
  uint32_t collected = 0;
  for (size_t i = 0; i < HeapFixture::kMiB / slot_bytes; ++i) {
    const bool is_used_up = window->limit - window->cursor < slot_bytes;
    const bool is_due = f.heap.collection_due();
    const uint64_t collections = f.stats().num_gc;
    ASSERT_NE(f.make(), nullptr);
    ASSERT_EQ(f.stats().num_gc - collections, is_used_up && is_due ? 1 : 0);
    collected += is_used_up && is_due ? 1 : 0;
  }
  EXPECT_GE(collected, 2u);
}

// What threads need: a mutator with a cache of its own allocates from nothing that another one has.
TEST(HeapMalloc, EntriesBelongToTheCacheOfTheMutator) {
  Parts memory_of_the_cache;
  AllocCache cache;
  cache.init(memory_of_the_cache.metadata);
  cache.forget_entries();
  HeapFixture f;
  Mutator other(f.heap, cache);
  Mutator* const mutators[] = {&f.mutator(), &other};
  Type* const block = f.define("Block", 6, 0);
  const size_t whole = block->size_bytes;
  const auto ask = [&](Mutator& mutator, size_t kind) -> void* {
    switch (kind) {
      case 0:
        return f.heap.newobject(mutator, f.node);
      case 1:
        return f.heap.mallocgc(mutator, whole, block, 0);
      case 2:
        return f.heap.newarray(mutator, block, 3);
      case 3:
        return f.heap.mallocgc(mutator, 40, nullptr, MGC_NOSCAN);
      case 4:
        return f.heap.rawmem(mutator, 100);
      default:
        return f.heap.mallocgc(mutator, 3, nullptr, MGC_NOSCAN);
    }
  };
  constexpr size_t kKinds = 6;
  std::set<const Span*> spans[kKinds][2];
  // Beyond the mixed spans, which belong to a cache as well.
  for (size_t i = 0; i < 4 * SpanClassTable::kPromotionBytes / sizeof(Node); ++i) {
    for (size_t kind = 0; kind < kKinds; ++kind) {
      for (size_t who = 0; who < 2; ++who) {
        void* const object = ask(*mutators[who], kind);
        ASSERT_NE(object, nullptr) << f.heap.last_error();
        spans[kind][who].insert(f.span_of(object));
      }
    }
  }
  for (size_t kind = 0; kind < kKinds; ++kind) {
    for (const Span* span : spans[kind][0]) EXPECT_EQ(spans[kind][1].count(span), 0u) << "kind " << kind;
  }
  EXPECT_NE(f.heap.type_window(other, f.node), f.heap.type_window(f.mutator(), f.node));
  EXPECT_NE(f.heap.noscan_window(other, 40), f.heap.noscan_window(f.mutator(), 40));
  EXPECT_NE(other.type_slots, f.mutator().type_slots);
  ASSERT_EQ(f.heap.collect(), Status::kOk) << "the runs of both are given back";
  ASSERT_NE(ask(other, 0), nullptr);
}

TEST(HeapMalloc, M14_FindObjectKnowsAllocatedObjectsOnly) {
  HeapFixture f;
  Frame frame(f, 2);
  Node* const object = f.make();
  frame[0] = object;
  const size_t slot = Heap::roundupsize(sizeof(Node));
  for (size_t offset = 0; offset < slot; ++offset) {
    const FoundObject found = f.find(reinterpret_cast<char*>(object) + offset);
    EXPECT_EQ(found.base, object);
    EXPECT_EQ(found.size, slot);
    EXPECT_EQ(found.type, f.node);
  }
  EXPECT_FALSE(f.alive(reinterpret_cast<char*>(object) + slot)) << "the untaken rest of a run";
  EXPECT_FALSE(f.alive(nullptr));
  EXPECT_FALSE(f.alive(&f)) << "the stack";
  EXPECT_FALSE(f.alive(f.node)) << "metadata";
  EXPECT_FALSE(f.alive(Heap::zero_base()));
  Node* const dead = f.make();
  f.collect();
  EXPECT_FALSE(f.alive(dead)) << "a free slot";
  const size_t bytes = 100000;
  char* const large = static_cast<char*>(f.bytes(bytes));
  EXPECT_EQ(f.find(large + bytes - 1).size, bytes);
  EXPECT_EQ(f.find(large + bytes - 1).base, large);
  EXPECT_FALSE(f.alive(large + bytes)) << "beyond the requested size of a large object";
  FoundObject found;
  found.base = &f;
  EXPECT_FALSE(f.heap.find_object(&f, &found));
  EXPECT_EQ(found.base, nullptr) << "nothing found is nothing said";
}

TEST(HeapMalloc, M15_EveryAllocationIsSeenByStressAtItsNth) {
  MGC_NEEDS(kEvents);
  for (const uint32_t every : {1u, 2u, 3u, 10u}) {
    mgc_options options = HeapFixture::quiet();
    options.mode = MGC_MODE_STOP;
    options.stress_every = every;
    for (const size_t size : {3, 8, 16, 100, 5000, 50000}) {
      HeapFixture f(options);
      for (int i = 0; i < 60; ++i) f.bytes(size);
      EXPECT_EQ(f.stats().num_gc, 60 / every) << "size " << size << " at every " << every;
    }
  }
}

TEST(HeapMalloc, M15_SlotsAreBumpedByCompiledCodeWithoutACall) {
  HeapFixture f;
  mgc_alloc_slot* const slot = f.heap.type_window(f.mutator(), f.node);
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot, f.heap.type_window(f.mutator(), f.node)) << "stable";
  const size_t bytes = Heap::roundupsize(sizeof(Node));
  Node* last = nullptr;
  int inlined = 0;
  for (int i = 0; i < 5000; ++i) {
    if (slot->cursor + bytes <= slot->limit) {
      Node* const node = reinterpret_cast<Node*>(slot->cursor);
      platform::unpoison(Address::of(node), bytes);
      slot->cursor += bytes;
      ASSERT_EQ(node->left, nullptr);
      ASSERT_EQ(node->right, nullptr);
      last = node;
      ++inlined;
    } else {
      last = f.make();
    }
    last->left = last;
    ASSERT_EQ(f.find(last).base, last);
  }
  if (!platform::kAsan) {
    // it has spans of its own after these (T7)
    const int rare = static_cast<int>(SpanClassTable::kPromotionBytes / bytes);
    EXPECT_GT(inlined, 5000 - rare - 100) << "all but the first ones, and one a window";
  }
  EXPECT_EQ(f.stats().heap_objects, kHasWorkCounters ? 5000u : 0);
  f.collect();
  EXPECT_EQ(f.stats().heap_objects, 0u);
  EXPECT_EQ(slot->cursor, slot->limit) << "used up until the next call";
}

}  // namespace
}  // namespace mallocgc
