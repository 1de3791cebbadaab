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

}  // namespace

Address weak_target(const Layout& layout, Address place) {
  return layout.weak_tagged ? layout.filter.pointer_in(place) : platform::load_word(place);
}

// A key whose value's last word is not before `from` counts.
size_t WeakWalk::first_word(const Layout& layout, Over over, size_t from) {
  const size_t back = over == Over::kWords ? 0 : reach(value_distance(layout));
  return from < back ? 0 : from - back;
}

WeakWalk::WeakWalk(const Layout& layout, Over over, Address base, size_t words, size_t from, size_t to)
    : cursor_(layout.*kHeads[static_cast<uint32_t>(over)], layout.head_words,
              layout.*kTails[static_cast<uint32_t>(over)], layout.tail_words, words, first_word(layout, over, from)),
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
