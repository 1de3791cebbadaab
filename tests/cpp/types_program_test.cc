// Programs are compared with their naive unrolling. The tests try every program of small shapes, seek from every word,
// and use counts that nobody unrolls.
#include <gtest/gtest.h>

#include "support/flavour.h"
#include "types/program.h"
#include "types_reference.h"

namespace mallocgc::types_test {
namespace {

MGC_ALL_NEED(kPrograms);

// Compiles a program alone, without a table.
struct Compiled {
  std::vector<PatternNode> scratch;
  Pattern pattern;
  WordsFault fault;
  bool ok;

  Compiled(const mgc_words_info& words, uint32_t unit) : scratch(static_cast<size_t>(node_bound(words, unit)) + 1) {
    ok = compile(CompileJob{.words = words, .unit_words = unit, .mask_words = unit, .scratch = scratch.data()},
                 &pattern, &fault);
  }
  Layout layout(uint32_t unit) const {
    Layout layout;
    layout.tail_words = unit;
    layout.tail = pattern;
    return layout;
  }
};

const Program kItems[] = {
    {MGC_PROG_POINTERS, 1}, {MGC_PROG_POINTERS, 66}, {MGC_PROG_SKIP, 1}, {MGC_PROG_SKIP, 31}, {MGC_PROG_BITS, 3, 5}};
constexpr uint32_t kCounts[] = {0, 1, 2, 5, 70};
constexpr size_t kUnitMax = 1500;

Program joined(const Program& a, const Program& b) {
  Program both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

Program repeated(uint32_t count, const Program& round) {
  Program program{MGC_PROG_REPEAT, count};
  program.insert(program.end(), round.begin(), round.end());
  program.push_back(MGC_PROG_END);
  return program;
}

// Returns every string of at most two of the items.
std::vector<Program> strings_of(const std::vector<Program>& items) {
  std::vector<Program> strings{{}};
  for (const Program& a : items) {
    strings.push_back(a);
    for (const Program& b : items) strings.push_back(joined(a, b));
  }
  return strings;
}

// Returns the length of the program, or most + 1 if it is above `most`.
size_t length_of(const Program& program, size_t most) {
  Words words;
  NaiveProgram naive(program, most);
  return naive.unroll(&words) ? naive.length() : most + 1;
}

struct Checked {
  size_t programs = 0;
  size_t sought = 0;
};

void check(const Program& program, Checked* checked) {
  const size_t length = length_of(program, kUnitMax);
  if (length > kUnitMax) return;
  const size_t unit = length + checked->programs % 3;  // the unit has words that the program does not reach, or none
  Words expected;
  ASSERT_TRUE(NaiveProgram(program, unit).unroll(&expected));
  const Compiled compiled(program_words(program), static_cast<uint32_t>(unit));
  ASSERT_TRUE(compiled.ok) << compiled.fault.cause;
  ASSERT_LE(compiled.pattern.node_count, program.size());
  const Layout layout = compiled.layout(static_cast<uint32_t>(unit));
  const Words object = object_words({}, expected, unit * 2 + unit / 2);
  ++checked->programs;
  ASSERT_EQ(difference<PointerCursor>(layout, object, 0), "") << ::testing::PrintToString(program);
  if (unit > 400 && checked->programs % 97 != 0) return;
  const size_t step = checked->programs % 13 == 0 || unit < 20 ? 1 : 17;
  for (size_t from = 0; from < unit; from += step) {
    ASSERT_EQ(difference<PointerCursor>(layout, Words(object.begin(), object.begin() + static_cast<long>(unit)), from),
              "")
        << ::testing::PrintToString(program);
    ++checked->sought;
  }
  size_t end = unit;
  while (end != 0 && !expected[end - 1]) --end;
  ASSERT_EQ(compiled.pattern.set_end(), end);
}

TEST(LayoutProgram, T1_EveryProgramOfASmallShapeReadsLikeItsUnrolling) {
  const std::vector<Program> level0(std::begin(kItems), std::end(kItems));
  std::vector<Program> level1 = level0;
  for (uint32_t count : kCounts) {
    for (const Program& round : strings_of(level0)) level1.push_back(repeated(count, round));
  }
  Checked checked;
  const std::vector<Program> strings1 = strings_of(level1);
  for (const Program& program : strings1) {
    check(program, &checked);
    if (HasFatalFailure()) return;
  }
  // Repeats are two deep. The test takes each tenth string, with each count.
  for (size_t i = 0; i < strings1.size(); i += 10) {
    for (uint32_t count : kCounts) {
      check(joined(kItems[i % 5], repeated(count, strings1[i])), &checked);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(checked.programs, 20000u);
  EXPECT_GT(checked.sought, 200000u);
}

TEST(LayoutProgram, T3_AtFullDepthEveryWordIsFoundByTheSearchAlone) {
  // Rounds begin and end with words that are not set, at every level, so that searches fail and resume.
  Program program{MGC_PROG_SKIP, 1, MGC_PROG_POINTERS, 1, MGC_PROG_SKIP, 70, MGC_PROG_POINTERS, 2, MGC_PROG_SKIP, 3};
  for (uint32_t depth = 0; depth < kProgramDepthMax; ++depth) {
    program = joined(joined(Program{MGC_PROG_SKIP, depth}, repeated(2, program)), Program{MGC_PROG_SKIP, 5});
  }
  const size_t unit = length_of(program, 100000);
  Words expected;
  ASSERT_TRUE(NaiveProgram(program, unit).unroll(&expected));
  const Compiled compiled(program_words(program), static_cast<uint32_t>(unit));
  ASSERT_TRUE(compiled.ok);
  EXPECT_EQ(compiled.pattern.node_count, kProgramDepthMax + 2);
  const Layout layout = compiled.layout(static_cast<uint32_t>(unit));
  ASSERT_EQ(difference<PointerCursor>(layout, expected, 0), "");
  size_t next_set = unit;
  for (size_t from = unit; from-- > 0;) {
    if (expected[from]) next_set = from;
    size_t first = unit;
    size_t count = 0;
    PointerCursor(layout, unit, from).next_run(&first, &count);
    ASSERT_EQ(first, next_set);
  }
}

TEST(LayoutProgram, T1_HugeCountsCostNothing) {
  // The program is 2^20 times (a pointer, 70 plain words, 30 times (2 pointers, plain)), then one pointer. It is read
  // without unrolling.
  const uint32_t rounds = 1u << 20;
  const Program program{
      MGC_PROG_REPEAT, rounds,       MGC_PROG_POINTERS, 1, MGC_PROG_SKIP, 70, MGC_PROG_REPEAT, 30, MGC_PROG_BITS, 3, 3,
      MGC_PROG_END,    MGC_PROG_END, MGC_PROG_POINTERS, 1};
  const uint32_t round = 1 + 70 + 90;
  const uint32_t unit = rounds * round + 1;
  const Compiled compiled(program_words(program), unit);
  ASSERT_TRUE(compiled.ok);
  EXPECT_EQ(compiled.pattern.node_count, 4u);
  EXPECT_EQ(compiled.pattern.set_end(), unit);
  const Layout layout = compiled.layout(unit);
  uint64_t random = 88172645463325252u;
  for (int i = 0; i < 100000; ++i) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    const uint32_t from = static_cast<uint32_t>(random % unit);
    const uint32_t inside = from % round;
    size_t first = 0;
    size_t count = 0;
    ASSERT_TRUE(PointerCursor(layout, unit, from).next_run(&first, &count));
    if (from == unit - 1 || inside == 0) {
      ASSERT_EQ(first, from);
    } else if (inside <= 71) {
      ASSERT_EQ(first, from - inside + 71);
      ASSERT_EQ(count, 2u);
    } else {
      ASSERT_EQ(first, (inside - 71) % 3 == 2 ? from + 1 : from);
    }
  }
}

TEST(LayoutProgram, T1_NestedHugeCountsOverPointersAreOneRun) {
  const Program program{MGC_PROG_REPEAT,   1u << 10, MGC_PROG_REPEAT, 1u << 10,
                        MGC_PROG_POINTERS, 3,        MGC_PROG_END,    MGC_PROG_END};
  const uint32_t unit = 3u << 20;
  const Compiled compiled(program_words(program), unit);
  ASSERT_TRUE(compiled.ok);
  EXPECT_EQ(compiled.pattern.node_count, 1u);
  size_t first = 1;
  size_t count = 0;
  const Layout layout = compiled.layout(unit);
  ASSERT_TRUE(PointerCursor(layout, unit * size_t{2}, 7).next_run(&first, &count));
  EXPECT_EQ(first, 7u);
  EXPECT_EQ(count, unit - 7);
}

TEST(LayoutProgram, T1_ARepeatOfNoRoundsTakesNoRoom) {
  const Program program{MGC_PROG_POINTERS, 1, MGC_PROG_REPEAT,   0, MGC_PROG_POINTERS, 500,
                        MGC_PROG_SKIP,     1, MGC_PROG_POINTERS, 1, MGC_PROG_END};
  const Compiled compiled(program_words(program), 1);
  ASSERT_TRUE(compiled.ok);
  EXPECT_TRUE(compiled.pattern.is_mask());
  EXPECT_EQ(compiled.pattern.bits, 1u);
}

TEST(LayoutProgram, T6_AMaskAndItsProgramsAreTheSamePattern) {
  uint64_t random = 7;
  for (uint32_t unit = 1; unit <= 300; ++unit) {
    std::vector<uint32_t> mask((unit + 31) / 32);
    Words words(unit);
    Program bits{MGC_PROG_BITS, unit};
    Program runs;
    for (uint32_t i = 0; i < unit; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      words[i] = unit % 5 == 0 ? (i / 80) % 2 == 0 : (random >> 40) % 3 == 0;
      if (words[i]) mask[i / 32] |= 1u << (i % 32);
      runs.push_back(MGC_PROG_REPEAT);
      runs.push_back(1);
      runs.push_back(words[i] ? MGC_PROG_POINTERS : MGC_PROG_SKIP);
      runs.push_back(1);
      runs.push_back(MGC_PROG_END);
    }
    bits.insert(bits.end(), mask.begin(), mask.end());
    const Compiled by_mask(mask_words(mask.data()), unit);
    const Compiled by_bits(program_words(bits), unit);
    const Compiled by_runs(program_words(runs), unit);
    ASSERT_TRUE(by_mask.ok && by_bits.ok && by_runs.ok);
    ASSERT_TRUE(by_mask.pattern == by_bits.pattern && by_mask.pattern == by_runs.pattern) << unit;
    ASSERT_EQ(by_mask.pattern.hash(1), by_runs.pattern.hash(1));
    ASSERT_EQ(difference<PointerCursor>(by_mask.layout(unit), object_words({}, words, unit * 3 - unit / 3), 0), "");
  }
}

struct Broken {
  Program program;
  uint32_t unit;
  const char* cause;
  uint32_t program_word;
  uint64_t unit_word;
};

TEST(LayoutProgram, T6_EachFaultIsNamedWithItsPlace) {
  Program deep;
  for (uint32_t i = 0; i <= kProgramDepthMax; ++i) deep = joined(deep, {MGC_PROG_REPEAT, 1});
  const Broken cases[] = {
      {{MGC_PROG_POINTERS, 3, MGC_PROG_SKIP, 2}, 4, "the program is longer than the size", 2, 3},
      {{MGC_PROG_POINTERS, 5}, 4, "the program is longer than the size", 0, 0},
      {{MGC_PROG_POINTERS, 1}, 0, "size 0 with a program", 0, 0},
      {{MGC_PROG_BITS, 33, 0, 1, MGC_PROG_BITS, 3, 1}, 34, "the program is longer than the size", 4, 33},
      {{MGC_PROG_SKIP, 1, MGC_PROG_REPEAT, 4, MGC_PROG_SKIP, 2, MGC_PROG_END},
       8,
       "the program is longer than the size",
       6,
       1},
      {{MGC_PROG_REPEAT, 0, MGC_PROG_SKIP, ~0u, MGC_PROG_END}, 8, "the program is longer than the size", 2, 0},
      {{MGC_PROG_REPEAT, ~0u, MGC_PROG_REPEAT, ~0u, MGC_PROG_SKIP, 1, MGC_PROG_END, MGC_PROG_END},
       99,
       "the program is longer than the size",
       6,
       0},
      {{MGC_PROG_SKIP, 2, 9, 1}, 8, "an unknown instruction", 2, 2},
      {{MGC_PROG_SKIP, 2, MGC_PROG_POINTERS}, 8, "the program ends inside an instruction", 2, 2},
      {{MGC_PROG_BITS, 65, 1, 1}, 99, "the program ends inside an instruction", 0, 0},
      {{MGC_PROG_SKIP, 1, MGC_PROG_BITS, 4, 0x21}, 99, "bits are set beyond their number", 2, 6},
      {{MGC_PROG_SKIP, 1, MGC_PROG_REPEAT, 2, MGC_PROG_SKIP, 1}, 99, "a repeat has no end", 6, 2},
      {{MGC_PROG_SKIP, 1, MGC_PROG_END, MGC_PROG_END}, 99, "an end without a repeat", 3, 1},
      {deep, 99, "repeats are nested too deep", 2 * kProgramDepthMax, 0},
  };
  for (const Broken& broken : cases) {
    const Compiled compiled(program_words(broken.program), broken.unit);
    ASSERT_FALSE(compiled.ok) << broken.cause;
    EXPECT_STREQ(compiled.fault.cause, broken.cause);
    EXPECT_TRUE(compiled.fault.in_program);
    EXPECT_EQ(compiled.fault.program_word, broken.program_word) << broken.cause;
    EXPECT_EQ(compiled.fault.unit_word, broken.unit_word) << broken.cause;
    Words words;
    EXPECT_FALSE(NaiveProgram(broken.program, broken.unit).unroll(&words));
  }
}

TEST(LayoutProgram, T6_AMaskThatIsLongerThanTheSizeIsAFault) {
  for (uint32_t unit = 1; unit < 70; ++unit) {
    for (uint32_t bit = 0; bit < (unit + 31) / 32 * 32; ++bit) {
      uint32_t mask[3] = {};
      mask[bit / 32] = 1u << (bit % 32);
      const Compiled compiled(mask_words(mask), unit);
      ASSERT_EQ(compiled.ok, bit < unit);
      if (!compiled.ok) {
        ASSERT_STREQ(compiled.fault.cause, "the mask is longer than the size");
        ASSERT_EQ(compiled.fault.unit_word, bit);
      }
    }
  }
}

}  // namespace
}  // namespace mallocgc::types_test
