// Assists: while a full cycle marks in slices, allocation does a part of its work, in proportion, so that the cycle
// ends before the goal. Pure arithmetic on counted bytes and units (tests/cpp/gc_assist_test.cc).
//
// The cycle begins a *runway* before the goal: a part of what may be allocated between two cycles. How much work the
// cycle is can only be guessed. At first it is expected to be a little more than the last one. If it is more than that,
// everything is thought to have survived, and the cycle may end a little beyond the goal. Each assist looks at what is
// left of the runway and of the work. When the cycle is beyond the goal by a runway, it is ended in one piece, because
// memory comes first.
//
// A long runway has short pauses, since an allocated byte then owes less work. But cards that are stored to meanwhile
// are read again. How much that is, the last cycles tell: so many units for each byte allocated while they went on. If
// that is a, and a byte owes r units, then a part a/r of the work is done twice. So the runway is made for the r with
// which this part is one in kTwiceShare.
// Doors: heap/trigger.cc.
#pragma once

#include "base/config.h"
#include "gc/slices.h"

namespace mallocgc {

class Assists {
 public:
  // The least runway is one in so many of the bytes between marked and the goal, and longer in a large heap, in which a
  // unit takes three times as long. The longest is a twentieth of them
  // there: what dies while a cycle goes on is counted as alive, and the goal follows it.
  static constexpr uint64_t kNearRunwayShare = 32;
  static constexpr uint64_t kNearBytes = uint64_t{64} << 20;
  static constexpr uint64_t kFarRunwayShare = 8;  // of the bytes beyond those
  static constexpr uint64_t kRunwayShare = 12;
  static constexpr uint64_t kLongRunwayShare = 20;
  static constexpr uint64_t kLeastRunway = uint64_t{128} << 10;
  // An assist does so many units, if what it is called for owes no more.
  static constexpr uint64_t kUnits = Slices::kDefaultUnits / 16;
  static constexpr uint64_t kMostUnits = 4 * Slices::kDefaultUnits;  // where a large object wants more
  static constexpr uint64_t kMostAhead = 4 * kUnits;  // what was done beyond what was owed counts, up to so many units
  static constexpr size_t kWindowBytes = 8 << 10;     // of an allocator's window while a cycle marks
  static constexpr uint64_t kLeftShare = 8;           // one part in so many of the guess is always thought to be left
  // a cycle is expected to be one part in so many more work than the last
  static constexpr uint64_t kMoreShare = 8;

  // Units that an allocated byte owes.
  static constexpr double kLeastRate = 0.25;
  static constexpr double kMostRate = 4;          // more is no shorter runway than the least one, as programs are
  static constexpr double kMostRoundRate = 1.25;  // in rounds; a program stores less
  static constexpr double kTwiceShare = 32;
  static constexpr double kFall = 0.625;  // the rate falls so far from one cycle to the next, and rises at once

  // A full cycle that is expected to be no more work than this is run in one piece, at the goal: then nothing has to be
  // marked again because the program has stored meanwhile. In a heap so small that is about a millisecond, natively.
  static constexpr uint64_t kWholeUnits = 4 * Slices::kDefaultUnits;
  static constexpr uint64_t kMostWholeUnits = 3 * kWholeUnits;  // if all that is live before it should survive
  static constexpr bool fits_one_piece(uint64_t last_units, uint64_t most_units) {
    return last_units <= kWholeUnits && most_units <= kMostWholeUnits;
  }

  static constexpr uint64_t least_runway(uint64_t room) {
    const uint64_t least = kLeastRunway < room / 2 ? kLeastRunway : room / 2;
    const uint64_t far = room > kNearBytes ? room - kNearBytes : 0;
    const uint64_t grown = room / kNearRunwayShare + far / kFarRunwayShare;
    const uint64_t usual = grown < room / kRunwayShare ? grown : room / kRunwayShare;
    return usual > least ? usual : least;
  }
  // Live bytes at which a cycle in slices begins that is expected to be so many units of work.
  uint64_t start(uint64_t marked, uint64_t goal, uint64_t units) const {
    const uint64_t room = goal > marked ? goal - marked : 0;
    const uint64_t least = least_runway(room);
    const auto wanted = static_cast<uint64_t>(static_cast<double>(units) / rate_);
    const uint64_t longer = wanted < room / kLongRunwayShare ? wanted : room / kLongRunwayShare;
    return goal - (longer > least ? longer : least);
  }

  // While a cycle goes on, and when it is over: so many units were cards read again, and so many bytes were allocated.
  void note_rounds(uint64_t again_units, uint64_t bytes, bool is_over) {
    if (bytes < kLeastRunway / 2) return;  // the host has done the cycle, or there was no program meanwhile
    const double again = static_cast<double>(again_units) / static_cast<double>(bytes);
    const double wanted = kLeastRate + kTwiceShare * again;
    const double least = is_over ? rate_ * kFall : rate_;
    rate_ = wanted > least ? wanted : least;
    if (rate_ > kMostRate) rate_ = kMostRate;
    if (rate_ < kLeastRate) rate_ = kLeastRate;
  }

  // A cycle begins at `live` bytes and is to end before `goal`. The last one took so many units; if all objects
  // survive, this one takes `most_units`.
  void begin(uint64_t live, uint64_t goal, uint64_t last_units, uint64_t most_units) {
    from_ = live;
    owed_ = 0;
    goal_ = goal;
    runway_ = goal > live + kLeastRunway ? goal - live : kLeastRunway;
    most_units_ = most_units;
    const uint64_t expected = last_units + last_units / kMoreShare;
    expected_units_ = last_units != 0 && expected < most_units ? expected : most_units;
  }
  // The units of work to do for what was allocated since the last call; kWhole: all that is left. `spent`: the units
  // that this cycle has done. In `rounds` the marker follows the mutator.
  static constexpr uint64_t kWhole = UINT64_MAX;
  uint64_t due(uint64_t live, uint64_t spent, bool rounds = false) {
    const uint64_t grown = live > from_ ? live - from_ : 0;
    const double units = static_cast<double>(grown) * rate_at(spent, rounds);
    from_ = live;
    if (live >= goal_ && live - goal_ >= runway_) return kWhole;
    owed_ = spent - ahead(spent) + (units < kMostUnits ? static_cast<uint64_t>(units) + 1 : kMostUnits);
    return owed_ > spent ? owed_ - spent : 1;
  }
  // Live bytes at which the next assist is due.
  uint64_t next(uint64_t spent, bool rounds = false) const {
    const double bytes = static_cast<double>(kUnits + ahead(spent)) / rate_at(spent, rounds);
    return from_ + (bytes < static_cast<double>(runway_) ? static_cast<uint64_t>(bytes) : runway_) + 1;
  }

 private:
  // A piece of work that was begun is ended, and a host may step by itself.
  uint64_t ahead(uint64_t spent) const {
    const uint64_t more = spent > owed_ ? spent - owed_ : 0;
    return more < kMostAhead ? more : kMostAhead;
  }
  double rate_at(uint64_t spent, bool rounds) const {
    if (rounds) return rate_ < kMostRoundRate ? rate_ : kMostRoundRate;
    return static_cast<double>(work_left(spent)) / static_cast<double>(room_at(from_, spent));
  }
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

  double rate_ = kMostRate;
  uint64_t from_ = 0;
  uint64_t owed_ = 0;  // units that had to be spent when the last assist was over
  uint64_t goal_ = 0;
  uint64_t runway_ = kLeastRunway;
  uint64_t expected_units_ = 0;
  uint64_t most_units_ = 0;
};

}  // namespace mallocgc
