// The bitmap work on one span is compared with a slot-by-slot reading, on random bitmaps.
#include <gtest/gtest.h>

#include <vector>

#include "spans/span.h"
#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

// This span is nothing but bitmaps.
struct BareSpan {
  explicit BareSpan(uint32_t slots) : allocated(bitmap_words(slots)), marks(bitmap_words(slots)) {
    span.slot_count = slots;
    span.allocated = allocated.data();
    span.marks = marks.data();
  }
  std::vector<uint64_t> allocated;
  std::vector<MarkWord> marks;
  Span span{};
};

SlotRun naive_run(const Span& span, uint32_t from, uint32_t count_max) {
  SlotRun run;
  for (run.first = from; run.first < span.slot_count && span.allocated_bit(run.first);) ++run.first;
  if (run.first >= span.slot_count) return {};
  while (run.count < count_max && run.first + run.count < span.slot_count && !span.allocated_bit(run.first + run.count))
    ++run.count;
  return run;
}

TEST(Span, FreeRunsAreThoseOfASlotBySlotReading) {
  Random random{1};
  for (const uint32_t slots : {1u, 2u, 63u, 64u, 65u, 127u, 128u, 130u, 511u, 1024u}) {
    BareSpan bare(slots);
    for (int round = 0; round < 60; ++round) {
      const uint32_t density = random.below(5);
      for (uint64_t& word : bare.allocated) {
        word = uint64_t{random.next()} << 32 | random.next();
        if (density == 0) word = 0;
        if (density == 1) word = ~uint64_t{0};
        if (density == 2) word |= ~uint64_t{0} << random.below(64);
      }
      bare.allocated.back() &= low_bits((slots - 1) % 64 + 1);
      for (uint32_t from = 0; from <= slots; ++from) {
        const uint32_t most = round % 2 == 0 ? slots : 1 + random.below(70);
        const SlotRun expected = naive_run(bare.span, from, most);
        const SlotRun found = find_free_run(bare.span, from, most);
        ASSERT_EQ(found.count, expected.count);
        if (expected.count != 0) {
          ASSERT_EQ(found.first, expected.first);
        }
      }
    }
  }
}

TEST(Span, RunsAreSetAndClearedExactly) {
  constexpr uint32_t kSlots = 200;
  for (uint32_t first = 0; first < kSlots; first += 7) {
    for (uint32_t count = 0; first + count <= kSlots; count += 13) {
      BareSpan bare(kSlots);
      set_allocated(bare.span, {first, count});
      EXPECT_EQ(count_allocated(bare.span), count);
      for (uint32_t slot = 0; slot < kSlots; ++slot)
        ASSERT_EQ(bare.span.allocated_bit(slot), slot >= first && slot < first + count);
      clear_allocated(bare.span, {first, count});
      EXPECT_EQ(count_allocated(bare.span), 0u);
      set_allocated(bare.span, {0, kSlots});
      clear_allocated(bare.span, {first, count});
      EXPECT_EQ(count_allocated(bare.span), kSlots - count);
    }
  }
}

TEST(Span, inv_span_cycle_MarksOfAnOlderCycleCountAsUnmarked) {
  BareSpan bare(100);
  start_mark_cycle(bare.span, 5);
  bare.marks[1].mark |= bit_of(70);
  bare.marks[1].grey |= bit_of(70);
  EXPECT_TRUE(bare.span.is_marked(70, 5));
  EXPECT_FALSE(bare.span.is_marked(70, 6));
  start_mark_cycle(bare.span, 6);
  EXPECT_FALSE(bare.span.is_marked(70, 6));
  EXPECT_EQ(bare.marks[1].grey, 0u);
}

}  // namespace
}  // namespace mallocgc
