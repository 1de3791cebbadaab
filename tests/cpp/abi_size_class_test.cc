// The size classes made by rule are those that Go publishes (runtime/sizeclasses.go, 1.16 and later), and lookups are
// exact.
#include <mallocgc/size_class.h>

#include <gtest/gtest.h>

namespace mallocgc::abi {
namespace {

constexpr uint32_t kGoBytes[kSizeClassCount] = {
    0,    8,    16,   24,    32,    48,    64,    80,    96,    112,   128,   144,   160,   176,   192,   208,   224,
    240,  256,  288,  320,   352,   384,   416,   448,   480,   512,   576,   640,   704,   768,   896,   1024,  1152,
    1280, 1408, 1536, 1792,  2048,  2304,  2688,  3072,  3200,  3456,  4096,  4864,  5376,  6144,  6528,  6784,  6912,
    8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768};
constexpr uint32_t kGoPages[kSizeClassCount] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1, 1, 1,
                                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 2, 1, 2, 1, 3, 2,  3, 1, 3,
                                                2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4};

TEST(SizeClass, M7_TheRuleMakesGosTable) {
  for (uint32_t i = 0; i < kSizeClassCount; ++i) {
    EXPECT_EQ(kSizeClassBytes[i], kGoBytes[i]) << "class " << i;
    EXPECT_EQ(kSizeClassPages[i], kGoPages[i]) << "class " << i;
  }
}

TEST(SizeClass, M7_EveryRequestGetsTheLeastClassThatHoldsIt) {
  EXPECT_EQ(size_class_of(0), 0u);
  uint32_t expected = 1;
  for (size_t bytes = 1; bytes <= kSizeClassMaxBytes; ++bytes) {
    if (bytes > kSizeClassBytes[expected]) ++expected;
    ASSERT_EQ(size_class_of(bytes), expected) << bytes << " bytes";
  }
}

TEST(SizeClass, M7_AtMostAnEighthOfASpanIsLeftAtItsTail) {
  for (uint32_t i = 1; i < kSizeClassCount; ++i) {
    const size_t span = kSizeClassPages[i] * kSizeClassPageBytes;
    EXPECT_LE(span % kSizeClassBytes[i], span / 8) << "class " << i;
  }
}

TEST(SizeClass, M8_MultiplesOfSixteenGetSlotsThatAreToo) {
  for (size_t bytes = 16; bytes <= kSizeClassMaxBytes; bytes += 16) ASSERT_EQ(slot_bytes_of(bytes) % 16, 0u) << bytes;
  for (size_t bytes = 8; bytes <= kSizeClassMaxBytes; ++bytes) ASSERT_EQ(slot_bytes_of(bytes) % 8, 0u) << bytes;
  EXPECT_EQ(slot_bytes_of(kSizeClassMaxBytes + 1), 0u);
}

}  // namespace
}  // namespace mallocgc::abi
