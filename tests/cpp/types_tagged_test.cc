// Layouts hold tagged and ambiguous words beside exact ones (T8, T9). The tests define, intern and walk them, and try
// what is refused.
#include "support/flavour.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

MGC_ALL_NEED(kTaggedWords);

constexpr mgc_filter kFixnums{.tag_bits = 1, .pointer_tags = 1, .box_mask = 0, .box_value = 0, .clear = 0, .flags = 0};
constexpr mgc_filter kOdd{.tag_bits = 1, .pointer_tags = 2, .box_mask = 0, .box_value = 0, .clear = 1, .flags = 0};

class Tagged : public TypesTest {
 protected:
  mgc_type_info info(const char* name, size_t words, uint32_t tagged_mask, uint32_t ambiguous_mask = 0,
                     uint32_t exact_mask = 0) {
    tagged_ = tagged_mask;
    ambiguous_ = ambiguous_mask;
    exact_ = exact_mask;
    mgc_type_info result = plain_type(name, words);
    if (tagged_ != 0) result.tagged = mask_words(&tagged_);
    if (ambiguous_ != 0) result.ambiguous = mask_words(&ambiguous_);
    if (exact_ != 0) result.pointers = mask_words(&exact_);
    result.filter = &kFixnums;
    return result;
  }
  uint32_t tagged_ = 0;
  uint32_t ambiguous_ = 0;
  uint32_t exact_ = 0;
};

TEST_F(Tagged, T8_EachPlaneIsWalkedByItsCursor) {
  const Layout& layout = *define(info("Union", 5, 0b00010, 0b01000, 0b10001))->layout;
  EXPECT_TRUE(layout.has_pointers && layout.has_tagged && layout.has_ambiguous && layout.has_special());
  for (size_t words : {5u, 7u, 12u}) {
    for (size_t from = 0; from <= words; ++from) {
      EXPECT_EQ(difference<PointerCursor>(layout, object_words({}, words_of(0b10001, 5), words), from), "");
      EXPECT_EQ(difference<TaggedCursor>(layout, object_words({}, words_of(0b00010, 5), words), from), "");
      EXPECT_EQ(difference<AmbiguousCursor>(layout, object_words({}, words_of(0b01000, 5), words), from), "");
    }
  }
}

TEST_F(Tagged, T8_WordsThatPointMakeATypeOneThatIsScanned) {
  EXPECT_FALSE(define(info("T", 2, 1))->is_noscan());
  EXPECT_FALSE(define(info("A", 2, 0, 1))->is_noscan());
}

TEST_F(Tagged, T6_EqualLayoutsAreOneAndFiltersTellLayoutsApart) {
  mgc_type_info fixnums = info("", 2, 3);
  Type* const first = define(fixnums);
  EXPECT_EQ(define(fixnums), first);
  mgc_type_info odd = fixnums;
  odd.filter = &kOdd;
  EXPECT_NE(define(odd)->layout, first->layout);
  EXPECT_NE(define(info("", 2, 0, 0, 3))->layout, first->layout);
  // A filter that no word uses does not count.
  mgc_type_info exact = info("", 2, 0, 0, 3);
  mgc_type_info plain = exact;
  plain.filter = nullptr;
  EXPECT_EQ(define(exact)->layout, define(plain)->layout);
}

TEST_F(Tagged, T6_ATaggedUnitIsCutToItsShortestPeriodInAllPlanes) {
  const Layout& all = *define(info("", 4, 0b1111))->layout;
  EXPECT_EQ(all.tail_words, 1u);
  const Layout& two = *define(info("", 4, 0b0101, 0b1010))->layout;
  EXPECT_EQ(two.tail_words, 2u);
}

TEST_F(Tagged, T8_TheHeapsFilterServesTypesWithoutOne) {
  mgc_type_info type = info("Value", 1, 1);
  type.filter = nullptr;
  EXPECT_EQ(failure(type),
            "type 'Value': tagged words, but neither the type nor the heap has a filter, at byte offset 0 of " +
                std::to_string(kWordBytes));
  EXPECT_EQ(table.set_filter(kOdd, error), Status::kOk);
  EXPECT_EQ(define(type)->layout->filter, make_filter(kOdd));
  mgc_filter wrong = kOdd;
  wrong.tag_bits = 9;
  EXPECT_EQ(table.set_filter(wrong, error), Status::kBadArgument);
  EXPECT_TEXT(error.c_str(), "filter: more than 3 tag bits, but objects are aligned to 8 bytes");
  type.name = "Again";
  EXPECT_EQ(define(type)->layout->filter, make_filter(kOdd));
}

TEST_F(Tagged, T6_RefusalsNameTheWordAndTheCause) {
  const std::string of = std::to_string(3 * kWordBytes);
  const std::string at = std::to_string(kWordBytes);
  EXPECT_EQ(failure(info("Both", 3, 0b010, 0, 0b010)),
            "type 'Both': pointer that is a tagged word too, at byte offset " + at + " of " + of);
  EXPECT_EQ(failure(info("Both", 3, 0b010, 0b010)),
            "type 'Both': tagged that is an ambiguous word too, at byte offset " + at + " of " + of);
  mgc_type_info conservative = info("Any", 3, 1);
  conservative.tail = MGC_TAIL_CONSERVATIVE;
  EXPECT_EQ(failure(conservative),
            "type 'Any': a conservative type has no pointer words of its own, at byte offset 0 of " + of);
  mgc_type_info filtered = info("Bad", 3, 1);
  const mgc_filter bad{.tag_bits = 0, .pointer_tags = 0, .box_mask = 0, .box_value = 0, .clear = 0, .flags = 0};
  filtered.filter = &bad;
  EXPECT_EQ(failure(filtered), "type 'Bad': filter: no tag is that of a pointer, at byte offset 0 of " + of);
  mgc_type_info tail = info("Tail", 3, 1);
  tail.tail_tagged = tail.tagged;
  tail.tail_size = kWordBytes;
  EXPECT_EQ(failure(tail),
            "type 'Tail': a tail is described, but its kind has none, at byte offset " + of + " of " + of);
}

TEST_F(Tagged, T8_AWideValueLiesInItsUnitAsAWhole) {
  mgc_filter wide = kOdd;
  wide.flags = MGC_FILTER_WIDE;
  mgc_type_info type = info("Cut", 2, 0b10);
  type.filter = &wide;
  if (kIs64Bit) {
    EXPECT_TRUE(define(type)->layout->has_tagged);
  } else {
    EXPECT_EQ(failure(type), "type 'Cut': tagged word whose other half is outside, at byte offset 4 of 8");
  }
}

TEST_F(Tagged, T3_HeadAndElementsHavePlanesOfTheirOwn) {
  const uint32_t element = 0b01;
  mgc_type_info vector = info("Vector", 2, 0b10);
  vector.tail = MGC_TAIL_ELEMENTS;
  vector.tail_size = 2 * kWordBytes;
  vector.tail_ambiguous = mask_words(&element);
  const Layout& layout = *define(vector)->layout;
  EXPECT_EQ(difference<TaggedCursor>(layout, object_words(words_of(0b10, 2), words_of(0, 2), 9), 0), "");
  EXPECT_EQ(difference<AmbiguousCursor>(layout, object_words(words_of(0, 2), words_of(0b01, 2), 9), 0), "");
}

}  // namespace
}  // namespace mallocgc::types_test
