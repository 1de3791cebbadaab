// These tests try bit arithmetic at the edges of a word, and division by multiplication exhaustively.
#include <gtest/gtest.h>

#include <bit>

#include "base/bits.h"

namespace mallocgc {
namespace {

TEST(Bits, BitmapWordsRoundUp) {
  EXPECT_EQ(bitmap_words(0), 0u);
  EXPECT_EQ(bitmap_words(1), 1u);
  EXPECT_EQ(bitmap_words(64), 1u);
  EXPECT_EQ(bitmap_words(65), 2u);
}

TEST(Bits, LowBitsIsWholeAtSixtyFourAndBeyond) {
  EXPECT_EQ(low_bits(0), 0u);
  EXPECT_EQ(low_bits(1), 1u);
  EXPECT_EQ(low_bits(63), ~uint64_t{0} >> 1);
  EXPECT_EQ(low_bits(64), ~uint64_t{0});
  EXPECT_EQ(low_bits(200), ~uint64_t{0});
}

TEST(Bits, ABitIsFoundAgainWhereItWasSet) {
  for (uint32_t index = 0; index < 200; ++index) {
    EXPECT_EQ(lowest_bit(bit_of(index)), index % 64);
    EXPECT_EQ(count_bits(bit_of(index)), 1u);
    EXPECT_EQ(count_bits(low_bits(index % 65)), index % 65);
  }
  for (uint64_t word = 1, count = 0; count < 10000; ++count, word = word * 6364136223846793005 + 1442695040888963407) {
    ASSERT_EQ(count_bits(word), static_cast<uint32_t>(std::popcount(word))) << word;
  }
}

TEST(Bits, DivisionByReciprocalIsExactBelowTwoToThe32ByTheDivisor) {
  for (uint32_t divisor = 8; divisor <= 32 * 1024; divisor += 8) {
    const uint32_t inverse = reciprocal(divisor);
    const uint32_t bound = static_cast<uint32_t>((uint64_t{1} << 32) / divisor);
    // The edges of each slot are where a wrong reciprocal shows.
    for (uint32_t quotient = 0; (quotient + 1) * divisor <= bound && quotient < 4096; ++quotient) {
      const uint32_t offset = quotient * divisor;
      if (divide_by_reciprocal(offset, inverse) != quotient ||
          divide_by_reciprocal(offset + divisor - 1, inverse) != quotient) {
        FAIL() << offset << " / " << divisor;
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc
