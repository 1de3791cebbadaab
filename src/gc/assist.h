// Assists: while a full cycle marks in slices, allocation does a part of its work, in proportion, so that the cycle
// ends before the goal. Pure arithmetic on counted bytes and units (tests/cpp/gc_assist_test.cc).
//
// The cycle begins a *runway* before the goal: a part of what may be allocated between two cycles. How much work the
// cycle is can only be guessed. At first it is expected to be a little more than the last one. If it is more than that,
// everything is thought to have survived, and the cycle may end a little beyond the goal. Each assist looks at what is
// left of the runway and of the work. When the cycle is beyond the goal by a runway, it is ended in one piece, because
// memory comes first.
// Doors: heap/trigger.cc.
#pragma once

#include "base/config.h"
#include "gc/slices.h"

namespace mallocgc {

class Assists {
 public:
  // The runway is one in so many of the bytes between marked and the goal. What is stored meanwhile is read again, so
  // it is as short as pauses allow: a unit takes a third of the time where there are no more bytes than kNearBytes.
  static constexpr uint64_t kRunwayShare = 16;
  static constexpr uint64_t kNearRunwayShare = 32;
  static constexpr uint64_t kNearBytes = uint64_t{64} << 20;
  static constexpr uint64_t kLeastRunway = uint64_t{128} << 10;
  static constexpr uint64_t kUnits =
      Slices::kDefaultUnits / 4;  // an assist does so many, as far as its trigger goes; in rounds, each does
  static constexpr uint64_t kMostUnits = 4 * Slices::kDefaultUnits;  // where a large object wants more
  static constexpr size_t kRoundBytes = 8 << 10;  // between two assists in rounds, and of an allocator's window
  static constexpr uint64_t kLeftShare = 8;       // one part in so many of the guess is always thought to be left
  // a cycle is expected to be one part in so many more work than the last
  static constexpr uint64_t kMoreShare = 8;

  // A full cycle that is expected to be no more work than this is run in one piece, at the goal: then nothing has to be
  // marked again because the program has stored meanwhile. In a heap so small that is about a millisecond, natively.
  static constexpr uint64_t kWholeUnits = 4 * Slices::kDefaultUnits;
  static constexpr uint64_t kMostWholeUnits = 3 * kWholeUnits;  // if all that is live before it should survive
  static constexpr bool fits_one_piece(uint64_t last_units, uint64_t most_units) {
    return last_units <= kWholeUnits && most_units <= kMostWholeUnits;
  }

  static constexpr uint64_t runway(uint64_t marked, uint64_t goal) {
    const uint64_t room = goal > marked ? goal - marked : 0;
    const uint64_t least = kLeastRunway < room / 2 ? kLeastRunway : room / 2;
    const uint64_t far = room > kNearBytes ? room - kNearBytes : 0;
    const uint64_t grown = room / kNearRunwayShare + far / kRunwayShare;
    const uint64_t usual = grown < room / kRunwayShare ? grown : room / kRunwayShare;
    return usual > least ? usual : least;
  }
  // Live bytes at which a cycle in slices begins.
  static constexpr uint64_t start(uint64_t marked, uint64_t goal) { return goal - runway(marked, goal); }

  // A cycle begins at `live` bytes and is to end before `goal`. The last one took so many units; if all objects
  // survive, this one takes `most_units`.
  void begin(uint64_t live, uint64_t goal, uint64_t last_units, uint64_t most_units) {
    from_ = live;
    goal_ = goal;
    runway_ = goal > live + kLeastRunway ? goal - live : kLeastRunway;
    most_units_ = most_units;
    const uint64_t expected = last_units + last_units / kMoreShare;
    expected_units_ = last_units != 0 && expected < most_units ? expected : most_units;
  }
  // The units of work to do for what was allocated since the last call; kWhole: all that is left. `spent`: the units
  // that this cycle has done.
  static constexpr uint64_t kWhole = UINT64_MAX;
  uint64_t due(uint64_t live, uint64_t spent, bool rounds = false) {
    const uint64_t grown = live > from_ ? live - from_ : 0;
    const uint64_t left = work_left(spent);
    const uint64_t room = room_at(from_, spent);
    from_ = live;
    if (live >= goal_ && live - goal_ >= runway_) return kWhole;
    if (rounds) return kUnits;
    const auto units =
        static_cast<uint64_t>(static_cast<double>(grown) * static_cast<double>(left) / static_cast<double>(room));
    return units < kMostUnits ? units + 1 : kMostUnits;
  }
  // Live bytes at which the next assist is due. In `rounds` the marker follows the mutator: then it is fast enough only
  // if an assist cleans more than is stored until the next one.
  uint64_t next(uint64_t spent, bool rounds = false) const {
    if (rounds) return from_ + kRoundBytes;
    const double bytes = static_cast<double>(kUnits) * static_cast<double>(room_at(from_, spent)) /
                         static_cast<double>(work_left(spent));
    return from_ + (bytes < static_cast<double>(runway_) ? static_cast<uint64_t>(bytes) : runway_) + 1;
  }

 private:
  bool as_expected(uint64_t spent) const { return spent < expected_units_ || expected_units_ == most_units_; }
  uint64_t work_left(uint64_t spent) const {
    const uint64_t guess = as_expected(spent) ? expected_units_ : most_units_;
    const uint64_t least = guess / kLeftShare + 1;
    return guess > spent + least ? guess - spent : least;
  }
  uint64_t room_at(uint64_t live, uint64_t spent) const {
    const uint64_t least = runway_ / kLeftShare;
    const uint64_t end = as_expected(spent) ? goal_ : goal_ + runway_ - runway_ / kLeftShare;
    return end > live + least ? end - live : least;
  }

  uint64_t from_ = 0;
  uint64_t goal_ = 0;
  uint64_t runway_ = kLeastRunway;
  uint64_t expected_units_ = 0;
  uint64_t most_units_ = 0;
};

}  // namespace mallocgc
