// Slabs: memory for items of one size, from runs of pages that are given back as soon as their last item is.
//
//   page (or run of pages, aligned to its size)
//   +---------+------+------+------+------+----------
//   | header  | item | item | free | item | not used yet …        free items are linked through their first word
//   +---------+------+------+------+------+----------
//
// An item finds its slab by rounding its address down. Slabs with a free item are in a list; full ones are in none. An
// item is taken from the slab that got one back last, so that others run empty.
//
// inv.slab.live: `live` items are taken; free items in all slabs together are free_items().
// Doors: pages/metadata.h (blocks), specials/record_pool.h; the pages come from Metadata.
#pragma once

#include <new>

#include "base/address.h"

namespace mallocgc {

struct Slab {
  Slab* next = nullptr;
  Slab* previous = nullptr;
  void* free = nullptr;  // the first free item
  uint32_t live = 0;
  uint32_t used = 0;  // items that were taken at least once
};

class SlabList {
 public:
  static constexpr size_t kHeaderBytes = 64;
  static_assert(sizeof(Slab) <= kHeaderBytes);

  static constexpr uint32_t capacity(size_t item_bytes, size_t slab_bytes) {
    return static_cast<uint32_t>((slab_bytes - kHeaderBytes) / item_bytes);
  }

  bool has_room() const { return roomy_ != nullptr; }
  uint64_t free_items() const { return free_items_; }

  // A run of pages, whose contents do not matter.
  void add(void* pages, size_t item_bytes, size_t slab_bytes) {
    link(*::new (pages) Slab);
    free_items_ += capacity(item_bytes, slab_bytes);
  }

  // An item, not zeroed. Precondition: has_room().
  void* take(size_t item_bytes, size_t slab_bytes) {
    Slab& slab = *roomy_;
    void* item = slab.free;
    if (item != nullptr) {
      slab.free = *static_cast<void**>(item);
    } else {
      item = (Address::of(&slab) + kHeaderBytes + slab.used++ * item_bytes).pointer();
    }
    --free_items_;
    if (++slab.live == capacity(item_bytes, slab_bytes)) unlink(slab);
    return item;
  }

  // Takes an item back. Gives the slab, if that was its last item and its pages are to be given back; else null.
  Slab* give_back(void* item, size_t item_bytes, size_t slab_bytes) {
    Slab& slab = *Address::of(item).aligned_down(slab_bytes).pointer<Slab>();
    *static_cast<void**>(item) = slab.free;
    slab.free = item;
    ++free_items_;
    if (slab.live-- == capacity(item_bytes, slab_bytes)) link(slab);
    if (slab.live != 0) return nullptr;
    unlink(slab);
    free_items_ -= capacity(item_bytes, slab_bytes);
    return &slab;
  }

  // Free items, counted in the slabs; beyond any number if a slab contradicts itself.
  uint64_t recount(size_t item_bytes, size_t slab_bytes) const {
    uint64_t free_items = 0;
    for (const Slab* slab = roomy_; slab != nullptr; slab = slab->next) {
      const uint32_t all = capacity(item_bytes, slab_bytes);
      uint32_t linked = 0;
      for (const void* item = slab->free; item != nullptr && linked <= all; item = *static_cast<void* const*>(item))
        ++linked;
      if (slab->live >= all || slab->live + linked != slab->used) return UINT64_MAX;
      free_items += all - slab->live;
    }
    return free_items;
  }

 private:
  // Not a List, whose head is never zero: there are many of these in a static heap.
  void link(Slab& slab) {
    slab.previous = nullptr;
    slab.next = roomy_;
    if (roomy_ != nullptr) roomy_->previous = &slab;
    roomy_ = &slab;
  }
  void unlink(Slab& slab) {
    (slab.previous == nullptr ? roomy_ : slab.previous->next) = slab.next;
    if (slab.next != nullptr) slab.next->previous = slab.previous;
  }

  Slab* roomy_ = nullptr;
  uint64_t free_items_ = 0;
};

}  // namespace mallocgc
