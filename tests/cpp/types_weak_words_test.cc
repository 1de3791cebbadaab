// Layouts hold weak words and ephemerons (T11). The tests define, intern and walk them, and try what is refused.
#include "support/flavour.h"
#include "types/weak_words.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

MGC_ALL_NEED(kWeakWords);

class WeakWords : public TypesTest {
 protected:
  mgc_type_info info(const char* name, size_t words, uint32_t weak, uint32_t keys = 0, uint32_t exact = 0) {
    weak_ = weak;
    keys_ = keys;
    exact_ = exact;
    mgc_type_info result = plain_type(name, words);
    if (weak != 0) result.weak = mask_words(&weak_);
    if (keys != 0) result.keys = mask_words(&keys_);
    if (exact != 0) result.pointers = mask_words(&exact_);
    return result;
  }
  void expect_refused(const mgc_type_info& wrong, Status status, const char* text) {
    const std::string found = failure(wrong, status);
    EXPECT_EQ(found.rfind(text, 0), 0u) << found;
  }
  uint32_t weak_ = 0;
  uint32_t keys_ = 0;
  uint32_t exact_ = 0;
};

TEST_F(WeakWords, T11_EachPlaneIsWalkedByItsCursor) {
  const Layout& layout = *define(info("Mixture", 6, 0b000010, 0b001000, 0b100001))->layout;
  EXPECT_TRUE(layout.has_pointers && layout.has_weak && layout.has_keys && !layout.has_special());
  for (size_t words : {6u, 8u, 13u}) {
    for (size_t from = 0; from <= words; ++from) {
      EXPECT_EQ(difference<PointerCursor>(layout, object_words({}, words_of(0b100001, 6), words), from), "");
      EXPECT_EQ(difference<WeakCursor>(layout, object_words({}, words_of(0b000010, 6), words), from), "");
      EXPECT_EQ(difference<KeyCursor>(layout, object_words({}, words_of(0b001000, 6), words), from), "");
    }
  }
}

TEST_F(WeakWords, T11_TypesWithWeakWordsAreScannedThoughNoneOfThemKeepsAnything) {
  EXPECT_FALSE(define(info("Slot", 1, 1))->is_noscan());
  EXPECT_FALSE(define(info("Pair", 2, 0, 1))->is_noscan());
  EXPECT_FALSE(all_pointers(*define(info("Both", 2, 2, 0, 1))->layout));
}

TEST_F(WeakWords, T6_EqualLayoutsAreOneAndWhatIsClearedToTellsLayoutsApart) {
  mgc_type_info pair = info("", 2, 0, 1);
  Type* const first = define(pair);
  EXPECT_EQ(define(pair), first);
  mgc_type_info to_seven = pair;
  to_seven.weak_cleared = 7;
  EXPECT_NE(define(to_seven)->layout, first->layout);
  EXPECT_NE(define(info("", 2, 1))->layout, first->layout);
  // Where no word is weak, neither of the two counts.
  mgc_type_info plain = info("", 2, 0, 0, 3);
  mgc_type_info strange = plain;
  strange.weak_cleared = 7;
  strange.weak_tagged = 1;
  EXPECT_EQ(define(strange)->layout, define(plain)->layout);
}

// Returns what the walk over ephemerons gives, as pairs of word numbers. A value behind the end is -1.
std::vector<std::pair<int, int>> walked(const Layout& layout, size_t words, size_t from, size_t to) {
  const Address base(0x10000);
  std::vector<std::pair<int, int>> result;
  const auto number = [base](Address place) {
    return place.is_null() ? -1 : static_cast<int>((place - base) / kWordBytes);
  };
  for_each_ephemeron(layout, base, words, from, to,
                     [&](Address key, Address value) { result.emplace_back(number(key), number(value)); });
  return result;
}
using Pairs = std::vector<std::pair<int, int>>;

TEST_F(WeakWords, T11_AnEphemeronOfWhichAPartLiesInAPieceIsWalkedWhole) {
  const Layout& layout = *define(info("Pair", 2, 0, 1))->layout;
  EXPECT_EQ(walked(layout, 6, 0, 6), (Pairs{{0, 1}, {2, 3}, {4, 5}}));
  EXPECT_EQ(walked(layout, 6, 3, 4), (Pairs{{2, 3}}));  // the value alone
  EXPECT_EQ(walked(layout, 6, 2, 3), (Pairs{{2, 3}}));
  EXPECT_EQ(walked(layout, 6, 1, 3), (Pairs{{0, 1}, {2, 3}}));
  EXPECT_EQ(walked(layout, 5, 3, 5), (Pairs{{2, 3}, {4, -1}}));  // T2: the last element is partial
}

TEST_F(WeakWords, T11_AsManyEphemeronsAreCountedAsAreWalkedAtLeast) {
  mgc_type_info with_head = info("Table", 4, 0, 0b0010, 1);
  const uint32_t one = 1;
  with_head.tail = MGC_TAIL_ELEMENTS;
  with_head.tail_size = 3 * kWordBytes;
  with_head.tail_keys = mask_words(&one);
  for (const Layout* layout : {define(with_head)->layout, define(info("Pair", 2, 0, 1))->layout}) {
    for (size_t words = 4; words < 40; ++words) {
      const size_t count = walked(*layout, words, 0, words).size();
      EXPECT_GE(most_ephemerons(*layout, words), count);
      EXPECT_LE(most_ephemerons(*layout, words), count + 1);
    }
  }
}

TEST_F(WeakWords, T6_AValueOutsideItsUnitIsRefused) {
  expect_refused(info("Key", 1, 0, 1), Status::kBadType, "type 'Key': key whose value is outside, at byte offset 0");
  mgc_type_info tail = info("Table", 1, 0);
  const uint32_t two = 2;
  tail.tail = MGC_TAIL_ELEMENTS;
  tail.tail_size = 2 * kWordBytes;
  tail.tail_keys = mask_words(&two);
  expect_refused(tail, Status::kBadType, "type 'Table': tail key whose value is outside, at byte offset");
}

TEST_F(WeakWords, T6_AWordThatIsTwoThingsIsRefused) {
  expect_refused(info("Both", 2, 1, 1), Status::kBadType, "type 'Both': weak that is a key too, at byte offset 0");
  expect_refused(info("Both", 2, 1, 0, 1), Status::kBadType,
                 "type 'Both': pointer that is a weak word too, at byte offset 0");
  // A value is in no plane: the heap decides whether it is kept.
  expect_refused(info("Value", 3, 0, 1, 2), Status::kBadType,
                 "type 'Value': key whose value is another word too, at byte offset ");
  expect_refused(info("Keys", 4, 0, 0b11), Status::kBadType, "type 'Keys': key whose value is another word too");
}

TEST_F(WeakWords, T6_OtherContradictionsAreRefused) {
  mgc_type_info conservative = info("Any", 2, 1);
  conservative.tail = MGC_TAIL_CONSERVATIVE;
  expect_refused(conservative, Status::kBadType, "type 'Any': a conservative type has no pointer words of its own");
  mgc_type_info tagged = info("Tagged", 2, 1);
  tagged.weak_tagged = 1;
  expect_refused(tagged, Status::kBadType,
                 "type 'Tagged': tagged words, but neither the type nor the heap has a filter");
  tagged.weak_tagged = 2;
  expect_refused(tagged, Status::kBadArgument, "type 'Tagged': weak_tagged is neither 0 nor 1");
}

TEST_F(WeakWords, T8_OfAWideValueBothHalvesBelongToAKeyAndToItsValue) {
  const mgc_filter wide{.tag_bits = 0,
                        .pointer_tags = 1,
                        .box_mask = 0xffff000000000000u,
                        .box_value = 0xfff8000000000000u,
                        .clear = 0xffff000000000000u,
                        .flags = MGC_FILTER_WIDE};
  mgc_type_info boxes = info("Boxes", 4, 0, 1);
  boxes.filter = &wide;
  boxes.weak_tagged = 1;
  const Layout& layout = *define(boxes)->layout;
  EXPECT_EQ(value_distance(layout), kIs64Bit ? 1u : 2u);
  if (kIs64Bit) return;
  EXPECT_EQ(walked(layout, 4, 3, 4), (Pairs{{0, 2}}));
  EXPECT_EQ(walked(layout, 3, 0, 3), (Pairs{{0, -1}}));
  mgc_type_info short_one = info("Short", 3, 0, 1);
  short_one.filter = &wide;
  short_one.weak_tagged = 1;
  expect_refused(short_one, Status::kBadType, "type 'Short': key whose value is outside");
}

}  // namespace
}  // namespace mallocgc::types_test
