// Cursors run over every layout of a small domain, from every word, for every object length.
#include "support/flavour.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

class LayoutCursor : public TypesTest {};

TEST_F(LayoutCursor, T2_EveryMaskOfUpToTenWordsRepeatsOverEveryArray) {
  for (uint32_t words = 1; words <= 10; ++words) {
    for (uint32_t mask = 0; mask < 1u << words; ++mask) {
      const Layout& layout = *define_mask(words, mask)->layout;
      const Words unit = words_of(mask, words);
      for (size_t length :
           {size_t{0}, size_t{1}, size_t{words}, size_t{words} + 1, size_t{words} * 2 - 1, size_t{23}, size_t{131}}) {
        const Words object = object_words({}, unit, length);
        const size_t step = length <= 23 ? 1 : 5;
        for (size_t from = 0; from <= length; from += step)
          ASSERT_EQ(difference<PointerCursor>(layout, object, from), "") << words << " " << mask;
      }
    }
  }
}

TEST_F(LayoutCursor, T3_EveryPrefixWithEveryElement) {
  for (uint32_t head = 0; head <= 5; ++head) {
    for (uint32_t tail = 0; tail <= 5; ++tail) {
      for (uint32_t masks = 0; masks < 1u << (head + tail); ++masks) {
        const uint32_t head_mask = masks & ((1u << head) - 1);
        const uint32_t tail_mask = masks >> head;
        mgc_type_info info = plain_type(nullptr, head);
        info.tail = MGC_TAIL_ELEMENTS;
        info.tail_size = tail * kWordBytes;
        if (head != 0) info.pointers = mask_words(&head_mask);
        if (tail != 0) info.tail_pointers = mask_words(&tail_mask);
        const Layout& layout = *define(info)->layout;
        for (size_t length : {size_t{0}, size_t{head}, size_t{head + tail}, size_t{19}, size_t{90}}) {
          const Words object = object_words(words_of(head_mask, head), words_of(tail_mask, tail), length);
          for (size_t from = 0; from <= length; ++from)
            ASSERT_EQ(difference<PointerCursor>(layout, object, from), "") << head << " " << tail << " " << masks;
        }
      }
    }
  }
}

TEST_F(LayoutCursor, T3_EveryPrefixWithAnOpaqueTail) {
  for (uint32_t words = 1; words <= 8; ++words) {
    for (uint32_t mask = 0; mask < 1u << words; ++mask) {
      mgc_type_info info = plain_type(nullptr, words);
      info.tail = MGC_TAIL_OPAQUE;
      info.pointers = mask_words(&mask);
      const Layout& layout = *define(info)->layout;
      const Words object = object_words(words_of(mask, words), {}, 40);
      for (size_t from = 0; from <= 40; ++from) ASSERT_EQ(difference<PointerCursor>(layout, object, from), "");
      for (size_t length = 0; length <= words; ++length) {
        ASSERT_EQ(difference<PointerCursor>(layout, object_words(words_of(mask, words), {}, length), 0), "");
      }
    }
  }
}

TEST_F(LayoutCursor, T3_LongHeadsAndLongElementsAreProgramsOnBothSides) {
  MGC_NEEDS(kPrograms);
  const Program head{MGC_PROG_SKIP, 3, MGC_PROG_REPEAT, 4, MGC_PROG_POINTERS, 1, MGC_PROG_SKIP, 80, MGC_PROG_END};
  const Program tail{MGC_PROG_REPEAT, 3, MGC_PROG_SKIP, 70, MGC_PROG_POINTERS, 67, MGC_PROG_END, MGC_PROG_SKIP, 9};
  mgc_type_info info = plain_type("Long", 350);
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = 420 * kWordBytes;
  info.pointers = program_words(head);
  info.tail_pointers = program_words(tail);
  const Layout& layout = *define(info)->layout;
  Words head_words;
  Words tail_words;
  ASSERT_TRUE(NaiveProgram(head, 350).unroll(&head_words));
  ASSERT_TRUE(NaiveProgram(tail, 420).unroll(&tail_words));
  for (size_t length : {size_t{2}, size_t{349}, size_t{350}, size_t{351}, size_t{500}, size_t{1500}}) {
    const Words object = object_words(head_words, tail_words, length);
    for (size_t from = 0; from <= length; ++from) ASSERT_EQ(difference<PointerCursor>(layout, object, from), "");
  }
}

TEST_F(LayoutCursor, T2_AnArrayOfPointersIsOneRun) {
  MGC_NEEDS(kPrograms);
  const Layout& layout = *define_mask(3, 7)->layout;
  EXPECT_TRUE(all_pointers(layout));
  PointerCursor cursor(layout, size_t{1} << 28, 5);
  size_t first = 0;
  size_t count = 0;
  ASSERT_TRUE(cursor.next_run(&first, &count));
  EXPECT_EQ(first, 5u);
  EXPECT_EQ(count, (size_t{1} << 28) - 5);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(cursor.next_run(&first, &count));
}

TEST_F(LayoutCursor, T2_ARunOfAStructIsNeverSplitInsideTheStruct) {
  MGC_NEEDS(kPrograms);
  // The element is {u, p, p, p, u}, and each one has one run.
  const Layout& layout = *define_mask(5, 0b01110)->layout;
  PointerCursor cursor(layout, 5000);
  size_t runs = 0;
  size_t first = 0;
  size_t count = 0;
  while (cursor.next_run(&first, &count)) {
    ASSERT_EQ(first, runs * 5 + 1);
    ASSERT_EQ(count, 3u);
    ++runs;
  }
  EXPECT_EQ(runs, 1000u);
}

TEST_F(LayoutCursor, T4_ConservativeLayoutsGiveEveryWord) {
  mgc_type_info info{};
  info.tail = MGC_TAIL_CONSERVATIVE;
  const Type* type = define(info);
  EXPECT_EQ(type->layout, table.conservative_layout());
  EXPECT_TRUE(type->layout->conservative);
  EXPECT_TRUE(type->layout->has_pointers);
  for (size_t length = 0; length < 200; ++length)
    ASSERT_EQ(difference<PointerCursor>(*type->layout, Words(length, true), length / 3), "");
}

TEST_F(LayoutCursor, B2_HostWordsAreWalkedApartFromPointers) {
  MGC_NEEDS(kLifecycles);
  for (uint32_t words = 1; words <= 5; ++words) {
    for (uint32_t masks = 0; masks < 1u << (2 * words); ++masks) {
      const uint32_t pointers = masks & ((1u << words) - 1);
      const uint32_t host = masks >> words & ~pointers;
      for (uint32_t tail : {uint32_t{MGC_TAIL_REPEAT}, uint32_t{MGC_TAIL_OPAQUE}}) {
        mgc_type_info info = plain_type(nullptr, words);
        info.tail = tail;
        info.pointers = mask_words(&pointers);
        info.host = mask_words(&host);
        const Layout& layout = *define(info)->layout;
        ASSERT_EQ(layout.has_host, host != 0);
        ASSERT_EQ(layout.has_pointers, pointers != 0);
        const bool repeats = tail == MGC_TAIL_REPEAT;
        const Words pointer_words = words_of(pointers, words);
        const Words host_words = words_of(host, words);
        for (size_t from = 0; from < 17; from += 3) {
          ASSERT_EQ(difference<PointerCursor>(layout,
                                              object_words(pointer_words, repeats ? pointer_words : Words{}, 17), from),
                    "");
          ASSERT_EQ(difference<HostCursor>(layout, object_words(host_words, repeats ? host_words : Words{}, 17), from),
                    "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc::types_test
