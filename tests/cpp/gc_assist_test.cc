// These tests check the arithmetic of assists, alone and in a simulation of whole programs. Cycles end near the goal,
// whatever the program does, and no more than half of the work is collection.
#include "gc/assist.h"

#include <gtest/gtest.h>

#include "support/pacer_simulation.h"

namespace mallocgc {
namespace {

using simulation::kMiB;
using simulation::Simulation;

uint64_t start(uint64_t marked, uint64_t goal) { return Assists().start(marked, goal, 0); }

TEST(Assists, ACycleBeginsARunwayBeforeTheGoal) {
  EXPECT_EQ(start(200 * kMiB, 500 * kMiB), 500 * kMiB - 300 * kMiB / Assists::kRunwayShare);
  EXPECT_EQ(start(20 * kMiB, 40 * kMiB), 40 * kMiB - 20 * kMiB / Assists::kNearRunwayShare)
      << "a short one in a heap whose units take less time";
  uint64_t shorter = 0;
  for (uint64_t room = 0; room < 300 * kMiB; room += kMiB) {
    const uint64_t runway = Assists::least_runway(room);
    EXPECT_GE(runway, shorter) << room;
    EXPECT_LE(runway, shorter + kMiB / 4) << "no steps at " << room;
    shorter = runway;
  }
  EXPECT_EQ(start(3 * kMiB, 4 * kMiB), 4 * kMiB - Assists::kLeastRunway) << "small heaps have a short one";
  EXPECT_EQ(start(0, kMiB / 16), kMiB / 32) << "half of what may be allocated is left without a cycle";
  EXPECT_EQ(start(5, 6), 6u);
  EXPECT_EQ(start(4 * kMiB, 4 * kMiB + 1000), 4 * kMiB + 500) << "there is no more room";
  EXPECT_EQ(start(5 * kMiB, 4 * kMiB), 4 * kMiB) << "the goal is below what is live";
}

TEST(Assists, TheRunwayIsAsLongAsLittleIsReadTwice) {
  constexpr uint64_t kWork = 250'000;
  Assists assists;
  const auto runway = [&] { return 40 * kMiB - assists.start(20 * kMiB, 40 * kMiB, kWork); };
  const auto rate = [&] { return static_cast<double>(kWork) / static_cast<double>(runway()); };
  EXPECT_EQ(runway(), Assists::least_runway(20 * kMiB)) << "nothing is known";
  uint64_t last = 0;
  for (int cycle = 0; cycle < 20; ++cycle) {
    assists.note_rounds(0, kMiB, true);
    EXPECT_GE(runway(), last);
    last = runway();
  }
  EXPECT_NEAR(rate(), Assists::kLeastRate, 0.01);
  // So little again for each byte: at this rate, a thirty-second of the work is done twice.
  assists.note_rounds(kMiB / 320, kMiB, false);
  EXPECT_NEAR(rate(), Assists::kLeastRate + 32.0 / 320, 0.01);
  assists.note_rounds(kMiB, kMiB, false);
  EXPECT_EQ(runway(), Assists::least_runway(20 * kMiB)) << "all is read again: it rises at once";
  assists.note_rounds(0, 1000, true);
  EXPECT_EQ(runway(), Assists::least_runway(20 * kMiB)) << "so few bytes say nothing";
}

TEST(Assists, TheRunwayIsAtMostATwentiethOfTheRoomOfASmallHeap) {
  Assists assists;
  for (int cycle = 0; cycle < 20; ++cycle) assists.note_rounds(0, kMiB, true);
  EXPECT_EQ(assists.start(20 * kMiB, 40 * kMiB, 1'000'000'000), 39 * kMiB);
}

TEST(Assists, ASmallCycleIsRunInOnePiece) {
  constexpr uint64_t kUnits = Assists::kWholeUnits;
  EXPECT_TRUE(Assists::fits_one_piece(kUnits, Assists::kMostWholeUnits));
  EXPECT_FALSE(Assists::fits_one_piece(kUnits + 1, kUnits + 1));
  EXPECT_FALSE(Assists::fits_one_piece(kUnits, Assists::kMostWholeUnits + 1)) << "if all survives";
}

TEST(Assists, InRoundsABytesWorkIsWhatTheProgramStores) {
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 0, 10'000'000);
  EXPECT_NEAR(static_cast<double>(assists.due(100 * kMiB + 8000, 0, true)), 8000 * Assists::kMostRoundRate, 2);
  for (int cycle = 0; cycle < 20; ++cycle) assists.note_rounds(0, kMiB, true);
  assists.begin(100 * kMiB, 110 * kMiB, 0, 10'000'000);
  EXPECT_NEAR(static_cast<double>(assists.due(100 * kMiB + 8000, 0, true)), 8000 * Assists::kLeastRate, 2)
      << "a program that stores little owes little";
}

// Between two assists lies what owes kUnits; what an assist did beyond what it owed counts.
TEST(Assists, WhatIsDoneAheadIsNotAskedForAgain) {
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 0, 10'000'000);
  const uint64_t next = assists.next(0);
  const uint64_t asked = assists.due(next, 0);
  EXPECT_NEAR(static_cast<double>(asked), static_cast<double>(Assists::kUnits), 8);
  const uint64_t later = assists.next(asked + 1000) - next;
  EXPECT_NEAR(
      static_cast<double>(later),
      static_cast<double>((next - 100 * kMiB) * (Assists::kUnits + 1000)) / static_cast<double>(Assists::kUnits), 8);
  EXPECT_NEAR(static_cast<double>(assists.due(next + later, asked + 1000)), static_cast<double>(Assists::kUnits), 8);
  // A host that steps by itself has some rest, but not without end.
  EXPECT_NEAR(static_cast<double>(assists.next(200'000) - next - later), static_cast<double>(5 * (next - 100 * kMiB)),
              1000);
}

TEST(Assists, WorkIsInProportionToWhatWasAllocated) {
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 0, 10'000'000);
  EXPECT_NEAR(static_cast<double>(assists.due(100 * kMiB + 10 * kMiB / 1000, 0)), 10'000, 10);
  EXPECT_GT(assists.next(10'000), 100 * kMiB + 10 * kMiB / 1000);
}

TEST(Assists, ACycleIsExpectedToBeLikeTheLastOne) {
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 8'000'000, 20'000'000);
  EXPECT_NEAR(static_cast<double>(assists.due(101 * kMiB, 0)), 262'144, 1)
      << "a tenth of the runway is over kMostUnits";
  EXPECT_NEAR(static_cast<double>(assists.due(101 * kMiB + 9 * kMiB / 1000, 0)), 9'000, 10);
}

TEST(Assists, ACycleThatIsMoreWorkThanExpectedEndsWithinARunwayBeyondTheGoalWithoutBeingHurried) {
  constexpr uint64_t kWindow = 16 << 10;
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 8'000'000, 20'000'000);
  uint64_t longest = 0;
  uint64_t spent = 0;
  uint64_t live = 100 * kMiB;
  for (; spent < 18'000'000 && live < 130 * kMiB; live += kWindow) {
    if (live < assists.next(spent)) continue;
    const uint64_t units = assists.due(live, spent);
    ASSERT_NE(units, Assists::kWhole) << "at " << live / kMiB << " MiB, " << spent << " units";
    if (units > longest) longest = units;
    spent += units;
  }
  EXPECT_GE(spent, 18'000'000u);
  EXPECT_LT(live, 120 * kMiB);
  // If the work is spread evenly, a window owes some 16 000 units.
  EXPECT_LT(longest, 64'000u);
}

TEST(Assists, ALargeObjectHasABoundedAssistAndFarBeyondTheGoalTheCycleIsEnded) {
  Assists assists;
  assists.begin(100 * kMiB, 110 * kMiB, 0, 100'000'000);
  EXPECT_EQ(assists.due(109 * kMiB, 0), Assists::kMostUnits);
  EXPECT_EQ(assists.due(111 * kMiB, 1000), Assists::kMostUnits);
  EXPECT_EQ(assists.due(120 * kMiB, 2000), Assists::kWhole);
}

// Each cycle ends near the goal: one that begins a runway before the goal is over within that runway.
void expect_on_time(const Simulation& simulation, size_t from) {
  ASSERT_GE(simulation.ends.size(), 25u);
  double sum = 0;
  for (size_t i = from; i < simulation.ends.size(); ++i) {
    EXPECT_GE(simulation.ends[i], 0.95) << "cycle " << i;
    EXPECT_LE(simulation.ends[i], 1.05) << "cycle " << i;
    sum += simulation.ends[i];
  }
  EXPECT_NEAR(sum / static_cast<double>(simulation.ends.size() - from), 1, 0.02);
}

TEST(PacerSimulation, C6_ASteadyProgramsCyclesEndAtTheGoal) {
  for (const int32_t percent : {50, 100, 200, 400}) {
    Simulation s(percent);
    s.begin_with(40 * kMiB);
    s.allocate(40 * kMiB * static_cast<uint64_t>(percent) / 100 * 60, 0, 64 << 10);
    expect_on_time(s, 1);
    EXPECT_LE(s.ends.size(), 100u);
  }
}

TEST(PacerSimulation, C6_ARampingProgramDoesNotRunAway) {
  Simulation s(100);
  s.allocate(uint64_t{2000} * kMiB, 100, 32 << 10);
  expect_on_time(s, 3);
  EXPECT_LE(s.ends.size(), 100u);
}

TEST(PacerSimulation, C6_BurstsAndPhaseChangesEndNearTheGoal) {
  Simulation s(100);
  for (int phase = 0; phase < 10; ++phase) {
    s.allocate(200 * kMiB, phase % 2 == 0 ? 50 : 0, phase % 3 == 0 ? 64 << 10 : 16 << 10);
    if (phase % 2 == 1) s.live /= 2;
    s.units_per_byte = phase % 4 < 2 ? 0.1 : 0.3;  // the objects change, so the guess is wrong once
  }
  expect_on_time(s, 0);
}

TEST(PacerSimulation, C6_ALimitAboveTheLiveHeapIsKept) {
  Simulation s(400, 100 * kMiB);
  s.has_clock = true;
  s.begin_with(40 * kMiB);
  s.allocate(60 * kMiB * 60, 0, 64 << 10);
  EXPECT_EQ(s.pacer.goal(), 100 * kMiB) << "200 MiB but for the limit";
  expect_on_time(s, 1);
  EXPECT_LE(s.ends.size(), 100u);
}

TEST(PacerSimulation, C6_ALimitBelowTheLiveHeapLeavesHalfOfTheTimeToTheProgram) {
  for (const uint64_t limit : {20 * kMiB, 40 * kMiB, 44 * kMiB, 60 * kMiB}) {
    Simulation s(400, limit);
    s.has_clock = true;
    s.begin_with(40 * kMiB);
    s.allocate(uint64_t{3000} * kMiB, 0, 64 << 10);
    expect_on_time(s, 1);
    EXPECT_LT(s.pacer.goal(), 200 * kMiB) << "the limit presses";
    EXPECT_LE(s.ends.size(), 100u);
    // The program allocates at least as many bytes as its assists mark.
    EXPECT_LE(static_cast<double>(s.assisted) / s.units_per_byte, static_cast<double>(s.allocated)) << limit;
  }
}

}  // namespace
}  // namespace mallocgc
