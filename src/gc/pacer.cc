// The goal, from what the last cycle found.
#include "gc/pacer.h"

namespace mallocgc {

int32_t Pacer::set_gc_percent(int32_t percent) {
  const int32_t old = gc_percent_;
  gc_percent_ = percent;
  update();
  return old;
}

uint64_t Pacer::set_memory_limit(uint64_t bytes) {
  const uint64_t old = memory_limit_;
  memory_limit_ = bytes;
  update();
  return old;
}

void Pacer::update() {
  goal_ = kNever;
  if (gc_percent_ >= 0) {
    const uint64_t growth = (marked_bytes_ + root_bytes_) / 100 * static_cast<uint64_t>(gc_percent_) +
                            (marked_bytes_ + root_bytes_) % 100 * static_cast<uint64_t>(gc_percent_) / 100;
    goal_ = marked_bytes_ + growth;
    if (goal_ < min_heap_bytes_) goal_ = min_heap_bytes_;
  }
  if (memory_limit_ == 0) return;
  const uint64_t limit = memory_limit_ > overhead_bytes_ ? memory_limit_ - overhead_bytes_ : 0;
  const uint64_t work = marked_bytes_ + root_bytes_ > kCycleBytes ? marked_bytes_ + root_bytes_ : kCycleBytes;
  const uint64_t floor = marked_bytes_ + work * kAllocationPerMarkedByte;
  if (goal_ > limit) goal_ = limit > floor ? limit : (goal_ < floor ? goal_ : floor);
}

}  // namespace mallocgc
