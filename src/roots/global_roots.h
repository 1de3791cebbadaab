// Global roots: ranges of memory outside the heap that may hold pointers into it, each with a layout like an object's
// (R5). They are sorted by address, so two comparisons find an overlap. They lie in chunks, so that adding or removing
// one of a million takes two binary searches and a move within one chunk, whatever the order.
//
//   index ─► [ first base | chunk ][ first base | chunk ] …        chunk: count, then up to kChunkRanges ranges
//
// inv.globals.sorted: for neighbours a, b: a.base + a.bytes <= b.base, in a chunk and from chunk to chunk.
// inv.globals.chunks: no chunk is empty, and an index entry has the base of its chunk's first range.
// inv.globals.bytes: total_bytes() is the sum of all.
// Doors: from heap/ (add, remove) and gc/ (visit_ranges).
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
  // The range with this number in order of address; for tests, linear in the chunks.
  const RootRange& range(uint32_t number) const;
  // f(Address base, size_t words, const Layout*), in order of address; a rest of less than a word is not counted.
  template <class F>
  void visit_ranges(F&& f) const {
    for (uint32_t i = 0; i < chunk_count_; ++i) {
      const Chunk& chunk = *index_[i].chunk;
      for (uint32_t j = 0; j < chunk.count; ++j)
        f(chunk.ranges[j].base, chunk.ranges[j].bytes / kWordBytes, chunk.ranges[j].layout);
    }
  }

  // The same in pieces, by address, so that ranges may come and go in between: f.range(base, words, layout, from, to)
  // for at most `words` words from `from` on, which moves there; true when there are no more.
  template <class F>
  bool visit_some(Address& from, size_t words, F& f) const {
    const RootRange* const found = try_find_end_above(from);
    if (found == nullptr) return true;
    const RootRange& range = *found;
    const size_t all = range.bytes / kWordBytes;
    const size_t first = from < range.base ? 0 : (from - range.base) / kWordBytes;
    const size_t end = all - first > words ? first + words : all;
    f.range(range.base, all, *range.layout, first, end);
    from = end == all ? range.base + range.bytes : range.base + end * kWordBytes;
    return from <= range.base;  // the range ends with the address space
  }

  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

  static constexpr uint32_t kChunkRanges = 255;

 private:
  struct Chunk {
    size_t count;
    RootRange ranges[kChunkRanges];
  };
  struct Entry {
    Address first;
    Chunk* chunk;
  };
  struct Place {
    uint32_t chunk = 0;
    uint32_t position = 0;  // of the first range of the chunk at or above the address; may be its count
  };

  Place find(Address base) const;
  // The first range that ends above the address; null: none does.
  const RootRange* try_find_end_above(Address address) const;
  Status check(const RootRange& range, const Place& place, ErrorText& error) const;
  bool try_make_room_in_index();
  bool try_make_room(Place& place);
  void insert_chunk(uint32_t at, Chunk* chunk);
  void drop_chunk(uint32_t at);
  void join_small(uint32_t at);

  Metadata* metadata_ = nullptr;
  Entry* index_ = nullptr;
  uint32_t chunk_count_ = 0;
  uint32_t index_capacity_ = 0;
  uint32_t count_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace mallocgc
