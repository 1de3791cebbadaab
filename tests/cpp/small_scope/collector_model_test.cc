// The test runs all programs of up to six steps of a mutator, with any number of steps of the collector between any two
// of them, on a model of the collector. Programs that lead to the same world share what follows, and worlds that differ
// in the numbering of objects only are one. Then one rule after the other is left out, and each time an object must be
// lost. In the environment MALLOCGC_SCOPE_STEPS changes the six.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <unordered_set>

#include "small_scope/collector_model.h"

namespace mallocgc::scope {
namespace {

struct Covered {
  uint64_t worlds = 0;
  uint64_t steps = 0;
  const char* wrong = nullptr;
  uint32_t mutations = 0;  // steps of the mutator until then
};

// Finds the worlds by the least number of the mutator's steps that lead there. Steps of the collector cost nothing.
Covered explore(Mode mode, uint32_t most, Rule without = Rule::kCount) {
  CollectorModel model(mode, without);
  Covered covered;
  std::unordered_set<uint64_t> seen;
  std::vector<World> level{World{}};
  std::vector<World> out;
  seen.insert(World{}.key());
  for (uint32_t length = 0; length <= most && !level.empty(); ++length) {
    covered.mutations = length;
    for (size_t at = 0; at < level.size(); ++at) {
      out.clear();
      model.collect(World(level[at]), out);
      covered.steps += out.size();
      covered.wrong = model.wrong();
      if (covered.wrong != nullptr) return covered;
      for (const World& world : out) {
        if (seen.insert(world.key()).second) level.push_back(world);
      }
    }
    if (length == most) break;
    std::vector<World> next;
    for (const World& world : level) {
      out.clear();
      model.mutate(world, out);
      covered.steps += out.size();
      for (const World& longer : out) {
        if (seen.insert(longer.key()).second) next.push_back(longer);
      }
    }
    level.swap(next);
  }
  covered.worlds = seen.size();
  return covered;
}

uint32_t most_steps() {
  const char* const longer = std::getenv("MALLOCGC_SCOPE_STEPS");
  return longer != nullptr ? static_cast<uint32_t>(std::atoi(longer)) : 6;
}

TEST(CollectorModel, C9_NoProgramOfSixStepsLosesAnObjectInAnyMode) {
  const char* const names[] = {"incremental", "generational", "both"};
  for (const Mode mode : {Mode::kIncremental, Mode::kGenerational, Mode::kBoth}) {
    const char* const name = names[static_cast<size_t>(mode)];
    const Covered covered = explore(mode, most_steps());
    EXPECT_EQ(covered.wrong, nullptr) << name << ": " << covered.wrong;
    std::printf("collector model, %s: %llu worlds, %llu steps between them\n", name,
                static_cast<unsigned long long>(covered.worlds), static_cast<unsigned long long>(covered.steps));
    EXPECT_GT(covered.worlds, 1000u);
  }
}

// This is a rule, with a mode in which an object is lost without it.
struct Missed {
  Rule rule;
  Mode mode;
  const char* name;
};

class Without : public testing::TestWithParam<Missed> {};

TEST_P(Without, C9_EachRuleIsNeeded) {
  const Covered covered = explore(GetParam().mode, 6, GetParam().rule);
  ASSERT_NE(covered.wrong, nullptr) << "nothing goes wrong without it";
  std::printf("without %s: %s after %u steps\n", GetParam().name, covered.wrong, covered.mutations);
}

INSTANTIATE_TEST_SUITE_P(CollectorModel, Without,
                         testing::Values(Missed{Rule::kBarrier, Mode::kIncremental, "BarrierInSlices"},
                                         Missed{Rule::kBarrier, Mode::kGenerational, "BarrierInMinors"},
                                         Missed{Rule::kMarkedOnCards, Mode::kIncremental, "MarkedOnCards"},
                                         Missed{Rule::kArmedOnCards, Mode::kIncremental, "ArmedOnCards"},
                                         Missed{Rule::kCardsKeepTheirs, Mode::kIncremental, "CardsKeepTheirs"},
                                         Missed{Rule::kRootsAtTheEnd, Mode::kIncremental, "RootsAtTheEnd"},
                                         Missed{Rule::kArmedAtTheEnd, Mode::kIncremental, "ArmedAtTheEnd"},
                                         Missed{Rule::kCardsAtTheEnd, Mode::kIncremental, "CardsAtTheEnd"},
                                         Missed{Rule::kPromotion, Mode::kGenerational, "Promotion"},
                                         Missed{Rule::kOldCardsInMinors, Mode::kGenerational, "OldCardsInMinors"},
                                         Missed{Rule::kArmedInMinors, Mode::kGenerational, "ArmedInMinors"},
                                         Missed{Rule::kMinorsPause, Mode::kBoth, "MinorsPause"},
                                         Missed{Rule::kWeakReads, Mode::kBoth, "WeakReads"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace mallocgc::scope
