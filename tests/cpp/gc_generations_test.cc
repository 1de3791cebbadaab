// The arithmetic of minor cycles says when one is due, when it pays, and how the heap rests.
#include "gc/generations.h"

#include <gtest/gtest.h>

namespace mallocgc {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGoal = 100 * kMiB;

Generations with_old(uint64_t bytes) {
  Generations generations;
  generations.init(true);
  generations.note_full(bytes, true, bytes);
  return generations;
}

TEST(Generations, WithoutMinorCyclesEverythingIsFull) {
  Generations generations;
  generations.init(false);
  EXPECT_EQ(generations.trigger(kGoal), kGoal);
  EXPECT_FALSE(generations.minor_is_enough(kGoal));
}

TEST(Generations, C2_WithoutAGoalThereIsNoMinorCycle) {
  const Generations generations = with_old(kMiB);
  EXPECT_EQ(generations.trigger(UINT64_MAX), UINT64_MAX);
  EXPECT_FALSE(generations.minor_is_enough(UINT64_MAX));
}

TEST(Generations, AMinorCycleIsDueWhenTheBudgetIsTaken) {
  const Generations generations = with_old(20 * kMiB);
  EXPECT_EQ(generations.trigger(kGoal), 20 * kMiB + Generations::kBudgetBytes);
  EXPECT_TRUE(generations.minor_is_enough(kGoal));
  EXPECT_EQ(generations.young_bytes(23 * kMiB), 3 * kMiB);
  EXPECT_EQ(generations.young_bytes(19 * kMiB), 0u);
}

TEST(Generations, AFullCycleIsDueWhenTheOldGenerationIsNearTheGoal) {
  EXPECT_TRUE(with_old(98 * kMiB).minor_is_enough(kGoal));
  EXPECT_FALSE(with_old(99 * kMiB + kMiB / 2).minor_is_enough(kGoal));
  EXPECT_EQ(with_old(99 * kMiB).trigger(kGoal), kGoal) << "young objects do not go beyond the goal";
}

TEST(Generations, HalfOfWhatIsFreeInRetiredSpansCountsAsTaken) {
  Generations generations = with_old(60 * kMiB);
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(generations.minor_is_enough(kGoal));
    generations.note_minor({.taken_bytes = 4 * kMiB, .survived_bytes = 0, .card_bytes = 0, .retired_bytes = 10 * kMiB});
  }
  EXPECT_TRUE(generations.minor_is_enough(kGoal)) << "60 + 35";
  generations.note_minor({.taken_bytes = 4 * kMiB, .survived_bytes = 0, .card_bytes = 0, .retired_bytes = 10 * kMiB});
  EXPECT_FALSE(generations.minor_is_enough(kGoal)) << "60 + 40";
}

TEST(Generations, WhatSurvivesIsOld) {
  Generations generations = with_old(20 * kMiB);
  generations.note_minor({.taken_bytes = 4 * kMiB, .survived_bytes = kMiB / 2, .card_bytes = 0, .retired_bytes = 0});
  EXPECT_EQ(generations.old_bytes(), 20 * kMiB + kMiB / 2);
  EXPECT_FALSE(generations.resting());
}

TEST(Generations, AMinorCycleThatDoesNotPayMakesTheHeapRest) {
  Generations generations = with_old(20 * kMiB);
  generations.note_minor({.taken_bytes = 4 * kMiB, .survived_bytes = kMiB, .card_bytes = 1, .retired_bytes = 0});
  EXPECT_TRUE(generations.resting());
  EXPECT_EQ(generations.trigger(kGoal), kGoal);
  EXPECT_FALSE(generations.minor_is_enough(kGoal));
  generations.note_full(20 * kMiB, false, 40 * kMiB);
  EXPECT_FALSE(generations.resting());
  EXPECT_EQ(generations.trigger(kGoal), 20 * kMiB + Generations::kTrialBytes);
}

TEST(Generations, ARestIsOfOneTwoAndThenFourFullCycles) {
  Generations generations = with_old(20 * kMiB);
  for (const uint32_t expected : {1u, 2u, 4u, 4u, 4u}) {
    EXPECT_FALSE(generations.may_pay(10 * kMiB));
    uint32_t cycles = 0;
    for (; generations.resting(); ++cycles) generations.note_full(20 * kMiB, false, 40 * kMiB);
    EXPECT_EQ(cycles, expected);
  }
  EXPECT_EQ(generations.rests(), 5u);
}

TEST(Generations, ATrialThatPaysEndsTheSeries) {
  Generations generations = with_old(20 * kMiB);
  EXPECT_FALSE(generations.may_pay(10 * kMiB));
  generations.note_full(20 * kMiB, false, 40 * kMiB);
  EXPECT_TRUE(generations.may_pay(Generations::kTrialBytes / Generations::kPaysShare));
  generations.note_minor(
      {.taken_bytes = Generations::kTrialBytes, .survived_bytes = 1000, .card_bytes = 0, .retired_bytes = 0});
  EXPECT_EQ(generations.trigger(kGoal), 20 * kMiB + 1000 + Generations::kBudgetBytes);
  EXPECT_FALSE(generations.may_pay(10 * kMiB));
  generations.note_full(20 * kMiB, false, 40 * kMiB);
  EXPECT_FALSE(generations.resting()) << "the next rest is of one cycle again";
}

TEST(Generations, ATrialIsPutOffWhereTheYoungSurviveFullCycles) {
  Generations generations = with_old(20 * kMiB);
  EXPECT_FALSE(generations.may_pay(10 * kMiB));
  for (int cycle = 0; cycle < 10; ++cycle) {
    generations.note_full(20 * kMiB, false, 40 * kMiB, true);
    EXPECT_TRUE(generations.resting());
  }
  generations.note_full(20 * kMiB, false, 40 * kMiB, false);
  EXPECT_FALSE(generations.resting());
  EXPECT_FALSE(generations.may_pay(10 * kMiB));
  generations.note_full(20 * kMiB, false, 40 * kMiB, false);
  EXPECT_TRUE(generations.resting()) << "this rest is of two";
  generations.note_full(20 * kMiB, true, 40 * kMiB, true);
  EXPECT_FALSE(generations.resting()) << "the client has asked";
}

TEST(Generations, TheFirstCycleOfASmallHeapIsAFullOne) {
  constexpr uint64_t kSmallGoal = 2 * Generations::kBudgetBytes - 1;
  Generations generations;
  generations.init(true);
  EXPECT_FALSE(generations.minor_is_enough(kSmallGoal));
  EXPECT_TRUE(generations.minor_is_enough(kSmallGoal + 1)) << "a large young generation is not waited for";
  generations.note_full(0, false, 4 * kMiB);
  EXPECT_TRUE(generations.minor_is_enough(kSmallGoal)) << "only the very first, also where nothing is old";
}

TEST(Generations, TheFirstCycleTellsWhetherMinorOnesPay) {
  for (const bool survives : {false, true}) {
    Generations generations;
    generations.init(true);
    generations.note_full(survives ? kMiB + 1 : kMiB, false, 4 * kMiB);
    EXPECT_EQ(generations.resting(), survives);
    generations.note_full(4 * kMiB, false, 4 * kMiB);
    EXPECT_FALSE(generations.resting()) << "what later ones mark was old before";
  }
}

TEST(Generations, ACollectionOnRequestEndsARest) {
  Generations generations = with_old(20 * kMiB);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(generations.may_pay(10 * kMiB));
    generations.note_full(20 * kMiB, true, 40 * kMiB);
    EXPECT_FALSE(generations.resting());
    EXPECT_EQ(generations.trigger(kGoal), 20 * kMiB + Generations::kBudgetBytes);
  }
}

}  // namespace
}  // namespace mallocgc
