// The second traversal finds what the marker finds, goes deeper than its stack, and gives its memory back.
#include "inspect/reach.h"

#include <gtest/gtest.h>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

bool reached(Parts& parts, const Reach& reach, const void* object) {
  return reach.reached(parts.span(object), parts.slot(object));
}

TEST(Reach, C8_FollowsMoreObjectsThanItsStackHolds) {
  Parts parts({.total_bytes = 32 * kMiB});
  Type* const pair = parts.define("pair", 2, 3);
  Type* const pointer = parts.define("pointer", 1, 1);
  constexpr size_t kWide = 30000;
  void** const array = parts.take_large(kWide * kWordBytes, pointer).pointer<void*>();
  std::vector<void**> leaves;
  for (size_t i = 0; i < kWide; ++i) {
    void** const object = parts.make(*pair);
    void** const leaf = parts.make(*pair);
    object[i % 2] = leaf;
    array[i] = object;
    leaves.push_back(leaf);
  }
  void** const dead = parts.make(*pair);
  parts.flush();
  Reach reach(parts.spans, parts.types, parts.metadata);
  ASSERT_TRUE(reach.init());
  reach.root(Address::of(array));
  reach.complete();
  for (void** leaf : leaves) ASSERT_TRUE(reached(parts, reach, leaf));
  EXPECT_FALSE(reached(parts, reach, dead));
}

TEST(Reach, R1_ContentsSkipSelfPointersAndMaybeRootsMustBeAllocated) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  void** const object = parts.make(*pair);
  void** const target = parts.make(*pair);
  object[0] = object + 1;
  object[1] = target;
  char* const untaken = reinterpret_cast<char*>(target) + parts.span(target).slot_bytes;
  Reach reach(parts.spans, parts.types, parts.metadata);
  ASSERT_TRUE(reach.init());
  reach.contents(Address::of(object));
  reach.maybe_root(Address::of(untaken));
  reach.maybe_root(Address(12345));
  reach.complete();
  EXPECT_FALSE(reached(parts, reach, object));
  EXPECT_TRUE(reached(parts, reach, target));
  EXPECT_FALSE(reached(parts, reach, untaken));
}

TEST(Reach, GivesAllItsMemoryBack) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  for (int i = 0; i < 3000; ++i) parts.make(*pair);
  for (int round = 0; round < 3; ++round) {
    Reach reach(parts.spans, parts.types, parts.metadata);
    ASSERT_TRUE(reach.init());
    EXPECT_GT(parts.metadata.bytes(MetaCategory::kDebug), 0u);
  }
  EXPECT_EQ(parts.metadata.bytes(MetaCategory::kDebug), 0u);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Reach, M12_AFailedInitLeavesNothingBehind) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  for (int i = 0; i < 3000; ++i) parts.make(*pair);
  parts.source.options().fail_after = 0;
  PageRun run;
  while (parts.pages.try_allocate(1, 1, &run)) {}
  {
    Reach reach(parts.spans, parts.types, parts.metadata);
    EXPECT_FALSE(reach.init());
  }
  EXPECT_EQ(parts.metadata.bytes(MetaCategory::kDebug), 0u);
  for (Span* span = parts.spans.first(); span != nullptr; span = parts.spans.after(*span))
    EXPECT_EQ(span->inspection, nullptr);
}

}  // namespace
}  // namespace mallocgc
