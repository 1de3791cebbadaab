// The pacer decides when the next automatic collection is due (C6, after Go's mgcpacer.go):
//
//   goal = marked + (marked + roots) * gcPercent / 100, at least minHeapBytes, at most the soft limit
//
// A collection is due when what is live reaches the goal. Finalizers, cleanups and weak handles go with their objects
// but have records beside the heap, often larger than the object: what these have grown by, since they were fewest
// after the last cycle, counts as live, but for gcPercent of those that had survived the cycle before, so that a
// million finalizers that stay are not visited more often than they double.
//
// Where the soft limit lies near or below the live heap, the goal would make the collector run all the time; then it
// leaves room for as much allocation as a cycle's work is worth, so that at most half of the work is collection. Work
// is counted in bytes, not seconds: a machine's noise changes nothing. A cycle that finds nothing has work too.
#pragma once

#include "base/config.h"

namespace mallocgc {

class Pacer {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;
  static constexpr uint64_t kDefaultMinHeapBytes = uint64_t{4} << 20;
  static constexpr int32_t kDefaultPercent = 100;
  // Bytes of allocation that weigh as much as marking one byte, or reading one of the roots, when the soft limit
  // presses.
  static constexpr uint64_t kAllocationPerMarkedByte = 1;
  static constexpr uint64_t kCycleBytes = uint64_t{64} << 10;  // what a cycle costs that finds nothing

  void init(int32_t gc_percent, uint64_t min_heap_bytes, uint64_t memory_limit) {
    gc_percent_ = gc_percent;
    min_heap_bytes_ = min_heap_bytes;
    memory_limit_ = memory_limit;
    update();
  }

  // After a cycle: `overhead` is memory that the limit counts but the heap does not (metadata, free pages kept).
  void cycle_finished(uint64_t marked_bytes, uint64_t root_bytes, uint64_t overhead_bytes) {
    marked_bytes_ = marked_bytes;
    root_bytes_ = root_bytes;
    overhead_bytes_ = overhead_bytes;
    update();
  }

  // Before a cycle marks, with all of the last one swept: what records take, and what all that were ever made took.
  // Those that are not new since the last cycle have survived it.
  void cycle_begins(uint64_t record_bytes, uint64_t record_bytes_ever) {
    const uint64_t fresh = record_bytes_ever - record_bytes_ever_;
    surviving_record_bytes_ = record_bytes > fresh ? record_bytes - fresh : 0;
    record_bytes_ever_ = record_bytes_ever;
    record_bytes_ = least_record_bytes_ = record_bytes;
  }
  // Before a question: what records take now.
  void note_records(uint64_t bytes) {
    record_bytes_ = bytes;
    if (bytes < least_record_bytes_) least_record_bytes_ = bytes;
  }
  bool is_due(uint64_t heap_live) const {
    return heap_live >= goal_ || (record_bytes_ != least_record_bytes_ && records_are_due(heap_live));
  }
  uint64_t goal() const { return goal_; }
  int32_t gc_percent() const { return gc_percent_; }
  uint64_t memory_limit() const { return memory_limit_; }
  int32_t set_gc_percent(int32_t percent);
  uint64_t set_memory_limit(uint64_t bytes);

 private:
  void update();
  uint64_t share_of(uint64_t bytes) const;
  bool records_are_due(uint64_t heap_live) const;

  int32_t gc_percent_ = kDefaultPercent;
  uint64_t min_heap_bytes_ = kDefaultMinHeapBytes;
  uint64_t memory_limit_ = 0;  // 0: none
  uint64_t marked_bytes_ = 0;
  uint64_t root_bytes_ = 0;
  uint64_t overhead_bytes_ = 0;
  uint64_t record_bytes_ = 0;
  uint64_t least_record_bytes_ = 0;
  uint64_t record_bytes_ever_ = 0;
  uint64_t surviving_record_bytes_ = 0;
  uint64_t goal_ = kDefaultMinHeapBytes;
};

}  // namespace mallocgc
