// This is the subject of the small scope (see subject.h).
#include "small_scope/subject.h"

#include <mallocgc/mallocgc.h>

#include <new>

#include "support/heap_fixture.h"

namespace mallocgc::scope {

Subject::Subject(platform::MemorySource& source) : heap_(::new(storage_) Heap()) {
  mgc_options options = {};
  options.gc_percent = -1;
  options.shadow_slots = 64;
  options.max_bytes = 16 << 20;
  check(heap_->init(options, source) == Status::kOk, "the heap was not made");
  const uint32_t mask = 1;
  const char* const names[kObjects + 1] = {"First", "Second", "Third", nullptr};
  for (uint32_t i = 0; i <= kObjects; ++i) {
    mgc_type_info info = {};
    info.name = names[i];
    info.size = sizeof(Object);
    info.pointers.mask = &mask;
    check(heap_->define_type(info, &types_[i]) == Status::kOk, "a type was not defined");
  }
  check(heap_->frame_push(heap_->main_mutator(), kObjects + 1, &roots_) == Status::kOk, "no frame");
  check(entries_.define(*heap_));
}

Subject::~Subject() { heap_->destroy(); }

void Subject::fail(const char* what) {
  if (failure_.empty()) failure_ = std::string(what) + " (" + heap_->last_error() + ")";
}

void Subject::allocate(uint32_t i) {
  Type* const type = variant_.own_types ? types_[i] : types_[kObjects];
  void* const memory = heap_->newobject(heap_->main_mutator(), type);
  if (memory == nullptr) return fail("M12: no memory");
  objects_[i] = static_cast<Object*>(memory);
  check(objects_[i]->next == nullptr && objects_[i]->number == 0, "M9: a new object is not zero");
  objects_[i]->number = numbers_[i] = ++serial_;
  roots_[i] = memory;
  runs_[i] = 0;
  if (weak_[i] != 0) check(heap_->weak_free(weak_[i]) == Status::kOk, "weak_free");
  weak_[i] = 0;
  check(entries_.forget(i));
}

void Subject::collect() {
  if (!variant_.lazy) return check(heap_->collect() == Status::kOk, "collect");
  check(heap_->phase_start() == Status::kOk, "phase_start");
  check(heap_->phase_mark() == Status::kOk, "phase_mark");
  check(heap_->phase_finish() == Status::kOk, "phase_finish");
}

void Subject::on_finalizer(mgc_mutator*, void* object, void* context) {
  Subject& self = *static_cast<Subject*>(context);
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (self.objects_[i] != object) continue;
    ++self.runs_[i];
    if (self.rescue_) self.roots_[i] = object;
    return self.check(self.objects_[i]->number == self.numbers_[i], "F1: a finalizer's object has changed");
  }
  self.fail("F1: a finalizer ran for no object");
}

// The test asks for each object first: a question resolves what it is about.
void Subject::drain(bool rescue) {
  rescue_ = rescue;
  FoundObject found;
  for (Object* const object : objects_) (void)heap_->find_object(object, &found);
  heap_->run_finalizers(SIZE_MAX);
}

void Subject::apply(const Step& step, const State& after) {
  const uint32_t i = step.i;
  switch (step.op) {
    case Op::kAlloc:
      return allocate(i);
    case Op::kUnroot:
      roots_[i] = nullptr;
      return;
    case Op::kRoot:
      roots_[i] = objects_[i];
      return;
    case Op::kStore:
      return mgc_store(&objects_[i]->next, objects_[step.j]);
    case Op::kClear:
      return mgc_store(&objects_[i]->next, nullptr);
    case Op::kArm:
      return check(heap_->set_finalizer(objects_[i], &Subject::on_finalizer, this, 0) == Status::kOk, "F4: not armed");
    case Op::kWeak: {
      const uint64_t before = weak_[i];
      check(heap_->weak_new(objects_[i], &weak_[i]) == Status::kOk, "F8: no weak handle");
      check(weak_[i] != before, "F8: a weak handle has the number of a dead one");
      return check(entries_.note(i, objects_[i]));
    }
    case Op::kCollect:
      collect();
      break;
    case Op::kDrain:
      drain(false);
      break;
    case Op::kRescue:
      drain(true);
      break;
  }
  if (!variant_.lazy && step.op == Op::kCollect)
    check(heap_->ready_count() == after.queue_length(), "C1: another number of finalizers is ready");
}

// Asking sweeps. With a lazy sweep the test does not ask after a cycle, so that the next step meets what is not swept.
void Subject::compare_after(const Step& step, const State& state) {
  if (!variant_.lazy || (is_heap_call(step.op) && step.op != Op::kCollect)) compare(state);
}

void Subject::compare(const State& state) {
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (objects_[i] != nullptr) compare_object(i, state);
    if (state.weak_made(i) && heap_->weak_get(weak_[i]) != (state.weak_reads(i) ? objects_[i] : nullptr)) {
      return fail(state.weak_reads(i) ? "F8: a weak handle was cleared too early"
                                      : "F8: a weak handle was not cleared");
    }
    if (state.weak_made(i)) check(entries_.compare(i, state.weak_reads(i) ? objects_[i] : nullptr));
    if (runs_[i] != state.runs(i))
      return fail(runs_[i] > state.runs(i) ? "F4: a finalizer ran that should not" : "F1: a finalizer did not run");
  }
}

void Subject::compare_object(uint32_t i, const State& state) {
  FoundObject found;
  const bool hit = heap_->find_object(objects_[i], &found);
  if (state.allocated(i)) {
    if (!hit) return fail("C1: an object was freed too early");
    if (found.base != objects_[i]) return fail("M14: another object was found");
    const Object* const next = state.next(i) == kNone ? nullptr : objects_[state.next(i)];
    if (objects_[i]->next != next || objects_[i]->number != numbers_[i]) fail("an object's contents have changed");
    return;
  }
  bool reused = false;
  for (uint32_t j = 0; j < kObjects; ++j) reused = reused || (state.allocated(j) && objects_[j] == objects_[i]);
  if (hit && !reused) return fail("C1: a dead object was not freed");
  objects_[i] = nullptr;
}

void Subject::finish(State& state) {
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (state.rooted(i)) state.apply({Op::kUnroot, static_cast<uint8_t>(i)});
    roots_[i] = nullptr;
  }
  // Each round frees at least the first of a chain of finalizers; a cycle of them is never finalized (F3), and must be
  // disarmed.
  for (uint32_t round = 0; round <= 2 * kObjects; ++round) {
    for (const Step step : {Step{Op::kCollect}, Step{Op::kDrain}}) {
      state.apply(step);
      apply(step, state);
      compare_after(step, state);
    }
  }
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (state.allocated(i)) {
      check(state.armed(i) || state.next(i) != kNone, "the reference is wrong");
      if (state.armed(i)) check(heap_->clear_finalizer(objects_[i]) == Status::kOk, "F4: not disarmed");
    }
    if (weak_[i] != 0) check(heap_->weak_free(weak_[i]) == Status::kOk, "weak_free");
    weak_[i] = 0;
    objects_[i] = nullptr;
    runs_[i] = 0;
  }
  roots_[kObjects] = nullptr;
  check(heap_->collect() == Status::kOk, "collect");
  mgc_stats_data stats;
  heap_->stats(&stats);
  check(stats.heap_objects == 0, "C1: something outlived the program");
}

void Subject::verify() { check(verified(*heap_) == Status::kOk, "verify"); }

}  // namespace mallocgc::scope
