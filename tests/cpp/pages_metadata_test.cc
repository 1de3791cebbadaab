// Metadata keeps its texts and accounts (P1), recycles blocks, begins small, and can run out.
#include "pages/metadata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "platform/fake.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

using platform::FakeSource;

constexpr size_t kMiB = size_t{1} << 20;
constexpr auto kTypes = MetaCategory::kTypes;
constexpr auto kBitmaps = MetaCategory::kBitmaps;
constexpr auto kOther = MetaCategory::kOther;

struct Fixture {
  explicit Fixture(const FakeSource::Options& options) : source(options) {
    EXPECT_EQ(pages.init(source, options.total_bytes), Status::kOk);
    metadata.init(pages);
  }
  Fixture() : Fixture(FakeSource::Options{.total_bytes = 64 * kMiB}) {}
  ~Fixture() {
    EXPECT_STREQ(metadata.verify(), nullptr);
    EXPECT_STREQ(pages.verify(), nullptr);
  }
  FakeSource source;
  PageHeap pages;
  Metadata metadata;
};

bool is_zero(const void* p, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (static_cast<const unsigned char*>(p)[i] != 0) return false;
  }
  return true;
}

TEST(Metadata, P1_AlignmentZeroMeansEightAndPowersOfTwoUpToAPageWork) {
  Fixture f;
  for (size_t align = 0; align <= kPageBytes; align = align == 0 ? 1 : align * 2) {
    for (const size_t bytes : {size_t{0}, size_t{1}, size_t{24}, size_t{5000}, size_t{100'000}}) {
      void* const p = f.metadata.persistentalloc(bytes, align, kTypes);
      ASSERT_NE(p, nullptr);
      EXPECT_TRUE(Address::of(p).is_aligned(align == 0 ? 8 : align));
      EXPECT_TRUE(is_zero(p, bytes));
      std::memset(p, 0xcc, bytes);
    }
  }
}

TEST(Metadata, P1_BadAlignmentsAreErrorsWithGosTexts) {
  MGC_NEEDS(kTexts);
  Fixture f;
  EXPECT_EQ(f.metadata.persistentalloc(8, 3, kTypes), nullptr);
  EXPECT_EQ(f.metadata.last_status(), Status::kBadArgument);
  EXPECT_STREQ(f.metadata.last_error(), "persistentalloc: align is not a power of 2");
  EXPECT_EQ(f.metadata.persistentalloc(8, 2 * kPageBytes, kTypes), nullptr);
  EXPECT_EQ(f.metadata.last_status(), Status::kBadArgument);
  EXPECT_STREQ(f.metadata.last_error(), "persistentalloc: align is too large");
  EXPECT_EQ(f.metadata.sys_bytes(), 0u);
}

TEST(Metadata, P1_TheLastFreePageIsUsedWhereverItLies) {
  for (const uint32_t odd : {0u, 1u}) {
    Fixture f(FakeSource::Options{.total_bytes = kMiB});
    std::vector<PageRun> taken;
    PageRun run;
    while (f.pages.try_allocate(1, 1, &run) || f.pages.try_grow(1, false)) {
      if (run.count != 0) taken.push_back(run);
      run = PageRun{};
    }
    const auto last = std::find_if(taken.begin(), taken.end(), [&](const PageRun& each) {
      return f.pages.address_of(each.first).is_aligned(2 * kPageBytes) == (odd == 0);
    });
    ASSERT_NE(last, taken.end());
    f.pages.free(*last);
    EXPECT_EQ(f.metadata.persistentalloc(kPageBytes, 0, kTypes), f.pages.address_of(last->first).pointer());
    taken.erase(last);
    for (const PageRun& each : taken) f.pages.free(each);
  }
}

TEST(Metadata, P1_ABlockMayTakeAllPagesThatTheHostHas) {
  uint32_t most = 0;
  {
    Fixture f(FakeSource::Options{.total_bytes = kMiB});
    std::vector<PageRun> taken(1);
    while (f.pages.try_grow(1, false) && f.pages.try_allocate(1, 1, &taken.back())) taken.emplace_back();
    taken.pop_back();
    most = static_cast<uint32_t>(taken.size());
    for (const PageRun& each : taken) f.pages.free(each);
  }
  Fixture f(FakeSource::Options{.total_bytes = kMiB});
  EXPECT_NE(f.metadata.persistentalloc(most * kPageBytes, 0, kTypes), nullptr) << most;
  EXPECT_EQ(f.metadata.persistentalloc(kPageBytes, 0, kTypes), nullptr);
}

TEST(Metadata, P1_ABlockOfNoBytesTakesTheLastPage) {
  Fixture f(FakeSource::Options{.total_bytes = kMiB});
  std::vector<PageRun> taken(1);
  while (f.pages.try_grow(1, false) && f.pages.try_allocate(1, 1, &taken.back())) taken.emplace_back();
  taken.pop_back();
  f.pages.free(taken.back());
  const Address last = f.pages.address_of(taken.back().first);
  taken.pop_back();
  EXPECT_EQ(f.metadata.persistentalloc(0, 0, kTypes), last.pointer());
  EXPECT_EQ(f.pages.pages_free(), 0u);
  for (const PageRun& each : taken) f.pages.free(each);
}

TEST(Metadata, P1_OutOfMemoryIsAnErrorAndWhatWasThereStays) {
  MGC_NEEDS(kTexts);
  Fixture f(FakeSource::Options{.total_bytes = kMiB});
  auto* const kept = static_cast<char*>(f.metadata.persistentalloc(100, 0, kTypes));
  ASSERT_NE(kept, nullptr);
  std::memset(kept, 7, 100);
  EXPECT_EQ(f.metadata.persistentalloc(2 * kMiB, 0, kTypes), nullptr);
  EXPECT_STREQ(f.metadata.last_error(), "persistentalloc: cannot allocate memory");
  EXPECT_EQ(f.metadata.persistentalloc(~size_t{0} - 100, 0, kTypes), nullptr);
  EXPECT_EQ(f.metadata.try_block(~size_t{0} - 100, kTypes), nullptr);
  size_t taken = 0;
  while (f.metadata.persistentalloc(1000, 0, kTypes) != nullptr) taken += 1000;
  EXPECT_EQ(f.metadata.last_status(), Status::kOutOfMemory);
  EXPECT_GT(taken, kMiB * 9 / 10);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(kept[i], 7);
}

TEST(Metadata, P1_RequestsOf64KiBAndMoreAreDirect) {
  Fixture f;
  ASSERT_NE(f.metadata.persistentalloc(8, 0, kTypes), nullptr);
  const uint64_t before = f.metadata.sys_bytes();
  void* const p = f.metadata.persistentalloc(Metadata::kDirectBytes, 0, kTypes);
  EXPECT_TRUE(Address::of(p).is_aligned(kPageBytes));
  EXPECT_EQ(f.metadata.sys_bytes(), before + Metadata::kDirectBytes);
}

TEST(Metadata, P1_CategoriesAreAccountedAndMovedWithoutLoss) {
  MGC_NEEDS(kTexts);
  Fixture f;
  ASSERT_NE(f.metadata.persistentalloc(1000, 0, kTypes), nullptr);
  ASSERT_NE(f.metadata.persistentalloc(70'001, 0, kBitmaps), nullptr);
  EXPECT_EQ(f.metadata.bytes(kTypes), 1000u);
  EXPECT_EQ(f.metadata.bytes(kBitmaps), 70'001u);
  f.metadata.move(kBitmaps, kTypes, 70'000);
  EXPECT_EQ(f.metadata.bytes(kTypes), 71'000u);
  EXPECT_EQ(f.metadata.bytes(kBitmaps), 1u);
  EXPECT_EQ(f.metadata.bytes(kTypes) + f.metadata.bytes(kBitmaps) + f.metadata.bytes(kOther), f.metadata.sys_bytes());
  EXPECT_EQ(f.metadata.sys_bytes(), bytes_of_pages(f.pages.pages_in_use()));
  EXPECT_DEATH_IF_SUPPORTED(f.metadata.move(kBitmaps, kTypes, 2), "more given back");
}

TEST(Metadata, TheFirstRequestsTakeLittle) {
  Fixture f;
  ASSERT_NE(f.metadata.persistentalloc(104, 0, kTypes), nullptr);
  EXPECT_EQ(f.metadata.sys_bytes(), Metadata::kFirstChunkBytes);
  for (size_t taken = 104; taken < 200'000; taken += 104)
    ASSERT_NE(f.metadata.persistentalloc(104, 0, kTypes), nullptr);
  EXPECT_LE(f.metadata.sys_bytes(), 200'000 + Metadata::kFirstChunkBytes);
  for (size_t taken = 0; taken < 4 * kMiB; taken += 104) ASSERT_NE(f.metadata.persistentalloc(104, 0, kTypes), nullptr);
  EXPECT_LE(f.metadata.sys_bytes(), 4 * kMiB + 210'000 + Metadata::kChunkBytes);
}

TEST(Metadata, EverythingIsZeroEvenFromDirtyMemory) {
  Fixture f(FakeSource::Options{.total_bytes = 16 * kMiB, .dirty = true});
  for (const size_t bytes : {size_t{100}, size_t{9000}, size_t{70'000}, size_t{300'000}}) {
    EXPECT_TRUE(is_zero(f.metadata.persistentalloc(bytes, 0, kTypes), bytes));
    EXPECT_TRUE(is_zero(f.metadata.try_block(bytes, kTypes), bytes));
  }
}

TEST(Metadata, AFreedBlockIsUsedAgainForItsSizeAndIsZero) {
  Fixture f;
  for (const size_t bytes : {size_t{1}, size_t{64}, size_t{65}, Metadata::kSmallBlockBytes + 1,
                             Metadata::kMaxBlockBytes, Metadata::kMaxBlockBytes + 1, size_t{100'000}}) {
    void* const p = f.metadata.try_block(bytes, kBitmaps);
    ASSERT_NE(p, nullptr);
    EXPECT_TRUE(Address::of(p).is_aligned(64));
    std::memset(p, 0xff, bytes);
    const uint64_t sys = f.metadata.sys_bytes();
    f.metadata.free_block(p, bytes, kBitmaps);
    EXPECT_EQ(f.metadata.bytes(kBitmaps), 0u);
    void* const again = f.metadata.try_block(bytes, kBitmaps);
    EXPECT_EQ(again, p);
    EXPECT_TRUE(is_zero(again, bytes));
    EXPECT_EQ(f.metadata.sys_bytes(), sys);
    f.metadata.free_block(again, bytes, kBitmaps);
  }
  f.metadata.free_block(nullptr, 100, kBitmaps);
}

TEST(Metadata, C13_WhatIsEmptyGoesBackToThePageHeap) {
  std::mt19937 random(5);
  for (const size_t bytes : {size_t{64}, size_t{900}, Metadata::kSmallBlockBytes + 1, Metadata::kMaxBlockBytes}) {
    Fixture f;
    std::vector<void*> blocks;
    for (int i = 0; i < 500; ++i) blocks.push_back(f.metadata.try_block(bytes, kBitmaps));
    const uint64_t full = f.metadata.sys_bytes();
    EXPECT_LE(full, 500 * align_up(bytes, 64) * 8 / 7 + 4 * kPageBytes) << "an eighth is lost at most";
    std::shuffle(blocks.begin(), blocks.end(), random);
    while (blocks.size() > 1) {
      f.metadata.free_block(blocks.back(), bytes, kBitmaps);
      blocks.pop_back();
    }
    EXPECT_LE(f.metadata.sys_bytes(), 4 * kPageBytes) << "one slab";
    f.metadata.free_block(blocks.back(), bytes, kBitmaps);
    EXPECT_EQ(f.metadata.sys_bytes(), 0u);
    EXPECT_EQ(f.pages.pages_in_use(), 0u);
  }
}

TEST(Metadata, BlocksAboveTheLargestGoBackToThePageHeap) {
  Fixture f;
  ASSERT_NE(f.metadata.persistentalloc(8, 0, kTypes), nullptr);
  const uint32_t in_use = f.pages.pages_in_use();
  void* const p = f.metadata.try_block(20'000, kBitmaps);
  EXPECT_EQ(f.pages.pages_in_use(), in_use + 3);
  EXPECT_EQ(f.metadata.bytes(kBitmaps), 3 * kPageBytes);
  f.metadata.free_block(p, 20'000, kBitmaps);
  EXPECT_EQ(f.pages.pages_in_use(), in_use);
}

TEST(Metadata, FreeingAllocatesNothing) {
  Fixture f(FakeSource::Options{.total_bytes = 4 * kMiB});
  std::vector<void*> blocks;
  while (void* const p = f.metadata.try_block(640, kBitmaps)) blocks.push_back(p);
  const uint32_t calls = f.source.grow_calls();
  for (void* const p : blocks) f.metadata.free_block(p, 640, kBitmaps);
  EXPECT_EQ(f.source.grow_calls(), calls);
  for (size_t i = 0; i < blocks.size(); ++i) ASSERT_NE(f.metadata.try_block(640, kBitmaps), nullptr);
}

// Metadata never moves, and its blocks do not overlap.
TEST(Metadata, RandomProgramsKeepEveryBlocksContents) {
  struct Block {
    unsigned char* p;
    size_t bytes;
    unsigned char pattern;
    bool recycled;
  };
  const uint32_t holes[] = {4, 0};
  for (uint32_t seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    Fixture f(
        FakeSource::Options{.total_bytes = 64 * kMiB, .holes = holes, .hole_count = seed % 3, .dirty = seed % 2 == 0});
    std::vector<Block> blocks;
    for (int step = 0; step < 3000; ++step) {
      const uint32_t kind = random() % 10;
      const size_t reach = kind == 0 ? 90'000 : kind < 3 ? 9000 : 400;
      const size_t bytes = 1 + random() % reach;
      const bool recycled = random() % 3 != 0;
      if (random() % 3 != 0 || blocks.empty()) {
        void* const p = recycled ? f.metadata.try_block(bytes, kBitmaps)
                                 : f.metadata.persistentalloc(bytes % 3000, size_t{1} << random() % 8, kTypes);
        const size_t size = recycled ? bytes : bytes % 3000;
        ASSERT_NE(p, nullptr);
        ASSERT_TRUE(is_zero(p, size));
        blocks.push_back({static_cast<unsigned char*>(p), size, static_cast<unsigned char>(random() | 1), recycled});
        std::memset(p, blocks.back().pattern, size);
      } else {
        const size_t i = random() % blocks.size();
        for (size_t k = 0; k < blocks[i].bytes; k += 7) ASSERT_EQ(blocks[i].p[k], blocks[i].pattern);
        if (!blocks[i].recycled) continue;
        f.metadata.free_block(blocks[i].p, blocks[i].bytes, kBitmaps);
        blocks[i] = blocks.back();
        blocks.pop_back();
      }
      if (step % 500 == 0) {
        ASSERT_STREQ(f.metadata.verify(), nullptr);
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc
