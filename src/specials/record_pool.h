// Memory for records of one size: carved from blocks of metadata, recycled through a list in the free records
// themselves, so that giving one back during a sweep allocates nothing. inv.pool.count: live() + free() = records in
// all blocks.
#pragma once

#include "base/check.h"
#include "pages/metadata.h"

namespace mallocgc {

// T is trivial; kNext names the pointer in T that links free records.
template <class T, T*& (*kNext)(T&)>
class RecordPool {
 public:
  static constexpr size_t kBlockBytes = 4096;
  static constexpr uint32_t kBlockRecords = static_cast<uint32_t>(kBlockBytes / sizeof(T));

  RecordPool() = default;
  RecordPool(const RecordPool&) = delete;
  RecordPool& operator=(const RecordPool&) = delete;
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }

  // Makes sure that the next take() succeeds.
  bool try_reserve() {
    if (first_free_ != nullptr) return true;
    void* const block = metadata_->try_block(kBlockBytes, MetaCategory::kSpecials);
    if (block == nullptr) return false;
    T* const records = static_cast<T*>(block);
    for (uint32_t i = kBlockRecords; i != 0;) give_back(&records[--i]);
    blocks_ += 1;
    return true;
  }
  // A record with all members zero. try_reserve() was true.
  T* take() {
    MGC_CHECK(first_free_ != nullptr, "record pool: nothing was reserved");
    T* const record = first_free_;
    first_free_ = kNext(*record);
    free_ -= 1;
    *record = T{};
    return record;
  }
  void give_back(T* record) {
    *record = T{};
    kNext(*record) = first_free_;
    first_free_ = record;
    free_ += 1;
  }

  uint64_t live() const { return uint64_t{blocks_} * kBlockRecords - free_; }
  uint64_t free() const { return free_; }
  size_t bytes() const { return blocks_ * kBlockBytes; }

 private:
  Metadata* metadata_ = nullptr;
  T* first_free_ = nullptr;
  uint64_t free_ = 0;
  uint32_t blocks_ = 0;
};

}  // namespace mallocgc
