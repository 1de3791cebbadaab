// This makes all schedules of the collector for programs of one length, for modes_test.cc.
#pragma once

#include "small_scope/modes_subject.h"

namespace mallocgc::scope {

// The schedules have these choices at each place, and the first place varies last. If two choices come to the same at a
// place, with the same choices before it, only the first is continued.
class Schedules {
 public:
  // With `whole_inside` whole cycles may come between two steps. Else they come only before the first and behind the
  // last.
  template <size_t N>
  Schedules(uint32_t length, const Between (&choices)[N], bool whole_inside)
      : length_(length), choices_(choices), count_(N), whole_inside_(whole_inside) {
    static_assert(N < 32);
  }

  Schedule current() const {
    Schedule schedule{.old = old_};
    for (uint32_t n = 0; n <= length_; ++n) schedule.at[n] = choices_[at_[n]];
    return schedule;
  }
  // Goes to the next schedule. It is told what the collector did in the current one. Returns false after the last.
  bool next(const Did (&did)[kMost + 1]) {
    for (uint32_t n = 0; n <= length_; ++n) {
      if (known_[n]) continue;
      if ((seen_[n] >> did[n] & 1) != 0) return advance(n);
      seen_[n] |= 1u << did[n];
      known_[n] = true;
    }
    return advance(length_);
  }

 private:
  // Goes to the next choice at a place, or at one before it.
  bool advance(uint32_t place) {
    for (;; --place) {
      known_[place] = false;
      for (uint32_t n = place + 1; n <= length_; ++n) {
        at_[n] = seen_[n] = 0;
        known_[n] = false;
      }
      ++at_[place];
      if (at_[place] < count_ && is_wanted(place, choices_[at_[place]])) return true;
      if (place != 0) continue;
      at_[0] = seen_[0] = 0;
      if (old_) return false;
      return old_ = true;
    }
  }

  // kRest is the last of the choices.
  bool is_wanted(uint32_t place, Between choice) const {
    if (choice != Between::kRest) return true;
    // young objects that a whole cycle meets at the first place become old: then `old_` does the same
    if (place == 0) return old_;
    return whole_inside_ || place == length_;
  }

  uint32_t length_;
  const Between* choices_;
  uint32_t count_;
  bool whole_inside_;
  bool old_ = false;
  uint32_t at_[kMost + 1] = {};
  uint32_t seen_[kMost + 1] = {};  // what was done at this place, by the choices that have run
  bool known_[kMost + 1] = {};     // seen_ has what the current choice did
};

}  // namespace mallocgc::scope
