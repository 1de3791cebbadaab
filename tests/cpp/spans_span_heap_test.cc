// Spans are made of pages and taken apart again: map, records and bitmaps come and go together (inv.span.map), and a
// refusal at any point leaves nothing behind.
#include <gtest/gtest.h>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

uint64_t in_records_and_bitmaps(Parts& parts) { return parts.metadata.bytes(MetaCategory::kBitmaps); }

std::vector<const Span*> all(const SpanHeap& spans) {
  std::vector<const Span*> result;
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) result.push_back(span);
  return result;
}

TEST(SpanHeap, inv_span_map_EachPageOfASpanMapsToItAndNoOtherDoes) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(200, true));
  for (uint32_t size_class = 1; size_class < kSizeClassCount; ++size_class) {
    Span* const span = parts.spans.try_make_small(parts.classes.noscan(size_class), 1);
    ASSERT_NE(span, nullptr);
    const size_t bytes = bytes_of_pages(span->page_count);
    for (size_t at = 0; at < bytes; at += kPageBytes / 4) ASSERT_EQ(parts.map.span_at(span->base + at), span);
    EXPECT_NE(parts.map.span_at(span->base + bytes), span);
    EXPECT_NE(parts.map.span_at(span->base - size_t{1}), span);
    EXPECT_EQ(span->slot_count, span_slots(size_class));
    EXPECT_EQ(count_allocated(*span), 0u);
    EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
    const Address base = span->base;
    parts.spans.destroy(*span);
    EXPECT_EQ(parts.map.span_at(base), nullptr);
    EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
  }
  EXPECT_EQ(parts.spans.live_spans(), 0u);
  EXPECT_EQ(parts.spans.pages_in_use(), 0u);
  EXPECT_EQ(in_records_and_bitmaps(parts), 0u);
}

TEST(SpanHeap, AGrowingClassGetsLargerSpansAndSmallerOnesWherePagesDoNotLieTogether) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(1200, true));
  SpanClass& noscan = parts.classes.noscan(2);
  SpanClass& mixed = parts.classes.mixed(2);
  uint32_t largest = 0;
  std::vector<Span*> spans;
  while (Span* const span = parts.spans.try_make_small(noscan, 1)) {
    spans.push_back(span);
    largest = span->page_count > largest ? span->page_count : largest;
    ASSERT_EQ(span->slot_count, span_slots(2, span->page_count));
    ASSERT_EQ(noscan.pages, parts.spans.pages_in_use());
  }
  EXPECT_EQ(largest, kMaxSpanPages);
  EXPECT_LT(parts.pages.pages_free(), span_pages(2) + Metadata::kChunkBytes / kPageBytes);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
  // A first span leaves room for another first span only.
  ASSERT_EQ(spans[1]->page_count, span_pages(2));
  parts.spans.destroy(*spans[1]);
  Span* const again = parts.spans.try_make_small(noscan, 1);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->page_count, span_pages(2));
  for (Span* span : spans) {
    if (span != again) parts.spans.destroy(*span);
  }
  EXPECT_EQ(noscan.pages, again->page_count);
  // Mixed spans carry a type for each slot, and stay as small as they begin.
  for (int i = 0; i < 100; ++i) EXPECT_EQ(parts.spans.try_make_small(mixed, 1)->page_count, span_pages(2));
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(SpanHeap, C5_PagesOfAnEmptySpanServeAnotherClassAndNeighboursMerge) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(64, true));
  std::vector<Span*> spans;
  while (Span* const span = parts.spans.try_make_small(parts.classes.noscan(2), 1)) spans.push_back(span);
  ASSERT_GT(spans.size(), 4u);
  const uint32_t needed = span_pages(2) * 3;
  LargeRequest request{.bytes = bytes_of_pages(needed), .pages = needed};
  ASSERT_EQ(parts.spans.try_make_large(request, 1), nullptr);
  const uint64_t merges = parts.pages.merges();
  const Address base = spans[1]->base;
  for (const size_t i : {3, 1, 2}) parts.spans.destroy(*spans[i]);
  EXPECT_GE(parts.pages.merges(), merges + 2);
  Span* const large = parts.spans.try_make_large(request, 1);
  ASSERT_NE(large, nullptr);
  EXPECT_EQ(large->base, base);
  for (uint32_t page = 0; page < needed; ++page) EXPECT_EQ(parts.map.span_at(base + bytes_of_pages(page)), large);
}

TEST(SpanHeap, RecordsAreUsedAgainAndEnumeratedInAStableOrder) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(900, true));
  std::vector<Span*> made;
  for (int i = 0; i < 300; ++i)
    made.push_back(parts.spans.try_make_small(parts.classes.noscan(size_class_of(1024)), 1));
  const std::vector<const Span*> before = all(parts.spans);
  EXPECT_EQ(before.size(), 300u);
  const uint32_t capacity = parts.spans.record_capacity();
  EXPECT_GE(capacity, 300u);
  // The walk goes on after the span just visited is destroyed.
  size_t visited = 0;
  for (Span* span = parts.spans.first(); span != nullptr; ++visited) {
    Span* const next = parts.spans.after(*span);
    parts.spans.destroy(*span);
    span = next;
  }
  EXPECT_EQ(visited, 300u);
  EXPECT_EQ(parts.spans.first(), nullptr);
  for (int i = 0; i < 300; ++i)
    ASSERT_NE(parts.spans.try_make_small(parts.classes.noscan(size_class_of(1024)), 1), nullptr);
  EXPECT_EQ(parts.spans.record_capacity(), capacity);
  EXPECT_EQ(all(parts.spans), before);
}

TEST(SpanHeap, M12_ARefusalAtAnyPointLeavesNothingBehind) {
  // Pages run out before, between and after records and bitmaps.
  for (uint32_t pages = 1; pages < 40; ++pages) {
    Parts parts({.total_bytes = pages * PageHeap::kGrowthUnitBytes + 4 * kPageBytes, .fail_after = 1});
    if (!parts.pages.try_grow(pages, true)) continue;
    Span* last = nullptr;
    uint32_t made = 0;
    while (Span* const span = parts.spans.try_make_small(parts.classes.mixed(2), 1)) last = span, ++made;
    ASSERT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
    ASSERT_EQ(parts.spans.live_spans(), made);
    if (last == nullptr) continue;
    const uint64_t bitmaps = in_records_and_bitmaps(parts);
    ASSERT_EQ(parts.spans.try_make_small(parts.classes.mixed(2), 1), nullptr);
    ASSERT_EQ(in_records_and_bitmaps(parts), bitmaps);
    parts.spans.destroy(*last);
    ASSERT_NE(parts.spans.try_make_small(parts.classes.mixed(2), 1), nullptr);
  }
}

TEST(SpanHeap, M14_ALargeSpanKnowsTheBytesAskedFor) {
  Parts parts;
  ASSERT_TRUE(parts.pages.try_grow(64, true));
  const LargeRequest request{.bytes = 5 * kPageBytes - 3, .pages = 5, .align_pages = 4};
  Span* const span = parts.spans.try_make_large(request, 7);
  ASSERT_NE(span, nullptr);
  EXPECT_TRUE(span->is_large());
  EXPECT_EQ(span->limit_bytes, 5 * kPageBytes - 3);
  EXPECT_EQ(span->slot_bytes, 5 * kPageBytes);
  EXPECT_TRUE(span->base.is_aligned(4 * kPageBytes));
  EXPECT_EQ(span->slot_at(5 * kPageBytes - 4), 0u);
  EXPECT_EQ(span->mark_cycle, 7u);
  EXPECT_EQ(span->sweep_cycle, 7u);
  EXPECT_TRUE(span->allocated_bit(0));
}

TEST(SpanHeapDeathTest, ASpanThatSomebodyHoldsIsNotDestroyed) {
  MGC_NEEDS(kTexts);
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  void** const object = parts.make(*type);
  EXPECT_DEATH_IF_SUPPORTED(parts.spans.destroy(parts.span(object)), "span freed while something holds it");
}

}  // namespace
}  // namespace mallocgc
