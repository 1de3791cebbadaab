// The values of an object, or of a range, that point or may point: one walk over the planes that are not exact, for
// callers that are in no hurry.
// Doors: inspect/, the general paths of gc/marker.cc and gc/scan_card.cc.
#pragma once

#include "platform/sanitizer.h"
#include "types/cursor.h"
#include "types/visitor.h"

namespace mallocgc {

inline TracedPart traced_part(Address base, size_t words, size_t from, size_t to) {
  return TracedPart{.base = base,
                    .bytes = words * kWordBytes,
                    .from = from * kWordBytes,
                    .to = (to < words ? to : words) * kWordBytes};
}

// f(Address value, Certainty) for the tagged words, through their filter, and the ambiguous words of [from, to) that
// are not null, in an object of `words` words at `base`.
template <class F>
void for_each_tagged(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  size_t first = 0;
  size_t count = 0;
  for (TaggedCursor cursor(layout, words, from); cursor.next(&first, &count) && first < to;) {
    for (size_t i = first; i < first + count && i < to; ++i) {
      const Address value = layout.filter.pointer_in(base + i * kWordBytes);
      if (!value.is_null()) f(value, Certainty::kExact);
    }
  }
  for (AmbiguousCursor cursor(layout, words, from); cursor.next(&first, &count) && first < to;) {
    for (size_t i = first; i < first + count && i < to; ++i) {
      const Address value = platform::load_word(base + i * kWordBytes);
      if (!value.is_null()) f(value, Certainty::kAmbiguous);
    }
  }
}

// The same, and for what the object's trace function reports.
template <class F>
void for_each_special(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  if constexpr (kHasTaggedWords) for_each_tagged(layout, base, words, from, to, f);
  if (!kHasVisitors || layout.trace == nullptr) return;
  const auto take = [&f](Address, Address value, Certainty certainty) { f(value, certainty); };
  layout.visitor->trace(layout.trace, traced_part(base, words, from, to), take);
}

// The same for all of them, those that are declared as pointers first.
template <class F>
void for_each_pointer(const Layout& layout, Address base, size_t words, size_t from, size_t to, F&& f) {
  const Certainty certainty = layout.conservative ? Certainty::kAmbiguous : Certainty::kExact;
  size_t first = 0;
  size_t count = 0;
  for (PointerCursor cursor(layout, words, from); cursor.next(&first, &count) && first < to;) {
    for (size_t i = first; i < first + count && i < to; ++i) {
      const Address value = platform::load_word(base + i * kWordBytes);
      if (!value.is_null()) f(value, certainty);
    }
  }
  if (layout.has_special()) for_each_special(layout, base, words, from, to, f);
}

}  // namespace mallocgc
