// This walks over weak words and ephemerons, and says what weak words become, and how many ephemerons an object can
// have.
#include "types/weak_words.h"

#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

uint64_t most_in(const Pattern& pattern, uint32_t unit_words) {
  if (pattern.empty()) return 0;
  return pattern.is_mask() ? count_bits(pattern.bits) : unit_words / 2;
}

// Returns from which word on keys are sought so that the last word of a value is not before `from`.
size_t first_key(const Layout& layout, size_t from) {
  const size_t reach = 2 * value_distance(layout) - 1;
  return from < reach ? 0 : from - reach;
}

}  // namespace

Address weak_target(const Layout& layout, Address place) {
  return layout.weak_tagged ? layout.filter.pointer_in(place) : platform::load_word(place);
}

WeakWalk::WeakWalk(const Layout& layout, Over over, Address base, size_t words, size_t from, size_t to)
    : cursor_(over == Over::kWords ? PlaneCursor(WeakCursor(layout, words, from))
                                   : PlaneCursor(KeyCursor(layout, words, first_key(layout, from)))),
      base_(base),
      words_(words),
      to_(to),
      distance_(over == Over::kWords ? 0 : value_distance(layout)) {}

bool WeakWalk::next() {
  if (left_ != 0) {
    ++word_;
  } else if (!cursor_.next(&word_, &left_)) {
    return false;
  }
  --left_;
  return word_ < to_;
}

uint64_t most_ephemerons(const Layout& layout, size_t words) {
  if (!layout.has_keys) return 0;
  uint64_t count = most_in(layout.key_head, layout.head_words);
  if (layout.tail_words == 0 || words <= layout.head_words) return count;
  const uint64_t units = (words - layout.head_words + layout.tail_words - 1) / layout.tail_words;
  return count + units * most_in(layout.key_tail, layout.tail_words);
}

void clear_weak(const Layout& layout, Address place) {
  *place.pointer<uintptr_t>() = static_cast<uintptr_t>(layout.weak_cleared);
  if (!kIs64Bit && value_distance(layout) == 2)
    *(place + kWordBytes).pointer<uintptr_t>() = static_cast<uintptr_t>(layout.weak_cleared >> 32);
}

}  // namespace mallocgc
