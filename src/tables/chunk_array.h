// An array that grows without moving its elements: chunks of fixed size behind a directory that doubles. Tables of ids
// (generation_table.h, specials/host_values.h) stand on it, because an entry's address must stay valid while others are
// added.
//
//   directory_ ──► [ chunk 0 | chunk 1 | … | (unused) ]      capacity a power of two from kFirstDirectory
//
// inv.chunks.count: chunk_count() <= directory capacity, and every chunk below chunk_count() exists but those that were
// dropped. The owner knows which: it drops what it does not need, and asks has().
#pragma once

#include "base/check.h"
#include "base/status.h"
#include "pages/metadata.h"

namespace mallocgc {

// Chunk is a trivial struct that is valid when all its bytes are zero.
template <class Chunk>
class ChunkArray {
 public:
  explicit constexpr ChunkArray(MetaCategory category) : category_(category) {}
  ChunkArray(const ChunkArray&) = delete;
  ChunkArray& operator=(const ChunkArray&) = delete;

  // Memory for chunks comes from `metadata`, which outlives the array. Takes none yet.
  constexpr void init(Metadata& metadata) { metadata_ = &metadata; }

  uint32_t chunk_count() const { return count_; }
  Chunk& chunk(uint32_t index) const { return *directory_[index]; }
  // False for a chunk that was dropped, and behind the last one, where the directory may have ended.
  bool has(uint32_t index) const { return index < count_ && directory_[index] != nullptr; }
  // What the array has taken: chunks and directory.
  size_t bytes() const { return (count_ - dropped_) * sizeof(Chunk) + capacity_ * sizeof(Chunk*); }
  uint32_t dropped_count() const { return dropped_; }

  // Adds one zeroed chunk. kOutOfMemory changes nothing that can be seen.
  Status add_chunk() {
    if (count_ == capacity_ && !try_grow_directory()) return Status::kOutOfMemory;
    void* const block = metadata_->try_block(sizeof(Chunk), category_);
    if (block == nullptr) return Status::kOutOfMemory;
    directory_[count_++] = static_cast<Chunk*>(block);
    return Status::kOk;
  }

  // Gives a chunk's memory back. Those at the end are gone with their numbers; others leave a gap.
  void drop(uint32_t index) {
    metadata_->free_block(directory_[index], sizeof(Chunk), category_);
    directory_[index] = nullptr;
    ++dropped_;
    while (count_ != 0 && directory_[count_ - 1] == nullptr) {
      --count_;
      --dropped_;
    }
    uint32_t capacity = capacity_;
    while (capacity > kFirstDirectory && count_ <= capacity / 4) capacity /= 2;
    if (capacity != capacity_) try_directory(capacity);  // the larger one is good as well
  }
  // Makes a zeroed chunk where one was dropped. kOutOfMemory changes nothing.
  Status restore(uint32_t index) {
    void* const block = metadata_->try_block(sizeof(Chunk), category_);
    if (block == nullptr) return Status::kOutOfMemory;
    directory_[index] = static_cast<Chunk*>(block);
    --dropped_;
    return Status::kOk;
  }

 private:
  static constexpr uint32_t kFirstDirectory = 16;

  bool try_grow_directory() { return try_directory(capacity_ == 0 ? kFirstDirectory : capacity_ * 2); }

  bool try_directory(uint32_t capacity) {
    void* const block = metadata_->try_block(capacity * sizeof(Chunk*), category_);
    if (block == nullptr) return false;
    Chunk** const grown = static_cast<Chunk**>(block);
    for (uint32_t i = 0; i < count_; ++i) grown[i] = directory_[i];
    if (directory_ != nullptr) metadata_->free_block(directory_, capacity_ * sizeof(Chunk*), category_);
    directory_ = grown;
    capacity_ = capacity;
    return true;
  }

  Metadata* metadata_ = nullptr;
  Chunk** directory_ = nullptr;
  uint32_t count_ = 0;
  uint32_t dropped_ = 0;  // below count_
  uint32_t capacity_ = 0;
  MetaCategory category_;
};

}  // namespace mallocgc
