// Global ranges have their error texts, overlaps and order, and are compared with a map at random.
#include "roots/global_roots.h"

#include <limits>
#include <map>
#include <random>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

const Layout* layout(uintptr_t number) { return Address(0x1000 * number).pointer<const Layout>(); }

struct Roots : MetadataFixture {
  Roots() { roots.init(metadata()); }
  Status add(uintptr_t base, size_t bytes, const Layout* of = nullptr) {
    return roots.add(RootRange{.base = Address(base), .bytes = bytes, .layout = of}, error);
  }
  GlobalRoots roots;
  ErrorText error;
};

constexpr size_t kWord = kWordBytes;

TEST(GlobalRoots, R5_RangesAreVisitedWithTheirLayoutsInOrderOfAddress) {
  Roots r;
  EXPECT_EQ(r.add(0x2000, 4 * kWord, layout(2)), Status::kOk);
  EXPECT_EQ(r.add(0x1000, 2 * kWord + 1, layout(1)), Status::kOk);
  EXPECT_EQ(r.add(0x3000, kWord - 1, layout(3)), Status::kOk);
  std::vector<uintptr_t> seen;
  r.roots.visit_ranges([&](Address base, size_t words, const Layout* of) {
    seen.insert(seen.end(), {base.value(), words, Address::of(of).value()});
  });
  EXPECT_EQ(seen, (std::vector<uintptr_t>{0x1000, 2, 0x1000, 0x2000, 4, 0x2000, 0x3000, 0, 0x3000}));
  EXPECT_EQ(r.roots.total_bytes(), 7 * kWord);
  EXPECT_EQ(r.roots.verify(), nullptr);
}

TEST(GlobalRoots, R5_RangesCanBeRemoved) {
  Roots r;
  EXPECT_EQ(r.add(0x1000, 64), Status::kOk);
  EXPECT_EQ(r.add(0x2000, 64), Status::kOk);
  EXPECT_EQ(r.roots.remove(Address(0x1000), r.error), Status::kOk);
  EXPECT_TRUE(r.error.empty());
  EXPECT_EQ(r.roots.remove(Address(0x1000), r.error), Status::kBadArgument);
  EXPECT_TEXT(r.error.c_str(), "not a registered root range: 0x1000");
  EXPECT_EQ(r.roots.remove(Address(0x2008), r.error), Status::kBadArgument);
  EXPECT_EQ(r.roots.remove(Address(), r.error), Status::kBadArgument);
  EXPECT_EQ(r.roots.count(), 1u);
  EXPECT_EQ(r.roots.total_bytes(), 64u);
  EXPECT_EQ(r.add(0x1000, 64), Status::kOk);
}

TEST(GlobalRoots, BadRangesAreErrorsWithTheirTexts) {
  Roots r;
  EXPECT_EQ(r.add(0, 64), Status::kBadPointer);
  EXPECT_TEXT(r.error.c_str(), "root range is null: 0x0");
  EXPECT_EQ(r.add(0x1002, 64), Status::kBadPointer);
  EXPECT_TEXT(r.error.c_str(), "root range is not word aligned: 0x1002");
  EXPECT_EQ(r.add(0x1000, 0), Status::kBadSize);
  EXPECT_TEXT(r.error.c_str(), "root range is empty: 0x1000");
  EXPECT_EQ(r.add(0x1000, std::numeric_limits<size_t>::max() - 0xffe), Status::kBadPointer);
  EXPECT_TEXT(r.error.c_str(), "root range wraps around: 0x1000");
  EXPECT_EQ(r.roots.count(), 0u);
  EXPECT_EQ(r.add(0x1000, std::numeric_limits<size_t>::max() - 0xfff), Status::kOk) << "up to the last byte there is";
  EXPECT_EQ(r.roots.verify(), nullptr);
}

// The test tries all pairs of ranges in a space of nine words.
TEST(GlobalRoots, R5_EveryOverlapIsFoundAndNothingElse) {
  constexpr uintptr_t kBase = 0x1000;
  for (size_t a = 0; a < 9; ++a) {
    for (size_t a_end = a + 1; a_end <= 9; ++a_end) {
      for (size_t b = 0; b < 9; ++b) {
        for (size_t b_end = b + 1; b_end <= 9; ++b_end) {
          Roots* const r = new Roots;
          ASSERT_EQ(r->add(kBase + a * kWord, (a_end - a) * kWord), Status::kOk);
          const bool overlaps = a < b_end && b < a_end;
          ASSERT_EQ(r->add(kBase + b * kWord, (b_end - b) * kWord), overlaps ? Status::kBadArgument : Status::kOk);
          if (overlaps) {
            ErrorText text;
            text.add("root range overlaps the one at ").add_hex(kBase + a * kWord);
            ASSERT_STREQ(r->error.c_str(), text.c_str());
          }
          ASSERT_EQ(r->roots.verify(), nullptr);
          delete r;
        }
      }
    }
  }
}

TEST(GlobalRoots, OutOfMemoryChangesNothing) {
  constexpr uintptr_t kFull = GlobalRoots::kChunkRanges;
  // these lie before, between and behind what is there
  for (const uintptr_t place : {uintptr_t{1}, kFull, 2 * kFull + 1}) {
    Roots r;
    for (uintptr_t i = 1; i <= kFull; ++i) EXPECT_EQ(r.add(0x100 * 2 * i, 64), Status::kOk);
    r.exhaust();
    EXPECT_EQ(r.add(0x100 * place, 64), Status::kOutOfMemory);
    EXPECT_EQ(r.roots.count(), kFull);
    EXPECT_EQ(r.roots.total_bytes(), kFull * 64);
    EXPECT_EQ(r.roots.verify(), nullptr);
    r.recover();
    EXPECT_EQ(r.add(0x100 * place, 64), Status::kOk);
    EXPECT_EQ(r.roots.verify(), nullptr);
  }
}

// Every order moves what lies above, or below. No range may cost more than a chunk's worth.
TEST(GlobalRoots, R5_ManyRangesAreAddedAndRemovedInAnyOrder) {
  constexpr uint32_t kMany = 100000;
  for (const uint32_t stride : {1u, kMany - 1, 61u, 7919u}) {
    Roots r;
    for (uint32_t i = 0; i < kMany; ++i) {
      ASSERT_EQ(r.add(0x1000 + uint64_t{i} * stride % kMany * kWord, kWord), Status::kOk);
    }
    EXPECT_EQ(r.roots.count(), kMany);
    ASSERT_EQ(r.roots.verify(), nullptr);
    const uint64_t bytes = r.metadata().bytes(MetaCategory::kRoots);
    EXPECT_LE(bytes, 3 * kMany * sizeof(RootRange));
    for (uint32_t i = 0; i < kMany; ++i) {
      if (i % 100 == 0) continue;
      ASSERT_EQ(r.roots.remove(Address(0x1000 + uint64_t{i} * stride % kMany * kWord), r.error), Status::kOk);
    }
    EXPECT_EQ(r.roots.count(), kMany / 100);
    ASSERT_EQ(r.roots.verify(), nullptr);
    EXPECT_LT(r.metadata().bytes(MetaCategory::kRoots), bytes / 10) << "small chunks are joined";
  }
}

// The first range of the next chunk is the neighbour of the last one of this.
TEST(GlobalRoots, R5_ANeighbourInTheNextChunkCounts) {
  constexpr uintptr_t kFull = GlobalRoots::kChunkRanges;
  constexpr uintptr_t kBase = 0x1000;
  Roots r;
  for (uintptr_t i = 0; i <= kFull; ++i) ASSERT_EQ(r.add(kBase + 0x100 * i, 64, layout(1)), Status::kOk);
  const uintptr_t last_of_first = kBase + 0x100 * (kFull - 1);
  EXPECT_EQ(r.add(last_of_first + 64, 0x100 - 64 + 1), Status::kBadArgument) << "reaches into the next chunk";
  ErrorText text;
  text.add("root range overlaps the one at ").add_hex(last_of_first + 0x100);
  EXPECT_STREQ(r.error.c_str(), text.c_str());
  struct {
    void range(Address base, size_t, const Layout&, size_t, size_t) { seen.push_back(base.value()); }
    std::vector<uintptr_t> seen;
  } pieces;
  Address from(last_of_first);
  while (!r.roots.visit_some(from, 1000, pieces)) {}
  EXPECT_EQ(pieces.seen, (std::vector<uintptr_t>{last_of_first, last_of_first + 0x100})) << "a visit goes on there";
  EXPECT_EQ(r.add(last_of_first + 64, 0x100 - 64), Status::kOk) << "up to it there is room";
  EXPECT_EQ(r.roots.verify(), nullptr);
}

TEST(GlobalRoots, R5_RangesThatArriveInOrderFillTheirChunks) {
  constexpr uintptr_t kFull = GlobalRoots::kChunkRanges;
  constexpr uintptr_t kChunks = 8;
  const auto bytes_of = [](uintptr_t chunks, bool ascending) {
    Roots r;
    const uintptr_t count = chunks * kFull;
    for (uintptr_t i = 0; i < count; ++i) {
      EXPECT_EQ(r.add(0x1000 + 0x100 * (ascending ? i : count - 1 - i), 64), Status::kOk);
    }
    return r.metadata().bytes(MetaCategory::kRoots);
  };
  const uint64_t one = bytes_of(1, true);
  EXPECT_LE(bytes_of(kChunks, true), kChunks * one);
  EXPECT_LE(bytes_of(kChunks, false), kChunks * one);
}

TEST(GlobalRoots, R5_RandomHistoriesAgreeWithAMap) {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    Roots r;
    std::map<uintptr_t, size_t> model;
    for (uint32_t step = 0; step < 3000; ++step) {
      const uintptr_t base = 0x1000 + random() % 400 * 8;
      if (random() % 3 == 0) {
        ASSERT_EQ(r.roots.remove(Address(base), r.error), model.erase(base) == 1 ? Status::kOk : Status::kBadArgument);
        continue;
      }
      const size_t bytes = 1 + random() % 60;
      bool overlaps = false;
      for (const auto& [other, other_bytes] : model)
        overlaps = overlaps || (base < other + other_bytes && other < base + bytes);
      ASSERT_EQ(r.add(base, bytes), overlaps ? Status::kBadArgument : Status::kOk);
      if (!overlaps) model[base] = bytes;
      ASSERT_EQ(r.roots.count(), model.size());
      auto expected = model.begin();
      for (uint32_t i = 0; i < r.roots.count(); ++i, ++expected) {
        ASSERT_EQ(r.roots.range(i).base.value(), expected->first);
        ASSERT_EQ(r.roots.range(i).bytes, expected->second);
      }
      ASSERT_EQ(r.roots.verify(), nullptr);
    }
  }
}

}  // namespace
}  // namespace mallocgc
