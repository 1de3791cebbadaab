// The pacer decides when the next automatic collection is due (C6, after Go's mgcpacer.go). It is arithmetic over what
// it is told, and looks at nothing by itself:
//
//   goal = marked + (marked + roots) * gcPercent / 100, at least minHeapBytes, at most the soft limit
//
// A collection is due when what was handed out reaches the goal (C12). Finalizers, cleanups and weak handles go with
// their objects but have records beside the heap, often larger than the object: what these have grown by, since they
// were fewest after the last cycle, counts as live, but for gcPercent of those that had survived the cycle before, so
// that a million finalizers that stay are not visited more often than they double.
//
// The soft limit is of all memory that the heap has taken. Below the goal the limit rules. But where it lies near or
// below the live heap, it alone would make the collector run all the time, so what it asks for waits until as much was
// allocated as a cycle is worth (limit_floor): at most half of the time is collection. How much that is, is known from
// the clock: what the last cycle took, and how long the program took for a byte before it. Without a clock it is
// calibrated work: kAllocationPerMarkedByte.
//
// Near the end of all memory a collection for each handful of bytes would be the end as well: is_exhausted says when
// the last full collections have freed too little to go on (M12).
#pragma once

#include "base/config.h"

namespace mallocgc {

// What the pacer learns from a cycle that is over.
struct CycleCost {
  uint64_t live_bytes = 0;      // when marking began
  uint64_t marked_bytes = 0;    // of live_bytes
  uint64_t root_bytes = 0;      // that were read
  uint64_t overhead_bytes = 0;  // memory that the limit counts but the live heap does not, tables apart
  uint64_t cycle_ns = 0;        // 0: there was no clock
  uint64_t mutator_ns = 0;      // from the end of the cycle before to the beginning of this one
};

class Pacer {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;
  static constexpr uint64_t kDefaultMinHeapBytes = uint64_t{4} << 20;
  static constexpr int32_t kDefaultPercent = 100;
  // Bytes of allocation that take as long as marking one byte, or reading one of the roots. Measured with nodes of two
  // words in a module without a clock: marking takes 0.5 ns a byte in the order of allocation and 2 ns in a random
  // order, and allocating 0.15 ns.
  static constexpr uint64_t kAllocationPerMarkedByte = 8;
  static constexpr uint64_t kCycleBytes = uint64_t{64} << 10;  // what a cycle costs that finds nothing
  // A speed that was measured over less than this is noise.
  static constexpr uint64_t kMeasuredBytes = uint64_t{16} << 10;
  // Of the allocation that a cycle is worth: so much more, since the clock's figures are of the past.
  static constexpr double kFloorMargin = 1.25;
  // So many full collections in a row that each free less than this part of the memory that there may be: the end.
  static constexpr uint32_t kPoorCycles = 3;
  static constexpr uint64_t kPoorShare = 50;

  void init(int32_t gc_percent, uint64_t min_heap_bytes, uint64_t memory_limit) {
    gc_percent_ = gc_percent;
    min_heap_bytes_ = min_heap_bytes;
    memory_limit_ = memory_limit;
    update();
  }
  // Of all memory: how much there may be, and what tables take of it that are as large as that wants.
  void set_memory(uint64_t max_bytes, uint64_t table_bytes) {
    max_bytes_ = max_bytes;
    table_bytes_ = table_bytes;
    update();
  }

  // After a full cycle.
  void note_cycle(const CycleCost& cost);

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
    return heap_live >= trigger_ || (record_bytes_ != least_record_bytes_ && records_are_due(heap_live));
  }
  // What records have grown by is as much as is left to the goal.
  bool records_are_due(uint64_t heap_live) const;
  uint64_t goal() const { return goal_; }
  // Something other than a full cycle at the goal is due earlier, at so many live bytes; good until the goal changes.
  void set_trigger(uint64_t heap_live) { trigger_ = heap_live; }
  uint64_t trigger() const { return trigger_; }
  int32_t gc_percent() const { return gc_percent_; }
  uint64_t memory_limit() const { return memory_limit_; }
  int32_t set_gc_percent(int32_t percent);
  uint64_t set_memory_limit(uint64_t bytes);

  // The live heap from which on the limit may ask for a collection: at most half of the time goes into them then.
  uint64_t limit_floor() const;
  // Whether the end of all memory is reached, although a collection would still free a little.
  bool is_exhausted(uint64_t heap_live) const {
    return poor_cycles_ >= kPoorCycles && heap_live - marked_bytes_ < max_bytes_ / kPoorShare;
  }
  // Somebody was told so: the next time one more collection is tried.
  void exhaustion_told() { poor_cycles_ = kPoorCycles - 1; }

 private:
  void update();
  void update_goal();
  uint64_t share_of(uint64_t bytes) const;

  int32_t gc_percent_ = kDefaultPercent;
  uint32_t poor_cycles_ = 0;  // full ones, the last in a row
  uint64_t min_heap_bytes_ = kDefaultMinHeapBytes;
  uint64_t memory_limit_ = 0;  // 0: none
  uint64_t max_bytes_ = 0;
  uint64_t table_bytes_ = 0;
  uint64_t marked_bytes_ = 0;
  uint64_t root_bytes_ = 0;
  uint64_t overhead_bytes_ = 0;
  uint64_t last_cycle_ns_ = 0;  // of the last cycle that was timed
  uint64_t cycle_ns_ = 0;    // of the shorter one of the last two: the work of others on the machine is no part of it
  double bytes_per_ns_ = 0;  // that the program allocated between two cycles; 0: not known
  uint64_t record_bytes_ = 0;
  uint64_t least_record_bytes_ = 0;
  uint64_t record_bytes_ever_ = 0;
  uint64_t surviving_record_bytes_ = 0;
  uint64_t goal_ = kDefaultMinHeapBytes;
  uint64_t trigger_ = kDefaultMinHeapBytes;
};

}  // namespace mallocgc
