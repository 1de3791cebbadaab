// The page map: from an address to the span that owns its page, in one subtraction, one comparison and one load. The
// marker does this for every pointer it meets, so nothing may be added here. The table covers the whole range of the
// memory source. Only entries of pages that belong to spans are written: an untouched entry is null and costs nothing.
//
// inv.pages.map: entry(p) == s  <=>  page p belongs to span s. Free pages, metadata and holes have null.
//
// Doors: from gc/ (marking), spans/ (set, clear).
#pragma once

#include "platform/platform.h"

namespace mallocgc {

struct Span;

class PageMap {
 public:
  // Takes the table from the source. To be called once.
  [[nodiscard]] bool init(platform::MemorySource& source) {
    const platform::Range range = source.range();
    const size_t pages = range.bytes >> kPageShift;
    const platform::Region table = source.try_tables(pages * sizeof(Span*));
    if (table.bytes == 0) return false;
    origin_ = range.low.value();
    page_count_ = pages;
    entries_ = table.base.pointer<Span*>();
    return true;
  }

  // The span that owns the page of `a`, or null: `a` may be any value at all, inside the heap or not.
  MGC_ALWAYS_INLINE Span* span_at(Address a) const {
    const size_t page = page_at(a);
    if (page >= page_count_) return nullptr;
    return entries_[page];
  }

  // Not below page_count() if `a` is outside the range; below the origin it wraps to a number that is too large.
  MGC_ALWAYS_INLINE size_t page_at(Address a) const { return (a.value() - origin_) >> kPageShift; }

  MGC_ALWAYS_INLINE Span* span_of_page(PageId page) const { return entries_[page.index()]; }

  // Gives the pages to `span`; null takes them away.
  void set(PageId first, uint32_t pages, Span* span) {
    MGC_CHECK(first.index() <= page_count_ && pages <= page_count_ - first.index(),
              "page map: pages outside the heap's range");
    for (uint32_t i = 0; i < pages; ++i) entries_[first.index() + i] = span;
  }

  Address origin() const { return Address(origin_); }
  uint32_t page_count() const { return static_cast<uint32_t>(page_count_); }
  size_t table_bytes() const { return page_count_ * sizeof(Span*); }
  Span* const* entries() const { return entries_; }

 private:
  uintptr_t origin_ = 0;
  size_t page_count_ = 0;  // 0 before init: then nothing is in the heap
  Span** entries_ = nullptr;
};

}  // namespace mallocgc
