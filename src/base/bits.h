// Bit arithmetic on 64-bit words, which are the unit of every bitmap, and division by a constant as a multiplication.
#pragma once

#include <bit>

#include "base/config.h"

namespace mallocgc {

inline constexpr uint32_t kBitsPerWord = 64;

constexpr uint32_t bitmap_words(uint32_t bits) { return (bits + kBitsPerWord - 1) / kBitsPerWord; }
constexpr uint64_t bit_of(uint32_t index) { return uint64_t{1} << (index % kBitsPerWord); }
constexpr uint64_t low_bits(uint32_t count) {
  return count >= kBitsPerWord ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
}
constexpr uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(std::countr_zero(word)); }
// Without an instruction for it, GCC calls a function; this takes a third of the time (Warren, Hacker's Delight, 2nd
// edition 2012, chapter 5).
constexpr uint32_t count_bits(uint64_t word) {
#if defined(__x86_64__) && !defined(__POPCNT__)
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<uint32_t>(word * 0x0101010101010101 >> 56);
#else
  return static_cast<uint32_t>(std::popcount(word));
#endif
}

// floor(offset / divisor) as a multiplication. It is exact for every offset in a span, and a test checks that for every
// size class (Warren, Hacker's Delight, 2nd edition 2012, chapter 10).
constexpr uint32_t reciprocal(uint32_t divisor) { return ~uint32_t{0} / divisor + 1; }
constexpr uint32_t divide_by_reciprocal(uint32_t offset, uint32_t reciprocal) {
  return static_cast<uint32_t>((uint64_t{offset} * reciprocal) >> 32);
}

}  // namespace mallocgc
