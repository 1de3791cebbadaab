// The sorted array of root ranges; see the header.
#include "roots/global_roots.h"

namespace mallocgc {
namespace {

constexpr uint32_t kFirstCapacity = 8;

[[maybe_unused]] MGC_NOINLINE void describe(ErrorText& error, const char* text, Address place) {
  error.set(text).add_hex(place.value());
}

MGC_ALWAYS_INLINE Status refuse(Status status, ErrorText& error, const char* text, Address place) {
  if constexpr (kHasTexts) describe(error, text, place);
  return status;
}

}  // namespace

uint32_t GlobalRoots::first_at_or_above(Address base) const {
  uint32_t low = 0;
  uint32_t high = count_;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (ranges_[middle].base < base) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool GlobalRoots::try_make_room() {
  if (count_ < capacity_) return true;
  const uint32_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
  void* const block = metadata_->try_block(capacity * sizeof(RootRange), MetaCategory::kRoots);
  if (block == nullptr) return false;
  RootRange* const grown = static_cast<RootRange*>(block);
  for (uint32_t i = 0; i < count_; ++i) grown[i] = ranges_[i];
  if (ranges_ != nullptr) metadata_->free_block(ranges_, capacity_ * sizeof(RootRange), MetaCategory::kRoots);
  ranges_ = grown;
  capacity_ = capacity;
  return true;
}

Status GlobalRoots::add(const RootRange& range, ErrorText& error) {
  if (range.base.is_null()) return refuse(Status::kBadPointer, error, "root range is null: ", range.base);
  if (!range.base.is_aligned(kWordBytes))
    return refuse(Status::kBadPointer, error, "root range is not word aligned: ", range.base);
  if (range.bytes == 0) return refuse(Status::kBadSize, error, "root range is empty: ", range.base);
  // The last byte must have an address; the first one after it need not.
  if ((range.base + (range.bytes - 1)) < range.base)
    return refuse(Status::kBadPointer, error, "root range wraps around: ", range.base);
  const uint32_t place = first_at_or_above(range.base);
  if (place < count_ && ranges_[place].base - range.base < range.bytes) {
    return refuse(Status::kBadArgument, error, "root range overlaps the one at ", ranges_[place].base);
  }
  if (place > 0 && range.base - ranges_[place - 1].base < ranges_[place - 1].bytes) {
    return refuse(Status::kBadArgument, error, "root range overlaps the one at ", ranges_[place - 1].base);
  }
  if (!try_make_room()) return Status::kOutOfMemory;
  for (uint32_t i = count_; i > place; --i) ranges_[i] = ranges_[i - 1];
  ranges_[place] = range;
  count_ += 1;
  total_bytes_ += range.bytes;
  return Status::kOk;
}

Status GlobalRoots::remove(Address base, ErrorText& error) {
  const uint32_t place = first_at_or_above(base);
  if (place == count_ || ranges_[place].base != base) {
    return refuse(Status::kBadArgument, error, "not a registered root range: ", base);
  }
  total_bytes_ -= ranges_[place].bytes;
  count_ -= 1;
  for (uint32_t i = place; i < count_; ++i) ranges_[i] = ranges_[i + 1];
  return Status::kOk;
}

const char* GlobalRoots::verify() const {
  uint64_t total = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    if (ranges_[i].bytes == 0) return "inv.globals.sorted";
    if (i > 0 &&
        (ranges_[i].base <= ranges_[i - 1].base || ranges_[i].base - ranges_[i - 1].base < ranges_[i - 1].bytes)) {
      return "inv.globals.sorted";
    }
    total += ranges_[i].bytes;
  }
  return total == total_bytes_ ? nullptr : "inv.globals.bytes";
}

}  // namespace mallocgc
