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

// gcPercent of them, without overflow; nothing where there is no automatic collection.
uint64_t Pacer::share_of(uint64_t bytes) const {
  if (gc_percent_ < 0) return 0;
  const uint64_t percent = static_cast<uint64_t>(gc_percent_);
  return bytes / 100 * percent + bytes % 100 * percent / 100;
}

bool Pacer::records_are_due(uint64_t heap_live) const {
  const uint64_t grown = record_bytes_ - least_record_bytes_;
  const uint64_t expected = share_of(surviving_record_bytes_);
  return grown > expected && grown - expected >= goal_ - heap_live;
}

void Pacer::update() {
  goal_ = kNever;
  if (gc_percent_ >= 0) {
    goal_ = marked_bytes_ + share_of(marked_bytes_ + root_bytes_);
    if (goal_ < min_heap_bytes_) goal_ = min_heap_bytes_;
  }
  if (memory_limit_ == 0) return;
  const uint64_t limit = memory_limit_ > overhead_bytes_ ? memory_limit_ - overhead_bytes_ : 0;
  const uint64_t work = marked_bytes_ + root_bytes_ > kCycleBytes ? marked_bytes_ + root_bytes_ : kCycleBytes;
  const uint64_t floor = marked_bytes_ + work * kAllocationPerMarkedByte;
  if (goal_ > limit) goal_ = limit > floor ? limit : (goal_ < floor ? goal_ : floor);
}

}  // namespace mallocgc
