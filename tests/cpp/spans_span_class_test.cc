// A span class says how its objects are scanned (plan_scan). Types are promoted out of mixed spans (T7), and a class
// has lists.
#include <gtest/gtest.h>

#include "support/flavour.h"
#include "support/parts_fixture.h"
#include "types/cursor.h"

namespace mallocgc {
namespace {

TEST(PlanScan, EachLayoutGetsItsCheapestKind) {
  Parts parts;
  EXPECT_EQ(plan_scan(nullptr, 2).kind, ScanKind::kPointerFree);
  EXPECT_EQ(plan_scan(parts.define("flat", 2, 0), 2).kind, ScanKind::kPointerFree);
  const Type* const pair = parts.define("pair", 2, 3);
  EXPECT_EQ(plan_scan(pair, 2).kind, ScanKind::kPair);
  EXPECT_EQ(plan_scan(pair, 4).kind, ScanKind::kAll);
  EXPECT_EQ(plan_scan(pair, 65).kind, ScanKind::kAll);
  EXPECT_EQ(plan_scan(parts.define("pair and numbers", 6, 3), 6).kind, ScanKind::kPair);
  EXPECT_EQ(plan_scan(parts.define("pair and numbers twice", 6, 3), 12).kind, ScanKind::kMask);
  const Type* const first = parts.define("first", 2, 1);
  EXPECT_EQ(plan_scan(first, 2).kind, ScanKind::kMask);
  EXPECT_EQ(plan_scan(first, 2).mask, 1u);
  EXPECT_EQ(plan_scan(first, 6).mask, 0x15u);
  EXPECT_EQ(plan_scan(first, 64).kind, ScanKind::kMask);
  EXPECT_EQ(plan_scan(first, 65).kind, ScanKind::kLayout);
  const Type* const maybe = parts.define("maybe", 1, 0, MGC_TAIL_CONSERVATIVE);
  EXPECT_EQ(plan_scan(maybe, 2).kind, ScanKind::kConservative);
  EXPECT_EQ(plan_scan(maybe, 500).kind, ScanKind::kConservative);
}

TEST(PlanScan, T3_AnOpaqueTailIsNotInTheMask) {
  Parts parts;
  const Type* const headed = parts.define("headed", 2, 3, MGC_TAIL_OPAQUE);
  EXPECT_EQ(plan_scan(headed, 2).kind, ScanKind::kPair);
  EXPECT_EQ(plan_scan(headed, 8).kind, ScanKind::kPair);
  EXPECT_EQ(plan_scan(headed, 8).mask, 3u);
  EXPECT_EQ(plan_scan(headed, 1000).kind, ScanKind::kLayout);
}

// Every kind must find the words that the layout's own cursor finds.
TEST(PlanScan, T1_MasksAgreeWithTheCursorForEveryMaskOfSixWords) {
  Parts parts;
  for (uint32_t mask = 1; mask < 64; ++mask) {
    for (const uint32_t tail : {uint32_t{MGC_TAIL_REPEAT}, uint32_t{MGC_TAIL_OPAQUE}}) {
      const Type* const type = parts.define(nullptr, 6, mask, tail);
      for (size_t words = 1; words <= 64; ++words) {
        uint64_t expected = 0;
        PointerCursor cursor(*type->layout, words);
        for (size_t first = 0, count = 0; cursor.next_run(&first, &count);) {
          for (size_t i = 0; i < count; ++i) expected |= uint64_t{1} << (first + i);
        }
        const ScanPlan plan = plan_scan(type, words);
        ASSERT_NE(plan.kind, ScanKind::kLayout);
        ASSERT_EQ(plan.kind == ScanKind::kPointerFree ? 0 : plan.mask, expected) << mask << " over " << words;
      }
    }
  }
}

TEST(SpanClassTable, T7_ATypeStartsInMixedSpansAndIsPromotedAfterASpansWorth) {
  Parts parts;
  const Type* const type = parts.define("type", 2, 3);
  const uint32_t size_class = size_class_of(type->size_bytes);
  uint32_t in_mixed = 0;
  while (&parts.classes.for_object(*type, size_class) == &parts.classes.mixed(size_class)) ++in_mixed;
  EXPECT_EQ(in_mixed, SpanClassTable::kPromotionBytes / size_class_bytes(size_class));
  SpanClass& own = parts.classes.for_object(*type, size_class);
  EXPECT_EQ(own.type, type);
  EXPECT_FALSE(own.mixed);
  EXPECT_EQ(own.scan_kind, ScanKind::kPair);
  EXPECT_EQ(parts.classes.promotions(), 1u);
  // Another size class of the same type is not promoted by that.
  EXPECT_EQ(&parts.classes.for_object(*type, size_class + 1), &parts.classes.mixed(size_class + 1));
}

TEST(SpanClassTable, T7_AskingForATypesClassPromotesNothingBeforeItHasAllocatedEnough) {
  Parts parts;
  const Type* const type = parts.define("type", 2, 3);
  SpanClass& own = parts.classes.own_class(*type, 2);
  EXPECT_EQ(own.type, type);
  EXPECT_EQ(parts.classes.promotions(), 0u);
  uint32_t in_mixed = 0;
  while (&parts.classes.for_object(*type, 2) == &parts.classes.mixed(2)) ++in_mixed;
  EXPECT_EQ(in_mixed, SpanClassTable::kPromotionBytes / size_class_bytes(2));
  EXPECT_EQ(&parts.classes.for_object(*type, 2), &own) << "the same that was asked for";
  EXPECT_EQ(&parts.classes.own_class(*type, 2), &own);
  EXPECT_EQ(parts.classes.promotions(), 1u);
}

TEST(SpanClassTable, ManyTypesKeepTheirClassesApartWhileTheTableGrows) {
  MGC_NEEDS(kTypeNames);
  Parts parts;
  constexpr uint32_t kTypes = 3000;
  std::vector<const Type*> types;
  std::vector<SpanClass*> own;
  for (uint32_t i = 0; i < kTypes; ++i) {
    mgc_type_info info{};
    const std::string name = "T" + std::to_string(i);
    info.name = name.c_str();
    info.size = 16;
    types.push_back(parts.define(info));
    own.push_back(i % 3 == 0 ? &parts.classes.own_class(*types[i], 2) : &parts.classes.for_object(*types[i], 2));
    own.back()->promoted = true;
  }
  for (uint32_t i = 0; i < kTypes; ++i) {
    SpanClass& again = parts.classes.for_object(*types[i], 2);
    ASSERT_EQ(&again, own[i]);
    if (i % 3 == 0) {
      ASSERT_EQ(again.type, types[i]);
    }
  }
  uint32_t classes = 0;
  parts.classes.for_each([&](SpanClass&) { ++classes; });
  EXPECT_EQ(classes, 2 * (kSizeClassCount - 1) + kHasTinyBlocks + kTypes / 3);
}

TEST(SpanClassTable, M12_WithoutMemoryForAnEntryATypeStaysInMixedSpans) {
  Parts parts;
  const Type* const type = parts.define("type", 2, 3);
  parts.source.options().fail_after = 0;
  PageRun run;
  while (parts.pages.try_allocate(1, 1, &run)) {}
  for (size_t bytes = Metadata::kMaxBlockBytes; bytes != 0; bytes -= Metadata::kBlockStep) {
    while (parts.metadata.try_block(bytes, MetaCategory::kDebug) != nullptr) {}
  }
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(&parts.classes.for_object(*type, 2), &parts.classes.mixed(2));
  EXPECT_EQ(&parts.classes.own_class(*type, 2), &parts.classes.mixed(2));
  parts.source.options().fail_after = platform::FakeSource::kNever;
  EXPECT_EQ(parts.classes.own_class(*type, 2).type, type);
}

TEST(SpanClass, ANewCycleMovesDoneInFrontOfTodoOnce) {
  SpanClass span_class;
  Span a{}, b{}, c{};
  span_class.list_cycle = 1;
  span_class.done.push_back(&a);
  span_class.todo.push_back(&c);
  span_class.touch(1);
  EXPECT_EQ(span_class.todo.first(), &c);
  span_class.touch(2);
  EXPECT_EQ(span_class.todo.first(), &a);
  EXPECT_EQ(span_class.todo.after(&a), &c);
  EXPECT_TRUE(span_class.done.empty());
  span_class.done.push_back(&b);
  span_class.touch(2);
  EXPECT_EQ(span_class.done.first(), &b);
  span_class.touch(UINT32_MAX);
  EXPECT_EQ(span_class.todo.first(), &b);
}

}  // namespace
}  // namespace mallocgc
