// These tests try addresses, pages and roundings at their edges: everything else stands on this arithmetic.
#include <gtest/gtest.h>

#include "base/address.h"

namespace mallocgc {
namespace {

TEST(Address, NullIsNullAndComparesLowest) {
  EXPECT_TRUE(Address().is_null());
  EXPECT_FALSE(Address(1).is_null());
  EXPECT_LT(Address(), Address(1));
  EXPECT_EQ(Address().pointer(), nullptr);
}

TEST(Address, GoesToAPointerAndBack) {
  int x = 7;
  const Address address = Address::of(&x);
  EXPECT_EQ(address.pointer<int>(), &x);
  EXPECT_EQ(*address.pointer<int>(), 7);
}

TEST(Address, DifferencesAreUnsignedAtTheTopOfMemory) {
  const Address low(8);
  const Address high(~uintptr_t{0} - 7);
  EXPECT_EQ(high - low, ~size_t{0} - 15);
  EXPECT_EQ(low + (high - low), high);
  EXPECT_EQ(high - size_t{8}, Address(~uintptr_t{0} - 15));
  EXPECT_GT(high, low);
}

TEST(Address, AlignsUpAndDownByEveryPowerOfTwoOfAPage) {
  for (size_t alignment = 1; alignment <= kPageBytes; alignment *= 2) {
    for (uintptr_t value = 3 * kPageBytes - 17; value < 3 * kPageBytes + 17; ++value) {
      const Address address(value);
      const Address up = address.aligned_up(alignment);
      const Address down = address.aligned_down(alignment);
      EXPECT_TRUE(up.is_aligned(alignment) && down.is_aligned(alignment));
      EXPECT_TRUE(down <= address && address <= up);
      EXPECT_LT(up - down, 2 * alignment);
      EXPECT_EQ(address.is_aligned(alignment), up == down);
    }
  }
}

TEST(PageId, CountsPages) {
  EXPECT_EQ((PageId(3) + 4).index(), 7u);
  EXPECT_EQ(PageId(7) - PageId(3), 4u);
  EXPECT_LT(PageId(3), PageId(4));
}

TEST(Rounding, PagesForBytesIsExactAtPageBoundariesAndDoesNotOverflow) {
  EXPECT_EQ(pages_for_bytes(0), 0u);
  EXPECT_EQ(pages_for_bytes(1), 1u);
  EXPECT_EQ(pages_for_bytes(kPageBytes), 1u);
  EXPECT_EQ(pages_for_bytes(kPageBytes + 1), 2u);
  EXPECT_EQ(pages_for_bytes(size_t{0xffff'ffff}), size_t{1} << (32 - kPageShift));
  EXPECT_EQ(bytes_of_pages(5), 5 * kPageBytes);
}

// Whole units, and no byte beside them, whether by stores or by a call.
TEST(Clearing, ClearsTheUnitsAndNothingElse) {
  constexpr size_t kAround = 16;
  alignas(16) unsigned char bytes[kAround + 8 + 320 + kAround];
  for (const size_t offset : {size_t{0}, size_t{8}}) {
    // Above what is cleared by stores, sizes are whole units.
    for (size_t size = 0; size <= 320; size += size < 256 ? 1 : 8) {
      __builtin_memset(bytes, 0xa5, sizeof bytes);
      clear_units<256>(Address::of(bytes) + kAround + offset, size);
      for (size_t i = 0; i < sizeof bytes; ++i) {
        const bool inside = i >= kAround + offset && i < kAround + offset + align_up(size, 8);
        ASSERT_EQ(bytes[i], inside ? 0 : 0xa5) << "byte " << i << " of " << size << " at " << offset;
      }
    }
  }
}

TEST(Rounding, PowersOfTwo) {
  EXPECT_FALSE(is_power_of_two(0));
  EXPECT_TRUE(is_power_of_two(1));
  EXPECT_FALSE(is_power_of_two(6));
  EXPECT_TRUE(is_power_of_two(~(~size_t{0} >> 1)));
  EXPECT_EQ(align_up(0, 8), 0u);
  EXPECT_EQ(align_up(17, 16), 32u);
}

}  // namespace
}  // namespace mallocgc
