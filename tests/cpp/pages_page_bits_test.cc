// The search over page bits finds what a search page by page finds.
#include "pages/page_bits.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mallocgc {
namespace {

// The simple reference has a flag for each page.
struct Model {
  std::vector<bool> free;

  uint32_t find(uint32_t count, uint32_t align, uint32_t origin) const {
    uint32_t run = 0;
    for (uint32_t page = 0; page < free.size(); ++page) {
      run = free[page] ? run + 1 : 0;
      // This is the lowest aligned start of a run that ends here.
      for (uint32_t start = page + 1 - run; start + count <= page + 1; ++start) {
        if ((start + origin) % align == 0) return start;
      }
    }
    return PageBits::kNone;
  }
  uint32_t largest() const {
    uint32_t run = 0;
    uint32_t largest = 0;
    for (const bool f : free) {
      run = f ? run + 1 : 0;
      if (run > largest) largest = run;
    }
    return largest;
  }
};

struct Pair {
  explicit Pair(uint32_t pages)
      : memory(PageBits::bytes_for(pages) / sizeof(uint64_t) + 1), model{std::vector<bool>(pages)} {
    bits.attach(memory.data(), pages);
  }
  void set(uint32_t first, uint32_t count) {
    bits.set(first, count);
    for (uint32_t i = 0; i < count; ++i) model.free[first + i] = true;
  }
  void clear(uint32_t first, uint32_t count) {
    bits.clear(first, count);
    for (uint32_t i = 0; i < count; ++i) model.free[first + i] = false;
  }
  bool all(uint32_t first, uint32_t count, bool value) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (model.free[first + i] != value) return false;
    }
    return true;
  }
  void check() const {
    uint32_t set_pages = 0;
    ASSERT_TRUE(bits.verify(&set_pages));
    uint32_t expected = 0;
    for (const bool f : model.free) expected += f;
    ASSERT_EQ(set_pages, expected);
    ASSERT_EQ(bits.largest_run(), model.largest());
  }

  std::vector<uint64_t> memory;
  PageBits bits;
  Model model;
};

TEST(PageBits, TheBlockHasRoomForThePagesAndNoMore) {
  const uint32_t chunk = PageBits::kChunkPages;
  EXPECT_EQ(PageBits::bytes_for(0), 0u);
  const size_t one = PageBits::bytes_for(1);
  EXPECT_GE(one, chunk / 8);
  EXPECT_EQ(one % sizeof(uint32_t), 0u) << "whole words, in each flavour";
  EXPECT_EQ(PageBits::bytes_for(chunk), one);
  EXPECT_EQ(PageBits::bytes_for(chunk + 1), 2 * one);
  EXPECT_EQ(PageBits::bytes_for(7 * chunk), 7 * one);
}

TEST(PageBits, NothingIsFreeAtFirst) {
  Pair pair(2000);
  EXPECT_EQ(pair.bits.find_one(), PageBits::kNone);
  EXPECT_EQ(pair.bits.find(1, 1, 0), PageBits::kNone);
  EXPECT_EQ(pair.bits.largest_run(), 0u);
}

TEST(PageBits, RunsCrossWordsAndChunks) {
  Pair pair(2048);
  pair.set(500, 24);
  EXPECT_EQ(pair.bits.find(24, 1, 0), 500u);
  EXPECT_EQ(pair.bits.find(25, 1, 0), PageBits::kNone);
  pair.set(524, 1000);
  EXPECT_EQ(pair.bits.find(1024, 1, 0), 500u);
  EXPECT_EQ(pair.bits.largest_run(), 1024u);
  pair.check();
}

TEST(PageBits, EveryRunOfASmallRangeIsFoundAtEveryPlace) {
  for (uint32_t first = 440; first < 580; ++first) {
    for (const uint32_t count : {1u, 2u, 63u, 64u, 65u, 130u, 512u, 600u}) {
      Pair pair(1536);
      pair.set(first, count);
      ASSERT_EQ(pair.bits.find(count, 1, 0), first);
      ASSERT_EQ(pair.bits.find(count + 1, 1, 0), PageBits::kNone);
      ASSERT_EQ(pair.bits.find_one(), first);
      ASSERT_EQ(pair.bits.run_below(first + count, 2000), count);
      ASSERT_EQ(pair.bits.run_below(first + count, 3), count < 3 ? count : 3);
      ASSERT_EQ(pair.bits.run_below(first, 5), 0u);
      uint32_t set_pages = 0;
      ASSERT_TRUE(pair.bits.verify(&set_pages));
      ASSERT_EQ(set_pages, count);
    }
  }
}

TEST(PageBits, AlignmentCountsTheOrigin) {
  Pair pair(1024);
  pair.set(1, 1000);
  EXPECT_EQ(pair.bits.find(4, 4, 0), 4u);
  EXPECT_EQ(pair.bits.find(4, 4, 1), 3u);
  EXPECT_EQ(pair.bits.find(4, 4, 3), 1u);
  EXPECT_EQ(pair.bits.find(600, 64, 0), 64u);
}

TEST(PageBits, RandomProgramsAgreeWithTheSimpleSearch) {
  std::mt19937 random(20140904);
  for (int program = 0; program < 30; ++program) {
    const uint32_t pages = 600 + random() % 2500;
    Pair pair(pages);
    for (int step = 0; step < 300; ++step) {
      const uint32_t first = random() % pages;
      const uint32_t reach = random() % 8 == 0 ? 1200 : 1u << random() % 8;
      const uint32_t count = 1 + random() % reach;
      if (first + count <= pages) {
        if (pair.all(first, count, false)) {
          pair.set(first, count);
        } else if (pair.all(first, count, true)) {
          pair.clear(first, count);
        }
      }
      const uint32_t want = 1 + random() % (random() % 4 == 0 ? 700 : 20);
      const uint32_t align = 1u << random() % 5;
      const uint32_t origin = random() % align;
      ASSERT_EQ(pair.bits.find(want, align, origin), pair.model.find(want, align, origin));
      if (step % 3 == 0) {
        const uint32_t one = pair.bits.find_one();
        ASSERT_EQ(one, pair.model.find(1, 1, 0));
        if (one != PageBits::kNone && step % 2 == 0) pair.clear(one, 1);
      }
      if (step % 16 == 0) pair.check();
    }
    pair.check();
  }
}

TEST(PageBits, PlainBitmapsSetTakeAndCountAnyRun) {
  for (uint32_t first = 0; first < 130; first += 13) {
    for (uint32_t count = 0; count < 200; count += 7) {
      std::vector<uint64_t> words(8);
      set_page_bits(words.data(), first, count);
      ASSERT_EQ(count_page_bits(words.data(), 0, 512), count);
      ASSERT_EQ(count_page_bits(words.data(), first, count), count);
      ASSERT_EQ(take_page_bits(words.data(), first, count), count);
      ASSERT_EQ(take_page_bits(words.data(), 0, 512), 0u);
    }
  }
}

}  // namespace
}  // namespace mallocgc
