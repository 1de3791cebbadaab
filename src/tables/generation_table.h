// Ids that cannot be mistaken for a later owner's: a table of words, named by index (24 bits) and generation (29 bits)
// (R4).
//
//   id = generation * 2^24 + index     below 2^53, so that a JS number holds it; never 0, since generations start at 1
//   entry = { word, generation }       the word of a live entry is the owner's, of a free one the index of the next
//
// Each use of an entry has a generation of its own, so an id that was freed is told from a live one. Free entries are
// reused first-in-first-out, which spreads the generations; an entry whose generations are used up is retired and never
// used again. A chunk of kChunkEntries keeps one bit an entry for "live" and one for "new or changed since
// forget_changes()", so that a minor cycle looks only at the latter (C10).
//
// A table that has become sparse drops the chunks that hold no live entry (trim). What their generations had reached is
// remembered in one number, above which they go on when the chunk is needed again; so their ids stay stale.
//
// inv.ids.count: live + free + retired = issued entries, those of dropped chunks not counted.
// inv.ids.free: every entry of the free list is neither live nor retired.
// inv.ids.changed: a changed entry is live, and its chunk is in the list of changed chunks.
//
// Doors: roots/handles.h (words are addresses), specials/specials.h (words are records).
#pragma once

#include "base/bits.h"
#include "base/check.h"
#include "tables/chunk_array.h"

namespace mallocgc {

class GenerationTable {
 public:
  static constexpr uint32_t kMaxEntries = uint32_t{1} << MGC_HANDLE_INDEX_BITS;
  static constexpr uint32_t kMaxGeneration = (uint32_t{1} << MGC_HANDLE_GENERATION_BITS) - 1;
  static constexpr uint32_t kChunkEntries = 256;  // a chunk fits a recycled block of Metadata

  enum class Found : uint8_t {
    kLive,
    kStale,    // it was an id of this table, and was freed
    kUnknown,  // this table never gave it out
  };

  // `max_generation` (1 … kMaxGeneration): uses of an entry before it is retired; tests make it small.
  explicit constexpr GenerationTable(MetaCategory category, uint32_t max_generation = kMaxGeneration)
      : chunks_(category), max_generation_(max_generation) {
    MGC_CHECK(max_generation >= 1 && max_generation <= kMaxGeneration, "id table: bad number of generations");
  }
  constexpr void init(Metadata& metadata) { chunks_.init(metadata); }

  // Makes sure that the next create() succeeds. kOutOfMemory: no memory, or all 2^24 entries are live or retired.
  Status reserve();
  // Enters `word`. Errors as reserve(); nothing is changed then. Constant time.
  Status create(uintptr_t word, uint64_t* id);
  // The place of the word of a live id; null: stale or unknown (see find). Write through set(), which keeps the changed
  // bit.
  const uintptr_t* try_word(uint64_t id) const;
  Found find(uint64_t id) const;
  // The functions below take a live id, or end the program: callers ask try_word() or find() first.
  void set(uint64_t id, uintptr_t word);
  void free(uint64_t id);

  uint32_t live_count() const { return live_; }
  uint32_t retired_count() const { return retired_; }
  size_t bytes() const { return chunks_.bytes(); }

  // f(uintptr_t word) for every live entry, by index. f may not change the table.
  template <class F>
  void visit(F&& f) const {
    visit_some(0, kMaxEntries, f);
  }
  // f(uint64_t id, uintptr_t word): the same with ids, for questions; a step for each entry.
  template <class F>
  void visit_named(F&& f) const {
    for (uint32_t index = 0; index < issued_; ++index) {
      if (!has(index)) continue;
      const Place place = place_of(index);
      if (place.is_live()) f((uint64_t{place.entry().generation} << MGC_HANDLE_INDEX_BITS) | index, place.entry().word);
    }
  }
  // The same in pieces (C10): entries [from, from + budget). Returns where to go on, or kMaxEntries at the end.
  template <class F>
  uint32_t visit_some(uint32_t from, uint32_t budget, F&& f) const;
  // f(uintptr_t word) for every live entry that was created or set since the last forget_changes().
  template <class F>
  void visit_changed(F&& f) const;
  // Costs one step for each chunk in which there was a change.
  void forget_changes();

  // Drops the chunks that can be dropped, if at most a quarter of the entries is live. Cost: linear in the entries,
  // which is in proportion to the frees since the last time.
  void trim_if_sparse() {
    if (chunks_.chunk_count() >= kSparseChunks && live_ <= issued_ / 4) trim();
  }
  void trim();

  // Recounts everything and walks the free list; null if all hold, otherwise the name of the first invariant that does
  // not.
  const char* verify() const;

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kChunkWords = kChunkEntries / kBitsPerWord;
  static constexpr uint32_t kSparseChunks = 4;

  struct Entry {
    uintptr_t word;
    uint32_t generation;  // of the last use
  };
  struct Chunk {
    Entry entries[kChunkEntries];
    uint64_t live[kChunkWords];
    uint64_t changed[kChunkWords];
    Chunk* next_changed;
    bool in_changed_list;
    bool is_dropped;  // while trim() clears the lists of it
  };
  struct Place {
    Chunk* chunk;
    uint32_t in_chunk;
    Entry& entry() const { return chunk->entries[in_chunk]; }
    bool is_live() const { return (chunk->live[in_chunk / kBitsPerWord] & bit_of(in_chunk)) != 0; }
  };
  static uint32_t index_of(uint64_t id) { return static_cast<uint32_t>(id) & (kMaxEntries - 1); }
  static uint64_t generation_of(uint64_t id) { return id >> MGC_HANDLE_INDEX_BITS; }
  Place place_of(uint32_t index) const { return Place{&chunks_.chunk(index / kChunkEntries), index % kChunkEntries}; }
  Place live_place(uint64_t id) const;
  uint32_t take_index();
  void note_change(const Place& place);
  bool free_list_holds() const;
  bool has(uint32_t index) const { return index < issued_ && chunks_.has(index / kChunkEntries); }
  bool may_drop(uint32_t chunk_index, uint32_t* reached) const;
  void forget_free_entries_of_dropped();
  Status restore_chunk();
  void add_free(uint32_t index);

  ChunkArray<Chunk> chunks_;
  Chunk* changed_ = nullptr;
  uint32_t issued_ = 0;   // entries [0, issued_) have been used
  uint32_t ever_ = 0;     // the most that issued_ was
  uint32_t reached_ = 0;  // no generation of a dropped entry was higher
  uint32_t live_ = 0;
  uint32_t free_ = 0;
  uint32_t retired_ = 0;
  uint32_t oldest_free_ = kNone;
  uint32_t newest_free_ = kNone;
  uint32_t max_generation_;
};

inline const uintptr_t* GenerationTable::try_word(uint64_t id) const {
  const uint32_t index = index_of(id);
  if (!has(index)) return nullptr;
  const Place place = place_of(index);
  if (place.entry().generation != generation_of(id) || !place.is_live()) return nullptr;
  return &place.entry().word;
}

template <class F>
uint32_t GenerationTable::visit_some(uint32_t from, uint32_t budget, F&& f) const {
  if (from >= issued_) return kMaxEntries;
  const uint32_t end = issued_ - from > budget ? from + budget : issued_;
  for (uint32_t index = from; index < end;) {
    const uint32_t in_chunk = index % kChunkEntries;
    if (!has(index)) {
      index += kChunkEntries - in_chunk;
      continue;
    }
    const Chunk& chunk = chunks_.chunk(index / kChunkEntries);
    const uint32_t first_bit = in_chunk % kBitsPerWord;
    const uint32_t bits = kBitsPerWord - first_bit < end - index ? kBitsPerWord - first_bit : end - index;
    uint64_t live = (chunk.live[in_chunk / kBitsPerWord] >> first_bit) & low_bits(bits);
    for (; live != 0; live &= live - 1) f(chunk.entries[in_chunk + lowest_bit(live)].word);
    index += bits;
  }
  return end == issued_ ? kMaxEntries : end;
}

template <class F>
void GenerationTable::visit_changed(F&& f) const {
  for (const Chunk* chunk = changed_; chunk != nullptr; chunk = chunk->next_changed) {
    for (uint32_t word = 0; word < kChunkWords; ++word) {
      for (uint64_t bits = chunk->changed[word]; bits != 0; bits &= bits - 1) {
        f(chunk->entries[word * kBitsPerWord + lowest_bit(bits)].word);
      }
    }
  }
}

}  // namespace mallocgc
