// The layout of an object describes weak words and ephemerons; here are the walks over them, and their clearing.
//
// A *weak word* does not keep what it points to. An *ephemeron* is a key and a value: the value is kept as long as the
// key's object lives, by whatever else keeps that. When a weak word's object, or a key's, has died, the word, or both
// key and value, are cleared: they become what the layout says (weak_cleared, mostly null). A key that is no object of
// the heap (null, an integer, static data) cannot die, so its value is kept.
//
//   | … | key | value | … |      value_distance() words apart
//
// A key whose value lies behind the end of the object (T2: a partial last element) is a weak word.
// Doors: gc/scan_weak.cc marks values, gc/weak_pass.cc clears, heap/weak.cc reads, inspect/ checks.
// Source of the idea: Hayes, "Ephemerons: a New Finalization Mechanism" (1997).
#pragma once

#include "types/cursor.h"

namespace mallocgc {

// Returns where a weak word, a key or a value points to, or null if nowhere.
Address weak_target(const Layout& layout, Address place);

// Walks over the weak words, or over the ephemerons, of which a part lies in [from, to), in an object of `words` words.
class WeakWalk {
 public:
  enum class Over : uint32_t { kWords = kWeak, kEphemerons = kKeys };
  WeakWalk(const Layout& layout, Over over, Address base, size_t words, size_t from, size_t to);

  // Moves to the next one; false if there is none.
  bool next();
  // Where the weak word or the key is.
  Address place() const { return base_ + word_ * kWordBytes; }
  // Where the key's value is; null where the object ends before it.
  Address value() const {
    const bool is_whole = distance_ != 0 && word_ + reach(distance_) < words_;
    return is_whole ? place() + distance_ * kWordBytes : Address();
  }

 private:
  // From a key to the last word of its value, which is as wide as the distance.
  static size_t reach(size_t distance) { return 2 * distance - 1; }
  static size_t first_word(const Layout& layout, Over over, size_t from);

  PlaneCursor cursor_;
  Address base_;
  size_t words_;
  size_t to_;
  size_t distance_;  // from a key to its value; 0: no keys
  size_t word_ = 0;
  size_t left_ = 0;  // of the cursor's run, behind word_
};

// Calls f(Address place) for the weak words in [from, to) of an object of `words` words.
template <class F>
void for_each_weak_word(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  for (WeakWalk walk(layout, WeakWalk::Over::kWords, base, words, from, to); walk.next();) f(walk.place());
}

// Calls f(Address key, Address value) for the ephemerons of which a part lies in [from, to), with their places. `value`
// is null where the object ends before it.
template <class F>
void for_each_ephemeron(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  for (WeakWalk walk(layout, WeakWalk::Over::kEphemerons, base, words, from, to); walk.next();)
    f(walk.place(), walk.value());
}

// Returns how many ephemerons an object of so many words has at most: memory for them is reserved when a marking
// starts.
uint64_t most_ephemerons(const Layout& layout, size_t words);

// Makes the word at `place` what the layout says.
void clear_weak(const Layout& layout, Address place);

}  // namespace mallocgc
