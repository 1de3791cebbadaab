// Memory for records of one size, from slabs of one page. Giving a record back during a sweep allocates nothing, and a
// slab whose last record is given back becomes a free page.
// inv.pool.count: live() + free() = records in all slabs.
#pragma once

#include <new>

#include "base/check.h"
#include "pages/metadata.h"

namespace mallocgc {

// T is trivial, and at least as large as a pointer.
template <class T>
class RecordPool {
 public:
  static constexpr size_t kBlockBytes = kPageBytes;
  static constexpr uint32_t kBlockRecords = SlabList::capacity(sizeof(T), kBlockBytes);

  RecordPool() = default;
  RecordPool(const RecordPool&) = delete;
  RecordPool& operator=(const RecordPool&) = delete;
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }

  // Makes sure that the next take() succeeds.
  bool try_reserve() {
    if (slabs_.has_room()) return true;
    void* const page = metadata_->try_pages(1, 1, MetaCategory::kSpecials);
    if (page == nullptr) return false;
    slabs_.add(page, sizeof(T), kBlockBytes);
    blocks_ += 1;
    return true;
  }
  // A record with all members zero. try_reserve() was true.
  T* take() {
    MGC_CHECK(slabs_.has_room(), "record pool: nothing was reserved");
    live_ += 1;
    return ::new (slabs_.take(sizeof(T), kBlockBytes)) T{};
  }
  void give_back(T* record) {
    *record = T{};
    live_ -= 1;
    Slab* const empty = slabs_.give_back(record, sizeof(T), kBlockBytes);
    if (empty == nullptr) return;
    metadata_->free_pages(empty, 1, MetaCategory::kSpecials);
    blocks_ -= 1;
  }

  uint64_t live() const { return live_; }
  uint64_t free() const { return slabs_.free_items(); }
  size_t bytes() const { return blocks_ * kBlockBytes; }

 private:
  Metadata* metadata_ = nullptr;
  SlabList slabs_;
  uint64_t live_ = 0;
  uint32_t blocks_ = 0;
};

}  // namespace mallocgc
