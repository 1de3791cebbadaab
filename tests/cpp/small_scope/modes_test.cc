// Programs of up to four steps on three rooted objects are done to a real heap in each of its modes, with the collector
// at work between any two steps: nothing, a few of the smallest slices, a minor cycle, or what is left of a cycle.
// Whatever the program can reach must be there after each step, and when everything is let go each finalizer has run
// once and the heap is empty. The checks of the debug flavour look at each marking.
//
// Every program of up to two steps runs always, and so does a sample of those of four; MALLOCGC_SCOPE_SEED picks
// another sample. MALLOCGC_SCOPE_MODES=n runs every program of up to n steps, and MALLOCGC_SCOPE_SHARD=i/n one in n of
// them. docs/proof.md says how many there are, and how long they take.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "small_scope/modes_subject.h"
#include "small_scope/schedules.h"
#include "support/flavour.h"

namespace mallocgc::scope {
namespace {

MGC_ALL_NEED(kModes);
MGC_ALL_NEED(kWeakWords);

// Returns all programs of up to `most` steps, without those that differ in the numbering of the objects only.
std::vector<ModeProgram> programs(uint32_t most) {
  std::vector<Step> alphabet;
  for (uint8_t i = 0; i < kObjects; ++i) {
    for (const Op op : {Op::kUnroot, Op::kRoot, Op::kClear, Op::kArm, Op::kWeak}) alphabet.push_back({op, i});
    for (uint8_t j = 0; j < kObjects; ++j) alphabet.push_back({Op::kStore, i, j});
  }
  ModeProgram empty;
  for (uint8_t i = 0; i < kObjects; ++i) empty.state.apply({Op::kAlloc, i});
  std::vector<ModeProgram> all{empty};
  for (size_t at = 0; at < all.size(); ++at) {
    if (all[at].length == most) continue;
    for (const Step& step : alphabet) {
      ModeProgram longer = all[at];
      bool in_order = true;
      for (const uint8_t object : {step.i, step.j}) {
        if (object == kNone || object < longer.named) continue;
        in_order = in_order && object == longer.named;
        ++longer.named;
      }
      if (!in_order || !longer.state.legal(step)) continue;
      longer.steps[longer.length++] = step;
      longer.state.apply(step);
      longer.number = static_cast<uint32_t>(all.size());
      all.push_back(longer);
    }
  }
  return all;
}

std::string text_of(const ModeProgram& program, const Schedule& schedule) {
  const char* const names[] = {"alloc", "unroot", "root", "store", "clear", "arm", "weak"};
  const char* const between[] = {"", "slice; ", "5 slices; ", "9 slices; ", "slices; ", "minor; ", "collect; "};
  std::string text = schedule.old ? "collect; " : "";
  for (uint32_t n = 0; n <= program.length; ++n) {
    text.append(between[static_cast<size_t>(schedule.at[n])]);
    if (n == program.length) break;
    const Step& step = program.steps[n];
    text.append(names[static_cast<size_t>(step.op)]).append(" ").append(std::to_string(step.i));
    if (step.j != kNone) text.append(" -> ").append(std::to_string(step.j));
    text.append("; ");
  }
  return text.append("(program ").append(std::to_string(program.number)).append(")");
}

uint64_t number_in(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct ModeCase {
  const char* name;
  uint32_t mode;
};

// The first list has numbers of slices that are the same for all programs, and the second has one number that varies.
constexpr Between kAllChoices[] = {Between::kNothing,    Between::kSlice, Between::kFewSlices,
                                   Between::kManySlices, Between::kMinor, Between::kRest};
constexpr Between kFewerChoices[] = {Between::kNothing, Between::kSomeSlices, Between::kMinor, Between::kRest};
constexpr uint32_t kChoices = static_cast<uint32_t>(std::size(kAllChoices));

// Returns one of all schedules with all choices, by its number.
Schedule schedule_of(const ModeProgram& program, uint32_t number) {
  Schedule schedule{.old = number % 2 != 0};
  number /= 2;
  for (uint32_t n = 0; n <= program.length; ++n, number /= kChoices) schedule.at[n] = kAllChoices[number % kChoices];
  return schedule;
}

uint32_t schedules_of(const ModeProgram& program) {
  uint32_t count = 2 * kChoices;
  for (uint32_t n = 0; n < program.length; ++n) count *= kChoices;
  return count;
}

// MALLOCGC_SCOPE_SHARD=i/n, with i from 0 to n - 1, picks a part of the programs. Without it all of them run.
class Shard {
 public:
  Shard() {
    const char* const text = std::getenv("MALLOCGC_SCOPE_SHARD");
    if (text != nullptr && std::sscanf(text, "%llu/%llu", &index_, &count_) != 2) count_ = 0;
  }
  bool has(uint64_t number) const { return count_ != 0 && number % count_ == index_; }

 private:
  unsigned long long index_ = 0;
  unsigned long long count_ = 1;
};

class ScopeOfModes : public testing::TestWithParam<ModeCase> {
 protected:
  // Returns false if the program has failed.
  bool run(const ModeProgram& program, const Schedule& schedule) {
    const bool own_cards = ran_++ % 2 == 0;
    ModeSubject& subject = own_cards ? apart_ : together_;
    subject.run(program, schedule);
    did_ = &subject.did();
    if (subject.failure().empty()) return true;
    ADD_FAILURE() << subject.failure() << " in: " << text_of(program, schedule) << ", own cards " << own_cards;
    return false;
  }
  const Did (&did() const)[kMost + 1] { return *did_; }
  void say(uint32_t most) const {
    EXPECT_GT(ran_, 0u) << "MALLOCGC_SCOPE_SHARD names no program";
    std::printf("small scope, %s: %llu programs of up to %u steps\n", GetParam().name,
                static_cast<unsigned long long>(ran_), most);
  }

 private:
  ModeSubject apart_{GetParam().mode, true};
  ModeSubject together_{GetParam().mode, false};
  const Did (*did_)[kMost + 1] = nullptr;
  uint64_t ran_ = 0;
};

TEST_P(ScopeOfModes, C9_ASampleOfProgramsAgreesWithTheCollectorAtWorkBetweenAnyTwoSteps) {
  constexpr uint64_t kOneIn = 60013;
  uint64_t random = number_in("MALLOCGC_SCOPE_SEED", 1);
  uint64_t skip = random % kOneIn;
  for (const ModeProgram& program : programs(kMost)) {
    const uint32_t schedules = schedules_of(program);
    for (; skip < schedules; skip += 1 + (random >> 33) % (2 * kOneIn)) {
      if (!run(program, schedule_of(program, static_cast<uint32_t>(skip)))) return;
      random = random * 6364136223846793005u + 1442695040888963407u;
    }
    skip -= schedules;
  }
  say(kMost);
}

TEST_P(ScopeOfModes, C9_EveryProgramAgreesWithTheCollectorAtWorkBetweenAnyTwoSteps) {
  const auto asked = static_cast<uint32_t>(number_in("MALLOCGC_SCOPE_MODES", 2));
  const uint32_t most = asked < kMost ? asked : kMost;
  const Shard shard;
  for (const ModeProgram& program : programs(most)) {
    if (!shard.has(program.number)) continue;
    Schedules schedules =
        most < kMost ? Schedules(program.length, kAllChoices, true) : Schedules(program.length, kFewerChoices, false);
    do {
      if (!run(program, schedules.current())) return;
    } while (schedules.next(did()));
  }
  say(most);
}

INSTANTIATE_TEST_SUITE_P(Modes, ScopeOfModes,
                         testing::Values(ModeCase{"Stop", MGC_MODE_STOP}, ModeCase{"Incremental", MGC_MODE_INCREMENTAL},
                                         ModeCase{"Generational", MGC_MODE_GENERATIONAL}, ModeCase{"Both", kModeBoth}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace mallocgc::scope
