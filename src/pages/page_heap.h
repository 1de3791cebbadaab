// The page heap: which 8 KiB pages of the heap's address range are ours, and which of them are free. Spans, large
// objects and metadata take runs of pages from here and give them back; neighbours merge by themselves, since a free
// run is nothing but neighbouring bits. Allocation is address-ordered first fit, so that the heap stays low and its
// high pages stay untouched. Memory comes from the platform in growing steps, and may have holes: pages of the range
// that are somebody else's and never become free.
//
// A page is: not ours (owned 0) · in use (owned 1, free 0) · free (owned 1, free 1), and fresh while nobody has written
// it since the host gave it zeroed. All states of never-grown memory are encoded as zero, so the bitmaps of the whole
// range cost nothing until used.
//
// Under AddressSanitizer free pages are poisoned.
//
// inv.pages.order: fresh is a subset of free, which is a subset of owned.
// inv.pages.total: pages_total = number of owned pages = host_bytes / kPageBytes.
// inv.pages.free:  pages_free + pages_in_use = pages_total, recomputed from the bits by verify().
// inv.pages.cap:   host_bytes <= max_bytes.
//
// Doors: from spans/ and pages/metadata.h; on to pages/page_bits.h (search) and platform/platform.h (growth).
#pragma once

#include "base/check.h"
#include "base/status.h"
#include "pages/page_bits.h"
#include "platform/platform.h"

namespace mallocgc {

// Consecutive pages. `zeroed` is what try_allocate found: every byte is 0. free() ignores it.
struct PageRun {
  PageId first;
  uint32_t count = 0;
  bool zeroed = false;
};

class PageHeap {
 public:
  PageHeap() = default;
  PageHeap(const PageHeap&) = delete;
  PageHeap& operator=(const PageHeap&) = delete;

  // Takes the bitmaps from the source; asks for no pages. The source must outlive the page heap.
  Status init(platform::MemorySource& source, uint64_t max_bytes);

  // The lowest run of `pages` free pages that begins at an address aligned to `align_pages` pages (a power of two; 1:
  // any). From free pages only: false if there is none, and nothing has changed.
  [[nodiscard]] bool try_allocate(uint32_t pages, uint32_t align_pages, PageRun* out);

  // Gets memory from the host, so that `pages` free pages lie together. It asks for the greatest of the need, a
  // thirty-second of the heap and kMinGrowthBytes, as far as the cap allows. With `exact` it asks for the need alone,
  // and free pages at the end of the last region count where the new region continues it. False: the cap or the host
  // forbids it; memory that was got anyway stays. (For an aligned run of n pages grow by n + align_pages - 1.)
  [[nodiscard]] bool try_grow(uint32_t pages, bool exact);

  // From there on try_grow takes no more than it must, so that the host's memory passes the limit only where it has to.
  void set_soft_limit(uint64_t bytes) {
    const uint64_t pages = bytes >> kPageShift;
    soft_limit_ = pages < UINT32_MAX ? static_cast<uint32_t>(pages) : UINT32_MAX;
  }
  bool would_pass_soft_limit(uint32_t pages) const { return uint64_t{pages_total_} + pages > soft_limit_; }

  // Gives pages of one or more runs back. They merge with free neighbours. Ends the program if one of them is free or
  // not ours.
  void free(PageRun run);

  Address address_of(PageId page) const { return origin_ + bytes_of_pages(page.index()); }
  PageId page_of(Address a) const { return PageId(static_cast<uint32_t>((a - origin_) >> kPageShift)); }
  bool in_range(Address a) const { return a - origin_ < bytes_of_pages(page_count_); }
  // Pages that came from the host, free or not; false for holes and for any address outside.
  bool is_owned(Address a) const;
  // Returns whether the page is free and somebody may have had it: where the system takes no memory back, fresh pages
  // never were given out.
  bool was_freed(Address a) const;

  // Return the first page in use in [from, to), or `to`, and from there the first that is not, or `to`. What is free is
  // passed by the word of the bitmaps, or by the chunk, so the cost of a walk follows the pages in use.
  uint32_t next_in_use(uint32_t from, uint32_t to) const;
  uint32_t end_of_use(uint32_t from, uint32_t to) const;
  uint64_t steps() const { return steps_.for_checks(); }  // words and chunks that these have looked at

  // Pages that came from the host lie in [begin, end).
  PageId begin() const { return PageId(first_page_); }
  PageId end() const { return PageId(end_page_); }
  uint32_t pages_total() const { return pages_total_; }
  uint32_t pages_free() const { return pages_free_; }
  uint32_t pages_in_use() const { return pages_total_ - pages_free_; }
  uint32_t pages_fresh() const { return pages_fresh_; }  // of the free ones: never written
  uint32_t page_limit() const { return page_limit_; }    // the cap, in pages
  uint32_t largest_free_run() const { return free_.largest_run(); }
  uint64_t host_bytes() const { return uint64_t{pages_total_} << kPageShift; }
  uint64_t max_bytes() const { return uint64_t{page_limit_} << kPageShift; }
  uint64_t growths() const { return growths_; }  // regions that the host gave
  uint64_t holes() const { return holes_; }      // regions that did not continue the one before
  uint64_t merges() const { return merges_; }    // joins of a freed run with a free neighbour
  // What a table of `table_bytes` for all pages of the range costs: all of it, or, where untouched parts cost nothing,
  // the part of it that is in proportion to the pages that hold memory.
  size_t table_cost(size_t table_bytes) const;
  size_t table_bytes() const { return table_cost(table_bytes_); }

  // Gives the memory behind free pages that somebody has written to back to the system, from the highest address down,
  // until at most `keep` such pages are left. The result is the number of pages; 0 where the system takes none. Cost:
  // linear in the heap's pages.
  uint32_t give_back(uint32_t keep);
  // Free pages behind which there is memory; the others are fresh.
  uint32_t pages_kept() const { return pages_free_ - pages_fresh_; }
  // Bytes of free pages without memory behind them, where the system takes it back; else 0.
  bool gives_back() const { return source_->gives_back(); }
  uint64_t released_bytes() const { return gives_back() ? uint64_t{pages_fresh_} << kPageShift : 0; }

  // Recomputes inv.pages.*; null if all hold, otherwise the name of the first that does not.
  const char* verify() const;

  static constexpr size_t kMinGrowthBytes = size_t{1} << 20;
  static constexpr size_t kGrowthUnitBytes = size_t{64} << 10;  // a wasm page: the host gives no less
  // Growth is by a thirty-second: the host's cost follows the size of a step, and a larger one leaves memory unused.
  static constexpr uint32_t kGrowthShare = 32;

 private:
  bool grow_once(uint32_t min_pages, uint32_t wanted_pages);
  void add_region(const platform::Region& region);

  PageBits free_;
  uint64_t* owned_ = nullptr;
  uint64_t* fresh_ = nullptr;
  Address origin_;
  uint32_t page_count_ = 0;  // of the range
  uint32_t page_limit_ = 0;
  uint32_t soft_limit_ = UINT32_MAX;
  uint32_t pages_total_ = 0;
  uint32_t pages_free_ = 0;
  uint32_t pages_fresh_ = 0;
  uint32_t first_page_ = 0;
  uint32_t end_page_ = 0;
  uint32_t last_end_ = 0;  // the page after the last region
  uint64_t growths_ = 0;
  uint64_t holes_ = 0;
  uint64_t merges_ = 0;
  mutable DebugCount steps_;
  size_t table_bytes_ = 0;
  platform::MemorySource* source_ = nullptr;
};

}  // namespace mallocgc
