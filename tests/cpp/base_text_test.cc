// A text of fixed capacity takes texts and numbers. One that is cut off still ends with a zero.
#include <gtest/gtest.h>

#include <cstring>

#include "base/text.h"

namespace mallocgc {
namespace {

TEST(FixedText, AddsTextAndNumbers) {
  FixedText<64> text;
  EXPECT_TRUE(text.empty());
  text.add("n = ").add_number(0).add(' ').add_number(UINT64_MAX).add(' ').add_hex(0).add(' ').add_hex(0xdeadbeef0);
  EXPECT_STREQ(text.c_str(), "n = 0 18446744073709551615 0x0 0xdeadbeef0");
  EXPECT_EQ(text.length(), std::strlen(text.c_str()));
  EXPECT_STREQ(text.clear().c_str(), "");
}

TEST(FixedText, ANullTextAddsNothing) {
  FixedText<8> text;
  text.add("a").add(static_cast<const char*>(nullptr)).add("b");
  EXPECT_STREQ(text.c_str(), "ab");
}

TEST(FixedText, IsCutWhenFullAndStaysTerminated) {
  FixedText<8> text;
  text.add("0123456789");
  EXPECT_STREQ(text.c_str(), "0123456");
  text.add('x').add_number(5).add_hex(UINT64_MAX);
  EXPECT_STREQ(text.c_str(), "0123456");
  EXPECT_EQ(text.length(), 7u);
}

TEST(FixedText, HexOfAllOnesHasSixteenDigits) {
  FixedText<32> text;
  EXPECT_STREQ(text.add_hex(UINT64_MAX).c_str(), "0xffffffffffffffff");
}

}  // namespace
}  // namespace mallocgc
