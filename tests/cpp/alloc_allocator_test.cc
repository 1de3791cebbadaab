// These tests refill a cache. Runs and spans come in order, memory is zero (M9), the fast path has its window (M15),
// rests go back (inv.run), and sweeping is lazy (C5).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

TEST(Allocator, EverySlotIsHandedOutOnceAndInAddressOrderWithinASpan) {
  Parts parts;
  SpanClass& span_class = parts.classes.noscan(5);
  std::set<Address> seen;
  Address last;
  for (uint32_t i = 0; i < 3 * span_slots(5); ++i) {
    const Address taken = parts.take(span_class);
    EXPECT_TRUE(seen.insert(taken).second);
    if (i % span_slots(5) != 0) {
      EXPECT_EQ(taken, last + size_class_bytes(5));
    }
    last = taken;
  }
  EXPECT_EQ(parts.spans.live_spans(), 3u);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Allocator, M9_SlotsWithPointersAreZeroWhenTakenOnDirtyPagesAndAfterSweeps) {
  Parts parts({.total_bytes = 4 * kMiB, .dirty = true});
  Type* const type = parts.define("pair", 2, 3);
  for (int round = 0; round < 4; ++round) {
    std::vector<const void*> kept;
    for (int i = 0; i < 5000; ++i) {
      void** const object = parts.make(*type);
      ASSERT_EQ(object[0], nullptr);
      ASSERT_EQ(object[1], nullptr);
      object[0] = object;
      object[1] = object + 1;
      if (i % 3 == round % 3) kept.push_back(object);
    }
    parts.collect(kept);
    ASSERT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
  }
}

TEST(Allocator, M9_LargeObjectsSayWhetherTheirPagesAreZero) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(20, true));
  bool zeroed = false;
  const LargeRequest request{.bytes = 10 * kPageBytes, .pages = 10};
  const Address fresh = parts.allocator.try_take_large(request, &zeroed);
  EXPECT_TRUE(zeroed);
  platform::unpoison(fresh, request.bytes);
  __builtin_memset(fresh.pointer(), 1, request.bytes);
  parts.collect({});
  const Address used = parts.allocator.try_take_large(request, &zeroed);
  EXPECT_EQ(used, fresh);
  EXPECT_FALSE(zeroed);
}

TEST(Allocator, M15_TheWindowIsNeverLongerThanTheCap) {
  MGC_NEEDS(kEvents);
  if (platform::kAsan) GTEST_SKIP() << "under ASan the window is closed";
  for (const uint32_t cap : {1u, 2u, 7u, 1000000u, Allocator::kNoCap}) {
    Parts parts;
    parts.allocator.run_cap = cap;
    SpanClass& span_class = parts.classes.noscan(2);
    CacheEntry* const entry = parts.cache.try_entry(span_class);
    size_t most = 0;
    for (uint32_t i = 0; i < 1500; ++i) {
      parts.take(span_class);
      const size_t open = (entry->window.limit - entry->window.cursor) / span_class.slot_bytes;
      const size_t left = (entry->run_end - entry->window.cursor) / span_class.slot_bytes;
      ASSERT_LE(open, left);
      ASSERT_LT(open, cap) << "the slot that was taken counts";
      most = std::max(most, open);
    }
    EXPECT_EQ(most, std::min<size_t>(cap, span_slots(2)) - 1);
  }
}

// Two heaps do the same work, but one takes near runs where it can. Both give the same slots in the same order, and
// count the same.
TEST(Allocator, ANearRunIsTheOneThatWouldHaveBeenTakenAnyway) {
  if (platform::kAsan) GTEST_SKIP() << "under ASan the window is closed";
  for (const size_t words : {2u, 3u, 6u, 16u, kHasPrograms ? 100u : 64u}) {
    Parts plain({.total_bytes = 4 * kMiB, .dirty = true});
    Parts near({.total_bytes = 4 * kMiB, .dirty = true});
    Type* const plain_type = plain.define("node", words, 3);
    Type* const near_type = near.define("node", words, 3);
    CacheEntry& plain_entry = *plain.cache.try_entry(plain.class_of(*plain_type));
    CacheEntry& near_entry = *near.cache.try_entry(near.class_of(*near_type));
    std::mt19937 random(static_cast<uint32_t>(words));
    uint32_t taken_near = 0;
    for (int round = 0; round < 5; ++round) {
      std::vector<const void*> plain_kept;
      std::vector<const void*> near_kept;
      for (uint32_t i = 0; i < 300000 / (words * kWordBytes); ++i) {
        const Address expected = plain.take(plain.class_of(*plain_type));
        Address taken;
        if (near_entry.window.cursor == near_entry.run_end) taken = near.allocator.try_take_near(near_entry);
        taken_near += !taken.is_null();
        if (taken.is_null()) taken = near.take(near.class_of(*near_type));
        ASSERT_EQ(taken - near.source.range().low, expected - plain.source.range().low);
        ASSERT_LE(near_entry.window.limit - near_entry.window.cursor,
                  plain_entry.window.limit - plain_entry.window.cursor);
        for (size_t word = 0; word < words; ++word) {
          ASSERT_EQ(taken.pointer<void*>()[word], nullptr) << "M9";
          taken.pointer<void*>()[word] = expected.pointer<void*>()[word] = word < 2 ? nullptr : &random;
        }
        if (random() % 3 != 0) continue;
        plain_kept.push_back(expected.pointer());
        near_kept.push_back(taken.pointer());
      }
      plain.flush();
      near.flush();
      ASSERT_EQ(near.counters.mallocs[near.class_of(*near_type).size_class],
                plain.counters.mallocs[near.class_of(*near_type).size_class]);
      ASSERT_EQ(near.counters.heap_live, plain.counters.heap_live);
      ASSERT_EQ(near.verify(), Status::kOk) << near.error.c_str();
      plain.collect(plain_kept);
      near.collect(near_kept);
    }
    EXPECT_GT(taken_near, 100u) << words;
  }
}

TEST(Allocator, inv_run_AFlushGivesBackExactlyWhatWasNotTaken) {
  const uint32_t slots = span_slots(3);
  for (uint32_t taken = 0; taken <= slots; ++taken) {
    Parts parts;
    SpanClass& own = parts.classes.noscan(3);
    Address first;
    for (uint32_t i = 0; i < taken; ++i) {
      const Address got = parts.take(own);
      if (i == 0) first = got;
    }
    parts.flush();
    ASSERT_EQ(parts.counters.mallocs[3], taken);
    ASSERT_EQ(parts.counters.heap_live, taken * size_class_bytes(3));
    ASSERT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
    if (taken != 0) {
      ASSERT_EQ(count_allocated(*parts.map.span_at(first)), taken);
    }
    if (taken > 40) taken += 37;  // numbers in the middle behave like their neighbours, so most are left out
  }
}

TEST(Allocator, AFlushedSpanIsContinuedNotForgotten) {
  Parts parts;
  SpanClass& span_class = parts.classes.noscan(4);
  const Address first = parts.take(span_class);
  parts.flush();
  parts.sweep_all();  // no new cycle has begun, so every object stays
  parts.collect({first.pointer()});
  const Address second = parts.take(span_class);
  EXPECT_EQ(parts.map.span_at(second), parts.map.span_at(first));
  EXPECT_NE(second, first);
  EXPECT_EQ(parts.spans.live_spans(), 1u);
}

TEST(Allocator, C5_ARefillSweepsSpansOfItsClassUntilOneHasAFreeSlot) {
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  const uint32_t slots = span_slots(size_class_of(type->size_bytes));
  std::vector<const void*> kept;
  // Two full spans stay full. In the three after them every second object dies.
  for (uint32_t i = 0; i < 5 * slots; ++i) {
    void** const object = parts.make(*type);
    if (i < 2 * slots || i % 2 == 0) kept.push_back(object);
  }
  parts.mark_from(kept);
  parts.begin_sweep();
  const uint64_t lazy = parts.counters.lazy_sweeps;
  parts.make(*type);
  EXPECT_EQ(parts.counters.lazy_sweeps, lazy + 3) << "two full ones, and the first with room";
  EXPECT_EQ(parts.spans.live_spans(), 5u);
  uint32_t unswept = 0;
  for (Span* span = parts.spans.first(); span != nullptr; span = parts.spans.after(*span))
    unswept += needs_sweep(*span, parts.sweep.epochs);
  EXPECT_EQ(unswept, 2u);
  for (uint32_t i = 1; i < slots / 2 * 3; ++i) parts.make(*type);
  EXPECT_EQ(parts.spans.live_spans(), 5u) << "everything freed is used before a span is made";
  for (const void* object : kept) ASSERT_TRUE(parts.allocated(object));
  parts.sweeper.sweep_rest();
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Allocator, M12_NullWhereNoPagesAreFreeAndNothingHasChanged) {
  Parts parts;
  SpanClass& span_class = parts.classes.noscan(2);
  CacheEntry* const entry = parts.cache.try_entry(span_class);
  parts.source.options().fail_after = 0;
  while (!parts.allocator.try_take(*entry).is_null()) {}
  const uint64_t mallocs = parts.counters.mallocs[2];
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(parts.allocator.try_take(*entry).is_null());
  bool zeroed = false;
  EXPECT_TRUE(parts.allocator.try_take_large({.bytes = kPageBytes * 500, .pages = 500}, &zeroed).is_null());
  EXPECT_EQ(parts.counters.mallocs[2], mallocs);
  EXPECT_EQ(parts.counters.mallocs[0], 0u);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

}  // namespace
}  // namespace mallocgc
