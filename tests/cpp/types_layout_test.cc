// Layouts and their masks have a normal form.
#include "support/flavour.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

class LayoutForm : public TypesTest {};

TEST_F(LayoutForm, T6_EqualWordsAreOneLayoutHoweverTheUnitWasCut) {
  for (uint32_t words = 1; words <= 10; ++words) {
    for (uint32_t mask = 0; mask < 1u << words; ++mask) {
      const Layout* layout = define_mask(words, mask)->layout;
      // Twice the unit is the same array.
      if (words <= 5) {
        ASSERT_EQ(define_mask(words * 2, mask | mask << words)->layout, layout);
      }
      // Two layouts are one exactly if they agree on 2520 words, the least multiple of every length up to ten.
      ASSERT_EQ(2520 % (layout->tail_words == 0 ? 1 : layout->tail_words), 0u);
    }
  }
  // Different layouts differ: no two of them agree on a stretch that is a multiple of all periods.
  std::vector<uint64_t> seen;
  for (uint32_t id = 0; id < table.layout_count(); ++id) {
    const Layout& layout = *table.layout_by_id(id);
    ASSERT_EQ(layout.id, id);
    if (layout.conservative) continue;
    std::string why;
    const Words words = walk<PointerCursor>(layout, 2520, 0, &why);
    uint64_t hash = 0;
    for (bool set : words) hash = hash_step(hash, set ? 1 : 2);
    for (uint64_t other : seen) ASSERT_NE(hash, other) << id;
    seen.push_back(hash);
  }
}

TEST_F(LayoutForm, T1_WithoutPointersThereIsOneLayout) {
  MGC_NEEDS(kLifecycles);
  const Program empty{MGC_PROG_REPEAT, 0, MGC_PROG_POINTERS, 5, MGC_PROG_END, MGC_PROG_SKIP, 90};
  mgc_type_info by_program = plain_type("Plain", 100);
  by_program.pointers = program_words(empty);
  mgc_type_info elements = plain_type("Elements", 2);
  elements.tail = MGC_TAIL_ELEMENTS;
  elements.tail_size = 3;
  for (const Type* type : {define(by_program), define(elements), define_mask(3, 0), define_mask(0, 0),
                           define(plain_type("Big", size_t{1} << 24))}) {
    EXPECT_EQ(type->layout, table.noscan_layout());
    EXPECT_TRUE(type->is_noscan());
    EXPECT_EQ(type->flags & kTypeNoScan, kTypeNoScan);
  }
  EXPECT_EQ(table.noscan_layout()->id, kNoScanLayoutId);
  EXPECT_FALSE(all_pointers(*table.noscan_layout()));
}

TEST_F(LayoutForm, T3_AnOpaqueLayoutEndsAtItsLastPointer) {
  MGC_NEEDS(kPrograms);
  const uint32_t mask[4] = {1u << 2, 0, 0, 0};
  mgc_type_info long_head = plain_type(nullptr, 100);
  long_head.tail = MGC_TAIL_OPAQUE;
  long_head.pointers = mask_words(mask);
  mgc_type_info short_head = long_head;
  short_head.size = 3 * kWordBytes;
  const Layout* layout = define(long_head)->layout;
  EXPECT_EQ(define(short_head)->layout, layout);
  EXPECT_EQ(layout->head_words, 3u);
  EXPECT_EQ(layout->tail_words, 0u);
  EXPECT_NE(define(long_head), define(short_head));  // sizes differ, so the types do
}

TEST_F(LayoutForm, T3_ElementsWithoutAHeadAreAnArray) {
  const uint32_t mask = 0b101;
  mgc_type_info info{};
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = 3 * kWordBytes;
  info.tail_pointers = mask_words(&mask);
  EXPECT_EQ(define(info)->layout, define_mask(3, mask)->layout);
}

TEST_F(LayoutForm, T1_AUnitThatIsOneRepeatIsItsRound) {
  MGC_NEEDS(kPrograms);
  const Program of_short{MGC_PROG_REPEAT, 1000, MGC_PROG_BITS, 3, 5, MGC_PROG_END};
  mgc_type_info info = plain_type(nullptr, 3000);
  info.pointers = program_words(of_short);
  EXPECT_EQ(define(info)->layout, define_mask(3, 5)->layout);

  const Program round{MGC_PROG_POINTERS, 1, MGC_PROG_SKIP, 98, MGC_PROG_POINTERS, 1, MGC_PROG_SKIP, 1};
  Program of_long{MGC_PROG_REPEAT, 10, MGC_PROG_REPEAT, 2};
  of_long.insert(of_long.end(), round.begin(), round.end());
  of_long.insert(of_long.end(), {MGC_PROG_END, MGC_PROG_END});
  mgc_type_info once = plain_type(nullptr, 101);
  once.pointers = program_words(round);
  mgc_type_info often = plain_type(nullptr, 2020);
  often.pointers = program_words(of_long);
  EXPECT_EQ(define(often)->layout, define(once)->layout);
  EXPECT_EQ(define(once)->layout->tail_words, 101u);

  mgc_type_info host = plain_type(nullptr, 2020);
  host.host = program_words(of_long);
  EXPECT_EQ(define(host)->layout->tail_words, 101u);
  EXPECT_FALSE(define(host)->layout->has_pointers);
}

TEST_F(LayoutForm, T2_Mask64IsTheObject) {
  for (uint32_t words = 1; words <= 8; ++words) {
    for (uint32_t mask = 0; mask < 1u << words; ++mask) {
      const Layout& layout = *define_mask(words, mask)->layout;
      for (size_t length = 0; length <= 64; ++length) {
        uint64_t expected = 0;
        for (size_t i = 0; i < length; ++i) expected |= uint64_t{mask >> (i % words) & 1} << i;
        ASSERT_EQ(mask64(layout, length), expected);
      }
      ASSERT_EQ(all_pointers(layout), mask == (1u << words) - 1);
      ASSERT_EQ(host_mask64(layout, 64), 0u);
    }
  }
  EXPECT_EQ(mask64(*table.conservative_layout(), 64), ~uint64_t{0});
  EXPECT_EQ(mask64(*table.noscan_layout(), 64), 0u);
}

TEST_F(LayoutForm, T4_AConservativeTypeMayHoldHostValues) {
  MGC_NEEDS(kLifecycles);
  for (uint32_t words : {3u, 64u, 65u, 200u}) {
    std::vector<uint32_t> mask((words + 31) / 32);
    mask.back() = 1u << ((words - 1) % 32);
    mgc_type_info info = plain_type(nullptr, words);
    info.tail = MGC_TAIL_CONSERVATIVE;
    info.host = mask_words(mask.data());
    const Layout& layout = *define(info)->layout;
    EXPECT_TRUE(layout.conservative);
    Words host(words);
    host[words - 1] = true;
    const size_t length = 2 * words + 3;
    EXPECT_EQ(difference<HostCursor>(layout, object_words({}, host, length), 0), "");
    EXPECT_EQ(difference<PointerCursor>(layout, Words(length, true), 1), "");
  }
}

}  // namespace
}  // namespace mallocgc::types_test
