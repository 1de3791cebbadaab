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

void Pacer::note_cycle(const CycleCost& cost) {
  const uint64_t allocated = cost.live_bytes > marked_bytes_ ? cost.live_bytes - marked_bytes_ : 0;
  // A cycle that took no time was not timed, and neither was the program before it.
  if (cost.cycle_ns != 0 && cost.mutator_ns != 0 && allocated >= kMeasuredBytes)
    bytes_per_ns_ = static_cast<double>(allocated) / static_cast<double>(cost.mutator_ns);
  if (cost.cycle_ns != 0) {
    cycle_ns_ = last_cycle_ns_ != 0 && last_cycle_ns_ < cost.cycle_ns ? last_cycle_ns_ : cost.cycle_ns;
    last_cycle_ns_ = cost.cycle_ns;
  }
  const uint64_t freed = cost.live_bytes > cost.marked_bytes ? cost.live_bytes - cost.marked_bytes : 0;
  poor_cycles_ = freed < max_bytes_ / kPoorShare ? poor_cycles_ + (poor_cycles_ < kPoorCycles) : 0;
  marked_bytes_ = cost.marked_bytes;
  root_bytes_ = cost.root_bytes;
  overhead_bytes_ = cost.overhead_bytes;
  update();
}

// gcPercent of `bytes`, without overflow. 0 where there is no automatic collection.
uint64_t Pacer::share_of(uint64_t bytes) const {
  if (gc_percent_ < 0) return 0;
  const uint64_t percent = static_cast<uint64_t>(gc_percent_);
  return bytes / 100 * percent + bytes % 100 * percent / 100;
}

bool Pacer::records_are_due(uint64_t heap_live) const {
  const uint64_t grown = record_bytes_ - least_record_bytes_;
  const uint64_t expected = share_of(surviving_record_bytes_);
  return grown > expected && grown - expected >= (goal_ > heap_live ? goal_ - heap_live : 0);
}

uint64_t Pacer::limit_floor() const {
  if (cycle_ns_ != 0 && bytes_per_ns_ != 0) {
    constexpr double kMost = 1e18;
    const double worth = static_cast<double>(cycle_ns_) * bytes_per_ns_ * kFloorMargin;
    const uint64_t bytes = static_cast<uint64_t>(worth < kMost ? worth : kMost);
    return marked_bytes_ + (bytes > kCycleBytes ? bytes : kCycleBytes);
  }
  const uint64_t work = marked_bytes_ + root_bytes_;
  return marked_bytes_ + (work > kCycleBytes ? work : kCycleBytes) * kAllocationPerMarkedByte;
}

void Pacer::update() {
  update_goal();
  trigger_ = goal_;
}

void Pacer::update_goal() {
  goal_ = kNever;
  if (gc_percent_ >= 0) {
    goal_ = marked_bytes_ + share_of(marked_bytes_ + root_bytes_);
    if (goal_ < min_heap_bytes_) goal_ = min_heap_bytes_;
  }
  if (memory_limit_ == 0) return;
  const uint64_t overhead = overhead_bytes_ + table_bytes_;
  const uint64_t limit = memory_limit_ > overhead ? memory_limit_ - overhead : 0;
  if (goal_ <= limit) return;
  const uint64_t floor = limit_floor();
  if (floor < goal_) goal_ = limit > floor ? limit : floor;
}

}  // namespace mallocgc
