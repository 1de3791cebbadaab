// PageBits: a bitmap with a bit for each page of the heap's range, set for free pages, and for each *chunk* of 512
// pages a summary of its free runs, so that a search reads one summary a chunk and looks into a single chunk's bits
// (the idea of Go's runtime/mpagealloc.go, 2020, with one level instead of five: a wasm memory has at most 1024
// chunks).
//
//   summary, 32 bits    0..9    start   free pages at the chunk's beginning
//                      10..19   max     longest free run inside the chunk
//                      20..29   end     free pages at the chunk's end
//                      31       stale   to be recomputed when it is next read
//                      all zero: nothing is free, or the chunk was never grown into
//
// Changing a page costs its bit and a stale mark: single pages, the bulk of all requests, are found without summaries.
//
// inv.pages.summary: every summary that is not stale equals the one recomputed from the bits.
// inv.pages.hint: no page below hint_ is free.
//
// Doors: from pages/page_heap.h only.
#pragma once

#include "base/address.h"
#include "base/bits.h"

namespace mallocgc {

class PageBits {
 public:
  static constexpr uint32_t kChunkPages = 512;
  static constexpr uint32_t kChunkWords = kChunkPages / kBitsPerWord;
  static constexpr uint32_t kNone = ~uint32_t{0};

  // Zeroed memory that attach() needs for so many pages.
  static size_t bytes_for(uint32_t pages);
  void attach(void* zeroed, uint32_t pages);

  bool is_set(uint32_t page) const { return (bits_[page / kBitsPerWord] & bit_of(page)) != 0; }
  // Returns whether all pages of the chunk that begins at `page` are free, as far as the summaries tell.
  bool is_free_chunk(uint32_t page) const { return kHasSummaries && summary_of(page / kChunkPages) == kAllFree; }

  // The lowest page from which `count` pages are free and whose number plus `origin` is a multiple of `align`; kNone:
  // there is none.
  uint32_t find(uint32_t count, uint32_t align, uint32_t origin) const;
  // The lowest free page. Moves the hint there.
  uint32_t find_one();

  // All pages of the run change. Before, all of them must be in the other state (the callers check).
  void set(uint32_t first, uint32_t count);
  void clear(uint32_t first, uint32_t count);

  // No page from here on was ever set.
  uint32_t used_end() const { return chunk_end_ * kChunkPages; }
  uint32_t largest_run() const;
  // How many free pages end directly below `end`, at most `most`.
  uint32_t run_below(uint32_t end, uint32_t most) const;
  // Summaries and hint agree with the bits; *set_pages receives the recomputed number of free pages.
  bool verify(uint32_t* set_pages) const;

  const uint64_t* words() const { return bits_; }

 private:
  static constexpr bool kHasSummaries = !kPrefersSize;
  static constexpr uint32_t kFieldBits = 10;
  static constexpr uint32_t kFieldMask = (1u << kFieldBits) - 1;
  static constexpr uint32_t kStale = 1u << 31;
  static constexpr uint32_t kAllFree = kChunkPages | kChunkPages << kFieldBits | kChunkPages << (2 * kFieldBits);
  static constexpr uint32_t start_of(uint32_t summary) { return summary & kFieldMask; }
  static constexpr uint32_t max_of(uint32_t summary) { return (summary >> kFieldBits) & kFieldMask; }
  static constexpr uint32_t end_of(uint32_t summary) { return summary >> (2 * kFieldBits); }

  MGC_ALWAYS_INLINE uint32_t summary_of(uint32_t chunk) const {
    uint32_t& summary = summaries_[chunk];
    if ((summary & kStale) != 0) summary = summarize(chunk);
    return summary;
  }
  uint32_t summarize(uint32_t chunk) const;
  void note_change(uint32_t first, uint32_t count, uint32_t whole_chunk);
  uint32_t find_between(uint32_t first, uint32_t end, uint32_t count, uint32_t align, uint32_t origin) const;

  uint64_t* bits_ = nullptr;
  uint32_t* summaries_ = nullptr;
  uint32_t chunk_count_ = 0;
  uint32_t chunk_begin_ = 0;  // no chunk below ever had a free page
  uint32_t chunk_end_ = 0;    // no chunk from here on ever had one
  uint32_t hint_ = 0;
};

// Plain bitmaps over pages, for properties that are not searched.
void set_page_bits(uint64_t* words, uint32_t first, uint32_t count);
// Clears them; returns how many were set.
uint32_t take_page_bits(uint64_t* words, uint32_t first, uint32_t count);
uint32_t count_page_bits(const uint64_t* words, uint32_t first, uint32_t count);

}  // namespace mallocgc
