// Memory for the buffers, and the search among them.
#include "gc/pointer_buffers.h"

namespace mallocgc {

void PointerBuffers::prepare(Metadata& metadata, PageId begin, PageId end) {
  first_page_ = begin.index();
  const size_t reached = region_of(end.index() + (size_t{1} << kRegionPagesShift) - 1);
  const auto wanted = static_cast<uint32_t>(reached < kMaxRegions ? reached : kMaxRegions);
  if (wanted <= regions_) return;
  const uint32_t regions = wanted + wanted / 8;  // so that a heap that grows is not here at every cycle
  void* const block = metadata.try_block(bytes_of(regions), MetaCategory::kPageTables);
  if (block == nullptr) return;
  metadata.free_block(pointers_, bytes_of(regions_), MetaCategory::kPageTables);
  pointers_ = static_cast<Address*>(block);
  counts_ = reinterpret_cast<uint32_t*>(pointers_ + size_t{regions} * kPointers);
  regions_ = regions;
}

void PointerBuffers::drop(Metadata& metadata) {
  if (pointers_ == nullptr) return;
  metadata.free_block(pointers_, bytes_of(regions_), MetaCategory::kPageTables);
  pointers_ = nullptr;
  counts_ = nullptr;
  regions_ = 0;
}

PointerBuffers::Fullest PointerBuffers::fullest() const {
  Fullest found;
  for (uint32_t region = 0; region < regions_; ++region) {
    if (counts_[region] > found.count) found = Fullest{region, counts_[region]};
  }
  return found;
}

}  // namespace mallocgc
