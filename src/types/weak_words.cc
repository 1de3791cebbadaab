// This says what weak words become, and how many ephemerons an object can have.
#include "types/weak_words.h"

namespace mallocgc {

namespace {

uint64_t most_in(const Pattern& pattern, uint32_t unit_words) {
  if (pattern.empty()) return 0;
  return pattern.is_mask() ? count_bits(pattern.bits) : unit_words / 2;
}

}  // namespace

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
