// Global roots: ranges of memory outside the heap that may hold pointers into it, each with a layout like an object's
// (R5). They are sorted by address, so two comparisons find an overlap. They lie in chunks, so that adding or removing
// one of a million takes two binary searches and a move within one chunk, whatever the order.
//
// A *barriered* range is one whose stores mark cards. Once a marking has read it, the words on its clean cards are
// known: others read only those on dirty cards, which become clean with it. Its whole cards must be its own, and no
// heap's, since whoever reads a card cleans it. The words before the first whole card and behind the last one are read
// each time. A new range has dirty cards.
//
//   index ─► [ first base | chunk ][ first base | chunk ] …        chunk: count, then up to kChunkRanges ranges
//
// inv.globals.sorted: for neighbours a, b: a.base + a.bytes <= b.base, in a chunk and from chunk to chunk.
// inv.globals.chunks: no chunk is empty, and an index entry has the base of its chunk's first range.
// inv.globals.bytes: total_bytes() is the sum of all.
// inv.globals.cards: outside a marking, a word of a barriered range that points to a young object is on a dirty card,
// or on no whole card. Doors: from heap/ (add, remove), gc/ (visit_ranges, visit_changed); on to platform/ (cards).
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
  bool is_barriered = false;
};

class GlobalRoots {
 public:
  GlobalRoots() = default;
  GlobalRoots(const GlobalRoots&) = delete;
  GlobalRoots& operator=(const GlobalRoots&) = delete;
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }

  // `range` is a root until it is removed. kBadPointer "root range is null: …", "root range is not word aligned: …",
  // "root range wraps around: …"; kBadSize "root range is empty: …"; kBadArgument "root range overlaps the one at …";
  // "root range shares its cards with other memory: …" (of a barriered one); kOutOfMemory (no text). An error changes
  // nothing.
  Status add(const RootRange& range, ErrorText& error);
  // kBadArgument "not a registered root range: …": no range starts there.
  Status remove(Address base, ErrorText& error);
  // Gives back the cards that ranges own; the last call.
  void give_back_cards() const;

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

  // f.range(base, words, layout, from, to) for the words that may have changed since they were read last: all of most
  // ranges, and of barriered ones those that their cards tell of. Cleans these cards.
  template <class F>
  void visit_changed(F& f) const {
    for (uint32_t i = 0; i < chunk_count_; ++i) {
      const Chunk& chunk = *index_[i].chunk;
      for (uint32_t j = 0; j < chunk.count; ++j) {
        const RootRange& range = chunk.ranges[j];
        const size_t words = range.bytes / kWordBytes;
        for (Piece piece{}; next_changed(range, piece);)
          f.range(range.base, words, *range.layout, piece.from, piece.to);
      }
    }
  }
  // Everything has been read: the cards of barriered ranges become clean.
  void forget_changes() const;

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
    if (range.is_barriered) set_cards(range, first, end, 0);
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

  struct Piece {  // words of a range
    size_t from;
    size_t to;
  };

  Place find(Address base) const;
  static bool next_changed(const RootRange& range, Piece& piece);
  static void set_cards(const RootRange& range, size_t from, size_t to, unsigned char value);
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
