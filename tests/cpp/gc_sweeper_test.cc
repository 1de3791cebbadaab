// The sweeper's walk (C5) goes in slices, reclaims before the heap grows, gives empty spans back, and emits its events
// at the end (O5).
#include <gtest/gtest.h>

#include "support/flavour.h"
#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

uint32_t unswept(Parts& parts) {
  uint32_t count = 0;
  for (Span* span = parts.spans.first(); span != nullptr; span = parts.spans.after(*span))
    count += needs_sweep(*span, parts.sweep.epochs);
  return count;
}

// Makes `spans` full spans of 1 KiB slots, and returns one object of each.
std::vector<const void*> fill(Parts& parts, uint32_t spans) {
  std::vector<const void*> firsts;
  const uint32_t size_class = size_class_of(1024);
  for (uint32_t i = 0; i < spans * span_slots(size_class); ++i) {
    const Address object = parts.take(parts.classes.noscan(size_class));
    if (i % span_slots(size_class) == 0) firsts.push_back(object.pointer());
  }
  return firsts;
}

TEST(Sweeper, C5_SweepsInSlicesOfTheSizeAskedFor) {
  Parts parts;
  const std::vector<const void*> kept = fill(parts, 20);
  parts.mark_from(kept);
  parts.begin_sweep();
  EXPECT_EQ(unswept(parts), 20u);
  for (uint32_t left = 20; left > 3; left -= 3) {
    EXPECT_EQ(unswept(parts), left);
    EXPECT_FALSE(parts.sweeper.sweep_some(3));
  }
  EXPECT_TRUE(parts.sweeper.sweep_some(3));
  EXPECT_TRUE(parts.sweeper.done());
  EXPECT_EQ(unswept(parts), 0u);
  EXPECT_EQ(parts.spans.live_spans(), 20u);
}

TEST(Sweeper, C5_AnEmptySpanGoesBackAndServesAnotherClass) {
  Parts parts;
  fill(parts, 20);
  const uint32_t free_before = parts.pages.pages_free();
  parts.mark_from({});
  parts.begin_sweep();
  EXPECT_EQ(parts.pages.pages_free(), free_before) << "nothing is swept yet";
  parts.sweeper.sweep_rest();
  EXPECT_EQ(parts.spans.live_spans(), 0u);
  EXPECT_EQ(parts.sweeper.spans_freed(), 20u);
  const uint64_t growths = parts.pages.growths();
  const uint32_t pages = 20 * span_pages(size_class_of(1024));
  parts.take_large(bytes_of_pages(pages), nullptr);
  EXPECT_EQ(parts.pages.growths(), growths) << "twenty spans have merged";
}

TEST(Sweeper, C5_ReclaimsThePagesAskedForAndNoMore) {
  Parts parts;
  fill(parts, 400);
  PageRun run;
  while (parts.pages.try_allocate(1, 1, &run)) {}
  parts.mark_from({});
  parts.begin_sweep();
  EXPECT_TRUE(parts.sweeper.reclaim(4));
  EXPECT_FALSE(parts.sweeper.done());
  EXPECT_GT(unswept(parts), 300u);
  EXPECT_GE(parts.pages.largest_free_run(), 4u);
  // This asks for more than there is: the sweep is finished, and the answer is no.
  EXPECT_FALSE(parts.sweeper.reclaim(100000));
  EXPECT_TRUE(parts.sweeper.done());
  EXPECT_TRUE(parts.sweeper.reclaim(4)) << "they are still free";
}

TEST(Sweeper, ASpanThatTheAllocatorHoldsIsLeftAlone) {
  Parts parts;
  fill(parts, 3);
  parts.mark_from({});
  parts.begin_sweep();
  const Address object = parts.take(parts.classes.noscan(size_class_of(1024)));
  parts.sweeper.sweep_rest();
  EXPECT_TRUE(parts.allocated(object.pointer()));
  EXPECT_EQ(parts.spans.live_spans(), 1u);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Sweeper, SpansMadeDuringTheSweepAreNotSweptAgain) {
  Parts parts;
  const std::vector<const void*> kept = fill(parts, 10);
  parts.mark_from(kept);
  parts.begin_sweep();
  std::vector<const void*> fresh;
  bool done = false;
  while (!done) {
    done = parts.sweeper.sweep_some(2);
    for (int i = 0; i < 30; ++i) fresh.push_back(parts.take(parts.classes.noscan(2)).pointer());
    parts.flush();
  }
  for (const void* object : fresh) ASSERT_TRUE(parts.allocated(object));
  for (const void* object : kept) ASSERT_TRUE(parts.allocated(object));
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Sweeper, O5_TellsOnceWhatItFreed) {
  MGC_NEEDS(kEvents);
  Parts parts;
  std::vector<mgc_event> heard;
  parts.events.set_listener(
      [](const mgc_event* event, void* list) { static_cast<std::vector<mgc_event>*>(list)->push_back(*event); },
      &heard);
  const std::vector<const void*> firsts = fill(parts, 5);
  const uint32_t slots = span_slots(size_class_of(1024));
  parts.mark_from({firsts[1]});
  parts.begin_sweep();
  parts.sweeper.sweep_rest();
  parts.sweeper.sweep_rest();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, uint32_t{MGC_EVENT_SWEEP_DONE});
  EXPECT_EQ(heard[0].values[0], 5u * slots - 1);
  EXPECT_EQ(heard[0].values[1], 4u);
}

}  // namespace
}  // namespace mallocgc
