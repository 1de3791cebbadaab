// Entries come in chunks that are made when the first span class of a chunk is used.
#include "alloc/cache.h"

#include <new>

namespace mallocgc {

void KnownEntries::note_whole(Metadata& metadata, const Type& type, CacheEntry& entry) {
  if (type.id >= whole_count_) {
    uint32_t count = whole_count_ == 0 ? kFirstWhole : whole_count_;
    while (count <= type.id) count *= 2;
    auto** const table =
        static_cast<CacheEntry**>(metadata.try_block(count * sizeof(CacheEntry*), MetaCategory::kSpans));
    if (table == nullptr) return;
    for (uint32_t i = 0; i < count; ++i) table[i] = i < whole_count_ ? whole_[i] : &never_;
    if (whole_count_ != 0) metadata.free_block(whole_, whole_count_ * sizeof(CacheEntry*), MetaCategory::kSpans);
    whole_ = table;
    whole_count_ = count;
  }
  whole_[type.id] = &entry;
}

void AllocCache::forget_entries() {
  known.init();
  for (mgc_alloc_slot*& window : type_windows) window = &known.never_entry().window;
}

CacheEntry* AllocCache::try_entry(SpanClass& span_class) {
  const uint32_t chunk_index = span_class.index / kEntriesPerChunk;
  if (chunk_index >= chunk_count_ && !grow_directory(chunk_index + 1)) return nullptr;
  if (chunks_[chunk_index] == nullptr) {
    void* const memory = metadata_->persistentalloc(sizeof(Chunk), alignof(Chunk), MetaCategory::kSpans);
    if (memory == nullptr) return nullptr;
    chunks_[chunk_index] = new (memory) Chunk;
  }
  CacheEntry& entry = chunks_[chunk_index]->entries[span_class.index % kEntriesPerChunk];
  entry.span_class = &span_class;
  entry.slot_bytes = span_class.slot_bytes;
  entry.size_class = static_cast<uint16_t>(span_class.size_class);
  entry.zero_on_take = span_class.zero_on_take;
  return &entry;
}

bool AllocCache::grow_directory(uint32_t chunks) {
  uint32_t count = chunk_count_ == 0 ? 16 : chunk_count_;
  while (count < chunks) count *= 2;
  auto** const directory = static_cast<Chunk**>(metadata_->try_block(count * sizeof(Chunk*), MetaCategory::kSpans));
  if (directory == nullptr) return false;
  for (uint32_t i = 0; i < chunk_count_; ++i) directory[i] = chunks_[i];
  if (chunk_count_ != 0) metadata_->free_block(chunks_, chunk_count_ * sizeof(Chunk*), MetaCategory::kSpans);
  chunks_ = directory;
  chunk_count_ = count;
  return true;
}

}  // namespace mallocgc
