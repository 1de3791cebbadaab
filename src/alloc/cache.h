// The allocation cache: for each span class that its owner uses, a run of free slots to bump through. The allocated
// bits of the whole run are set when it is taken; the rest that was not handed out is given back when the cache is
// flushed (inv.run).
//
//   window.cursor ---> window.limit -----> run_end
//
// [cursor, limit) is the *window*: what the fast path may hand out without asking anybody. It is a part of the run
// only, so that what is counted as allocated is what was handed out (C12), and so that single allocations can be seen
// (M15).
//
// An entry never moves: the address of its mgc_alloc_slot is what compiled code bumps through (docs/abi.md).
// inv.cache.owner: entry.span.owner == &entry, if it has a span; cursor <= limit <= run_end.
#pragma once

#include "alloc/known_entries.h"

namespace mallocgc {

// The shared 16-byte block of the smallest pointer-free objects (M3). Not a root.
struct TinyBlock {
  uintptr_t cursor = 0;
  uintptr_t end = 0;

  // M4: alignment by size. 12 bytes are aligned to 8, since they may be a struct with a double in front.
  static constexpr size_t alignment(size_t bytes) {
    if (bytes % 8 == 0 || bytes == 12) return 8;
    if (bytes % 4 == 0) return 4;
    return bytes % 2 == 0 ? 2 : 1;
  }
  // A place for `bytes` in the block, aligned for the `asked` ones of them; or null.
  Address try_take(size_t bytes, size_t asked) {
    const uintptr_t place = align_up(cursor, alignment(asked));
    if (end == 0 || place + bytes > end) return Address();
    cursor = place + bytes;
    return Address(place);
  }
  // A fresh block whose first `bytes` are taken becomes the current one if it has more room left.
  void offer(Address block, size_t bytes) {
    if (kTinyBlockBytes - bytes <= end - cursor) return;
    cursor = block.value() + bytes;
    end = block.value() + kTinyBlockBytes;
  }
};

class AllocCache {
 public:
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }
  // No entry is known, and no window is open, from here on.
  void forget_entries();

  // The entry for a span class; null where memory for it is exhausted.
  CacheEntry* try_entry(SpanClass& span_class);

  template <class F>
  void for_each(F&& f) {
    for (uint32_t i = 0; i < chunk_count_; ++i) {
      if (chunks_[i] == nullptr) continue;
      for (CacheEntry& entry : chunks_[i]->entries) {
        if (entry.span_class != nullptr) f(entry);
      }
    }
  }

  // Notes where whole objects of a type, those of its size, are served.
  void note_whole(const Type& type, CacheEntry& entry) { known.note_whole(*metadata_, type, entry); }

  KnownEntries known;
  TinyBlock tiny;
  mgc_alloc_slot* type_windows[MGC_TYPE_SLOTS] = {};  // mgc_mutator_abi::type_slots of its mutators

 private:
  static constexpr uint32_t kEntriesPerChunk = 64;
  struct Chunk {
    CacheEntry entries[kEntriesPerChunk];
  };
  bool grow_directory(uint32_t chunks);

  Metadata* metadata_ = nullptr;
  Chunk** chunks_ = nullptr;
  uint32_t chunk_count_ = 0;
};

// Slots of the run that were not handed out.
inline uint32_t untaken_slots(const CacheEntry& entry) {
  return entry.span == nullptr ? 0
                               : static_cast<uint32_t>((entry.run_end - entry.window.cursor) / entry.span->slot_bytes);
}

// inv.run, for everything that asks.
inline bool is_allocated(const Span& span, uint32_t slot) {
  if (slot >= span.slot_count || !span.allocated_bit(slot)) return false;
  const CacheEntry* const owner = span.owner;
  if (owner == nullptr) return true;
  const uintptr_t address = span.slot_address(slot).value();
  return address < owner->window.cursor || address >= owner->run_end;
}

}  // namespace mallocgc
