// The trigger (M11): what an allocation does before it chooses an object. Which kind of cycle is due follows from the
// mode:
//
//   stop           at the goal, a full one
//   generational   when the budget of young objects is taken, a minor one; near the goal, a full one
//   incremental    a runway before the goal, a full one in slices; while it marks, an assist each time a part of the
//                  runway is taken
//   both           minor ones as in generational, full ones as in incremental
//
// The pacer keeps the one number that the fast paths compare: live bytes at which any of these is due (update_trigger).
// Where memory would pass the soft limit, a full cycle comes first, if the share of time allows it (room.cc).
#include "heap/heap.h"

namespace mallocgc {

// Sets the next trigger. To be called after every cycle, slice, and change of a setting.
void Heap::update_trigger() {
  const uint64_t goal = pacer_.goal();
  allocator_.window_max = collector_.slicing() ? Assists::kWindowBytes : Allocator::kNoWindowMax;
  if (collector_.slicing()) {
    const uint64_t next = assists_.next(collector_.slice_spent(), collector_.in_rounds());
    const uint64_t records = pacer_.record_bytes();
    pacer_.set_trigger(next > records ? next - records : 0);
  } else if (runs_minor_cycles()) {
    const uint64_t heap_bytes = pages_.host_bytes() - metadata_.sys_bytes();
    pacer_.set_trigger(collector_.generations().trigger(full_at(goal), heap_bytes - heap_bytes / kSpareShare));
  } else {
    pacer_.set_trigger(full_at(goal));
  }
  // Windows get small where the trigger is near (C12).
  allocator_.goal = pacer_.trigger();
  if (poll_ && !is_due(0)) set_poll(false);
}

// Whether a full cycle that begins at so many live bytes goes in slices. A small one does not, unless the mode is all
// about slices.
bool Heap::slices_full_cycle_at(uint64_t live) const {
  if (!mode_has_slices() || pacer_.gc_percent() < 0) return false;
  if (mode_ == MGC_MODE_INCREMENTAL) return true;
  return !Assists::fits_one_piece(collector_.last_units(), collector_.guess_units(live));
}

uint64_t Heap::full_at(uint64_t goal) const {
  if (goal == Pacer::kNever || !slices_full_cycle_at(goal)) return goal;
  return assists_.start(collector_.last().marked, goal, collector_.last_units());
}

bool Heap::is_due(size_t bytes) {
  if constexpr (kHasLifecycles) pacer_.note_records(specials_.record_bytes());
  return pacer_.is_due(counters_.heap_live + bytes) || limit_is_due();
}

// Whether a minor cycle is enough for what is due; false where one would not pay.
bool Heap::minor_is_due(size_t bytes) {
  if (!runs_minor_cycles()) return false;
  const uint64_t goal = pacer_.goal();
  if (!collector_.generations().minor_is_enough(full_at(goal)) || pacer_.records_are_due(counters_.heap_live + bytes) ||
      limit_is_due()) {
    return false;
  }
  return collector_.minor_may_pay();
}

// Something was due, and no minor cycle has served it. Returns whether a full one is due: it is not where minor cycles
// rest from now on and the goal is far.
bool Heap::is_still_due(size_t bytes) {
  update_trigger();
  return is_due(bytes);
}

// This is for a host that runs hooks of its own, and times whole cycles. It is not told of what the heap does by
// itself: a minor cycle or a slice.
int32_t Heap::collection_due() {
  // The heap does nothing by itself where collection is forbidden: then all of it is the client's business.
  if (no_collection_depth_ != 0) return is_due(0);
  if (collector_.slicing()) return 0;
  if (kHasEvents && stress_every_ != 0 && stress_countdown_ <= 1) return mode_ == MGC_MODE_STOP;
  if (!is_due(0) || minor_is_due(0) || !is_still_due(0)) return 0;
  return slices_full_cycle_at(counters_.heap_live) ? 2 : 1;
}

void Heap::collect_if_due(size_t bytes) {
  const bool stressed = stress_due();
  if (no_collection_depth_ == 0) return do_what_is_due(stressed, bytes);
  if (stressed || is_due(bytes)) set_poll(true);
}

// Where the poll word is set and nothing is due by the trigger, memory was refused: that wants a whole cycle.
bool Heap::poll() {
  const bool asked = poll_;
  const bool due = is_due(0);
  if (no_collection_depth_ != 0 || (!asked && !due) || begin("collection") != Status::kOk) return false;
  const bool stressed = kHasEvents && stress_every_ != 0 && asked;
  if (due || stressed) {
    do_what_is_due(stressed, 0);
  } else {
    collect_now(false);
  }
  set_poll(false);
  end();
  return true;
}

// Sets the poll word of every mutator, also of those that wait.
void Heap::set_poll(bool is_due) {
  if (poll_ == is_due) return;
  poll_ = is_due;
  for (Mutator* m = mutators_.first(); m != nullptr; m = mutators_.after(m)) m->poll = is_due;
}

void Heap::do_what_is_due(bool stressed, size_t bytes) {
  if (collector_.slicing()) return assist(bytes, stressed);
  complete_cycle();
  if (!stressed && !is_due(bytes)) return;
  const bool minor =
      stressed ? collector_.generations().enabled() && ++stress_turn_ % kStressTurns != 0 : minor_is_due(bytes);
  if (minor && collector_.run_minor()) return after_minor();
  if (!stressed && !is_still_due(bytes)) return;
  give_back_what_stayed_free();
  run_hooks();
  if ((stressed ? mode_has_slices() : slices_full_cycle_at(counters_.heap_live + bytes)) && !limit_is_due())
    return begin_slices(false);
  collector_.run_cycle(false);
  after_cycle();
}

// Records count like allocated bytes, so that a program that mostly sets finalizers keeps to its goal as well.
void Heap::begin_slices(bool forced) {
  const uint64_t records = pacer_.record_bytes();
  const uint64_t grown = pacer_.records_are_due(counters_.heap_live) ? pacer_.record_growth() : 0;
  collector_.begin_slices(forced);
  const uint64_t live = counters_.heap_live;
  const uint64_t goal = pacer_.goal() == Pacer::kNever ? live + live / Assists::kRunwayShare : pacer_.goal();
  assists_.begin(live + records, goal + records - grown, collector_.last_units(), collector_.guess_units(live));
  update_trigger();
}

// The assists learn how much of a cycle in slices was done twice.
void Heap::note_rounds(bool is_over) {
  const CycleReport& report = collector_.last();
  if (!kHasModes || !report.sliced) return;
  const uint64_t live = is_over ? report.live_at_mark_end : counters_.heap_live;
  assists_.note_rounds(report.again_units, live > report.live_before ? live - report.live_before : 0, is_over);
}

// Does the part of the marking that an allocation owes, or all that is left where memory has reached the soft limit. If
// stressed, the part is small, so that many fall into one cycle.
void Heap::assist(size_t bytes, bool stressed) {
  const uint64_t live = counters_.heap_live + bytes;
  if (!stressed && !is_due(bytes)) return;
  const uint64_t taken = live + pacer_.record_bytes();
  if (collector_.in_rounds()) note_rounds(false);
  const bool at_limit = limit_is_due();
  const uint64_t due =
      at_limit ? Assists::kWhole : assists_.due(taken, collector_.slice_spent(), collector_.in_rounds());
  const uint64_t units = stressed ? kStressUnits : due;
  if (units == Assists::kWhole ? collector_.step(Collector::kWholeCycle) : collector_.step(units)) return after_cycle();
  update_trigger();
}

// Counts one allocation; with a run cap of 1 every allocation comes here.
bool Heap::stress_due() {
  if (!kHasEvents || stress_every_ == 0) return false;
  if (--stress_countdown_ != 0) return false;
  stress_countdown_ = stress_every_;
  return true;
}

}  // namespace mallocgc
