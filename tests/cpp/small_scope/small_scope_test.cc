// The small-scope check is exhaustive. All programs of up to seven steps (scope.h) on at most three objects are done to
// a heap and to a reference, which must agree after every step; and so are all programs of up to five steps that begin
// with three rooted objects.
//
// These programs are left out, because they are equivalent to others:
//
// - Programs that number the objects differently: the first one that a program names is 0, the next 1. (Variant varies
//   the order of addresses instead.)
// - Programs with another order of stores between two calls of the heap, which leaves the same memory: of programs with
//   the same calls on the same memory only the shortest is continued.
// - Programs that are the beginning of another one that is run.
//
// Each program ends with all roots dropped, and must leave an empty heap. In the environment MALLOCGC_SCOPE_STEPS
// changes both numbers of steps (6 takes a minute, 7 an hour).
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <unordered_set>
#include <vector>

#include "platform/fake.h"
#include "small_scope/subject.h"
#include "support/flavour.h"

namespace mallocgc::scope {
namespace {

MGC_ALL_NEED(kLifecycles);

constexpr uint32_t kMostSteps = 8;

struct Program {
  Step steps[kMostSteps];
  uint32_t length = 0;
  uint32_t named = 0;    // the objects 0 to named - 1 have been named
  uint64_t history = 0;  // of the heap's calls, each with the memory that it met
  State state;
};

uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t z = (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t key_of(const Program& program) {
  return mix(program.history, uint64_t{program.state.memory()} << 8 | program.named);
}

// Makes the program with one more step, if that is legal and names objects in order.
bool extend(const Program& program, const Step& step, Program* longer) {
  uint32_t named = program.named;
  for (const uint8_t object : {step.i, step.j}) {
    if (object == kNone || object < named) continue;
    if (object != named) return false;
    ++named;
  }
  if (!program.state.legal(step)) return false;
  *longer = program;
  longer->named = named;
  longer->steps[longer->length++] = step;
  if (is_heap_call(step.op)) {
    const uint64_t code = static_cast<uint64_t>(step.op) << 8 | static_cast<uint64_t>(step.i) << 4 | step.j;
    longer->history = mix(mix(program.history, code), program.state.memory());
  }
  longer->state.apply(step);
  return true;
}

std::vector<Step> alphabet(bool allocates) {
  std::vector<Step> steps = {{Op::kCollect}, {Op::kDrain}, {Op::kRescue}};
  for (uint8_t i = 0; i < kObjects; ++i) {
    for (const Op op : {Op::kUnroot, Op::kRoot, Op::kClear, Op::kArm, Op::kWeak}) steps.push_back({op, i});
    if (allocates) steps.push_back({Op::kAlloc, i});
    for (uint8_t j = 0; j < kObjects; ++j) steps.push_back({Op::kStore, i, j});
  }
  return steps;
}

std::string text_of(const Program& program) {
  const char* const names[] = {"alloc", "unroot", "root",    "store", "clear",
                               "arm",   "weak",   "collect", "drain", "rescue"};
  std::string text;
  for (uint32_t n = 0; n < program.length; ++n) {
    const Step& step = program.steps[n];
    if (n != 0) text.append("; ");
    text.append(names[static_cast<size_t>(step.op)]);
    if (step.i != kNone) text.append(" ").append(std::to_string(step.i));
    if (step.j != kNone) text.append(" -> ").append(std::to_string(step.j));
  }
  return text;
}

class Scope : public ::testing::Test {
 protected:
  // Runs every program of at most `most` steps. Without `allocates` all objects are allocated and rooted before it
  // begins.
  void run_all(uint32_t most, bool allocates) {
    const char* const longer = std::getenv("MALLOCGC_SCOPE_STEPS");
    if (longer != nullptr) most = static_cast<uint32_t>(std::atoi(longer));
    const std::vector<Step> steps = alphabet(allocates);
    std::unordered_set<uint64_t> seen;
    std::vector<Program> level(1);
    for (uint32_t i = 0; !allocates && i < kObjects; ++i) level[0].state.apply({Op::kAlloc, static_cast<uint8_t>(i)});
    for (uint32_t length = 0; length <= most && !level.empty(); ++length) {
      std::vector<Program> next;
      for (const Program& program : level) {
        bool continued = false;
        for (const Step& step : steps) {
          Program child;
          if (length == most || !extend(program, step, &child) || !seen.insert(key_of(child)).second) continue;
          continued = true;
          next.push_back(child);
        }
        if (!continued && !run(program, !allocates)) return;
      }
      level.swap(next);
    }
    std::printf("small scope: %llu programs of up to %u steps, %zu distinct beginnings\n",
                static_cast<unsigned long long>(programs_), most, seen.size());
  }

 private:
  bool run(const Program& program, bool begins_with_objects) {
    const uint64_t number = programs_++;
    const Variant variant{.own_types = (number & 1) != 0, .lazy = (number & 2) != 0, .backwards = (number & 4) != 0};
    subject_.begin(variant);
    State state;
    const auto step = [&](const Step& next) {
      state.apply(next);
      subject_.apply(next, state);
      return next;
    };
    for (uint8_t i = 0; begins_with_objects && i < kObjects; ++i) {
      step({Op::kAlloc, static_cast<uint8_t>(variant.backwards ? kObjects - 1 - i : i)});
    }
    for (uint32_t n = 0; n < program.length; ++n) subject_.compare_after(step(program.steps[n]), state);
    subject_.finish(state);
    if (number % 1024 == 0) subject_.verify();
    if (subject_.failure().empty()) return true;
    ADD_FAILURE() << subject_.failure() << " in: " << text_of(program) << "\nprogram " << number << ", own types "
                  << variant.own_types << ", lazy " << variant.lazy << ", backwards " << variant.backwards
                  << ", from three objects " << begins_with_objects;
    return false;
  }

  platform::FakeSource source_;
  Subject subject_{source_};
  uint64_t programs_ = 0;
};

TEST_F(Scope, EveryProgramOfSevenStepsFromAnEmptyHeapAgrees) { run_all(7, true); }

TEST_F(Scope, EveryProgramOfFiveStepsOnThreeObjectsAgrees) { run_all(5, false); }

}  // namespace
}  // namespace mallocgc::scope
