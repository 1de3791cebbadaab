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

#include "platform/sanitizer.h"
#include "types/cursor.h"

namespace mallocgc {

// Returns where a weak word, a key or a value points to, or null if nowhere.
inline Address weak_target(const Layout& layout, Address place) {
  return layout.weak_tagged ? layout.filter.pointer_in(place) : platform::load_word(place);
}

// Calls f(Address place) for the weak words in [from, to) of an object of `words` words.
template <class F>
void for_each_weak_word(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  size_t first = 0;
  size_t count = 0;
  for (WeakCursor cursor(layout, words, from); cursor.next(&first, &count) && first < to;) {
    for (size_t i = first; i < first + count && i < to; ++i) f(base + i * kWordBytes);
  }
}

// Calls f(Address key, Address value) for the ephemerons of which a part lies in [from, to), with their places. `value`
// is null where the object ends before it.
template <class F>
void for_each_ephemeron(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  if (!layout.has_keys) return;
  const size_t distance = value_distance(layout);
  const size_t reach = 2 * distance - 1;  // from a key to the last word of its value
  size_t first = 0;
  size_t count = 0;
  for (KeyCursor cursor(layout, words, from < reach ? 0 : from - reach); cursor.next(&first, &count) && first < to;) {
    for (size_t i = first; i < first + count && i < to; ++i) {
      const bool is_whole = i + reach < words;
      f(base + i * kWordBytes, is_whole ? base + (i + distance) * kWordBytes : Address());
    }
  }
}

// Returns how many ephemerons an object of so many words has at most: memory for them is reserved when a marking
// starts.
uint64_t most_ephemerons(const Layout& layout, size_t words);

// Makes the word at `place` what the layout says.
void clear_weak(const Layout& layout, Address place);

}  // namespace mallocgc
