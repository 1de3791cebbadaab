// The tests say what a description may not say (T6). The text of each error names the type, the cause and the byte
// offset.
#include "support/flavour.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

MGC_ALL_NEED(kTexts);

class Definition : public TypesTest {
 protected:
  static std::string at(size_t words, size_t of) {
    return ", at byte offset " + std::to_string(words * kWordBytes) + " of " + std::to_string(of * kWordBytes);
  }
};

TEST_F(Definition, T6_MaskLongerThanTheSize) {
  const uint32_t mask = 0b10001;
  mgc_type_info info = plain_type("Node", 4);
  info.pointers = mask_words(&mask);
  EXPECT_EQ(failure(info), "type 'Node': the pointer mask: the mask is longer than the size" + at(4, 4));
  info.name = nullptr;
  info.host = info.pointers;
  info.pointers = mgc_words_info{};
  EXPECT_EQ(failure(info), "unnamed type: the host value mask: the mask is longer than the size" + at(4, 4));
}

TEST_F(Definition, T6_ProgramLongerThanTheSize) {
  const Program program{MGC_PROG_SKIP, 2, MGC_PROG_REPEAT, 3, MGC_PROG_POINTERS, 1, MGC_PROG_END};
  mgc_type_info info = plain_type("Node", 4);
  info.pointers = program_words(program);
  EXPECT_EQ(failure(info),
            "type 'Node': the pointer program: the program is longer than the size (word 6 of the program)" + at(2, 4));
}

TEST_F(Definition, T6_ProgramThatOverflows) {
  Program program;
  for (int i = 0; i < 8; ++i) program.insert(program.end(), {MGC_PROG_REPEAT, ~0u});
  program.insert(program.end(), {MGC_PROG_POINTERS, 1});
  for (int i = 0; i < 8; ++i) program.push_back(MGC_PROG_END);
  mgc_type_info info = plain_type("Node", 4);
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = 6 * kWordBytes;
  info.tail_pointers = program_words(program);
  EXPECT_EQ(
      failure(info),
      "type 'Node': the tail pointer program: the program is longer than the size (word 18 of the program)" + at(4, 4));
}

TEST_F(Definition, T6_BadProgramsNameTheWord) {
  mgc_type_info info = plain_type("Node", 400);
  const auto text = [&](const Program& program) {
    info.pointers = program_words(program);
    return failure(info);
  };
  EXPECT_EQ(text({MGC_PROG_SKIP, 7, 77}),
            "type 'Node': the pointer program: an unknown instruction (word 2 of the program)" + at(7, 400));
  EXPECT_EQ(text({MGC_PROG_REPEAT, 7}),
            "type 'Node': the pointer program: a repeat has no end (word 2 of the program)" + at(0, 400));
  EXPECT_EQ(text({MGC_PROG_END, MGC_PROG_SKIP, 7}),
            "type 'Node': the pointer program: an end without a repeat (word 1 of the program)" + at(0, 400));
  EXPECT_EQ(
      text({MGC_PROG_BITS, 64, 1}),
      "type 'Node': the pointer program: the program ends inside an instruction (word 0 of the program)" + at(0, 400));
  EXPECT_EQ(text(Program(18, MGC_PROG_REPEAT)),
            "type 'Node': the pointer program: repeats are nested too deep (word 16 of the program)" + at(0, 400));
}

TEST_F(Definition, T6_SizeZeroWithPointers) {
  const uint32_t mask = 1;
  const Program program{MGC_PROG_POINTERS, 1};
  mgc_type_info info = plain_type("Empty", 0);
  info.pointers = mask_words(&mask);
  EXPECT_EQ(failure(info), "type 'Empty': pointer mask for size 0, at byte offset 0 of 0");
  info.pointers = program_words(program);
  EXPECT_EQ(failure(info),
            "type 'Empty': the pointer program: size 0 with a program (word 0 of the program), at byte offset 0 of 0");
  info.pointers = mgc_words_info{};
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_pointers = mask_words(&mask);
  EXPECT_EQ(failure(info), "type 'Empty': tail pointer mask for size 0, at byte offset 0 of 0");
}

TEST_F(Definition, T6_PointersThatAreNotWordAligned) {
  const uint32_t mask = 0b10;
  mgc_type_info info = plain_type("Odd", 2);
  info.size += 2;
  info.pointers = mask_words(&mask);
  // The second element's pointer would be at size + 1 word.
  EXPECT_EQ(failure(info), "type 'Odd': pointer that is not word-aligned, at byte offset " +
                               std::to_string(3 * kWordBytes + 2) + " of " + std::to_string(2 * kWordBytes + 2));
  info.tail = MGC_TAIL_OPAQUE;
  EXPECT_EQ(define(info)->size_bytes, 2 * kWordBytes + 2);  // nothing follows, so nothing is unaligned
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = 2 * kWordBytes;
  info.tail_pointers = mask_words(&mask);
  EXPECT_EQ(failure(info), "type 'Odd': tail pointer that is not word-aligned, at byte offset " +
                               std::to_string(3 * kWordBytes + 2) + " of " + std::to_string(2 * kWordBytes + 2));
  // A word that is not wholly inside the size holds no pointer.
  const uint32_t partial = 0b100;
  info = plain_type("Odd", 2);
  info.size += 2;
  info.tail = MGC_TAIL_OPAQUE;
  info.pointers = mask_words(&partial);
  EXPECT_EQ(failure(info), "type 'Odd': the pointer mask: the mask is longer than the size, at byte offset " +
                               std::to_string(2 * kWordBytes) + " of " + std::to_string(info.size));
}

TEST_F(Definition, T6_Alignments) {
  for (uint32_t align : {3u, 6u, 12u, ~0u}) {
    mgc_type_info info = plain_type("A", 2);
    info.align = align;
    EXPECT_EQ(failure(info), "type 'A': alignment is not a power of two" + at(0, 2));
  }
  mgc_type_info info = plain_type("A", 2);
  info.align = kPageBytes * 2;
  EXPECT_EQ(failure(info), "type 'A': alignment is larger than a page" + at(0, 2));
  for (uint32_t align = 1; align <= kPageBytes; align *= 2) {
    info.align = align;
    EXPECT_EQ(define(info)->align_bytes, align);
  }
}

TEST_F(Definition, T6_SizesOutOfRange) {
  mgc_type_info info{};
  info.name = "Huge";
  info.size = kMaxObjectBytes + 1;
  EXPECT_NE(failure(info, Status::kBadSize).find("type 'Huge': size out of range, at byte offset 0"),
            std::string::npos);
  info.size = 0;
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = kMaxObjectBytes + 1;
  EXPECT_NE(failure(info, Status::kBadSize).find("type 'Huge': tail size out of range"), std::string::npos);
}

TEST_F(Definition, T6_ContradictionsAreErrors) {
  const uint32_t mask = 1;
  const Program program{MGC_PROG_POINTERS, 1};
  mgc_type_info info = plain_type("C", 2);
  info.pointers = mask_words(&mask);
  info.pointers.program = program.data();
  info.pointers.program_words = 2;
  EXPECT_EQ(failure(info), "type 'C': pointer words have both a mask and a program" + at(0, 2));
  info.pointers = mgc_words_info{.mask = nullptr, .program = nullptr, .program_words = 2};
  EXPECT_EQ(failure(info, Status::kBadArgument), "type 'C': pointer program is null, but has a length" + at(0, 2));
  info.pointers = mask_words(&mask);
  info.host = mask_words(&mask);
  EXPECT_EQ(failure(info), "type 'C': pointer that is a host value too" + at(0, 2));
  info.host = mgc_words_info{};
  info.tail = MGC_TAIL_CONSERVATIVE;
  EXPECT_EQ(failure(info), "type 'C': a conservative type has no pointer words of its own" + at(0, 2));
  info.tail = 4;
  EXPECT_EQ(failure(info), "type 'C': unknown kind of tail" + at(2, 2));
  info.tail = MGC_TAIL_OPAQUE;
  info.tail_size = 8;
  EXPECT_EQ(failure(info), "type 'C': a tail is described, but its kind has none" + at(2, 2));
}

TEST_F(Definition, T6_Fields) {
  mgc_field field{.name = "next", .offset = 2, .kind = MGC_FIELD_REF, .target = 0, .count = 1};
  mgc_type_info info = plain_type("F", 2);
  info.fields = &field;
  info.field_count = 1;
  EXPECT_EQ(failure(info), "type 'F': field 'next': a pointer that is not word-aligned, at byte offset 2 of " +
                               std::to_string(info.size));
  field.kind = 99;
  EXPECT_EQ(failure(info), "type 'F': field 'next': unknown kind, at byte offset 2 of " + std::to_string(info.size));
  info.fields = nullptr;
  EXPECT_EQ(failure(info, Status::kBadArgument), "type 'F': fields are null, but have a number" + at(0, 2));
}

TEST_F(Definition, T6_ALongNameLeavesRoomForTheOffset) {
  const std::string name(500, 'x');
  const uint32_t mask = 4;
  mgc_type_info info = plain_type(name.c_str(), 2);
  info.pointers = mask_words(&mask);
  EXPECT_EQ(failure(info),
            "type '" + std::string(80, 'x') + "...': the pointer mask: the mask is longer than the size" + at(2, 2));
  mgc_field field{.name = name.c_str(), .offset = 1, .kind = MGC_FIELD_ANY, .target = 0, .count = 1};
  info.pointers = mgc_words_info{};
  info.fields = &field;
  info.field_count = 1;
  EXPECT_NE(failure(info).find("at byte offset 1 of "), std::string::npos);
}

}  // namespace
}  // namespace mallocgc::types_test
