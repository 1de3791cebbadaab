// Generations decides when a minor cycle is due, whether one pays, and when full cycles take over. Pure arithmetic on
// counted bytes, so that it repeats exactly (tests/cpp/gc_generations_test.cc).
//
// A minor cycle is due when the young objects have taken the budget. It costs what survives (which is marked, and lost
// to the next cycles) and what the dirty cards cover; it pays when that is at most a quarter of what was taken. Where
// it does not, the heap *rests*: it is collected in full cycles only, as in the stop mode, for 1, 2, and then 4 of
// them, and a trial with a small budget follows. It waits while a sample of what is young survives full cycles
// (gc/survival.h). Before a minor cycle the dirty cards of old spans are counted: after a long set-up they alone can
// say that it will not pay. A collection that the client asks for ends a rest.
//
// A full cycle is due when the old generation has grown to the pacer's goal. Spans whose free slots lie in too small
// pieces are retired until then: half of what is free in them counts as taken, which bounds them.
// Doors: gc/collector.cc and gc/minor.cc tell it what cycles came to; heap/trigger.cc asks.
#pragma once

#include "base/config.h"

namespace mallocgc {

class Generations {
 public:
  static constexpr uint64_t kBudgetBytes = uint64_t{4} << 20;
  static constexpr uint64_t kTrialBytes = uint64_t{1} << 20;
  static constexpr uint32_t kMostRest = 4;      // full cycles
  static constexpr uint64_t kPaysShare = 4;     // a minor cycle may cost one in so many of the bytes that were taken
  static constexpr uint64_t kRetiredShare = 2;  // one in so many of the bytes free in retired spans counts as taken
  // A minor cycle needs some room below the goal: an eighth of the goal, or a quarter of its budget if that is less.
  static constexpr uint64_t kLeastNursery = 8;
  static constexpr uint64_t kLeastOfBudget = 4;

  // Without minor cycles everything below says: full.
  void init(bool enabled) { enabled_ = enabled; }
  bool enabled() const { return enabled_; }
  bool resting() const { return rest_ != 0; }

  // Live bytes at which a cycle of either kind is due, where a full one is at `goal`. Young objects may go beyond it
  // into memory that the heap has anyway: `room` bytes in all.
  uint64_t trigger(uint64_t goal, uint64_t room = 0) const {
    if (!enabled_ || resting() || goal == kNever) return goal;
    const uint64_t most = goal < room && minor_is_enough(goal) ? room : goal;
    return old_bytes_ + budget_ < most ? old_bytes_ + budget_ : most;
  }
  // Returns whether a minor cycle is enough, where something is due. The very first cycle of a small heap is a full
  // one: where nothing is old it is the same work, and it sets the goal.
  bool minor_is_enough(uint64_t goal) const {
    if (!enabled_ || resting() || goal == kNever) return false;
    if (is_first_ && goal < 2 * budget_) return false;
    uint64_t room = budget_ / kLeastOfBudget;
    if (goal / kLeastNursery < room) room = goal / kLeastNursery;
    return old_bytes_ + retired_bytes_ / kRetiredShare + room < goal;
  }
  uint64_t young_bytes(uint64_t heap_live) const { return heap_live > old_bytes_ ? heap_live - old_bytes_ : 0; }
  uint64_t old_bytes() const { return old_bytes_; }
  uint64_t retired_bytes() const { return retired_bytes_; }
  uint64_t rests() const { return rests_; }

  // Before a minor cycle: whether what old cards cover leaves it a chance. If not, the heap rests.
  bool may_pay(uint64_t old_card_bytes) {
    if (old_card_bytes <= budget_ / kPaysShare) return true;
    rest();
    return false;
  }
  struct Minor {
    uint64_t taken_bytes = 0;     // by young objects
    uint64_t survived_bytes = 0;  // of those
    uint64_t card_bytes = 0;      // covered by the dirty cards that old objects lie on
    uint64_t retired_bytes = 0;   // free in the spans that it retired
  };
  void note_minor(const Minor& minor) {
    is_first_ = false;
    old_bytes_ += minor.survived_bytes;
    retired_bytes_ += minor.retired_bytes;
    if (minor.card_bytes + minor.survived_bytes > minor.taken_bytes / kPaysShare) return rest();
    rest_length_ = 1;
    budget_ = kBudgetBytes;
  }
  // The client has freed old objects between two cycles.
  void old_freed(uint64_t bytes) { old_bytes_ -= bytes < old_bytes_ ? bytes : old_bytes_; }
  // This follows a full cycle. `forced` says that the client asked for it, or that memory was out. The first one tells,
  // by what it marked of the `live_bytes` before it, whether minor cycles would pay. `young_survive`: so much of what
  // was young has outlived it that no trial would pay (gc/survival.h).
  void note_full(uint64_t marked_bytes, bool forced, uint64_t live_bytes, bool young_survive = false) {
    const bool all_was_young = is_first_ && !resting();
    is_first_ = false;
    old_bytes_ = marked_bytes;
    retired_bytes_ = 0;
    if (forced) {
      rest_ = 0;
      rest_length_ = 1;
      budget_ = kBudgetBytes;
    } else if (rest_ != 0 && (rest_ > 1 || !young_survive)) {
      if (--rest_ == 0) budget_ = kTrialBytes;
    } else if (all_was_young && marked_bytes > live_bytes / kPaysShare) {
      rest();
    }
  }

 private:
  static constexpr uint64_t kNever = UINT64_MAX;

  void rest() {
    ++rests_;
    rest_ = rest_length_;
    if (rest_length_ < kMostRest) rest_length_ *= 2;
  }

  bool enabled_ = false;
  bool is_first_ = true;      // no cycle has ended yet
  uint32_t rest_ = 0;         // full cycles until the next trial
  uint32_t rest_length_ = 1;  // of the next rest
  uint64_t budget_ = kBudgetBytes;
  uint64_t old_bytes_ = 0;
  uint64_t retired_bytes_ = 0;
  uint64_t rests_ = 0;
};

}  // namespace mallocgc
