// The fake source; fake.h tells what a test can ask of it.
#include "platform/fake.h"

namespace mallocgc::platform {

namespace {

constexpr size_t kBlockAlign = size_t{1} << 18;

}  // namespace

FakeSource::FakeSource(const Options& options) : options_(options) {
  const size_t total = align_up(options.total_bytes, kPageBytes);
  inner_ = default_source(storage_, sizeof storage_, total + kBlockAlign);
  if (inner_ == nullptr) return;
  block_ = inner_->try_grow(total + kBlockAlign, total + kBlockAlign);
  if (block_.bytes < total + kBlockAlign) return;
  // Where a heap places things depends on the alignment of its pages: so that is the same for all sources.
  block_ = Region{.base = block_.base.aligned_up(kBlockAlign), .bytes = total, .zeroed = block_.zeroed};
}

Region FakeSource::try_grow(size_t min_bytes, size_t wanted_bytes) {
  const uint32_t call = grow_calls_++;
  const bool refused = call == options_.fail_at || call >= options_.fail_after;
  size_t skip = 0;
  if (options_.hole_count != 0 && regions_ != 0)
    skip = bytes_of_pages(options_.holes[(regions_ - 1) % options_.hole_count]);
  const size_t left = block_.bytes - used_bytes_;
  if (refused || skip > left || min_bytes > left - skip) {
    ++grow_refusals_;
    return {};
  }
  size_t bytes = options_.only_minimum ? min_bytes : wanted_bytes;
  if (bytes > left - skip) bytes = left - skip;
  const Region region = {.base = block_.base + used_bytes_ + skip, .bytes = bytes, .zeroed = !options_.dirty};
  // The block of some platforms was used before.
  if (options_.dirty) {
    __builtin_memset(region.base.pointer(), kDirt, bytes);
  } else if (!block_.zeroed) {
    __builtin_memset(region.base.pointer(), 0, bytes);
  }
  used_bytes_ += skip + bytes;
  given_bytes_ += bytes;
  ++regions_;
  return region;
}

Region FakeSource::try_tables(size_t bytes) {
  ++table_calls_;
  if (options_.fail_tables || inner_ == nullptr) return {};
  return inner_->try_tables(bytes);
}

void FakeSource::release() {
  if (inner_ == nullptr) return;
  ++releases_;
  inner_->release();
  inner_ = nullptr;
  block_ = Region{};
  used_bytes_ = 0;
}

}  // namespace mallocgc::platform
