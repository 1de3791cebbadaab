// These tables lead from a request to the cache entry that served the last one like it, so that the fast path need not
// search for it. There are three:
//
//   whole    for each type with spans of its own: objects of the type's size
//   noscan   for each size class: pointer-free memory without a type
//   recent   arrays and objects with tails of one type, by type and size class: a small table, in which a newer entry
//            takes the place of an older one
//
// They belong to a cache, and so to the mutators that allocate from it: a type and a heap know no entry. A cache entry
// never moves, and a type never goes, so what is noted here stays true. What is not known is never_entry(), whose
// window has no room: one compare decides for all.
//
// Tiny requests are not found among the recent ones, because they share blocks (M3).
// Doors: heap/malloc.cc.
#pragma once

#include "spans/span_class.h"

namespace mallocgc {

struct CacheEntry {
  mgc_alloc_slot window{0, 0};
  uint32_t slot_bytes = 1;    // of the class; kept here, beside the cursor, for the fast path
  uint16_t size_class = 0;    // the class's too; 0: the entry of tiny blocks, or never_entry()
  bool zero_on_take = false;  // the class's too: its windows are zero already (M9)
  bool is_used = false;       // in the list of entries that were used since the last flush of all
  uintptr_t run_end = 0;
  Span* span = nullptr;
  SpanClass* span_class = nullptr;
  size_t handed_out = 0;  // bytes of its windows since the last flush of all, and a start that its first window gets
  CacheEntry* next_used = nullptr;

  // The next slot of the window; null if that is used up.
  MGC_ALWAYS_INLINE Address try_bump() {
    const uintptr_t taken = window.cursor;
    if (window.limit - taken < slot_bytes) return Address();
    window.cursor = taken + slot_bytes;
    return Address(taken);
  }
};

class KnownEntries {
 public:
  // Nothing is known from here on.
  void init() {
    for (CacheEntry*& entry : noscan_) entry = &never_;
  }

  // Without room for anything, and without a class.
  CacheEntry& never_entry() { return never_; }

  MGC_ALWAYS_INLINE CacheEntry& whole(const Type& type) { return type.id < whole_count_ ? *whole_[type.id] : never_; }
  // Without memory for a larger table nothing is noted.
  void note_whole(Metadata& metadata, const Type& type, CacheEntry& entry);

  MGC_ALWAYS_INLINE CacheEntry& noscan(uint32_t size_class) { return *noscan_[size_class]; }
  void note_noscan(uint32_t size_class, CacheEntry& entry) { noscan_[size_class] = &entry; }

  MGC_ALWAYS_INLINE CacheEntry& recent(const Type& type, uint32_t size_class, size_t size) {
    if (kPrefersSize || size < kTinyBlockBytes) return never_;
    const Recent& recent = recent_[place_of(type, size_class)];
    return recent.type == &type && recent.size_class == size_class ? *recent.entry : never_;
  }
  void note_recent(const Type& type, uint32_t size_class, CacheEntry& entry) {
    if (!kPrefersSize) recent_[place_of(type, size_class)] = Recent{&type, &entry, size_class};
  }

 private:
  struct Recent {
    const Type* type = nullptr;
    CacheEntry* entry = nullptr;
    uint32_t size_class = 0;
  };
  static constexpr uint32_t kPlaces = kPrefersSize ? 1 : 64;
  static constexpr uint32_t kFirstWhole = 32;
  static uint32_t place_of(const Type& type, uint32_t size_class) { return (type.id * 7 + size_class) % kPlaces; }

  CacheEntry never_;
  CacheEntry** whole_ = nullptr;  // by type id
  uint32_t whole_count_ = 0;
  CacheEntry* noscan_[kSizeClassCount] = {};
  Recent recent_[kPlaces];
};

}  // namespace mallocgc
