// An array that grows without moving its elements: chunks of fixed size behind a directory that doubles. Tables of ids
// (generation_table.h, specials/host_values.h) stand on it, because an entry's address must stay valid while others are
// added.
//
//   directory_ ──► [ chunk 0 | chunk 1 | … | (unused) ]      capacity a power of two from kFirstDirectory
//
// inv.chunks.count: chunk_count() <= directory capacity, and every chunk below chunk_count() exists.
// Chunks are never given back: a table that was large once may be so again, and its ids must stay checkable.
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
  // What the array has taken: chunks and directory.
  size_t bytes() const { return count_ * sizeof(Chunk) + capacity_ * sizeof(Chunk*); }

  // Adds one zeroed chunk. kOutOfMemory changes nothing that can be seen.
  Status add_chunk() {
    if (count_ == capacity_ && !try_grow_directory()) return Status::kOutOfMemory;
    void* const block = metadata_->try_block(sizeof(Chunk), category_);
    if (block == nullptr) return Status::kOutOfMemory;
    directory_[count_++] = static_cast<Chunk*>(block);
    return Status::kOk;
  }

 private:
  static constexpr uint32_t kFirstDirectory = 16;

  bool try_grow_directory() {
    const uint32_t capacity = capacity_ == 0 ? kFirstDirectory : capacity_ * 2;
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
  uint32_t capacity_ = 0;
  MetaCategory category_;
};

}  // namespace mallocgc
