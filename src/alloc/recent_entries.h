// This table remembers where arrays and objects with tails of one type were made lately: the cache entry by type and
// size class, so that the fast path need not search for it. The table is small, and a newer entry takes the place of an
// older one. A cache entry never moves, and a type never goes, so what is noted here stays true.
//
// Tiny requests are not found here, because they share blocks (M3).
// Doors: heap/malloc.cc.
#pragma once

#include "alloc/cache.h"

namespace mallocgc {

class RecentEntries {
 public:
  // Returns null if the entry is not known.
  MGC_ALWAYS_INLINE CacheEntry* find(const Type& type, uint32_t size_class, size_t size) const {
    if (kPrefersSize || size < kTinyBlockBytes) return nullptr;
    const Recent& recent = recent_[place_of(type, size_class)];
    return recent.type == &type && recent.size_class == size_class ? recent.entry : nullptr;
  }
  void note(const Type& type, uint32_t size_class, CacheEntry* entry) {
    if (!kPrefersSize) recent_[place_of(type, size_class)] = Recent{&type, entry, size_class};
  }

 private:
  struct Recent {
    const Type* type = nullptr;
    CacheEntry* entry = nullptr;
    uint32_t size_class = 0;
  };
  static constexpr uint32_t kPlaces = kPrefersSize ? 1 : 64;
  static uint32_t place_of(const Type& type, uint32_t size_class) { return (type.id * 7 + size_class) % kPlaces; }

  Recent recent_[kPlaces];
};

}  // namespace mallocgc
