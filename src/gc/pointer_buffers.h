// Pointers that wait to be shaded, kept apart by the region of the heap that they point into. When a heap's bitmaps
// outgrow the caches, shading each pointer as it is met misses the cache three times: page map, span record, mark word.
// Shading those of one region one after the other finds the first two in the cache, and nothing hinders the processor
// from fetching many mark words at once. The method is the partitioning of radix joins (Manegold, Boncz, Kersten:
// Optimizing Main-Memory Join on Modern Hardware, 2002).
//
// Buffers are prepared once a cycle, so that marking itself takes no memory (M12).
//
// inv.buffers.empty: outside a marking no pointer waits.
// Doors: gc/marker.cc adds and takes.
#pragma once

#include "pages/metadata.h"

namespace mallocgc {

class PointerBuffers {
 public:
  // Regions are of 8 MiB: the mark words of their smallest objects take 256 KiB. The debug flavour has small regions
  // and buffers, so that tests reach what otherwise only large heaps do.
  static constexpr unsigned kRegionPagesShift = kDebugFlavour ? 4 : 10;
  static constexpr uint32_t kPointers = kDebugFlavour ? 16 : 4096;  // that one region can let wait

  // Regions beyond these have no buffer, in a heap whose pages lie so far apart.
  static constexpr size_t kMaxRegions = 4096;

  // Whether they are worth their cost, where all spans have bitmaps of so many bytes. Measured with objects of two
  // words and 32 MB of cache: at 5 MB they made no difference, at 20 MB marking took 0.7 of the time. In the debug
  // flavour: in every other cycle.
  static constexpr bool pay(uint64_t bitmap_bytes, uint32_t cycle) {
    if (kPrefersSize) return false;
    return kDebugFlavour ? cycle % 2 != 0 : bitmap_bytes >= uint64_t{6} << 20;
  }

  // Makes buffers for the regions of pages [begin, end). Where memory is short there are fewer: the regions above have
  // none.
  void prepare(Metadata& metadata, PageId begin, PageId end);
  // They are not worth their memory any more.
  void drop(Metadata& metadata);

  // The number of a page's region; it is beyond regions() for pages below the first.
  size_t region_of(size_t page) const { return (page - first_page_) >> kRegionPagesShift; }
  uint32_t regions() const { return regions_; }

  // Precondition: region < regions(). False: the buffer is full now and has to be emptied before the next is added.
  MGC_ALWAYS_INLINE bool add(size_t region, Address pointer) {
    const uint32_t count = counts_[region];
    pointers_[region * kPointers + count] = pointer;
    counts_[region] = count + 1;
    return count + 1 < kPointers;
  }

  // The region that most pointers wait for. Cost: in proportion to the regions.
  struct Fullest {
    uint32_t region = 0;
    uint32_t count = 0;
  };
  Fullest fullest() const;

  // Calls shade(pointer) for all that wait for a region; none waits then. `shade` adds none.
  template <class Shade>
  void empty(uint32_t region, Shade shade) {
    const uint32_t count = counts_[region];
    counts_[region] = 0;
    for (uint32_t i = 0; i < count; ++i) shade(pointers_[region * kPointers + i]);
  }

 private:
  static constexpr size_t bytes_of(uint32_t regions) {
    return regions * (kPointers * sizeof(Address) + sizeof(uint32_t));
  }

  Address* pointers_ = nullptr;  // kPointers a region, then the counts
  uint32_t* counts_ = nullptr;
  uint32_t regions_ = 0;
  size_t first_page_ = 0;
};

}  // namespace mallocgc
