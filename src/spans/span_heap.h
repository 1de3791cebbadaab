// SpanHeap makes spans out of pages and takes them apart again: record, bitmaps and page map entries come and go
// together. Records live in chunks of a page, which goes back when its last record does. Records in use are enumerated
// chunk by chunk (`first`, `after`), so the cost of a walk follows the number of spans that there are now. Everything
// that marking will need is reserved here (M12), so marking allocates nothing.
//
// inv.span.map: each page of a span in use maps to its record; no other page maps to anything.
#pragma once

#include "pages/metadata.h"
#include "pages/page_heap.h"
#include "pages/page_map.h"
#include "spans/span_class.h"

namespace mallocgc {

struct LargeRequest {
  size_t bytes = 0;  // what findObject will call its size
  uint32_t pages = 0;
  uint32_t align_pages = 1;
  const Type* type = nullptr;
};

class SpanHeap {
 public:
  constexpr void init(PageHeap& pages, PageMap& map, Metadata& metadata) {
    pages_ = &pages;
    map_ = &map;
    metadata_ = &metadata;
  }

  // A span of free slots for the class, at the end of its `done` list; null where free pages or metadata are short.
  Span* try_make_small(SpanClass& span_class, uint32_t cycle);
  // A span with one allocated slot; null where free pages or metadata are short.
  Span* try_make_large(const LargeRequest& request, uint32_t cycle);
  // Gives the pages back. The span must have no allocated slot, no owner and no specials.
  void destroy(Span& span);

  Span* span_at(Address address) const { return map_->span_at(address); }
  const PageMap& map() const { return *map_; }
  PageId begin() const { return pages_->begin(); }  // no span below
  PageId end() const { return pages_->end(); }      // no span at or above
  // These are the pages in use, of spans or metadata (page_heap.h).
  size_t next_in_use(size_t from, size_t to) const {
    return pages_->next_in_use(static_cast<uint32_t>(from), static_cast<uint32_t>(to));
  }
  size_t end_of_use(size_t from, size_t to) const {
    return pages_->end_of_use(static_cast<uint32_t>(from), static_cast<uint32_t>(to));
  }

  // All records in use, in a stable order that tolerates destroying the one just visited.
  Span* first() const;
  Span* after(const Span& span) const;
  // Returns the first span whose objects have weak words or keys. Span::weak_next goes on, the oldest first.
  Span* first_weak() const { return kHasWeakWords ? weak_first_ : nullptr; }

  uint32_t live_spans() const { return live_spans_; }
  uint32_t record_capacity() const { return chunk_count_ * kSpansPerChunk; }
  uint64_t pages_in_use() const { return pages_in_use_; }
  uint64_t mixed_spans_made() const { return mixed_spans_made_; }

 private:
  static constexpr uint32_t kSpansPerChunk = static_cast<uint32_t>((kPageBytes - alignof(Span)) / sizeof(Span));
  static_assert(kSpansPerChunk <= kBitsPerWord);
  // Aligned to its size, so that a record finds its chunk. Its spans are constructed when they are taken.
  struct alignas(kPageBytes) Chunk {
    Chunk* next;
    Chunk* previous;
    Chunk* next_roomy;  // of those that are not full
    Chunk* previous_roomy;
    uint64_t used;  // bit i: record i is taken
    alignas(Span) unsigned char records[kSpansPerChunk * sizeof(Span)];

    Span* span(uint32_t i) { return reinterpret_cast<Span*>(records) + i; }
  };
  static_assert(sizeof(Chunk) == kPageBytes);
  static Chunk* chunk_of(const Span& span) { return Address::of(&span).aligned_down(sizeof(Chunk)).pointer<Chunk>(); }

  Span* try_take_record();
  bool try_take_pages(const SpanClass& span_class, PageRun* run);
  Span* try_make_record(PageRun run, uint32_t slots, bool mixed);
  bool try_give_bitmaps(Span& span, bool mixed);
  void free_bitmaps(Span& span);
  Chunk* try_add_chunk();
  void give_record_back(Span& span);
  void link_roomy(Chunk& chunk);
  void unlink_roomy(Chunk& chunk);
  void link_weak(Span& span);
  void unlink_weak(Span& span);
  static Span* first_in_use(Chunk* chunk, uint32_t from);

  PageHeap* pages_ = nullptr;
  PageMap* map_ = nullptr;
  Metadata* metadata_ = nullptr;
  Chunk* chunks_ = nullptr;
  Chunk* last_chunk_ = nullptr;
  Chunk* roomy_ = nullptr;
  Span* weak_first_ = nullptr;
  Span* weak_last_ = nullptr;
  uint32_t chunk_count_ = 0;
  uint32_t live_spans_ = 0;
  uint64_t pages_in_use_ = 0;
  uint64_t mixed_spans_made_ = 0;
};

}  // namespace mallocgc
