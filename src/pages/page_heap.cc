// The page heap: taking, freeing and growing. The head of page_heap.h tells how it works.
#include "pages/page_heap.h"

#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

constexpr uint32_t kMinGrowthPages = PageHeap::kMinGrowthBytes >> kPageShift;
constexpr uint32_t kGrowthUnitPages = PageHeap::kGrowthUnitBytes >> kPageShift;
static_assert(is_power_of_two(kGrowthUnitPages));

constexpr uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
constexpr uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

}  // namespace

Status PageHeap::init(platform::MemorySource& source, uint64_t max_bytes) {
  const platform::Range range = source.range();
  const uint64_t pages = uint64_t{range.bytes} >> kPageShift;
  MGC_CHECK(range.low.is_aligned(kPageBytes) && pages < PageBits::kNone - PageBits::kChunkPages,
            "page heap: impossible address range");
  if (pages == 0) return Status::kOutOfMemory;
  page_count_ = static_cast<uint32_t>(pages);
  const size_t bitmap_bytes = size_t{bitmap_words(page_count_)} * sizeof(uint64_t);
  const size_t search_bytes = PageBits::bytes_for(page_count_);
  // One table for all three: the searched bits first, whose size is a multiple of 4, so the plain ones are put on a
  // boundary of 8.
  const size_t plain_offset = align_up(search_bytes, sizeof(uint64_t));
  const platform::Region table = source.try_tables(plain_offset + 2 * bitmap_bytes);
  if (table.bytes == 0) return Status::kOutOfMemory;
  free_.attach(table.base.pointer(), page_count_);
  owned_ = (table.base + plain_offset).pointer<uint64_t>();
  fresh_ = (table.base + plain_offset + bitmap_bytes).pointer<uint64_t>();
  table_bytes_ = plain_offset + 2 * bitmap_bytes;
  origin_ = range.low;
  const uint64_t limit = max_bytes >> kPageShift;
  page_limit_ = limit < pages ? static_cast<uint32_t>(limit) : page_count_;
  source_ = &source;
  return Status::kOk;
}

bool PageHeap::try_allocate(uint32_t pages, uint32_t align_pages, PageRun* out) {
  MGC_DCHECK(pages != 0 && is_power_of_two(align_pages), "page heap: bad request");
  if (pages > pages_free_) return false;
  uint32_t first;
  if (pages == 1 && align_pages == 1) {
    first = free_.find_one();
  } else {
    // The origin's own page number makes the alignment one of addresses; only its lowest bits count.
    const uint32_t origin = static_cast<uint32_t>(origin_.value() >> kPageShift) & (align_pages - 1);
    first = free_.find(pages, align_pages, origin);
  }
  if (first == PageBits::kNone) return false;
  free_.clear(first, pages);
  pages_free_ -= pages;
  const uint32_t fresh = pages_fresh_ == 0 ? 0 : take_page_bits(fresh_, first, pages);
  pages_fresh_ -= fresh;
  out->first = PageId(first);
  out->count = pages;
  out->zeroed = fresh == pages;
  platform::unpoison(address_of(out->first), bytes_of_pages(pages));
  return true;
}

void PageHeap::free(PageRun run) {
  const uint32_t first = run.first.index();
  const uint32_t count = run.count;
  if (count == 0) return;
  MGC_CHECK(first < page_count_ && count <= page_count_ - first, "page heap: freed pages outside the heap's range");
  MGC_CHECK(count_page_bits(owned_, first, count) == count, "page heap: freed pages are not the heap's");
  MGC_CHECK(count_page_bits(free_.words(), first, count) == 0, "page heap: freed pages are free already");
  if (first != 0 && free_.is_set(first - 1)) ++merges_;
  if (first + count < page_count_ && free_.is_set(first + count)) ++merges_;
  free_.set(first, count);
  pages_free_ += count;
  platform::poison(address_of(run.first), bytes_of_pages(count));
}

bool PageHeap::is_owned(Address a) const {
  const size_t page = (a - origin_) >> kPageShift;
  return page < page_count_ && (owned_[page / kBitsPerWord] & bit_of(static_cast<uint32_t>(page))) != 0;
}

bool PageHeap::was_freed(Address a) const {
  if (!is_owned(a)) return false;
  const uint32_t page = page_of(a).index();
  return free_.is_set(page) && (gives_back() || (fresh_[page / kBitsPerWord] & bit_of(page)) == 0);
}

uint32_t PageHeap::next_in_use(uint32_t from, uint32_t to) const {
  for (uint32_t page = from; page < to;) {
    steps_ += 1;
    if (page % PageBits::kChunkPages == 0 && free_.is_free_chunk(page)) {
      page += PageBits::kChunkPages;
      continue;
    }
    const uint32_t word = page / kBitsPerWord;
    const uint64_t in_use = (owned_[word] & ~free_.words()[word]) >> (page % kBitsPerWord);
    if (in_use != 0) return least(page + lowest_bit(in_use), to);
    page = (word + 1) * kBitsPerWord;
  }
  return to;
}

uint32_t PageHeap::end_of_use(uint32_t from, uint32_t to) const {
  for (uint32_t page = from; page < to;) {
    steps_ += 1;
    const uint32_t word = page / kBitsPerWord;
    const uint64_t others = (free_.words()[word] | ~owned_[word]) >> (page % kBitsPerWord);
    if (others != 0) return least(page + lowest_bit(others), to);
    page = (word + 1) * kBitsPerWord;
  }
  return to;
}

size_t PageHeap::table_cost(size_t table_bytes) const {
  if (!source_->tables_cost_by_use() || page_count_ < 8) return table_bytes;
  const uint64_t used = uint64_t{pages_total_ - pages_fresh_} * (table_bytes / (page_count_ / 8)) / 8;
  return align_up(static_cast<size_t>(used), kPageBytes);
}

uint32_t PageHeap::give_back(uint32_t keep) {
  if (!source_->gives_back() || pages_kept() <= keep) return 0;
  uint32_t given = 0;
  for (uint32_t end = end_page_; end > first_page_ && pages_kept() > keep;) {
    const auto is_kept = [this](uint32_t page) {
      const uint32_t word = page / kBitsPerWord;
      return ((free_.words()[word] & ~fresh_[word]) & bit_of(page)) != 0;
    };
    const uint32_t word = (end - 1) / kBitsPerWord;
    if (end % kBitsPerWord == 0 && (free_.words()[word] & ~fresh_[word]) == 0) {
      end = word * kBitsPerWord;
      continue;
    }
    if (!is_kept(end - 1)) {
      --end;
      continue;
    }
    const uint32_t most = pages_kept() - keep;
    uint32_t first = end - 1;
    while (first > first_page_ && end - first < most && is_kept(first - 1)) --first;
    const PageRun run{.first = PageId(first), .count = end - first};
    const Address base = address_of(run.first);
    platform::unpoison(base, bytes_of_pages(run.count));
    const bool gone = source_->give_back(base, bytes_of_pages(run.count));
    platform::poison(base, bytes_of_pages(run.count));
    end = first;
    if (!gone) continue;
    set_page_bits(fresh_, first, run.count);
    pages_fresh_ += run.count;
    given += run.count;
  }
  return given;
}

// ---- Growth ----

bool PageHeap::try_grow(uint32_t pages, bool exact) {
  if (pages == 0) return true;
  const uint32_t end_run = free_.run_below(last_end_, pages);
  if (end_run == pages) return true;
  uint32_t step = exact ? 0 : most(pages_total_ / kGrowthShare, kMinGrowthPages);
  const uint32_t below_limit = soft_limit_ > pages_total_ ? soft_limit_ - pages_total_ : 0;
  if (step > below_limit) step = below_limit;

  // First so that the free pages at the end of the last region suffice together with the new ones, if these continue
  // it.
  const uint32_t end = last_end_;
  const uint32_t before = pages_total_;
  if (!grow_once(pages - end_run, most(step, exact ? pages - end_run : pages))) return false;
  const uint32_t got = pages_total_ - before;
  const bool adjacent = last_end_ == end + got;
  if (got >= pages || (adjacent && got + end_run >= pages)) return true;
  // There was a hole. Now the new region has to suffice alone, or to continue the one just got.
  return grow_once(pages, most(step, pages));
}

bool PageHeap::grow_once(uint32_t min_pages, uint32_t wanted_pages) {
  const uint32_t room = page_limit_ - pages_total_;
  if (min_pages > room) return false;
  if (wanted_pages != min_pages && wanted_pages < room) {
    wanted_pages = (wanted_pages + kGrowthUnitPages - 1) & ~(kGrowthUnitPages - 1);
  }
  const platform::Region region =
      source_->try_grow(bytes_of_pages(min_pages), bytes_of_pages(least(wanted_pages, room)));
  if (region.bytes == 0) return false;
  MGC_CHECK(region.bytes >= bytes_of_pages(min_pages) && region.bytes <= bytes_of_pages(least(wanted_pages, room)),
            "page heap: the memory source broke its word about sizes");
  add_region(region);
  return true;
}

void PageHeap::add_region(const platform::Region& region) {
  MGC_CHECK(region.base.is_aligned(kPageBytes) && region.bytes % kPageBytes == 0 && in_range(region.base) &&
                in_range(region.end() - kPageBytes),
            "page heap: a region outside the memory source's range");
  const uint32_t first = page_of(region.base).index();
  const uint32_t count = pages_for_bytes(region.bytes);
  MGC_CHECK(count_page_bits(owned_, first, count) == 0, "page heap: the memory source gave pages twice");
  if (growths_ != 0 && first != last_end_) ++holes_;
  ++growths_;
  set_page_bits(owned_, first, count);
  free_.set(first, count);
  pages_total_ += count;
  pages_free_ += count;
  if (region.zeroed) {
    set_page_bits(fresh_, first, count);
    pages_fresh_ += count;
  }
  last_end_ = first + count;
  if (growths_ == 1 || first < first_page_) first_page_ = first;
  if (last_end_ > end_page_) end_page_ = last_end_;
  platform::poison(region.base, region.bytes);
}

// ---- Checking ----

const char* PageHeap::verify() const {
  uint32_t free_pages = 0;
  if (!free_.verify(&free_pages)) return "inv.pages.summary";
  uint32_t owned = 0;
  uint32_t fresh = 0;
  for (uint32_t word = first_page_ / kBitsPerWord; word < bitmap_words(end_page_); ++word) {
    if ((fresh_[word] & ~free_.words()[word]) != 0 || (free_.words()[word] & ~owned_[word]) != 0)
      return "inv.pages.order";
    owned += count_bits(owned_[word]);
    fresh += count_bits(fresh_[word]);
  }
  if (owned != pages_total_) return "inv.pages.total";
  if (free_pages != pages_free_ || fresh != pages_fresh_) return "inv.pages.free";
  if (pages_total_ > page_limit_) return "inv.pages.cap";
  return nullptr;
}

}  // namespace mallocgc
