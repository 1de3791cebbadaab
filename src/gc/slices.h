// What a full cycle in slices remembers between two of them: where it stands, and how much it has done.
//
//   stage     what it does                                                          where it goes on
//   kSweep    does the rest of the last sweep                                       the sweeper's own cursor
//   kCards    cleans all cards: what was stored before the marking does not count   page
//   kHandles  shades every handle's object                                          handle
//   kRanges   shades what the ranges hold                                           range
//   kRecords  shades what finalizers, cleanups and queued records hold              lists of new ones; object, word
//   kDrain    scans grey objects until there are none                               the marker's queue
//   kRound    marks what has changed since: from stacks, ranges, changed handles,   page
//             new records, and then from dirty cards
//   kFinal    does the same once more, in one piece, with the caches flushed        (it is one slice)
//   kResolve  fires the records of the dead; nothing is marked any more             the resolver's own place
//
// kDrain and kRound alternate, until a round was small or kMostRounds are over (C9). The mutator runs between slices;
// its new objects are not marked, and are found from roots and dirty cards.
#pragma once

#include "base/address.h"

namespace mallocgc {

enum class Stage : uint8_t { kSweep, kCards, kHandles, kRanges, kRecords, kDrain, kRound, kFinal, kResolve };

struct Slices {
  static constexpr uint32_t kMostRounds = 8;
  static constexpr uint64_t kSmallRound = uint64_t{64} << 10;    // units: a round of no more is the last
  static constexpr uint64_t kDefaultUnits = uint64_t{64} << 10;  // of a slice: about a millisecond, natively

  Stage stage = Stage::kSweep;
  bool round_begun = false;
  uint32_t rounds = 0;
  uint32_t handle = 0;
  size_t page = 0;
  Address range;   // the first address of ranges that is not shaded yet
  Address object;  // with a finalizer, whose contents are shaded up to `word`; null: none
  size_t word = 0;
  uint64_t round_units = 0;  // spent when the round began
  uint64_t other_units = 0;  // spent, besides what the marker counts
  uint64_t slices = 0;       // of this cycle
  uint64_t slice_units_max = 0;
};

}  // namespace mallocgc
