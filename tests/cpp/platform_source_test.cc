// The platform's own memory source keeps the promises of platform.h, on whatever system the suite runs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "platform/platform.h"

namespace mallocgc::platform {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

struct OwnSource {
  explicit OwnSource(size_t max_bytes) : source(default_source(storage, sizeof storage, max_bytes)) {}
  ~OwnSource() {
    if (source != nullptr) source->release();
  }
  alignas(16) unsigned char storage[kDefaultSourceBytes];
  MemorySource* source;
};

bool overlap(const Region& a, const Region& b) { return a.base < b.end() && b.base < a.end(); }

bool all_bytes_are(Address base, size_t bytes, unsigned char value) {
  const auto* p = base.pointer<unsigned char>();
  for (size_t i = 0; i < bytes; ++i) {
    if (p[i] != value) return false;
  }
  return true;
}

TEST(PlatformSource, RefusesTooLittleStorage) {
  alignas(16) unsigned char storage[kDefaultSourceBytes];
  EXPECT_EQ(default_source(storage, kDefaultSourceBytes - 1, kMiB), nullptr);
}

TEST(PlatformSource, RegionsArePageAlignedInsideTheRangeAndWritable) {
  OwnSource own(16 * kMiB);
  ASSERT_NE(own.source, nullptr);
  const Range range = own.source->range();
  size_t total = 0;
  for (size_t step = kPageBytes; total + 2 * step <= 16 * kMiB; step *= 2) {
    const Region region = own.source->try_grow(step, 2 * step);
    ASSERT_GE(region.bytes, step);
    EXPECT_LE(region.bytes, 2 * step);
    EXPECT_TRUE(region.base.is_aligned(kPageBytes));
    EXPECT_EQ(region.bytes % kPageBytes, 0u);
    EXPECT_TRUE(range.contains(region.base));
    EXPECT_TRUE(range.contains(region.end() - 1));
    EXPECT_TRUE(!region.zeroed || all_bytes_are(region.base, region.bytes, 0));
    std::memset(region.base.pointer(), 0x5a, region.bytes);
    total += region.bytes;
  }
  EXPECT_EQ(own.source->range().low, range.low);
  EXPECT_EQ(own.source->range().bytes, range.bytes);
}

TEST(PlatformSource, M12_BeyondTheMaximumIsARefusalThatChangesNothing) {
  OwnSource own(kMiB);
  ASSERT_NE(own.source, nullptr);
  EXPECT_EQ(own.source->try_grow(2 * kMiB, 2 * kMiB).bytes, 0u);
  const Region all = own.source->try_grow(kMiB, 64 * kMiB);
  EXPECT_EQ(all.bytes, kMiB);
  EXPECT_EQ(own.source->try_grow(kPageBytes, kPageBytes).bytes, 0u);
}

TEST(PlatformSource, TablesAreZeroAlignedAndOutsideEveryRegion) {
  OwnSource own(8 * kMiB);
  ASSERT_NE(own.source, nullptr);
  std::vector<Region> seen;
  for (int i = 0; i < 4; ++i) {
    const Region table = own.source->try_tables(100'000);
    ASSERT_GE(table.bytes, 100'000u);
    EXPECT_TRUE(table.base.is_aligned(kPageBytes));
    EXPECT_TRUE(all_bytes_are(table.base, table.bytes, 0));
    std::memset(table.base.pointer(), 0xff, table.bytes);
    seen.push_back(table);
    seen.push_back(own.source->try_grow(kPageBytes, kMiB));
    ASSERT_NE(seen.back().bytes, 0u);
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    for (size_t k = 0; k < i; ++k) EXPECT_FALSE(overlap(seen[i], seen[k]));
  }
}

// Growth that libc does not know of would corrupt its malloc and the heap. Every block keeps its owner's pattern.
TEST(PlatformSource, LibcMallocAndTheHeapsGrowthInterleaveWithoutOverlap) {
  struct Block {
    Address base;
    size_t bytes;
    unsigned char pattern;
    void* libc;
  };
  OwnSource own(32 * kMiB);
  ASSERT_NE(own.source, nullptr);
  std::vector<Block> blocks;
  unsigned char pattern = 1;
  for (size_t i = 0; i < 200; ++i) {
    const size_t bytes = (i % 7 + 1) * 9000;
    void* const libc = std::malloc(bytes);
    ASSERT_NE(libc, nullptr);
    blocks.push_back({Address::of(libc), bytes, pattern++, libc});
    if (i % 3 != 0) continue;
    const Region region = own.source->try_grow(kPageBytes, (i % 5 + 1) * 8 * kPageBytes);
    ASSERT_NE(region.bytes, 0u);
    blocks.push_back({region.base, region.bytes, pattern++, nullptr});
  }
  for (const Block& block : blocks) std::memset(block.base.pointer(), block.pattern, block.bytes);
  for (const Block& block : blocks) EXPECT_TRUE(all_bytes_are(block.base, block.bytes, block.pattern));
  for (const Block& block : blocks) std::free(block.libc);
}

TEST(PlatformSource, AReleasedSourceGivesNothingMore) {
  OwnSource own(kMiB);
  ASSERT_NE(own.source, nullptr);
  ASSERT_NE(own.source->try_grow(kPageBytes, kPageBytes).bytes, 0u);
  own.source->release();
  EXPECT_EQ(own.source->try_grow(kPageBytes, kPageBytes).bytes, 0u);
  EXPECT_EQ(own.source->try_tables(kPageBytes).bytes, 0u);
  own.source->release();
}

TEST(PlatformSource, WhatIsReleasedServesLaterHeaps) {
  Address lowest, highest;
  for (int round = 0; round < 300; ++round) {
    OwnSource own((round % 9 + 1) * kMiB);
    ASSERT_NE(own.source, nullptr);
    const Region table = own.source->try_tables(size_t{20} << 10);
    ASSERT_NE(table.bytes, 0u);
    ASSERT_TRUE(all_bytes_are(table.base, table.bytes, 0));
    const Region region = own.source->try_grow(kMiB, kMiB);
    ASSERT_EQ(region.bytes, kMiB);
    std::memset(table.base.pointer(), 0xee, table.bytes);
    std::memset(region.base.pointer(), 0xee, region.bytes);
    if (round == 0) lowest = highest = region.base;
    if (region.base < lowest) lowest = region.base;
    if (region.base > highest) highest = region.base;
  }
  EXPECT_LT(highest - lowest, 16 * kMiB);
}

TEST(PlatformSource, SourcesThatLiveTogetherAreDisjoint) {
  constexpr int kSources = 12;
  std::vector<Region> seen;
  OwnSource* sources[kSources];
  for (auto& own : sources) {
    own = new OwnSource(2 * kMiB);
    ASSERT_NE(own->source, nullptr);
  }
  for (int round = 0; round < 4; ++round) {
    for (const auto* own : sources) {
      seen.push_back(own->source->try_grow(4 * kPageBytes, 4 * kPageBytes));
      ASSERT_NE(seen.back().bytes, 0u);
    }
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    for (size_t k = 0; k < i; ++k) EXPECT_FALSE(overlap(seen[i], seen[k]));
  }
  for (auto* own : sources) delete own;
}

TEST(PlatformClock, NeverGoesBack) {
  uint64_t last = now_ns();
  for (int i = 0; i < 1000; ++i) {
    const uint64_t now = now_ns();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(PlatformDie, LeavesOneLineOfCause) { EXPECT_DEATH_IF_SUPPORTED(die("a cause"), "mallocgc: a cause"); }

}  // namespace
}  // namespace mallocgc::platform
