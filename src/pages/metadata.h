// Metadata: memory for the heap's own records. Two kinds:
//  * persistentalloc (P1; Go's runtime/malloc.go): never freed, cut from chunks by a cursor: what lives as long as the
//    heap;
//  * blocks: given back and used again. Those of up to kMaxBlockBytes lie in slabs, one list of them for each size in
//    steps of 64 bytes; larger ones are whole pages. What is empty goes back to the page heap at once, so that records,
//    bitmaps and tables of what is dead become free pages. Span bitmaps, hash tables, shadow stacks.
// Both give zeroed memory. Both come from the page heap, whose pages they hold as pages in use that belong to no span.
// An empty heap must stay small, so chunks are of 16 KiB until 256 KiB have been taken, and of 256 KiB from then on; a
// chunk that continues the last one extends it.
//
// inv.meta.sum: the bytes of all categories together are sys_bytes(); what is in no one's hands (rests of chunks, free
// blocks, rounding) is in kOther, as in Go, whose other_sys takes the chunk and is relieved by each request.
// inv.meta.free: free_block_bytes() = the sum over the slabs.
//
// Doors: from every room below that keeps records; on to pages/page_heap.h and pages/slabs.h.
#pragma once

#include "base/status.h"
#include "pages/page_heap.h"
#include "pages/slabs.h"

namespace mallocgc {

enum class MetaCategory : uint32_t { kSpans, kBitmaps, kTypes, kRoots, kSpecials, kPageTables, kDebug, kOther, kCount };

class Metadata {
 public:
  Metadata() = default;
  Metadata(const Metadata&) = delete;
  Metadata& operator=(const Metadata&) = delete;

  constexpr void init(PageHeap& pages) { pages_ = &pages; }

  // Zeroed memory for good. `align` is a power of two up to the page size; 0 means 8. bytes == 0 gives an address of no
  // use. Null: see last_status() (kBadArgument or kOutOfMemory) and last_error(). May grow the heap's memory; never
  // collects.
  void* persistentalloc(size_t bytes, size_t align, MetaCategory category);

  // Zeroed memory that free_block() takes back, aligned to a cache line; null and last_status() if memory is out. bytes
  // > 0. bytes is rounded up to kBlockStep (above kMaxBlockBytes: to pages) and accounted so.
  void* try_block(size_t bytes, MetaCategory category);
  // `bytes` and `category` as they were asked for (the category as it was moved). Null is legal. Allocates nothing.
  void free_block(void* block, size_t bytes, MetaCategory category);

  // `pages` pages that lie together and begin at a multiple of `align_pages`, not zeroed, accounted to `category`; null
  // if memory is out (last_status() is not changed). May grow the heap's memory.
  void* try_pages(uint32_t pages, uint32_t align_pages, MetaCategory category);
  void free_pages(void* memory, uint32_t pages, MetaCategory category);

  // `bytes` that were accounted to `from` are `to`'s from now on.
  void move(MetaCategory from, MetaCategory to, size_t bytes);
  uint64_t bytes(MetaCategory category) const { return bytes_[static_cast<uint32_t>(category)]; }
  uint64_t sys_bytes() const { return sys_bytes_; }                // of the page heap's memory that is metadata
  uint64_t free_block_bytes() const { return free_block_bytes_; }  // in lists, waiting to be used again

  Status last_status() const { return last_status_; }
  const char* last_error() const { return last_error_; }

  // Recomputes inv.meta.*; null if all hold, otherwise the name of the first that does not.
  const char* verify() const;

  static constexpr size_t kChunkBytes = size_t{256} << 10;
  static constexpr size_t kFirstChunkBytes = size_t{16} << 10;
  static constexpr size_t kDirectBytes = size_t{64} << 10;  // from here on persistentalloc takes pages of its own
  static constexpr size_t kBlockStep = 64;
  static constexpr size_t kMaxBlockBytes = 101 * kBlockStep;  // five of them fill a large slab
  static constexpr uint32_t kBuckets = kMaxBlockBytes / kBlockStep;
  // Slabs are one page for blocks of up to kSmallBlockBytes and kLargeSlabPages for others: an eighth of a slab is lost
  // at most, and mostly far less.
  static constexpr size_t kSmallBlockBytes = 1024;
  static constexpr uint32_t kLargeSlabPages = 4;

 private:
  void* fail(Status status, const char* text);
  void* take_pages(uint32_t count, uint32_t align_pages, bool* zeroed);
  void* take_zeroed(size_t bytes);
  bool refill(size_t bytes);
  void* cut(size_t bytes, size_t align);
  void* take_from_slab(size_t rounded);

  PageHeap* pages_ = nullptr;
  Address cursor_;  // inv.meta.cursor: [cursor_, limit_) is zeroed and nobody's
  Address limit_;
  SlabList slabs_[kBuckets];  // number i: of blocks of (i + 1) * kBlockStep bytes
  uint64_t bytes_[static_cast<uint32_t>(MetaCategory::kCount)] = {};
  uint64_t sys_bytes_ = 0;
  uint64_t chunk_bytes_ = 0;  // of all chunks
  uint64_t free_block_bytes_ = 0;
  Status last_status_ = Status::kOk;
  const char* last_error_ = "";
};

}  // namespace mallocgc
