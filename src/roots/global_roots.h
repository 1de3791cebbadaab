// Global roots: ranges of memory outside the heap that may hold pointers into it, each with a layout like an object's
// (R5). Kept sorted by address, so that overlaps are found by two comparisons and removal by binary search. Adding
// costs log n steps and the moving of the ranges above it; ranges are few, and registered mostly in ascending order.
// inv.globals.sorted: for neighbours a, b: a.base + a.bytes <= b.base.   inv.globals.bytes: total_bytes() is the sum of
// all. Doors: from heap/ (add, remove) and gc/ (visit_ranges).
#pragma once

#include "base/address.h"
#include "base/status.h"
#include "base/text.h"
#include "pages/metadata.h"

namespace mallocgc {

struct Layout;

struct RootRange {
  Address base = {};
  size_t bytes = 0;
  const Layout* layout = nullptr;
};

class GlobalRoots {
 public:
  GlobalRoots() = default;
  GlobalRoots(const GlobalRoots&) = delete;
  GlobalRoots& operator=(const GlobalRoots&) = delete;
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }

  // `range` is a root until it is removed. kBadPointer "root range is null: …", "root range is not word aligned: …",
  // "root range wraps around: …"; kBadSize "root range is empty: …"; kBadArgument "root range overlaps the one at …";
  // kOutOfMemory (no text). An error changes nothing.
  Status add(const RootRange& range, ErrorText& error);
  // kBadArgument "not a registered root range: …": no range starts there.
  Status remove(Address base, ErrorText& error);

  uint32_t count() const { return count_; }
  uint64_t total_bytes() const { return total_bytes_; }
  const RootRange& range(uint32_t index) const { return ranges_[index]; }
  // f(Address base, size_t words, const Layout*), in order of address; a rest of less than a word is not counted.
  template <class F>
  void visit_ranges(F&& f) const {
    for (uint32_t i = 0; i < count_; ++i) f(ranges_[i].base, ranges_[i].bytes / kWordBytes, ranges_[i].layout);
  }

  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

 private:
  uint32_t first_at_or_above(Address base) const;
  bool try_make_room();

  Metadata* metadata_ = nullptr;
  RootRange* ranges_ = nullptr;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace mallocgc
