// Collections that the client asks for: whole ones, minor ones, in slices, or phase by phase. What is due by itself is
// in trigger.cc.
#include "heap/heap.h"

namespace mallocgc {

Status Heap::collect() {
  if (no_collection_depth_ != 0) return Status::kOk;
  if (begin("collection") != Status::kOk) return last_status_;
  cycle_requested_ = false;
  damage_.ask(collector_.phase() == Phase::kMarked);
  complete_cycle();
  run_hooks();
  collector_.run_cycle(true);
  sweeper_.sweep_rest();
  after_cycle();
  give_back_all_but_the_goal();
  end();
  return outcome();
}

// From now on the heap is as if it was made with mgc_options.no_barriers. A cycle in slices that is under way has
// relied on the barriers of stores before this call, and ends in it.
Status Heap::set_no_barriers() {
  if (no_barriers_) return usable();
  if (mode_ != MGC_MODE_STOP && !mode_is_default_)
    return fail(Status::kBadArgument, "the mode that the heap was made with needs write barriers");
  if (collector_.slicing() && no_collection_depth_ != 0)
    return fail(Status::kBadArgument, "a cycle is under way that needs write barriers, and collections are forbidden");
  if (begin("change of mode") != Status::kOk) return last_status_;
  damage_.ask(collector_.phase() == Phase::kMarked);
  client_status_ = Status::kOk;
  complete_cycle();
  no_barriers_ = true;
  mode_ = MGC_MODE_STOP;
  collector_.generations().init(false);
  update_trigger();
  end();
  return outcome();
}

bool Heap::refuses_for_want_of_barriers() {
  if (!kHasModes || !no_barriers_) return false;
  (void)fail(Status::kBadArgument, "the heap was made with no_barriers: it has neither minor cycles nor slices");
  return true;
}

Status Heap::collect_minor() {
  if (refuses_for_want_of_barriers()) return last_status_;
  if (no_collection_depth_ != 0) return Status::kOk;
  if (!collector_.generations().enabled()) return collect();
  if (begin("collection") != Status::kOk) return last_status_;
  damage_.ask(collector_.phase() == Phase::kMarked);
  complete_cycle();
  const bool done = collector_.minor_may_pay() && collector_.run_minor();
  if (done) after_minor();
  end();
  if (!done) return collect();
  return outcome();
}

bool Heap::is_marked(const void* address) const {
  const Span* const span = map_.span_at(Address::of(address));
  if (span == nullptr || Address::of(address) - span->base >= span->limit_bytes) return false;
  return span->is_marked(span->slot_at(Address::of(address) - span->base), sweep_.epochs.mark);
}

// In the stop mode the first step is the whole cycle.
Status Heap::start_cycle() {
  if (refuses_for_want_of_barriers()) return last_status_;
  if (no_collection_depth_ != 0)
    return fail(Status::kBadArgument, "a cycle was started where collections are forbidden");
  if (begin("collection") != Status::kOk) return last_status_;
  if (mode_ == MGC_MODE_STOP) {
    cycle_requested_ = true;
  } else if (!collector_.slicing()) {
    run_hooks();
    begin_slices(true);
  }
  end();
  return Status::kOk;
}

// One slice of marking, or of the sweep behind it; true when nothing is left.
bool Heap::slice(uint64_t units) {
  if (!collector_.slicing()) return collector_.sweep_slice(units);
  if (!collector_.step(units)) {
    update_trigger();
    return false;
  }
  after_cycle();
  return sweeper_.done();
}

bool Heap::step_work(uint64_t units) {
  if (no_collection_depth_ != 0) return !collector_.slicing() && !cycle_requested_;
  if (cycle_requested_) {
    cycle_requested_ = false;
    return collect() == Status::kOk;
  }
  if (begin("collection") != Status::kOk) return false;
  const bool done = slice(units);
  end();
  return done;
}

// Works in slices of a fraction of a millisecond, until the time is over. Where the clock stands still, as in the
// standalone module, the time is measured in calibrated units.
bool Heap::step(uint64_t budget_ns) {
  constexpr uint64_t kNsPerUnit = 16;
  constexpr uint64_t kSmallSlice = 4096;
  const uint64_t begin_ns = platform::now_ns();
  for (uint64_t units = 0;;) {
    if (step_work(kSmallSlice)) return true;
    units += kSmallSlice;
    const uint64_t now_ns = platform::now_ns();
    if (now_ns == begin_ns ? units * kNsPerUnit >= budget_ns : now_ns - begin_ns >= budget_ns) return false;
    if (no_collection_depth_ != 0 || usable() != Status::kOk) return false;
  }
}

Status Heap::phase_start(bool forced) {
  if (no_collection_depth_ != 0) return Status::kOk;
  if (begin("collection") != Status::kOk) return last_status_;
  complete_cycle();
  run_hooks();
  collector_.start(forced);
  end();
  return Status::kOk;
}

Status Heap::phase_mark() {
  if (begin("collection") != Status::kOk) return last_status_;
  collector_.mark();
  end();
  return Status::kOk;
}

Status Heap::phase_finish() {
  if (collector_.phase() == Phase::kIdle || collector_.slicing()) return usable();
  if (begin("collection") != Status::kOk) return last_status_;
  damage_.ask(collector_.phase() == Phase::kMarked);
  complete_cycle();
  end();
  return outcome();
}

bool Heap::sweep(uint32_t spans) {
  if (begin("sweep") != Status::kOk) return false;
  const bool done = sweeper_.sweep_some(spans);
  end();
  return done;
}

}  // namespace mallocgc
