// The page heap takes the first fit, merges, grows with and without holes, refuses, and its books always balance.
#include "pages/page_heap.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "platform/fake.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

using platform::FakeSource;

constexpr size_t kMiB = size_t{1} << 20;
constexpr uint32_t kPagesPerMiB = kMiB >> kPageShift;

struct Fixture {
  explicit Fixture(const FakeSource::Options& options, uint64_t max_bytes = ~uint64_t{0}) : source(options) {
    EXPECT_EQ(heap.init(source, max_bytes), Status::kOk);
  }
  explicit Fixture(size_t bytes) : Fixture(FakeSource::Options{.total_bytes = bytes}) {}
  ~Fixture() { EXPECT_EQ(heap.verify(), nullptr); }

  PageRun take(uint32_t pages, uint32_t align = 1) {
    PageRun run;
    EXPECT_TRUE(heap.try_allocate(pages, align, &run));
    return run;
  }
  FakeSource source;
  PageHeap heap;
};

TEST(PageHeap, AnEmptyHeapAsksForNoPages) {
  Fixture f(64 * kMiB);
  EXPECT_EQ(f.source.grow_calls(), 0u);
  PageRun run;
  EXPECT_FALSE(f.heap.try_allocate(1, 1, &run));
  EXPECT_EQ(f.heap.pages_total(), 0u);
}

TEST(PageHeap, GrowsByAMegabyteFirstAndByAThirtySecondLater) {
  Fixture f(64 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  EXPECT_EQ(f.heap.host_bytes(), kMiB);
  f.take(f.heap.pages_free());
  ASSERT_TRUE(f.heap.try_grow(31 * kPagesPerMiB, false));
  EXPECT_EQ(f.heap.host_bytes(), 32 * kMiB);
  f.take(f.heap.pages_free());
  ASSERT_TRUE(f.heap.try_grow(1, false));
  EXPECT_EQ(f.heap.host_bytes(), 33 * kMiB);
  EXPECT_EQ(f.heap.growths(), 3u);
  EXPECT_EQ(f.heap.holes(), 0u);
}

TEST(PageHeap, TakesTheLowestRunThatFits) {
  Fixture f(4 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(100, false));
  const PageRun a = f.take(3);
  const PageRun b = f.take(2);
  const PageRun c = f.take(5);
  f.take(1);
  f.heap.free(a);
  f.heap.free(c);
  EXPECT_EQ(f.take(4).first, c.first);
  EXPECT_EQ(f.take(2).first, a.first);
  f.heap.free(b);
  EXPECT_EQ(f.take(1).first, a.first + 2);
}

TEST(PageHeap, C5_FreedNeighboursMerge) {
  Fixture f(4 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  const PageRun a = f.take(10);
  const PageRun b = f.take(10);
  const PageRun c = f.take(10);
  f.take(f.heap.pages_free());
  f.heap.free(a);
  f.heap.free(c);
  EXPECT_EQ(f.heap.merges(), 0u);
  EXPECT_EQ(f.heap.largest_free_run(), 10u);
  f.heap.free(b);
  EXPECT_EQ(f.heap.merges(), 2u);
  EXPECT_EQ(f.heap.largest_free_run(), 30u);
  EXPECT_EQ(f.take(30).first, a.first);
}

TEST(PageHeap, PagesOfSeveralRunsMayBeFreedAtOnceAndInParts) {
  Fixture f(4 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  const PageRun a = f.take(4);
  f.take(4);
  f.heap.free(PageRun{.first = a.first + 1, .count = 6});
  EXPECT_EQ(f.heap.pages_in_use(), 2u);
  EXPECT_EQ(f.take(6).first, a.first + 1);
}

TEST(PageHeap, AlignmentIsOneOfAddresses) {
  Fixture f(16 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(200, true));
  f.take(1);
  for (uint32_t align = 1; align <= 64; align *= 2) {
    const PageRun run = f.take(2, align);
    EXPECT_TRUE(f.heap.address_of(run.first).is_aligned(bytes_of_pages(align)));
    f.heap.free(run);
  }
}

TEST(PageHeap, M9_PagesAreKnownToBeZeroUntilTheirFirstUse) {
  Fixture f(4 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  const PageRun a = f.take(4);
  EXPECT_TRUE(a.zeroed);
  std::memset(f.heap.address_of(a.first).pointer(), 0x77, bytes_of_pages(4));
  f.heap.free(a);
  EXPECT_FALSE(f.take(1).zeroed);
  EXPECT_FALSE(f.take(4).zeroed);  // three used pages and a fresh one
  EXPECT_TRUE(f.take(4).zeroed);
  EXPECT_EQ(f.heap.pages_fresh(), f.heap.pages_free());
}

TEST(PageHeap, M9_DirtyRegionsAreNeverCalledZero) {
  Fixture f(FakeSource::Options{.total_bytes = 4 * kMiB, .dirty = true});
  ASSERT_TRUE(f.heap.try_grow(1, false));
  EXPECT_FALSE(f.take(1).zeroed);
  EXPECT_EQ(f.heap.pages_fresh(), 0u);
}

TEST(PageHeap, HolesAreCountedAndNeverGivenAway) {
  const uint32_t holes[] = {3};
  Fixture f(FakeSource::Options{.total_bytes = 8 * kMiB, .holes = holes, .hole_count = 1});
  ASSERT_TRUE(f.heap.try_grow(1, false));
  ASSERT_TRUE(f.heap.try_grow(200, false));
  EXPECT_EQ(f.heap.holes(), 1u);
  const Address hole = f.source.range().low + kMiB;
  EXPECT_TRUE(f.heap.is_owned(hole - 1));
  EXPECT_FALSE(f.heap.is_owned(hole));
  EXPECT_FALSE(f.heap.is_owned(hole + 3 * kPageBytes - 1));
  EXPECT_TRUE(f.heap.is_owned(hole + 3 * kPageBytes));
  EXPECT_FALSE(f.heap.is_owned(f.source.range().low - 1));
  EXPECT_FALSE(f.heap.is_owned(f.source.range().end()));
  PageRun run;
  std::vector<PageRun> runs;
  while (f.heap.try_allocate(1, 1, &run)) {
    const Address a = f.heap.address_of(run.first);
    EXPECT_TRUE(a < hole || a >= hole + 3 * kPageBytes);
    EXPECT_EQ(f.heap.page_of(a + kPageBytes - 1), run.first);
  }
}

TEST(PageHeap, M12_ExactGrowthCountsTheFreePagesAtTheEnd) {
  Fixture f(FakeSource::Options{.total_bytes = 8 * kMiB}, kMiB + 10 * kPageBytes);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  f.take(kPagesPerMiB - 5);
  EXPECT_FALSE(f.heap.try_grow(16, true));  // 5 at the end and 10 under the cap
  EXPECT_EQ(f.heap.host_bytes(), kMiB);
  ASSERT_TRUE(f.heap.try_grow(15, true));
  EXPECT_EQ(f.heap.host_bytes(), f.heap.max_bytes());
  EXPECT_EQ(f.take(15).first.index(), kPagesPerMiB - 5);
}

TEST(PageHeap, M12_ExactGrowthTakesWhatIsNeededAndNoMore) {
  Fixture f(8 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(7, true));
  EXPECT_EQ(f.heap.pages_total(), 7u);
  f.take(4);
  ASSERT_TRUE(f.heap.try_grow(9, true));
  EXPECT_EQ(f.heap.pages_total(), 13u);
  f.take(9);
}

TEST(PageHeap, M12_AHoleMeetsTheNeedAllTheSame) {
  const uint32_t holes[] = {1};
  for (const bool exact : {false, true}) {
    Fixture f(FakeSource::Options{.total_bytes = 16 * kMiB, .holes = holes, .hole_count = 1, .only_minimum = true});
    for (uint32_t pages = 1; pages < 50; ++pages) {
      ASSERT_TRUE(f.heap.try_grow(pages, exact));
      ASSERT_EQ(f.heap.verify(), nullptr);
      const PageRun run = f.take(pages);
      if (pages % 2 == 0) f.heap.free(PageRun{.first = run.first + pages / 2, .count = pages - pages / 2});
    }
    EXPECT_GT(f.heap.holes(), 0u);
  }
}

TEST(PageHeap, M12_ARefusalIsAnAnswerAndTheHeapStaysIntact) {
  Fixture f(FakeSource::Options{.total_bytes = 8 * kMiB, .fail_at = 1});
  ASSERT_TRUE(f.heap.try_grow(1, false));
  f.take(f.heap.pages_free());
  EXPECT_FALSE(f.heap.try_grow(1, false));
  EXPECT_EQ(f.heap.verify(), nullptr);
  EXPECT_TRUE(f.heap.try_grow(1, false));
}

TEST(PageHeap, M12_TheCapHoldsForMetadataAndObjectsTogether) {
  Fixture f(FakeSource::Options{.total_bytes = 8 * kMiB}, 3 * kMiB);
  EXPECT_FALSE(f.heap.try_grow(3 * kPagesPerMiB + 1, false));
  for (PageRun run; f.heap.try_grow(1, false);) {
    while (f.heap.try_allocate(1, 1, &run)) {}
  }
  EXPECT_EQ(f.heap.host_bytes(), 3 * kMiB);
  EXPECT_EQ(f.heap.pages_in_use(), 3 * kPagesPerMiB);
}

TEST(PageHeap, M12_RefusedTablesAreAStatus) {
  FakeSource source(FakeSource::Options{.total_bytes = kMiB, .fail_tables = true});
  PageHeap heap;
  EXPECT_EQ(heap.init(source, kMiB), Status::kOutOfMemory);
}

TEST(PageHeap, GrowthIsNotNeededWhereTheEndRunSuffices) {
  Fixture f(8 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  ASSERT_TRUE(f.heap.try_grow(kPagesPerMiB, false));
  EXPECT_EQ(f.heap.growths(), 1u);
}

TEST(PageHeap, FreeingTwiceEndsTheProgram) {
  MGC_NEEDS(kTexts);
  Fixture f(4 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(1, false));
  const PageRun a = f.take(4);
  f.heap.free(PageRun{.first = a.first + 1, .count = 1});
  EXPECT_DEATH_IF_SUPPORTED(f.heap.free(a), "free already");
  EXPECT_DEATH_IF_SUPPORTED(f.heap.free(PageRun{.first = PageId(kPagesPerMiB), .count = 1}), "not the heap's");
}

// The walk over pages in use, from every page of some and to others, is compared with the owners.
void expect_walk(const PageHeap& heap, const std::vector<char>& used, uint32_t from, uint32_t to) {
  std::vector<uint32_t> expected, walked;
  for (uint32_t page = from; page < to; ++page) {
    if (used[page] != 0) expected.push_back(page);
  }
  for (uint32_t page = heap.next_in_use(from, to); page < to; page = heap.next_in_use(page, to)) {
    const uint32_t end = heap.end_of_use(page, to);
    ASSERT_GT(end, page);
    ASSERT_LE(end, to);
    for (; page < end; ++page) walked.push_back(page);
  }
  ASSERT_EQ(walked, expected) << from << " to " << to;
}

TEST(PageHeap, C13_AWalkOverPagesInUsePassesWhatIsFree) {
  Fixture f(60 * kMiB);
  ASSERT_TRUE(f.heap.try_grow(50 * kPagesPerMiB, true));
  const PageRun low = f.take(3);
  const PageRun middle = f.take(40 * kPagesPerMiB);
  const PageRun high = f.take(3);
  const uint32_t begin = f.heap.begin().index();
  const uint32_t end = f.heap.end().index();
  const auto steps_of_a_walk = [&] {
    const uint64_t before = f.heap.steps();
    for (uint32_t page = begin; page < end; page = f.heap.end_of_use(page, end)) page = f.heap.next_in_use(page, end);
    return f.heap.steps() - before;
  };
  const uint64_t at_first = steps_of_a_walk();
  EXPECT_EQ(at_first > middle.count / kBitsPerWord, kDebugFlavour) << at_first;
  f.heap.free(middle);
  EXPECT_LT(steps_of_a_walk(), middle.count / kBitsPerWord / 2);
  EXPECT_EQ(f.heap.next_in_use(begin, end), low.first.index());
  EXPECT_EQ(f.heap.next_in_use(low.first.index() + 3, end), high.first.index());
  EXPECT_EQ(f.heap.next_in_use(high.first.index() + 3, end), end);
}

// Every state is compared with a model that has an owner for each page.
TEST(PageHeap, RandomProgramsAgreeWithASimpleModel) {
  const uint32_t holes[] = {0, 5, 0, 0, 900};
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    Fixture f(
        FakeSource::Options{
            .total_bytes = 48 * kMiB, .holes = holes, .hole_count = seed % 2 == 0 ? 5u : 0u, .dirty = seed % 3 == 0},
        24 * kMiB);
    std::vector<PageRun> runs;
    std::vector<char> used(f.source.range().bytes >> kPageShift);
    uint32_t in_use = 0;
    for (int step = 0; step < 800; ++step) {
      if (random() % 5 < 3 || runs.empty()) {
        const uint32_t pages = random() % 16 == 0 ? 1 + random() % 600 : 1 + random() % 6;
        const uint32_t align = random() % 8 == 0 ? 1u << random() % 5 : 1;
        PageRun run;
        if (!f.heap.try_allocate(pages, align, &run)) {
          if (!f.heap.try_grow(pages + align - 1, random() % 2 == 0)) continue;
          ASSERT_TRUE(f.heap.try_allocate(pages, align, &run));
        }
        ASSERT_EQ(run.count, pages);
        ASSERT_TRUE(f.heap.address_of(run.first).is_aligned(bytes_of_pages(align)));
        for (uint32_t i = 0; i < pages; ++i) {
          ASSERT_EQ(used[run.first.index() + i]++, 0);
          auto* word = f.heap.address_of(run.first + i).pointer<uint64_t>();
          ASSERT_TRUE(!run.zeroed || (word[0] | word[kPageBytes / 8 - 1]) == 0);
          word[0] = word[kPageBytes / 8 - 1] = ~uint64_t{0};
        }
        in_use += pages;
        runs.push_back(run);
      } else {
        const size_t i = random() % runs.size();
        for (uint32_t k = 0; k < runs[i].count; ++k) used[runs[i].first.index() + k] = 0;
        in_use -= runs[i].count;
        f.heap.free(runs[i]);
        runs[i] = runs.back();
        runs.pop_back();
      }
      ASSERT_EQ(f.heap.pages_in_use(), in_use);
      if (step % 50 == 0) {
        ASSERT_STREQ(f.heap.verify(), nullptr);
        const uint32_t from = random() % used.size();
        ASSERT_NO_FATAL_FAILURE(expect_walk(f.heap, used, 0, f.heap.end().index()));
        ASSERT_NO_FATAL_FAILURE(expect_walk(f.heap, used, from, from + random() % (used.size() - from)));
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc
