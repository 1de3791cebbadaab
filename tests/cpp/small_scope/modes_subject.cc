// This is the subject of the small scope's modes (see the header).
#include "small_scope/modes_subject.h"

#include "support/heap_fixture.h"

namespace mallocgc::scope {

namespace {

// Returns the same for the same program with the same choices before.
uint32_t mixed(uint32_t number, uint32_t choice) {
  const uint32_t z = (number ^ (choice + 0x9e3779b9u)) * 0x85ebca6bu;
  return (z ^ (z >> 15)) * 0xc2b2ae35u;
}

}  // namespace

ModeSubject::ModeSubject(uint32_t mode, bool own_cards)
    : has_slices_(mode != MGC_MODE_STOP), has_minors_(has_slices_ && mode != MGC_MODE_INCREMENTAL) {
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

void ModeSubject::run(const ModeProgram& program, const Schedule& schedule) {
  check(entries_.begin(&roots_[kObjects]));
  for (uint32_t i = 0; i < kObjects; ++i) allocate(i);
  if (schedule.old) (void)collect(Between::kRest);
  some_ = mixed(program.number, schedule.old ? 1 : 0);
  for (uint32_t n = 0; n <= program.length; ++n) {
    did_[n] = collect(schedule.at[n]);
    if (n < program.length) apply(program.steps[n]);
    look();
  }
  finish();
}

void ModeSubject::fail(const char* what) {
  if (failure_.empty()) failure_ = std::string(what) + " (" + heap_.last_error() + ")";
}

void ModeSubject::allocate(uint32_t i) {
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

Did ModeSubject::collect(Between what) {
  some_ = mixed(some_, static_cast<uint32_t>(what));
  switch (what) {
    case Between::kNothing:
      return 0;
    case Between::kSlice:
      return slices(1);
    case Between::kFewSlices:
      return slices(5);
    case Between::kManySlices:
      return slices(kMostSlices);
    case Between::kSomeSlices:
      return slices(1 + (some_ >> 8) % kMostSlices);
    case Between::kMinor:
      check(heap_.collect_minor() == Status::kOk, "collect_minor");
      return has_minors_ ? kDidMinor : kDidAll;
    case Between::kRest:
      check(heap_.collect() == Status::kOk, "collect");
      return kDidAll;
  }
  return 0;
}

// Takes `count` slices. A full cycle begins with the first one.
Did ModeSubject::slices(uint32_t count) {
  if (heap_.collection_phase() == Phase::kIdle) check(heap_.start_cycle() == Status::kOk, "start_cycle");
  uint32_t taken = 1;
  while (!heap_.step_work(1) && taken < count) ++taken;
  return has_slices_ ? taken : kDidAll;
}

void ModeSubject::apply(const Step& step) {
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
      return check(heap_.set_finalizer(objects_[i], &ModeSubject::on_finalizer, this, 0) == Status::kOk,
                   "F4: not armed");
    case Op::kWeak:
      if (!reaches(i)) return;
      check(heap_.weak_new(objects_[i], &weak_[i]) == Status::kOk, "F8: no weak handle");
      return check(entries_.note(i, objects_[i]));
    default:
      return;
  }
}

bool ModeSubject::reaches(uint32_t i) const {
  for (uint32_t from = 0; from < kObjects; ++from) {
    if (!rooted_[from]) continue;
    uint8_t at = static_cast<uint8_t>(from);
    for (uint32_t n = 0; n < kObjects && at != kNone; ++n, at = next_[at]) {
      if (at == i) return true;
    }
  }
  return false;
}

// The test asks nothing about what cannot be reached: the question would resolve it.
void ModeSubject::look() {
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

// F2: what an object with a finalizer points to is there when the finalizer runs.
void ModeSubject::look_at_next(uint32_t i) {
  const Object* const next = objects_[i]->next;
  if (next_[i] == kNone) return check(next == nullptr, "F2: a finalizer's object has another pointer");
  FoundObject found;
  check(heap_.find_object(next, &found) && next == objects_[next_[i]] && found.base == next,
        "F2: what a finalizer's object points to was freed");
  check(next->number == next_[i] + 1u, "F2: what a finalizer's object points to has changed");
}

void ModeSubject::on_finalizer(mgc_mutator*, void* object, void* context) {
  ModeSubject& self = *static_cast<ModeSubject*>(context);
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (self.objects_[i] != object) continue;
    ++self.runs_[i];
    self.check(self.objects_[i]->number == i + 1, "F1: a finalizer's object has changed");
    return self.look_at_next(i);
  }
  self.fail("F1: a finalizer ran for no object");
}

void ModeSubject::finish() {
  for (uint32_t i = 0; i < kObjects; ++i) {
    roots_[i] = nullptr;
    rooted_[i] = false;
  }
  // Each round frees at least the first of a chain of finalizers.
  uint32_t rounds = 0;
  for (const uint32_t armed : armed_) rounds += armed;
  for (uint32_t round = 0; round < rounds; ++round) {
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

}  // namespace mallocgc::scope
