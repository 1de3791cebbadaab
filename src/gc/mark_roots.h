// How the marker visits roots (RootSet::visit, visit_new).
#pragma once

#include "gc/marker.h"

namespace mallocgc {

struct MarkRoots {
  static constexpr bool kLeavesUnordered = true;  // in RootSet::visit
  Marker& marker;
  // What an enumerator reports costs a unit, even if it is no pointer.
  void counted() { marker.count_root(); }
  void root(Address value) { marker.shade_root(value); }
  void maybe_root(Address value) { marker.shade_conservatively(value); }
  void contents(Address object) { marker.shade_contents(object); }
  void range(Address base, size_t words, const Layout& layout) { marker.shade_range(base, words, layout); }
  void range(Address base, size_t words, const Layout& layout, size_t from, size_t to) {
    marker.shade_range(base, words, layout, from, to);
  }
};

}  // namespace mallocgc
