// The tests say what filters of tagged words let through, and what a description may not say (T8).
#include "types/filter.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace mallocgc {
namespace {

mgc_filter low_tags(uint32_t bits, uint32_t pointer_tags) {
  mgc_filter filter{};
  filter.tag_bits = bits;
  filter.pointer_tags = pointer_tags;
  filter.clear = (uint64_t{1} << bits) - 1;
  return filter;
}

uintptr_t through(const mgc_filter& description, uintptr_t word) {
  EXPECT_EQ(fault_of(description), nullptr);
  return make_filter(description).pointer_in(Address::of(&word)).value();
}

TEST(Filter, T8_LowTagsTellPointersFromIntegersExhaustively) {
  for (uint32_t bits = 0; bits <= 3; ++bits) {
    const uint32_t tags = 1u << bits;
    for (uint32_t set = 1; set < (1u << tags); ++set) {
      const mgc_filter filter = low_tags(bits, set);
      for (uintptr_t tag = 0; tag < tags; ++tag) {
        const bool is_pointer = (set >> tag & 1) != 0;
        EXPECT_EQ(through(filter, 0x12340 | tag), is_pointer ? uintptr_t{0x12340} : 0)
            << bits << ' ' << set << ' ' << tag;
      }
    }
  }
}

TEST(Filter, T8_BitsThatAreNotClearedStay) {
  mgc_filter filter = low_tags(2, 0b0100);
  filter.clear = 0;
  EXPECT_EQ(through(filter, 0x1002), 0x1002u);
}

TEST(Filter, T8_ANanBoxIsOpenedAndADoubleIsNot) {
  mgc_filter filter{};
  filter.pointer_tags = 1;
  filter.box_mask = 0xffff'0000'0000'0000;
  filter.box_value = 0xfffc'0000'0000'0000;
  filter.clear = filter.box_mask;
  filter.flags = MGC_FILTER_WIDE;
  ASSERT_EQ(fault_of(filter), nullptr);
  const auto of = [&](uint64_t value) {
    uintptr_t words[sizeof value / sizeof(uintptr_t)];
    std::memcpy(words, &value, sizeof value);
    return make_filter(filter).pointer_in(Address::of(words)).value();
  };
  EXPECT_EQ(of(0xfffc'0000'0001'2340), 0x12340u);
  EXPECT_EQ(of(0xfffd'0000'0001'2340), 0u);
  EXPECT_EQ(of(0x4028'0000'0001'2340), 0u);  // the low half of this double looks like an address
  EXPECT_EQ(of(0), 0u);
}

TEST(Filter, T8_ContradictionsAreNamed) {
  const auto fault = [](auto change) {
    mgc_filter filter = low_tags(2, 1);
    change(filter);
    const char* const text = fault_of(filter);
    return std::string(text == nullptr ? "" : text);
  };
  EXPECT_EQ(fault([](mgc_filter&) {}), "");
  EXPECT_EQ(fault([](mgc_filter& f) { f.tag_bits = 4; }),
            "filter: more than 3 tag bits, but objects are aligned to 8 bytes");
  EXPECT_EQ(fault([](mgc_filter& f) { f.tag_bits = ~0u; }),
            "filter: more than 3 tag bits, but objects are aligned to 8 bytes");
  EXPECT_EQ(fault([](mgc_filter& f) { f.pointer_tags = 0; }), "filter: no tag is that of a pointer");
  EXPECT_EQ(fault([](mgc_filter& f) { f.pointer_tags = 1 << 4; }),
            "filter: a pointer tag is larger than the tag bits hold");
  EXPECT_EQ(fault([](mgc_filter& f) { f.box_value = uint64_t{1} << 63; }),
            "filter: box_value has bits outside box_mask");
  EXPECT_EQ(fault([](mgc_filter& f) { f.box_mask = 1 << 20; }), "filter: box_mask covers bits of addresses");
  EXPECT_EQ(fault([](mgc_filter& f) { f.box_mask = 4; }), "filter: box_mask covers bits of addresses");
  EXPECT_EQ(fault([](mgc_filter& f) { f.clear = 8; }), "filter: clear covers bits of addresses");
  EXPECT_EQ(fault([](mgc_filter& f) { f.flags = 2; }), "filter: unknown flags");
  if (!kIs64Bit) {
    EXPECT_EQ(fault([](mgc_filter& f) { f.box_mask = uint64_t{1} << 63; }), "filter: a box_mask, but words of 32 bits");
  }
}

}  // namespace
}  // namespace mallocgc
