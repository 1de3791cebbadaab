// Metadata: memory for the heap's own records, in pages of the page heap that belong to no span. All of it is zeroed.
// There are two kinds.
//
// persistentalloc (P1, after Go's runtime/malloc.go) is for what lives as long as the heap. A cursor cuts it from
// chunks, and it is never freed. An empty heap must stay small, so chunks are of kFirstChunkBytes until kChunkBytes
// have been taken, and of kChunkBytes from then on. A chunk that lies behind the last one extends it.
//
// Blocks are for what is given back: span bitmaps, hash tables, shadow stacks. Blocks of up to kMaxBlockBytes lie in
// slabs (pages/slabs.h), in one list of slabs for each multiple of kBlockStep. Larger blocks are whole pages. Slabs and
// pages that are empty go back to the page heap at once, so that the records of what is dead become free pages.
//
// inv.meta.sum: the bytes of all categories together are sys_bytes(). What nobody uses (rests of chunks, free blocks,
// rounding) counts as kOther; as in Go, other_sys takes a whole chunk, and each request moves its bytes out of it.
// inv.meta.free: free_block_bytes_ is the sum of the free blocks of all slabs.
//
// Doors: from every room that keeps records; on to pages/page_heap.h and pages/slabs.h.
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

  // Zeroed memory that is never given back. `align` is a power of two up to the page size; 0 means 8. For 0 bytes the
  // result is an address that nobody may use. Null: see last_status() (kBadArgument or kOutOfMemory) and last_error().
  // May grow the heap's memory; never collects.
  void* persistentalloc(size_t bytes, size_t align, MetaCategory category);

  // Zeroed memory that free_block() takes back, aligned to a cache line. `bytes` is not 0; it is rounded up to
  // kBlockStep, or above kMaxBlockBytes to pages, and accounted so. Null, and last_status(), if memory is out.
  void* try_block(size_t bytes, MetaCategory category);
  // Takes a block back. `bytes` are those that were asked for, and `category` is the one they are accounted to now.
  // Null is legal. Allocates nothing.
  void free_block(void* block, size_t bytes, MetaCategory category);

  // `pages` pages that lie together and begin at a multiple of `align_pages`, not zeroed, accounted to `category`; null
  // if memory is out (last_status() is not changed). May grow the heap's memory.
  void* try_pages(uint32_t pages, uint32_t align_pages, MetaCategory category);
  void free_pages(void* memory, uint32_t pages, MetaCategory category);

  // Accounts `bytes` of the category `from` to the category `to` from now on.
  void move(MetaCategory from, MetaCategory to, size_t bytes);
  uint64_t bytes(MetaCategory category) const { return bytes_[static_cast<uint32_t>(category)]; }
  uint64_t sys_bytes() const { return sys_bytes_; }  // all metadata

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
  // A slab is one page for blocks of up to kSmallBlockBytes, and kLargeSlabPages for larger ones. At most an eighth of
  // a slab is lost, and mostly far less.
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
  Address cursor_;  // inv.meta.cursor: [cursor_, limit_) is zeroed, and nobody uses it
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
