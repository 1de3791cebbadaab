// Programs of up to four steps on three rooted objects, done to a real heap in each of its modes, with the collector at
// work between any two steps: nothing, a few of the smallest slices, a minor cycle, or what is left of a cycle.
// Whatever the program can reach must be there after each step, and when everything is let go each finalizer has run
// once and the heap is empty. The checks of the debug flavour look at each marking.
//
// A sample runs always; MALLOCGC_SCOPE_SEED picks another. MALLOCGC_SCOPE_MODES=n runs every program of up to n steps
// with each of the collector's steps, the same between any two of the program's (4 takes minutes).
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "platform/fake.h"
#include "small_scope/entries.h"
#include "small_scope/scope.h"
#include "support/heap_fixture.h"

namespace mallocgc::scope {
namespace {

constexpr uint32_t kMost = 4;

// What may stand between two steps of a program.
enum class Between : uint8_t { kNothing, kSlice, kFewSlices, kManySlices, kMinor, kRest, kCount };
constexpr uint32_t kChoices = static_cast<uint32_t>(Between::kCount);

struct Program {
  Step steps[kMost];
  uint32_t length = 0;
  uint32_t named = 0;
  State state;
};

// A heap in one mode, and what it must hold. Objects of several sizes lie on cards of their own.
class Subject {
 public:
  Subject(uint32_t mode, bool own_cards) {
    mgc_options options = {};
    options.gc_percent = -1;
    options.shadow_slots = 64;
    options.max_bytes = 16 << 20;
    options.mode = mode;
    options.debug_flags = kDebugFlavour ? MGC_DEBUG_CHECKMARK : 0;
    check(heap_.init(options, source_) == Status::kOk, "the heap was not made");
    const uint32_t mask = 1;
    const char* const names[kObjects] = {"First", "Second", "Third"};
    for (uint32_t i = 0; i < kObjects; ++i) {
      mgc_type_info info = {};
      info.name = own_cards ? names[i] : names[0];
      info.size = sizeof(Object) * (own_cards ? i + 1 : 1);
      info.pointers.mask = &mask;
      check(heap_.define_type(info, &types_[i]) == Status::kOk, "a type was not defined");
    }
    check(heap_.frame_push(heap_.main_mutator(), kObjects + 1, &roots_) == Status::kOk, "no frame");
    check(entries_.define(heap_));
  }
  ~Subject() { heap_.destroy(); }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  void run(const Program& program, uint32_t schedule) {
    check(entries_.begin(&roots_[kObjects]));
    for (uint32_t i = 0; i < kObjects; ++i) allocate(i);
    if (schedule % 2 != 0) collect(Between::kRest);  // they are old
    schedule /= 2;
    for (uint32_t n = 0; n < program.length; ++n) {
      collect(static_cast<Between>(schedule % kChoices));
      schedule /= kChoices;
      apply(program.steps[n]);
      look();
    }
    collect(static_cast<Between>(schedule % kChoices));
    look();
    finish();
  }
  const std::string& failure() const { return failure_; }

 private:
  struct Object {
    Object* next;
    uintptr_t number;
  };

  void fail(const char* what) {
    if (failure_.empty()) failure_ = std::string(what) + " (" + heap_.last_error() + ")";
  }
  void check(bool condition, const char* what) {
    if (!condition) fail(what);
  }
  void check(const char* problem) {
    if (problem != nullptr) fail(problem);
  }
  void allocate(uint32_t i) {
    check(entries_.forget(i));
    objects_[i] = static_cast<Object*>(heap_.newobject(heap_.main_mutator(), types_[i]));
    if (objects_[i] == nullptr) return fail("M12: no memory");
    objects_[i]->number = i + 1;
    roots_[i] = objects_[i];
    next_[i] = kNone;
    rooted_[i] = true;
    armed_[i] = weak_[i] = 0;
    runs_[i] = 0;
  }
  // A full cycle begins with the first slice.
  void collect(Between what) {
    switch (what) {
      case Between::kNothing:
      case Between::kCount:
        return;
      case Between::kMinor:
        return check(heap_.collection_phase() != Phase::kIdle || heap_.collect_minor() == Status::kOk, "collect_minor");
      case Between::kRest:
        return check(heap_.collect() == Status::kOk, "collect");
      default:
        break;
    }
    if (heap_.collection_phase() == Phase::kIdle) check(heap_.start_cycle() == Status::kOk, "start_cycle");
    const uint32_t slices = what == Between::kSlice ? 1 : what == Between::kFewSlices ? 5 : 9;
    for (uint32_t n = 0; n < slices; ++n) (void)heap_.step_work(1);
  }
  void apply(const Step& step) {
    const uint32_t i = step.i;
    switch (step.op) {
      case Op::kAlloc:
        return allocate(i);
      case Op::kUnroot:
        roots_[i] = nullptr;
        rooted_[i] = false;
        return;
      case Op::kRoot:
        if (!reaches(i) && heap_.weak_get(weak_[i]) == nullptr) return;  // it was found dead meanwhile
        roots_[i] = objects_[i];
        rooted_[i] = true;
        return;
      case Op::kStore:
        if (!reaches(i) || !reaches(step.j)) return;
        next_[i] = step.j;
        return mgc_store(&objects_[i]->next, objects_[step.j]);
      case Op::kClear:
        if (!reaches(i)) return;
        next_[i] = kNone;
        return mgc_store(&objects_[i]->next, nullptr);
      case Op::kArm:
        if (!reaches(i)) return;
        armed_[i] = 1;
        return check(heap_.set_finalizer(objects_[i], &Subject::on_finalizer, this, 0) == Status::kOk, "F4: not armed");
      case Op::kWeak:
        if (!reaches(i)) return;
        check(heap_.weak_new(objects_[i], &weak_[i]) == Status::kOk, "F8: no weak handle");
        return check(entries_.note(i, objects_[i]));
      default:
        return;
    }
  }
  bool reaches(uint32_t i) const {
    for (uint32_t from = 0; from < kObjects; ++from) {
      if (!rooted_[from]) continue;
      uint8_t at = static_cast<uint8_t>(from);
      for (uint32_t n = 0; n < kObjects && at != kNone; ++n, at = next_[at]) {
        if (at == i) return true;
      }
    }
    return false;
  }
  // Nothing is asked about what cannot be reached: the question would resolve it.
  void look() {
    for (uint32_t i = 0; i < kObjects; ++i) {
      if (weak_[i] != 0) {
        const void* const read = heap_.weak_get(weak_[i]);
        check(read == objects_[i] || (read == nullptr && !reaches(i)), "F8: a weak handle reads differently");
        check(entries_.compare(i, read));
      }
      if (!reaches(i)) continue;
      FoundObject found;
      check(heap_.find_object(objects_[i], &found) && found.base == objects_[i], "C1: an object was freed too early");
      check(objects_[i]->number == i + 1, "an object's contents have changed");
      check(objects_[i]->next == (next_[i] == kNone ? nullptr : objects_[next_[i]]), "a pointer has changed");
    }
  }
  static void on_finalizer(mgc_mutator*, void* object, void* context) {
    Subject& self = *static_cast<Subject*>(context);
    for (uint32_t i = 0; i < kObjects; ++i) {
      if (self.objects_[i] != object) continue;
      ++self.runs_[i];
      return self.check(self.objects_[i]->number == i + 1, "F1: a finalizer's object has changed");
    }
    self.fail("F1: a finalizer ran for no object");
  }
  void finish() {
    for (uint32_t i = 0; i < kObjects; ++i) {
      roots_[i] = nullptr;
      rooted_[i] = false;
    }
    for (uint32_t round = 0; round <= kObjects; ++round) {
      check(heap_.collect() == Status::kOk, "collect");
      heap_.run_finalizers(SIZE_MAX);
    }
    for (uint32_t i = 0; i < kObjects; ++i) {
      check(runs_[i] <= armed_[i], "F4: a finalizer ran that should not");
      // One that has not run is in a cycle, or hangs on one (F3).
      if (runs_[i] < armed_[i]) check(heap_.clear_finalizer(objects_[i]) == Status::kOk, "F1: a finalizer was lost");
      if (weak_[i] != 0) check(heap_.weak_free(weak_[i]) == Status::kOk, "weak_free");
      objects_[i] = nullptr;
    }
    roots_[kObjects] = nullptr;
    check(heap_.collect() == Status::kOk, "collect");
    mgc_stats_data stats;
    heap_.stats(&stats);
    check(stats.heap_objects == 0, "C1: something outlived the program");
  }

  platform::FakeSource source_;
  Heap heap_;
  Type* types_[kObjects] = {};
  void** roots_ = nullptr;
  Object* objects_[kObjects] = {};
  uint8_t next_[kObjects] = {kNone, kNone, kNone};
  bool rooted_[kObjects] = {};
  uint32_t armed_[kObjects] = {};
  uint32_t runs_[kObjects] = {};
  uint64_t weak_[kObjects] = {};
  Entries entries_;
  std::string failure_;
};

// All programs of up to `most` steps, without those that differ in the numbering of the objects only.
std::vector<Program> programs(uint32_t most) {
  std::vector<Step> alphabet;
  for (uint8_t i = 0; i < kObjects; ++i) {
    for (const Op op : {Op::kUnroot, Op::kRoot, Op::kClear, Op::kArm, Op::kWeak}) alphabet.push_back({op, i});
    for (uint8_t j = 0; j < kObjects; ++j) alphabet.push_back({Op::kStore, i, j});
  }
  Program empty;
  for (uint8_t i = 0; i < kObjects; ++i) empty.state.apply({Op::kAlloc, i});
  std::vector<Program> all{empty};
  for (size_t at = 0; at < all.size(); ++at) {
    if (all[at].length == most) continue;
    for (const Step& step : alphabet) {
      Program longer = all[at];
      bool in_order = true;
      for (const uint8_t object : {step.i, step.j}) {
        if (object == kNone || object < longer.named) continue;
        in_order = in_order && object == longer.named;
        ++longer.named;
      }
      if (!in_order || !longer.state.legal(step)) continue;
      longer.steps[longer.length++] = step;
      longer.state.apply(step);
      all.push_back(longer);
    }
  }
  return all;
}

std::string text_of(const Program& program, uint32_t schedule) {
  const char* const names[] = {"alloc", "unroot", "root", "store", "clear", "arm", "weak"};
  const char* const between[] = {"", "slice; ", "5 slices; ", "9 slices; ", "minor; ", "collect; "};
  std::string text = schedule % 2 != 0 ? "collect; " : "";
  schedule /= 2;
  for (uint32_t n = 0; n < program.length; ++n, schedule /= kChoices) {
    const Step& step = program.steps[n];
    text.append(between[schedule % kChoices]).append(names[static_cast<size_t>(step.op)]).append(" ");
    text.append(std::to_string(step.i));
    if (step.j != kNone) text.append(" -> ").append(std::to_string(step.j));
    text.append("; ");
  }
  return text.append(between[schedule % kChoices]);
}

uint64_t number_in(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct ModeCase {
  const char* name;
  uint32_t mode;
};

// The same step of the collector in all places.
uint32_t everywhere(const Program& program, uint32_t choice) {
  uint32_t schedule = 0;
  for (uint32_t n = 0; n <= program.length; ++n) schedule = schedule * kChoices + choice;
  return schedule;
}

uint32_t schedules_of(const Program& program) {
  uint32_t count = 2 * kChoices;
  for (uint32_t n = 0; n < program.length; ++n) count *= kChoices;
  return count;
}

class ScopeOfModes : public testing::TestWithParam<ModeCase> {
 protected:
  // False: it has failed.
  bool run(const Program& program, uint32_t schedule) {
    const bool own_cards = ran_++ % 2 == 0;
    Subject& subject = own_cards ? apart_ : together_;
    subject.run(program, schedule);
    if (subject.failure().empty()) return true;
    ADD_FAILURE() << subject.failure() << " in: " << text_of(program, schedule) << ", own cards " << own_cards;
    return false;
  }
  void say(uint32_t most) const {
    std::printf("small scope, %s: %llu programs of up to %u steps\n", GetParam().name,
                static_cast<unsigned long long>(ran_), most);
  }

 private:
  Subject apart_{GetParam().mode, true};
  Subject together_{GetParam().mode, false};
  uint64_t ran_ = 0;
};

TEST_P(ScopeOfModes, C9_ASampleOfProgramsAgreesWithTheCollectorAtWorkBetweenAnyTwoSteps) {
  constexpr uint64_t kOneIn = 60013;
  uint64_t random = number_in("MALLOCGC_SCOPE_SEED", 1);
  uint64_t skip = random % kOneIn;
  for (const Program& program : programs(kMost)) {
    const uint32_t schedules = schedules_of(program);
    for (; skip < schedules; skip += 1 + (random >> 33) % (2 * kOneIn)) {
      if (!run(program, static_cast<uint32_t>(skip))) return;
      random = random * 6364136223846793005u + 1442695040888963407u;
    }
    skip -= schedules;
  }
  say(kMost);
}

TEST_P(ScopeOfModes, C9_EveryProgramAgreesWithTheSameStepOfTheCollectorBetweenAnyTwo) {
  const auto most = static_cast<uint32_t>(number_in("MALLOCGC_SCOPE_MODES", 2));
  for (const Program& program : programs(most < kMost ? most : kMost)) {
    for (uint32_t choice = 0; choice < kChoices; ++choice) {
      for (uint32_t old = 0; old < 2; ++old) {
        if (!run(program, 2 * everywhere(program, choice) + old)) return;
      }
    }
  }
  say(most);
}

INSTANTIATE_TEST_SUITE_P(Modes, ScopeOfModes,
                         testing::Values(ModeCase{"Stop", MGC_MODE_STOP}, ModeCase{"Incremental", MGC_MODE_INCREMENTAL},
                                         ModeCase{"Generational", MGC_MODE_GENERATIONAL}, ModeCase{"Both", kModeBoth}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace mallocgc::scope
